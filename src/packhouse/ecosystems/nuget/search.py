"""Search and autocompletion: the upstream's answers without what is refused; our own where it has none to give."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
from msgspec import Raw, Struct

from packhouse.domain.errors import Invalid, NotFound, Refused, UpstreamError
from packhouse.domain.further import FurtherKey
from packhouse.domain.index import BASE, Summary
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.domain.release import PackageRecord
from packhouse.ecosystems.nuget.entry import read_entry
from packhouse.ecosystems.nuget.facts import facts
from packhouse.ecosystems.nuget.head import read_head
from packhouse.ecosystems.nuget.hives import HIVES
from packhouse.ecosystems.nuget.versions import Key, is_prerelease, normalise, parse_version, version_key
from packhouse.ecosystems.nuget.visible import Visible
from packhouse.http.answers import Answer
from packhouse.http.request import Request
from packhouse.http.serving import body_answer
from packhouse.policy.decision import Verdict
from packhouse.services.assembly import Services
from packhouse.services.further import Further

JSON = "application/json"
_DEFAULT_RESULTS = 20
_MAX_RESULTS = 1000
_MAX_OFFSET = 10_000
_MAX_TEXT = 500
_LOCAL_MS = 5_000
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class _Ids(Struct):
    data: list[str]
    total: int = msgspec.field(name="totalHits", default=0)


_top = msgspec.json.Decoder(dict[str, Raw]).decode
_hits = msgspec.json.Decoder(list[dict[str, Raw]]).decode
_encode = msgspec.json.Encoder().encode
_text = msgspec.json.Decoder(str).decode


class Wanted(Struct, frozen=True):
    """What is searched for."""

    text: str
    skip: int
    take: int
    prerelease: bool
    semver2: bool
    kind: str = ""

    @property
    def hive(self) -> str:
        """The hive that has what is found."""
        return HIVES["registration-gz-semver2" if self.semver2 else "registration"]

    def query(self) -> str:
        """Write it for the upstream, always in the same way."""
        fields = {
            "q": self.text,
            "skip": str(self.skip),
            "take": str(self.take),
            "prerelease": "true" if self.prerelease else "false",
            **({"semVerLevel": "2.0.0"} if self.semver2 else {}),
            **({"packageType": self.kind} if self.kind else {}),
        }
        return urlencode(fields)


class Searches:
    """The handlers of search and autocompletion."""

    def __init__(self, services: Services, visible: Visible) -> None:
        self._services = services
        self._visible = visible

    async def search(self, request: Request) -> Answer:
        """Answer with packages that match, as the upstream ranks them."""
        wanted = read_wanted(request.query)
        found = await self._ask(request, f"search?{wanted.query()}")
        if found is None:
            return self._made(request, await self._known(request, wanted))
        try:
            top = _top(found.body.replace(BASE, request.base.encode()))
            hits = _hits(top.get("data", Raw(b"[]")))
        except _UNREADABLE:
            return self._made(request, await self._known(request, wanted))
        top["data"] = Raw(_encode(await self._checked(request, wanted, hits)))
        return body_answer(request, _encode(top), JSON, valid_until=found.valid_until)

    async def autocomplete(self, request: Request) -> Answer:
        """Answer with ids that begin so, or with the versions of an id."""
        if name := request.query.get("id", ""):
            return await self._versions(request, name)
        wanted = read_wanted(request.query)
        found = await self._ask(request, f"autocomplete?{wanted.query()}")
        try:
            ids = msgspec.json.decode(found.body, type=_Ids) if found is not None else None
        except _UNREADABLE:
            ids = None
        if ids is None:
            known = await self._known(request, wanted)
            names = [hit["id"] for hit in known["data"]]
            return self._made(request, {"totalHits": known["totalHits"], "data": names})
        verdicts = await self._visible.verdicts(request.view, ids.data)
        left = [
            name for name, each in zip(ids.data, verdicts, strict=True) if each is not None and not each.nothing_left
        ]
        return self._made(request, {"totalHits": ids.total, "data": left})

    async def _versions(self, request: Request, name: str) -> Answer:
        wanted = read_wanted(request.query)
        try:
            snapshot, index = await self._visible.index(request.view, self._visible.key(name))
        except NotFound:
            return self._made(request, {"totalHits": 0, "data": []})
        hidden = () if wanted.semver2 else read_head(index).semver2
        versions = [
            fragment.version
            for fragment in index.fragments
            if fragment.version not in hidden
            and (wanted.prerelease or not is_prerelease(fragment.version))
            and read_entry(fragment.body).get("listed", True) is not False
        ]
        versions.sort(key=version_key)
        body = _encode({"totalHits": len(versions), "data": versions})
        return body_answer(request, body, JSON, valid_until=snapshot.valid_until, about=str(snapshot.key))

    async def _ask(self, request: Request, path: str) -> Further | None:
        """Ask the upstream; None where it cannot answer."""
        key = PackageKey(self._services.ecosystem.key, NormalName(""))
        try:
            return await self._services.further.get(request.view, FurtherKey(key, path))
        except (NotFound, UpstreamError):
            return None

    def _made(self, request: Request, document: Mapping[str, object]) -> Answer:
        valid_until = Moment(self._services.clock() + _LOCAL_MS)
        return body_answer(request, _encode(document), JSON, valid_until=valid_until)

    async def _checked(self, request: Request, wanted: Wanted, hits: list[dict[str, Raw]]) -> list[dict[str, Raw]]:
        """Leave out what is refused, and let the addresses lead to us."""
        names = [_read(hit.get("id")) for hit in hits]
        verdicts = await self._visible.verdicts(request.view, names)
        base = f"{request.base}/{wanted.hive}"
        left = []
        for hit, name, verdict in zip(hits, names, verdicts, strict=True):
            if verdict is None or verdict.nothing_left:
                continue
            checked = _visible_part(hit, verdict)
            if checked is not None:
                left.append(_addressed(checked, f"{base}/{quote(self._visible.key(name).name)}"))
        return left

    async def _known(self, request: Request, wanted: Wanted) -> dict[str, Any]:
        """Search what this server knows."""
        found = await self._services.search.find(
            request.view, self._services.ecosystem.key, wanted.text, wanted.skip, wanted.take
        )
        data = []
        for _, summary in found.hits:
            try:
                record = await self._services.records.get(request.view, summary.key, "known")
            except (NotFound, Refused, UpstreamError):
                continue
            if (hit := _hit_of(request, wanted, summary, record)) is not None:
                data.append(hit)
        return {"totalHits": found.total, "data": data}


def read_wanted(query: Mapping[str, str]) -> Wanted:
    """Read what is asked for; raise Invalid for numbers that are none."""
    level = query.get("semVerLevel", "")
    try:
        semver2 = bool(level) and version_key(level) >= version_key("2.0.0")
    except Invalid:
        semver2 = False
    return Wanted(
        text=query.get("q", "").strip()[:_MAX_TEXT],
        skip=min(_number(query, "skip", 0), _MAX_OFFSET),
        take=min(_number(query, "take", _DEFAULT_RESULTS), _MAX_RESULTS),
        prerelease=query.get("prerelease", "").lower() == "true",
        semver2=semver2,
        kind=query.get("packageType", "")[:100],
    )


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit()):
        raise Invalid(f"{name} must be a whole number", f"e.g. {name}={default}")
    return int(text[:12])


def _visible_part(hit: dict[str, Raw], verdict: Verdict) -> dict[str, Raw] | None:
    """Let a hit name no release that is refused; None where none of those that it names is left."""
    if not verdict.dropped:
        return hit
    gone = {version.lower() for version in verdict.dropped}
    versions = [each for each in _list(hit.get("versions")) if _normal(_read(each.get("version"))) not in gone]
    if not versions:
        return None
    version = _read(hit.get("version"))
    kept = version if _normal(version) not in gone else _newest(_read(each.get("version")) for each in versions)
    return {**hit, "version": Raw(_encode(kept)), "versions": Raw(_encode(versions))}


def _newest(versions: Iterable[str]) -> str:
    """Pick the highest; what is no version is below all others."""

    def order(version: str) -> tuple[bool, Key]:
        try:
            return True, version_key(version)
        except Invalid:
            return False, ()

    return max(versions, key=order)


def _addressed(hit: dict[str, Raw], base: str) -> dict[str, Raw]:
    """Let the addresses of a hit lead to us."""
    index = Raw(_encode(f"{base}/index.json"))
    versions = [
        {**each, "@id": Raw(_encode(f"{base}/{quote(_normal(_read(each.get('version'))))}.json"))}
        for each in _list(hit.get("versions"))
    ]
    addresses: dict[str, Raw] = {name: index for name in ("@id", "registration") if name in hit}
    return {**hit, **addresses, "versions": Raw(_encode(versions))}


def _hit_of(request: Request, wanted: Wanted, summary: Summary, record: PackageRecord) -> dict[str, Any] | None:
    """Write a hit of a record; None where it has no release of the wanted kind."""
    versions = [
        version
        for position, version in enumerate(record.versions)
        if position not in record.yanked
        and (wanted.prerelease or position not in record.prereleases)
        and (wanted.semver2 or not parse_version(version).needs_semver2)
    ]
    if not versions:
        return None
    base = f"{request.base}/{wanted.hive}/{quote(summary.key.name)}"
    return {
        "@id": f"{base}/index.json",
        "@type": "Package",
        "registration": f"{base}/index.json",
        "id": facts(record.release(len(record.versions) - 1)).id or summary.key.name,
        "version": versions[-1],
        "description": summary.description,
        "authors": list(summary.maintainers),
        "tags": list(summary.keywords),
        "projectUrl": summary.links.get("homepage", ""),
        "totalDownloads": 0,
        "verified": False,
        "versions": [
            {"version": each, "downloads": 0, "@id": f"{base}/{quote(each.lower())}.json"} for each in versions
        ],
    }


def _list(raw: Raw | None) -> Iterable[dict[str, Raw]]:
    try:
        return _hits(raw) if raw is not None else []
    except _UNREADABLE:
        return []


def _read(raw: Raw | None) -> str:
    try:
        return _text(raw) if raw is not None else ""
    except msgspec.MsgspecError:
        return ""


def _normal(version: str) -> str:
    try:
        return normalise(version)
    except Invalid:
        return version.lower()
