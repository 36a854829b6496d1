"""Info files as one view sees them, with the digests that clients check them by."""

import hashlib
from base64 import b64encode
from collections import OrderedDict

from msgspec import Struct

from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.view import View
from packhouse.ecosystems.gem.index import INFO
from packhouse.ecosystems.gem.names import FILE
from packhouse.services.assembly import Services
from packhouse.services.snapshot import Need

_REMEMBERED = 20_000


class Digests(Struct, frozen=True):
    """Of the whole body, before any coding."""

    md5: str
    sha256: str
    """In Base64."""


class Info(Struct, frozen=True):
    """An info file."""

    body: bytes
    digests: Digests
    changed_at: Moment
    valid_until: Moment
    dropped: frozenset[str]
    """The versions with their platforms that are refused."""
    stale: bool
    """True where the upstream could not confirm it."""
    until: Moment | None
    """When another decision is possible; None for never."""


class Infos:
    """Makes info files, and hashes each once."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._digests: OrderedDict[str, Digests] = OrderedDict()

    async def get(self, view: View, key: PackageKey, need: Need = "usual") -> Info:
        """Return an info file; raise NotFound, Refused or an UpstreamError."""
        snapshot = await self._services.source.snapshot(view, key, need)
        # There is no address of ours in an info file, so that it does not matter which it is made for.
        document = await self._services.documents.get(view, key, INFO, "", "identity", "known")
        body, verdict = document.rendered.body, snapshot.verdict
        return Info(
            body=body,
            digests=self._of(document.rendered.etag, body),
            changed_at=document.changed_at,
            valid_until=Moment(min(document.valid_until, snapshot.valid_until)),
            dropped=frozenset(part.rstrip("#")[len(key.name) + 1 : -len(FILE)] for part in verdict.dropped),
            stale=snapshot.stale,
            until=verdict.until,
        )

    def _of(self, variant: str, body: bytes) -> Digests:
        known = self._digests.get(variant)
        if known is None:
            md5 = hashlib.md5(body, usedforsecurity=False).hexdigest()
            known = self._digests[variant] = Digests(md5, b64encode(hashlib.sha256(body).digest()).decode())
            while len(self._digests) > _REMEMBERED:
                self._digests.popitem(last=False)
        return known
