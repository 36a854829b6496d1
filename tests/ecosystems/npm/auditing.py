"""A registry in memory whose releases are signed, with the doors of audits beside those of packages."""

import base64
import hashlib
import json
from collections.abc import Sequence

from packhouse.adapters.memory.signing import MemorySigningKeys
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.upstream import UpstreamRegistry
from packhouse.domain.view import View
from packhouse.ecosystems.npm import ECOSYSTEM
from packhouse.ecosystems.npm.audit import Finding
from packhouse.ecosystems.npm.audit_routes import Audits
from packhouse.ecosystems.npm.routes import build_mount, join_scopes, npm_problem
from packhouse.ecosystems.npm.signature_routes import Signatures
from packhouse.ecosystems.npm.signatures import sign_release
from packhouse.http.answers import Answer
from packhouse.http.request import Request
from packhouse.http.router import RoutedDoor
from packhouse.http.site import Mount
from packhouse.services.assembly import Services
from packhouse.services.signing import SigningKeys
from tests.assembled import START, Assembled
from tests.clients.registry import pack

UPSTREAM = "http://npm.example"


class Signed:
    """What the doors answer from; all of it may be changed at any time."""

    def __init__(self, findings: Sequence[Finding] = ()) -> None:
        self.findings = list(findings)
        self.asked: list[tuple[View, Sequence[tuple[PackageKey, Sequence[str]]]]] = []
        self.further: dict[tuple[PackageKey, str], bytes] = {}
        self.keys = SigningKeys(MemorySigningKeys())
        self.server = Assembled(ECOSYSTEM, self._mount, {}, (UpstreamRegistry("npm", "npm", UPSTREAM),))

    async def publish(self, name: str, version: str, *, published_at: Moment = START, forge: bool = False) -> None:
        """Put a release upstream, with a signature of this server; or one that is of another text."""
        tarball = pack({"name": name, "version": version})
        integrity = f"sha512-{base64.b64encode(hashlib.sha512(tarball).digest()).decode()}"
        signed = "9.9.9" if forge else version
        (signature,) = await sign_release(self.keys, name, signed, integrity, published_at)
        url = f"{UPSTREAM}/{name}/-/{name.rpartition('/')[2]}-{version}.tgz"
        dist = {
            "tarball": url,
            "integrity": integrity,
            "signatures": [{"keyid": signature.keyid, "sig": signature.sig}],
        }
        document = {
            "_id": name,
            "name": name,
            "dist-tags": {"latest": version},
            "versions": {version: {"name": name, "version": version, "dist": dist}},
            "time": {version: "2026-01-01T00:00:00.000Z"},
        }
        self.server.upstream.answers[f"{UPSTREAM}/{name.replace('/', '%2f')}"] = json.dumps(document).encode()
        self.server.upstream.answers[url] = tarball

    def _mount(self, services: Services) -> Mount:
        packages = build_mount(services)
        audits = Audits(services, self._find)
        signatures = Signatures(services, self.keys, self._read)
        more = RoutedDoor([*audits.routes(), *signatures.routes()], join_scopes)

        async def door(request: Request, segments: Sequence[str]) -> Answer:
            ours = list(segments[:3]) == ["-", "npm", "v1"]
            return await (more if ours else packages.door)(request, segments)

        return Mount(door, npm_problem)

    async def _find(self, view: View, asked: Sequence[tuple[PackageKey, Sequence[str]]]) -> Sequence[Finding]:
        self.asked.append((view, asked))
        return self.findings

    async def _read(self, view: View, key: PackageKey, path: str) -> bytes | None:
        del view
        return self.further.get((key, path))
