"""The page of npm's addresses names every route of its door, and no other."""

import ast
import re
from collections import Counter

import pytest

from packhouse.ecosystems.npm import ECOSYSTEM, build_mount
from tests.architecture.source import REPOSITORY
from tests.assembled import Assembled

_PAGE = REPOSITORY / "docs" / "reference" / "npm.md"
_DOOR = REPOSITORY / "src" / "packhouse" / "ecosystems" / "npm"
_ROW = re.compile(r"\| ([A-Z]+) \| `/([^`]*)` \| .+ \| .+ \| .+ \|")
_EXAMPLES = {
    "name": "@acme/left-pad",
    "document": "org.couchdb.user:ada",
    "release": "@acme%2fleft-pad@1.0.0",
    "filename": "left-pad-1.0.0.tgz",
    "id": "0b5e2c0a-6a4e-4f7a-8a35-0d7e1f0f6c11",
}
"""What stands for a parameter in a request; its own name where nothing better is said."""


def _documented() -> list[tuple[str, str]]:
    return [(match[1], match[2]) for line in _PAGE.read_text().splitlines() if (match := _ROW.fullmatch(line))]


def _routed() -> set[tuple[str, str]]:
    """Read the calls of `route` in the source: a pattern, and a keyword for each method."""
    found = set[tuple[str, str]]()
    for path in _DOOR.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "route":
                pattern = ast.literal_eval(node.args[0])
                found |= {(keyword.arg, pattern) for keyword in node.keywords if keyword.arg is not None}
    return found


def test_every_address_of_npm_is_documented_once_and_no_other() -> None:
    documented = Counter(_documented())
    assert [row for row, times in documented.items() if times > 1] == []
    assert set(documented) == _routed()


@pytest.mark.anyio
@pytest.mark.parametrize(("method", "path"), _documented())
async def test_a_documented_address_leads_to_a_handler(method: str, path: str) -> None:
    server = Assembled(ECOSYSTEM, build_mount, {}, ())
    filled = re.sub(r"\{(\w+)\}", lambda match: _EXAMPLES.get(match[1], match[1]), path)
    reply = await server.send(method, f"/npm/{filled}")
    assert reply.status < 500
    assert reply.status != 405
    assert b"nothing at this address" not in reply.body
