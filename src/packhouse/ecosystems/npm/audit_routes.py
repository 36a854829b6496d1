"""The door at which `npm audit` knocks."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from packhouse.domain.package import NormalName, PackageKey
from packhouse.ecosystems.npm.audit import (
    Finding,
    Findings,
    asked_by,
    bulk_answer,
    read_bulk,
    tree_answer,
)
from packhouse.ecosystems.npm.audit_tree import Tree, read_tree
from packhouse.ecosystems.npm.request_bodies import unpack_body
from packhouse.http.answers import Answer, json_answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.services.assembly import Services

_BODY_BYTES = 8 << 20
_UNPACKED_BYTES = 16 << 20
_AT_ONCE_BYTES = 64 << 10
"""Larger questions are read in a thread, so that nobody else waits for them."""

_AT_ONCE_NODES = 2_000

T = TypeVar("T")


class Audits:
    """Answers audits from what this server knows; nothing of a question is handed on to anyone."""

    def __init__(self, services: Services, findings: Findings) -> None:
        self._services = services
        self._findings = findings

    def routes(self) -> list[Route]:
        """List the addresses; they must stand before those of packages."""
        return [
            route("-/npm/v1/security/advisories/bulk", POST=self.bulk),
            route("-/npm/v1/security/audits/quick", POST=self.tree),
            route("-/npm/v1/security/audits", POST=self.tree),
        ]

    async def bulk(self, request: Request) -> Answer:
        """Answer npm 7 and newer, pnpm 11 and newer, and Yarn 2 and newer."""
        asked = await _read(request, read_bulk)
        return json_answer(bulk_answer(asked, await self._find(request, asked)))

    async def tree(self, request: Request) -> Answer:
        """Answer npm 6, pnpm 10 and Yarn 1; the quick answer is the same as the whole one."""
        tree, asked = await _read(request, _read_tree)
        findings = await self._find(request, asked)
        if len(tree.nodes) <= _AT_ONCE_NODES:
            return json_answer(tree_answer(tree, findings))
        return await asyncio.to_thread(lambda: json_answer(tree_answer(tree, findings)))

    async def _find(self, request: Request, asked: Mapping[NormalName, Sequence[str]]) -> Sequence[Finding]:
        ecosystem = self._services.ecosystem.key
        return await self._findings(request.view, [(PackageKey(ecosystem, name), asked[name]) for name in asked])


def _read_tree(body: bytes) -> tuple[Tree, dict[NormalName, tuple[str, ...]]]:
    tree = read_tree(body)
    return tree, asked_by(tree)


async def _read(request: Request, parse: Callable[[bytes], T]) -> T:
    body = await request.read_body(_BODY_BYTES)
    coding = request.header(b"content-encoding")

    def read() -> T:
        return parse(unpack_body(body, coding, _UNPACKED_BYTES))

    if coding or len(body) > _AT_ONCE_BYTES:
        return await asyncio.to_thread(read)
    return read()
