"""Asks forges and others about source repositories, one request at a time each, as they want it."""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from packhouse.adapters.forges.allowance import ForgeAllowance
from packhouse.adapters.forges.github_batch import MOST, Told, ask_for, graphql_url, read_answer
from packhouse.adapters.forges.repositories import APIS, read_repository
from packhouse.adapters.upstream.client import wall_clock
from packhouse.adapters.upstream.decoding import ACCEPTED
from packhouse.adapters.upstream.places import Places
from packhouse.adapters.upstream.proxies import Proxies
from packhouse.adapters.upstream.settings import UpstreamSettings
from packhouse.adapters.upstream.targets import Target
from packhouse.adapters.upstream.trouble import Trouble
from packhouse.domain.errors import ConfigError, Invalid, UpstreamBad, UpstreamDenied, UpstreamError, UpstreamOff
from packhouse.domain.forge import Forge
from packhouse.domain.project import FactKind, Fuzzing
from packhouse.domain.upstream import UpstreamRegistry
from packhouse.services.ports import Clock
from packhouse.services.project_ports import StoredFact
from packhouse.services.project_reports import read_coverage, read_latest_report, read_report_day, read_scorecard

if TYPE_CHECKING:
    from packhouse.adapters.upstream.transport import Lane, Lookup

_GONE = frozenset((404, 410, 451))
_LARGEST_BYTES = 32 << 20
"""Of an answer: a summary of coverage names every file."""
_SCORED = frozenset(("github.com", "gitlab.com"))
"""Whose repositories Scorecard knows."""


class Answer(Struct, frozen=True):
    """A complete answer: 200 with a body, 304 without, or that there is no such thing."""

    status: int
    body: bytes = b""
    etag: str = ""


class Alone(Struct, frozen=True):
    """That nobody else waits: one repository is asked for by itself, with its validator."""


class ForgeClient:
    """Implements the port `FactSource`. Nothing is imported or opened before the first request."""

    def __init__(
        self,
        forges: Sequence[Forge],
        settings: UpstreamSettings = UpstreamSettings(),  # noqa: B008 (frozen)
        *,
        authorization: Callable[[UpstreamRegistry], str | None] = lambda _: None,
        environ: Mapping[str, str] = os.environ,
        clock: Clock = wall_clock,
        lookup: "Lookup | None" = None,
    ) -> None:
        """Read the addresses; raise ConfigError for one that is wrong."""
        on = [forge for forge in forges if forge.enabled]
        self._clock = clock
        self._forges = {forge.host: _Service(forge, clock) for forge in on if forge.kind in APIS}
        self._scorecard = next((_Service(forge, clock) for forge in on if forge.kind == "scorecard"), None)
        self._fuzz = next((_Service(forge, clock) for forge in on if forge.kind == "oss-fuzz"), None)
        self._ask = _Asking(replace(settings, max_index_bytes=_LARGEST_BYTES), authorization, environ, lookup)
        self.hosts = frozenset(forge.host for forge in forges if forge.kind in APIS)

    async def fetch_fact(self, project: str, kind: FactKind, known: StoredFact | None) -> StoredFact | None:
        """Ask one service; return what it says, None where nobody can be asked, or raise an UpstreamError."""
        service = self._service(project, kind)
        if service is None:
            return None
        match kind:
            case "repository":
                return await self._repository(service, project, known)
            case "scorecard":
                return await self._score(service, project, known)
            case "fuzzing":
                return await self._fuzzing(service, project, known)

    async def close(self) -> None:
        """Close every connection."""
        await self._ask.close()

    def _service(self, project: str, kind: FactKind) -> "_Service | None":
        host = project.partition("/")[0]
        if kind == "repository":
            return self._forges.get(host)
        if kind == "scorecard":
            return self._scorecard if host in _SCORED else None
        return self._fuzz

    async def _repository(self, service: "_Service", project: str, known: StoredFact | None) -> StoredFact:
        """Ask for one repository; where others wait for the same forge, for all of them at once if it can do that."""
        path = project.partition("/")[2]
        told = await self._ask.gather(service, path)
        if isinstance(told, Alone):
            return await self._repository_alone(service, project, known)
        if isinstance(told, UpstreamError):
            raise told
        return StoredFact(project, "repository", self._clock(), told)

    async def _repository_alone(self, service: "_Service", project: str, known: StoredFact | None) -> StoredFact:
        api = APIS[service.forge.kind]
        path = project.partition("/")[2]
        # A validator is one of the address that was asked: of a repository that has moved it is not.
        etag = known.etag if known is not None and known.value is not None else ""
        answer = await self._ask.get(service, api.path(path), api.accept, etag)
        fact = StoredFact(project, "repository", self._clock(), None)
        if answer.status == 304 and known is not None:
            return replace(known, checked_at=fact.checked_at)
        if answer.status != 200:
            return fact
        return replace(fact, value=read_repository(api, service.forge.host, answer.body), etag=answer.etag)

    async def _score(self, service: "_Service", project: str, known: StoredFact | None) -> StoredFact:
        etag = known.etag if known is not None and known.value is not None else ""
        answer = await self._ask.get(service, f"/projects/{project}", "application/json", etag)
        fact = StoredFact(project, "scorecard", self._clock(), None)
        if answer.status == 304 and known is not None:
            return replace(known, checked_at=fact.checked_at)
        if answer.status != 200:
            # What was imported is not forgotten because the service has nothing.
            return fact if known is None else replace(known, checked_at=fact.checked_at)
        try:
            _, card = read_scorecard(answer.body)
        except Invalid as error:
            raise UpstreamBad(f"{service.forge.name} answers for {project}: {error.message}") from error
        return replace(fact, value=card, etag=answer.etag)

    async def _fuzzing(self, service: "_Service", project: str, known: StoredFact | None) -> StoredFact | None:
        """Ask for the newest coverage; only an import tells what OSS-Fuzz calls a repository."""
        if known is None or not isinstance(known.value, Fuzzing) or not known.value.name:
            return None
        checked = replace(known, checked_at=self._clock())
        latest = await self._ask.get(service, f"/latest_report_info/{known.value.name}.json", "application/json")
        if latest.status != 200:
            return checked
        try:
            report = read_latest_report(latest.body)
            path = _in_bucket(report.report_summary_path)
            summary = await self._ask.get(service, path, "application/json")
            if summary.status != 200:
                return checked
            value = read_coverage(summary.body, known.value, read_report_day(report.report_date))
        except Invalid as error:
            raise UpstreamBad(f"{service.forge.name} answers for {project}: {error.message}") from error
        return replace(checked, value=value)


