"""The checksum database behind a proxy: signed notes, entries and tiles, passed on as they are.

Source: the module reference, section on the checksum database. The go command asks for everything below
`sumdb/<name>/` once `sumdb/<name>/supported` was answered with 200, and then does not ask the database itself.
"""

import re

from packhouse.domain.errors import Invalid, NotFound
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.upstream import Gathered, Gathering, UpstreamRegistry, UpstreamRequest, passed_on
from packhouse.ecosystems.golang.names import escape, parse_name, unescape
from packhouse.ecosystems.golang.versions import is_version

SERVICE = "sumdb"
_is_name = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,200}", re.ASCII).fullmatch
_is_tile = re.compile(
    r"tile/[0-9]{1,2}/(?:data|[0-9]{1,2})/(?:x[0-9]{3}/){0,6}[0-9]{3}(?:\.p/[0-9]{1,3})?", re.ASCII
).fullmatch
_LATEST = "latest"
_LOOKUP = "lookup/"


def latest_of(ecosystem: str, name: str) -> FurtherKey:
    """Name the newest signed head of a database."""
    return _key(ecosystem, name, _LATEST)


def parse_path(ecosystem: str, name: str, path: str) -> FurtherKey:
    """Name the document behind a path of the protocol; raise NotFound where it has no such path."""
    if path == _LATEST or _is_tile(path):
        return _key(ecosystem, name, path)
    if path.startswith(_LOOKUP):
        module, _, version = path.removeprefix(_LOOKUP).rpartition("@")
        try:
            module, version = parse_name(unescape(module)), unescape(version)
        except Invalid as error:
            raise NotFound(f"the checksum database has no {path[:200]}: {error.message}") from None
        if is_version(version):
            return _key(ecosystem, name, f"{_LOOKUP}{escape(module)}@{escape(version)}")
    raise NotFound(f"the checksum database has no {path[:200]}", "there are latest, lookup/ and tile/")


def gather(registry: UpstreamRegistry, wanted: FurtherKey) -> Gathering[Gathered]:
    """Fetch a document of the database; the head of another one than was asked for does not count."""
    kind, _, rest = wanted.path.partition("/")
    name, _, path = rest.partition("/")
    if kind != SERVICE or SERVICE not in registry.urls or not _is_name(name):
        raise NotFound(f"there is no {wanted}", "no checksum database is configured for this upstream")
    (answer,) = yield (UpstreamRequest(f"{registry.urls[SERVICE]}/{path}", conditional=True),)
    if path == _LATEST and answer.status == 200 and not _is_signed_by(answer.body, name):
        return Gathered(missing=True)
    return passed_on(answer)


def is_lasting(wanted: FurtherKey) -> bool:
    """Tell what never changes: entries and tiles; a partial tile is named by its width."""
    _, _, path = wanted.path.removeprefix(f"{SERVICE}/").partition("/")
    return path.startswith((_LOOKUP, "tile/"))


def _is_signed_by(note: bytes, name: str) -> bool:
    """Tell whether a signed note names a database as its signer; the go command checks the signature itself."""
    signatures = note.rpartition(b"\n\n")[2]
    return any(line.startswith(f"\N{EM DASH} {name} ".encode()) for line in signatures.split(b"\n"))


def _key(ecosystem: str, name: str, path: str) -> FurtherKey:
    return FurtherKey(PackageKey(ecosystem, NormalName("")), f"{SERVICE}/{name}/{path}")
