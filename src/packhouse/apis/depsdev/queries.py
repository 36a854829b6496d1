"""Releases by name, by the hash of a file, or by both, and by package URL."""

from collections.abc import Sequence

from packhouse.apis.depsdev import answers
from packhouse.apis.depsdev.catalogue import Answered, Catalogue, Known
from packhouse.apis.depsdev.list_messages import PurlLookupResult, QueryArtifact, QueryHit, QueryResult
from packhouse.apis.depsdev.messages import VersionKey
from packhouse.apis.depsdev.purls import read_purl
from packhouse.apis.depsdev.question_messages import Hash, QueryRequest
from packhouse.apis.depsdev.systems import Systems, Target
from packhouse.domain.digest import Digest
from packhouse.domain.errors import Invalid, NotFound
from packhouse.domain.package import PackageKey
from packhouse.domain.release import Artifact
from packhouse.domain.view import View
from packhouse.services.assembly import Services
from packhouse.services.hashes import DigestHit, DigestIndex, Hashes

MOST_RESULTS = 1000
_LENGTHS = {"MD5": 16, "SHA1": 20, "SHA256": 32, "SHA512": 64}
_HEXADECIMAL = frozenset(b"0123456789abcdefABCDEF")


class Queries:
    """Answers Query and PurlLookup."""

    def __init__(self, systems: Systems, catalogue: Catalogue, digests: DigestIndex | None) -> None:
        self._systems = systems
        self._catalogue = catalogue
        records = {each.ecosystem.key: each.records for each in systems.all}
        self._hashes = None if digests is None else Hashes(digests, records)

    async def query(self, view: View, request: QueryRequest) -> Answered:
        """Find releases; raise Invalid where neither a hash nor a name is given."""
        name = request.version_key if isinstance(request.version_key, VersionKey) else VersionKey()
        if isinstance(request.hash, Hash) and (request.hash.value or request.hash.type):
            return Answered(QueryResult(await self._by_hash(view, read_hash(request.hash), name)))
        if not name.name:
            raise Invalid("a query needs a hash or a name", "send hash.type and hash.value, or versionKey.name")
        hits: list[QueryHit] = []
        for services in self._asked(name.system):
            try:
                target = self._systems.target(services.ecosystem.system, name.name)
                known = await self._catalogue.known(view, target)
                hits += await self._by_name(view, known, name.version)
            except (NotFound, Invalid):
                # Of several systems one may know the name, and another may not even allow it.
                continue
        return Answered(QueryResult(tuple(hits[:MOST_RESULTS])))

    async def purl(self, view: View, text: str) -> Answered:
        """Answer PurlLookup: a release where the URL has a version, else a package."""
        meant = read_purl(self._systems, text)
        known = await self._catalogue.known(view, meant.target)
        if meant.version:
            result = PurlLookupResult(version=await self._catalogue.describe(view, known, meant.version))
        else:
            result = PurlLookupResult(package=answers.package(meant.target.services.ecosystem, known.record))
        return Answered(result, self._catalogue.told_until(known), str(meant.target.key))

    def _asked(self, system: str) -> Sequence[Services]:
        if not system:
            return self._systems.all
        services = self._systems.find(system)
        if services is None:
            raise NotFound("system not found")
        return (services,)

    async def _by_name(self, view: View, known: Known, version: str) -> list[QueryHit]:
        if version:
            return [QueryHit(await self._catalogue.describe(view, known, version))]
        newest = known.record.versions[: -MOST_RESULTS - 1 : -1]
        return [QueryHit(each) for each in await self._catalogue.describe_shortly(view, known, newest)]

    async def _by_hash(self, view: View, digest: Digest, name: VersionKey) -> tuple[QueryHit, ...]:
        asked = {services.ecosystem.key: services for services in self._asked(name.system)}
        found: dict[tuple[PackageKey, str], list[Artifact]] = {}
        for hit in await self._hashes.find(view, digest, MOST_RESULTS) if self._hashes is not None else ():
            services = asked.get(hit.key.ecosystem)
            if services is not None and _is_named(services, hit, name):
                found.setdefault((hit.key, hit.version), []).append(hit.artifact)
        hits: list[QueryHit] = []
        for (key, version), artifacts in [*found.items()][:MOST_RESULTS]:
            services = asked[key.ecosystem]
            try:
                known = await self._catalogue.known(view, Target(services, key))
                message = await self._catalogue.describe(view, known, version)
            except NotFound:
                continue
            urls = (_address(services, artifact) for artifact in artifacts)
            hits.append(QueryHit(message, tuple(QueryArtifact(url) for url in urls if url)))
        return tuple(hits)


def read_hash(sent: Hash) -> Digest:
    """Read a hash; raise Invalid for an unknown type or a length that is not the type's.

    Clients also send the hexadecimal digits as if they were the bytes.
    """
    length = _LENGTHS.get(sent.type.upper().replace("-", ""))
    if length is None:
        raise Invalid("hash.type is none of MD5, SHA1, SHA256 and SHA512")
    value = sent.value
    if len(value) == 2 * length and _HEXADECIMAL.issuperset(value):
        value = bytes.fromhex(value.decode())
    if len(value) != length:
        raise Invalid(f"hash.value has {len(value)} bytes, {sent.type.upper()} has {length}", "send it as base64")
    return Digest(sent.type.lower().replace("-", ""), value.hex())


def _is_named(services: Services, hit: DigestHit, name: VersionKey) -> bool:
    """Tell whether a file belongs to what was named as well; nothing was named by an empty text."""
    try:
        return name.version in ("", hit.version) and (
            not name.name or services.ecosystem.parse_name(name.name) == hit.key.name
        )
    except Invalid:
        return False


def _address(services: Services, artifact: Artifact) -> str:
    """Say where the upstream has a file; empty for one that was published here."""
    if artifact.url.startswith("/"):
        return services.upstreams[0].url + artifact.url if services.upstreams else ""
    return artifact.url