class _Service:
    """One service with what it allows."""

    def __init__(self, forge: Forge, clock: Clock) -> None:
        self.forge = forge
        self.registry = UpstreamRegistry(
            forge.name, forge.kind, forge.url, credentials=forge.credentials, well_known=False
        )
        self.places = Places(self.registry)
        self.allowance = ForgeAllowance(forge.name, clock)
        self.turn = asyncio.Lock()
        self.lane: Lane | None = None
        self.batches = forge.kind == "github" and forge.credentials is not None
        """Whether many repositories may be asked for at once; GitHub wants to know by whom."""
        self.waiting: dict[str, asyncio.Future[Told]] = {}
        """Who waits to be told of a repository, by its path."""


class _Asking:
    """One GET after another."""

    def __init__(
        self,
        settings: UpstreamSettings,
        authorization: Callable[[UpstreamRegistry], str | None],
        environ: Mapping[str, str],
        lookup: "Lookup | None",
    ) -> None:
        self._settings = settings
        self._authorization = authorization
        self._environ = environ
        self._lookup = lookup
        self._lanes: list[Lane] = []

    async def get(self, service: _Service, path: str, accept: str, etag: str = "") -> Answer:
        """Ask for a path; return 200, 304 or 404, or raise an UpstreamError."""
        headers = {"Accept": accept} | ({"If-None-Match": etag} if etag else {})
        service.allowance.check()
        async with service.turn:
            return await self._send(service, service.forge.url + path, headers)

    async def gather(self, service: _Service, path: str) -> Told | Alone:
        """Ask for a repository together with all that wait for the same service; tell where none does."""
        if not service.batches:
            return Alone()
        service.allowance.check()
        future = service.waiting.setdefault(path, asyncio.get_running_loop().create_future())
        async with service.turn:
            if not future.done():
                if len(service.waiting) == 1 or path not in service.waiting:
                    service.waiting.pop(path, None)
                    return Alone()
                await self._ask_together(service, [path, *(each for each in service.waiting if each != path)][:MOST])
        return future.result()

    async def _ask_together(self, service: _Service, paths: Sequence[str]) -> None:
        """Ask for several repositories, and let everybody have what is said of theirs."""
        told: Mapping[str, Told]
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        try:
            answer = await self._send(service, graphql_url(service.forge.url), headers, "POST", ask_for(paths))
            if answer.status != 200:
                raise UpstreamBad(f"{service.forge.name} has no answer for many repositories", "correct its url")
            told = read_answer(service.forge.host, paths, answer.body)
        except UpstreamError as error:
            told = dict.fromkeys(paths, error)
        for each in paths:
            service.waiting.pop(each).set_result(told[each])

    async def _send(
        self, service: _Service, url: str, headers: dict[str, str], method: str = "GET", body: bytes | None = None
    ) -> Answer:
        """Ask once; whoever calls has the turn."""
        # While the turn was waited for, the one before may have been told to stop.
        service.allowance.check()
        if service.lane is None:
            make_lane = await asyncio.to_thread(self._load)
            service.lane = make_lane(service.places)
            self._lanes.append(service.lane)
        try:
            target = service.places.enter(url)
            lane = service.lane
            return await self._follow(service, lane, target, {**headers, "Accept-Encoding": ACCEPTED}, method, body)
        except Trouble as trouble:
            if trouble.blame and trouble.retry_after_s is None:
                service.allowance.fail()
            raise trouble.plain() from trouble

    async def _follow(
        self, service: _Service, lane: "Lane", target: Target, headers: dict[str, str], method: str, body: bytes | None
    ) -> Answer:
        """Follow redirects on the service's own host: a repository that has moved answers with one."""
        for _ in range(self._settings.max_redirects + 1):
            async with await lane.ask(target, self._signed(service, target, headers), method, body) as reply:
                if reply.location is None:
                    read = b"" if reply.status == 304 else await reply.read(self._settings.max_index_bytes)
                    service.allowance.note(reply.status, reply.header, read)
                    return _answer(service, reply.status, read, reply.header("ETag"))
                location = reply.location
                await reply.discard()
            target = service.places.follow(target, location)
        raise UpstreamBad(f"{service.forge.name} redirects more than {self._settings.max_redirects} times")

    def _signed(self, service: _Service, target: Target, headers: dict[str, str]) -> dict[str, str]:
        if not service.places.is_own(target):
            return headers
        try:
            value = self._authorization(service.registry)
        except ConfigError as error:
            raise UpstreamOff(error.message, error.hint) from error
        return headers if value is None else {**headers, "Authorization": value}

    def _load(self) -> "Callable[[Places], Lane]":
        from packhouse.adapters.upstream.certificates import tls_context  # noqa: PLC0415 (start-up time)
        from packhouse.adapters.upstream.transport import Lane, system_lookup  # noqa: PLC0415

        tls = tls_context(self._environ)
        lookup = self._lookup or system_lookup
        proxies = Proxies(self._environ)
        return lambda places: Lane(places, self._settings, tls, proxies, lookup, "packhouse")

    async def close(self) -> None:
        """Close every connection."""
        lanes, self._lanes = self._lanes, []
        for lane in lanes:
            await lane.close()


def _answer(service: _Service, status: int, body: bytes, etag: str | None) -> Answer:
    if status in (200, 304):
        plain = etag if etag and etag.isascii() and etag.isprintable() else ""
        return Answer(status, body, plain)
    if status in _GONE:
        return Answer(404)
    if status in (401, 403):
        hint = f"correct the credentials of [forges.{service.forge.name}]"
        raise UpstreamDenied(f"{service.forge.name} answers {status}", hint)
    raise UpstreamBad(f"{service.forge.name} answers {status}", "correct its url")


def _in_bucket(path: str) -> str:
    """Turn an address of a bucket into a path in it; raise Invalid for one that leads elsewhere."""
    name = path.removeprefix("gs://").partition("/")[2]
    if not path.startswith("gs://") or not name or ".." in name.split("/") or not name.isprintable():
        raise Invalid("its report is not in a bucket")
    from urllib.parse import quote  # noqa: PLC0415 (seldom)

    return f"/{quote(name)}"
