"""The composition root: the only module that knows everybody."""

import asyncio
import contextlib
import importlib
import logging
import os
import pkgutil
import secrets
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import TypeVar

import anyio

from packhouse import ecosystems as folders
from packhouse.adapters.attestation.sigstore_root import SigstoreRoot
from packhouse.adapters.blobs.disk import DiskBlobs
from packhouse.adapters.delivery.allowance import Allowance
from packhouse.adapters.delivery.poster import HttpPoster
from packhouse.adapters.feeds.osv_bucket import OsvBucket
from packhouse.adapters.forges.on_demand import ForgesOnDemand
from packhouse.adapters.sql.store import SqlStore
from packhouse.adapters.upstream.client import UpstreamClient
from packhouse.adapters.upstream.credentials import Credentials
from packhouse.adapters.upstream.defaults import DEFAULTS, OSV_BUCKET
from packhouse.adapters.upstream.issuer_keys import HttpIssuerKeys
from packhouse.apis.admin.changes import change_routes
from packhouse.apis.admin.door import admin_door
from packhouse.apis.admin.packages import package_routes
from packhouse.apis.admin.similar import similar_routes
from packhouse.apis.depsdev.advised import Advised
from packhouse.apis.depsdev.behind import Behind
from packhouse.apis.depsdev.capable import Capable, Layered
from packhouse.apis.depsdev.certificates import Certificate, read_certificate
from packhouse.apis.depsdev.dependents import CountedDependents
from packhouse.apis.depsdev.door import DepsDevDoor, depsdev_problem
from packhouse.apis.depsdev.grpc_port import GrpcPort, Inner
from packhouse.apis.depsdev.insights import Insights as DepsDev
from packhouse.apis.depsdev.project_answers import KnownProjects
from packhouse.apis.osv.door import OsvDoor, osv_problem
from packhouse.apis.packages.door import PackagesDoor, packages_problem
from packhouse.apis.packages.openapi import OpenApiDoor
from packhouse.config import Config
from packhouse.domain.capability import Analysis
from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.errors import ConfigError, Invalid
from packhouse.domain.package import PackageKey
from packhouse.domain.upstream import UpstreamRegistry
from packhouse.http.answers import Answer, text_answer
from packhouse.http.asgi import Receive, Scope, Send
from packhouse.http.callers import Callers
from packhouse.http.public import PublicAddress
from packhouse.http.ready import Ready, wall_clock
from packhouse.http.request import Request
from packhouse.http.running import give_memory_back, run
from packhouse.http.site import Mount, Site
from packhouse.policy.decision import Rule
from packhouse.policy.rules.age import MinimumAge
from packhouse.policy.rules.deny import Denied, Deny
from packhouse.services.access import AccessRules
from packhouse.services.advisories import Advisories
from packhouse.services.advisory_following import AdvisoryFollowing, LiveAdvisories
from packhouse.services.advisory_import import AdvisoryImport
from packhouse.services.advisory_ports import AdvisoryIntake
from packhouse.services.assembly import Services
from packhouse.services.capabilities import Capabilities, CapabilityImport
from packhouse.services.capability_making import CapabilityMaker
from packhouse.services.change_log import ChangeLog
from packhouse.services.gathering import Gatherer
from packhouse.services.graph_following import GraphFollower, GraphPace, marker_of
from packhouse.services.graph_making import GraphMaker
from packhouse.services.hook_deliveries import Deliveries
from packhouse.services.hook_ports import Teller
from packhouse.services.hook_views import HookViews
from packhouse.services.issuer_keys import IssuerKeys
from packhouse.services.limits import LimitRules, Limits
from packhouse.services.notices import Notices
from packhouse.services.people import people
from packhouse.services.project_packages import ProjectPackages
from packhouse.services.project_ports import FactSource, ProjectStore
from packhouse.services.projects import ProjectPace, Projects
from packhouse.services.recent import Recent
from packhouse.services.signing import SigningKeys
from packhouse.services.similar_names import NameLearner
from packhouse.services.sources.cached import Freshness
from packhouse.services.trusting import Trust
from packhouse.services.usage import Usage
from packhouse.services.wiring import Foundation, wire
from packhouse.web.door import WebDoor, web_problem

T = TypeVar("T")

log = logging.getLogger(__name__)

_REGISTRIES = ("default",)
_WELL_KNOWN = frozenset(each.name for each in DEFAULTS)
_SWITCHES_S = 1.0
"""How soon a running server follows `packhouse upstream off`."""
_PREPARE_S = 0.2


def serve(config: Config) -> bool:
    """Run the server until a signal ends it; tell whether it ever accepted a request."""
    if config.workers != 1:
        hint = "leave workers at 1: one process serves tens of thousands of requests a second"
        raise ConfigError("several server processes are not possible yet", hint)
    application = Application(config)
    first = not anyio.run(application.has_users)

    def say(host: str, port: int) -> None:
        _say_ready(host, port)
        if application.grpc_port is not None:
            _say_grpc(host, application.grpc_port)
        if first:
            _say_first(config.data)

    return run(application, application.ready, config.host, config.port, say)


def set_upstream(config: Config, name: str, *, enabled: bool) -> None:
    """Switch an upstream off or on; a running server follows within a second. Raise ConfigError for an unknown one."""
    if name not in {upstream.name for upstream in config.upstreams}:
        known = ", ".join(upstream.name for upstream in config.upstreams)
        raise ConfigError(f"there is no upstream {name!r}", f"known are {known}")
    store = open_store(config)
    try:
        anyio.run(partial(store.write_switch, name, enabled=enabled))
    finally:
        store.close()


def read_switches(config: Config) -> dict[str, bool]:
    """Return which upstreams are asked, by name."""
    store = open_store(config)
    try:
        switches = anyio.run(store.read_switches)
    finally:
        store.close()
    return {each.name: _is_on(config, each, switches) for each in config.upstreams}


def open_store(config: Config) -> SqlStore:
    """Open the database of the data directory, made and migrated where needed; raise ConfigError or StorageError."""
    try:
        config.data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        hint = "choose another with --data, or change its permissions"
        raise ConfigError(f"the data directory {config.data} cannot be made: {error.strerror}", hint) from error
    return SqlStore.open(config.data / "packhouse.sqlite3")


def open_blobs(config: Config) -> DiskBlobs:
    """Open the files of the data directory.

    Nothing is forced to the disk: all of it can be fetched again, and a file that a power cut has left short is
    noticed by its size and fetched. (Measured: waiting for the disk made up half of what a cold install took longer.)
    """
    return DiskBlobs(config.data / "blobs", durable=False)


def server_key(config: Config) -> bytes:
    """Read the secret under which tokens are hashed, made at the first start; raise ConfigError."""
    path = config.data / "server.key"
    try:
        config.data.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            # Made under another name first: of two processes that start at once, both read the same key.
            fresh = path.with_name(f"server.key.{secrets.token_hex(8)}")
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                os.write(descriptor, secrets.token_bytes(32))
                os.fsync(descriptor)
                if not path.exists():
                    os.link(fresh, path)
            finally:
                os.close(descriptor)
                fresh.unlink()
        key = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"the key of the server {path} cannot be read: {error.strerror}") from error
    if len(key) != 32:
        hint = "restore it from a backup; without it every token has to be made anew"
        raise ConfigError(f"the key of the server {path} is damaged", hint)
    return key


def load_ecosystems() -> Mapping[str, tuple[Ecosystem, Callable[[Services], Mount]]]:
    """Import every folder of ecosystems: its value and how its door is made, by key."""
    found = {}
    for each in pkgutil.iter_modules(folders.__path__):
        folder = importlib.import_module(f"{folders.__name__}.{each.name}")
        found[folder.ECOSYSTEM.key] = (folder.ECOSYSTEM, folder.build_mount)
    return found


def load_tellers(services: Mapping[str, Services]) -> Mapping[str, Teller]:
    """Make what words the events of each ecosystem for hooks, where its folder does so, by key."""
    tellers = {}
    for each in pkgutil.iter_modules(folders.__path__):
        folder = importlib.import_module(f"{folders.__name__}.{each.name}")
        if build := getattr(folder, "build_teller", None):
            tellers[folder.ECOSYSTEM.key] = build(services[folder.ECOSYSTEM.key])
    return tellers


def find_credentials(known: Mapping[str, tuple[Ecosystem, object]]) -> Credentials:
    """Make what finds the secrets of upstreams, in the stores of the ecosystems' own clients too."""
    stores = {key: each.credentials for key, (each, _) in known.items() if each.credentials is not None}
    return Credentials(stores)


class Application:
    """The server with everything that it holds open; an ASGI application."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._store = open_store(config)
        self._blobs = open_blobs(config)
        self._switches: dict[str, bool] = {}
        self._upstreams = {each.name: each for each in config.upstreams}
        self._known = load_ecosystems()
        self._upstream = UpstreamClient(
            config.upstreams, config.upstream, self._is_enabled, authorization=find_credentials(self._known)
        )
        self._notices = Notices()
        self._usage = Usage(self._store, wall_clock)
        self._poster = HttpPoster(Allowance(config.hooks.allow), "packhouse")
        self._issuer_keys = HttpIssuerKeys(config.issuers, offline=config.offline)
        self._people = people(self._store, server_key(config), wall_clock, registration=config.access.registration)
        ecosystems = [each for each, _ in self._known.values()]
        self._advisories = Advisories(self._store, ecosystems)
        cache = config.cache
        self._foundation = Foundation(
            store=self._store,
            blobs=self._blobs,
            upstream=self._upstream,
            gatherer=Gatherer(self._upstream, wall_clock),
            recent=Recent(),
            notices=self._notices,
            usage=self._usage,
            people=self._people,
            signing=SigningKeys(self._store),
            poster=self._poster,
            limits=Limits(LimitRules(config.limits.create, config.limits.update, config.limits.yank)),
            trust=Trust(self._store, IssuerKeys(config.issuers, self._issuer_keys), audiences(config)),
            advisories=self._advisories,
            clock=wall_clock,
            freshness=Freshness(fresh_ms=int(cache.index_fresh_s * 1000), stale_ms=int(cache.index_stale_s * 1000)),
            access=AccessRules(
                upstream=config.access.upstream,
                hosted=config.access.hosted,
                publish=config.access.publish,
                reserved=config.access.reserved,
            ),
            archive_bytes=config.publish.max_archive_bytes,
            invites=config.publish.invite_owners,
            git_folder=config.data / "git" if config.git_index else None,
            categories=config.publish.categories,
            publish_root=None if config.publish.trusted_root is None else SigstoreRoot(config.publish.trusted_root),
            provenance_root=SigstoreRoot(config.provenance.trusted_root),
            dependents=config.dependents.enabled,
            malware=malware_exemptions(config),
            documents_bytes=cache.memory_bytes,
        )
        self._closing: list[Callable[[], Awaitable[None]]] = []
        self.ready = Ready(config.cache.memory_bytes)
        """Answers that the server may repeat by itself."""
        self._notices.subscribe(lambda key: self.ready.forget(str(key)))
        self.services: dict[str, Services] = {}
        """By ecosystem."""
        self._makers: dict[str, GraphMaker] = {}
        self._certificate = _certificate(config)
        self.grpc_port: int | None = None
        """Where gRPC is served while the server runs; None where it is not."""
        self._capability_maker = self._make_capability_maker()
        self._site = self._build()
        access = {key: each.access for key, each in self.services.items()}
        views = HookViews(self._store, self._people.identification, access)
        tellers = load_tellers(self.services)
        self._deliveries = Deliveries(
            self._store, self._store, self._store, tellers, views.find, self._poster, wall_clock
        )

    async def has_users(self) -> bool:
        """Tell whether anybody has an account."""
        return await self._people.accounts.any()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the life of the server."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await self._site(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        async with self.running(), self._serving_grpc():
            preparing = asyncio.create_task(self._prepare())
            following = asyncio.create_task(self._follow_graphs())
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await _cancel(preparing, following)
        await send({"type": "lifespan.shutdown.complete"})

    @contextlib.asynccontextmanager
    async def _serving_grpc(self) -> AsyncIterator[None]:
        """Listen for clients of gRPC; that the port is taken keeps nobody from all the rest."""
        wanted = self._config.grpc_port
        if wanted is None:
            yield
            return
        port = GrpcPort(self._start_grpc)
        try:
            self.grpc_port = await port.open(self._config.host, wanted)
        except OSError as error:
            log.warning("gRPC is not served: port %d cannot be had: %s", wanted, error.strerror)
        try:
            yield
        finally:
            await port.close()

    async def _start_grpc(self, peers: Mapping[int, str]) -> Inner:
        # Beside the event loop: it takes a fifth of a second.
        module = await asyncio.to_thread(importlib.import_module, "packhouse.apis.depsdev.grpc_server")
        identify = self._people.identification.identify
        started: Inner = await module.start(self._depsdev, identify, peers, self._certificate)
        return started

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Do what goes on in the background, and at the end let go of everything."""
        self._switches = await self._store.read_switches()
        await self._remove_unfinished()
        tasks = [asyncio.create_task(each) for each in self._background()]
        try:
            yield
        finally:
            await _cancel(*tasks)
            for close in self._closing:
                await close()
            await self._usage.write()
            await self._people.identification.write_used()
            await self._upstream.close()
            await self._poster.close()
            await self._issuer_keys.close()
            self._blobs.close()
            self._store.close()

    def _background(self) -> Sequence[Coroutine[None, None, None]]:
        identification = self._people.identification
        names = NameLearner(self._store, self._store)
        tasks = [self._follow_switches(), self._usage.run(), identification.run(), self._deliveries.run(), names.run()]
        if self._config.advisories.fetch and not self._config.offline:
            tasks.append(self._follow_advisories())
        if self._config.capabilities.make and not self._config.offline:
            tasks.append(self._capability_maker.run())
        return tasks

    def _make_capability_maker(self) -> CapabilityMaker:
        """Make what analyses code; it has nothing to do where that is off."""
        making, config = self._config.capabilities, self._config
        known = [each for each, _ in self._known.values()]
        address = config.public_url or f"http://{_reached(config.host)}:{config.port}"
        analysers = {
            each.key: (each.analyser, f"{address}/{each.mount}")
            for each in known
            if each.analyser is not None and making.make
        }
        return CapabilityMaker(analysers, CapabilityImport(self._store, known, wall_clock), _analyse, making.timeout_s)

    async def _follow_advisories(self) -> None:
        bucket = open_bucket(self._config)
        try:
            known = [each for each, _ in self._known.values()]
            await follow_advisories(self._config, self._store, bucket, known).run(self._config.advisories.every_s)
        finally:
            await bucket.close()

    async def _prepare(self) -> None:
        """Import what the first install needs while nobody waits: the server accepts requests already."""
        await asyncio.sleep(_PREPARE_S)
        for each in self.services.values():
            await each.search.prepare()
        if not self._config.offline:
            await self._upstream.prepare()

    async def _follow_graphs(self) -> None:
        """Keep graphs as packages change: in the server alone, since that may go on for long."""
        if not self._makers:
            return
        config = self._config
        known = {key: (each.upstreams, build_rules(config, each.ecosystem)) for key, each in self.services.items()}
        marker = marker_of({key: known[key] for key in self._makers}, config.access.reserved)
        pace = GraphPace(share=config.dependents.share)
        await GraphFollower(self._store, self._makers, marker, wall_clock, pace, give_memory_back).run()

    async def _remove_unfinished(self) -> None:
        """Delete files that a process had stored for a release when it died: no release has them."""
        for blob in self._blobs.unsettled:
            if not await self._store.uses_blob(blob):
                await self._blobs.delete(blob)
        self._blobs.settle_all()

    async def _follow_switches(self) -> None:
        while True:
            await asyncio.sleep(_SWITCHES_S)
            self._switches = await self._store.read_switches()

    def _is_enabled(self, name: str) -> bool:
        return _is_on(self._config, self._upstreams[name], self._switches)

    def _build(self) -> Site:
        services = self.services
        mounts: dict[str, Mount] = {}
        known = self._known
        for upstream in self._config.upstreams:
            if upstream.ecosystem not in known:
                if upstream.name in _WELL_KNOWN:
                    continue
                hint = f"known are {', '.join(sorted(known))}"
                raise ConfigError(f"upstreams.{upstream.name}: there is no ecosystem {upstream.ecosystem!r}", hint)
        for key, (ecosystem, build_mount) in known.items():
            services[key] = self._services(ecosystem)
            mounts[ecosystem.mount] = build_mount(services[key])
        cooldown_ms = int(self._config.policy.minimum_age_s * 1000)
        projects, known_projects = self._open_projects()
        self._depsdev = DepsDev(
            services,
            Behind(
                advisories=Advised(self._advisories),
                projects=known_projects,
                dependents=CountedDependents(services),
                digests=self._store,
                capabilities=Capable(Capabilities(self._store), self._capability_maker.want),
                images=Layered(self._store),
            ),
            cooldown_ms,
        )
        mounts["v3"] = Mount(DepsDevDoor(self._depsdev, "v3"), depsdev_problem)
        mounts["v3alpha"] = Mount(DepsDevDoor(self._depsdev, "v3alpha"), depsdev_problem)
        ecosystems = [each for each, _ in known.values()]
        mounts["v1"] = Mount(OsvDoor(self._advisories, ecosystems), osv_problem)
        mounts["packages"] = Mount(PackagesDoor(services), packages_problem)
        mounts["openapi.json"] = Mount(OpenApiDoor(services))
        changes = ChangeLog(self._store, {key: (each.ecosystem, each.feed) for key, each in services.items()})
        further = [*similar_routes(services), *package_routes(services), *change_routes(changes, services)]
        mounts["api"] = Mount(
            admin_door(self._config.upstreams, self._upstream.health, self._is_enabled, self._people, further)
        )
        mounts["healthz"] = mounts["readyz"] = Mount(self._health)
        root = Mount(WebDoor(services, projects), web_problem)
        address = PublicAddress(self._config.public_url, self._config.trusted_proxies)
        callers = Callers(self._people.identification, self._people.audit, address)
        return Site(mounts, root, address, _REGISTRIES, self.ready, callers)

    def _open_projects(self) -> tuple[Projects, KnownProjects]:
        """Put together what answers about source repositories."""
        source = open_forges(self._config)
        projects = open_projects(self._config, self._store, source)
        self._closing += [projects.close, source.close]
        records = {key: each.records for key, each in self.services.items()}
        packages = ProjectPackages(self._store, records, source.hosts)
        return projects, KnownProjects(projects, packages, self.services)

    async def _health(self, request: Request, segments: Sequence[str]) -> Answer:
        """Answer monitors: the process runs and its database can be read."""
        del request, segments
        await self._store.read_switches()
        return text_answer("ok\n")

    def _services(self, ecosystem: Ecosystem) -> Services:
        """Wire one ecosystem, and remember what has to be closed."""
        upstreams = tuple(each for each in self._config.upstreams if each.ecosystem == ecosystem.key)
        wired = wire(ecosystem, upstreams, build_rules(self._config, ecosystem), self._foundation)
        self._closing += wired.closing
        if wired.maker is not None:
            self._makers[ecosystem.key] = wired.maker
        return wired.services


async def _cancel(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def with_services(config: Config, ask: Callable[[Mapping[str, Services]], Awaitable[T]]) -> T:
    """Ask something of the services without a server, on the data that a server would use."""
    application = Application(config)
    async with application.running():
        return await ask(application.services)


def open_bucket(config: Config) -> OsvBucket:
    """Make what asks the live database of advisories."""
    return OsvBucket(config.advisories.url or OSV_BUCKET, config.upstream, folder=config.data)


def follow_advisories(
    config: Config, store: AdvisoryIntake, live: LiveAdvisories, ecosystems: Sequence[Ecosystem]
) -> AdvisoryFollowing:
    """Make what keeps the advisories of a live database up to date."""
    parts = config.advisories.parts or tuple(each.osv[0] for each in ecosystems if each.osv)
    return AdvisoryFollowing("osv", live, AdvisoryImport(store, ecosystems), store, parts)


def open_forges(config: Config) -> ForgesOnDemand:
    """Make what asks forges about source repositories."""
    quiet = config.offline or not config.projects.fetch
    return ForgesOnDemand(config.forges, config.upstream, Credentials({}), offline=quiet)


def open_projects(config: Config, store: ProjectStore, source: FactSource) -> Projects:
    """Make what answers about source repositories, at the configured pace."""
    chosen = config.projects
    fresh_ms, missing_ms = int(chosen.fresh_s * 1000), int(chosen.missing_s * 1000)
    return Projects(store, source, wall_clock, ProjectPace(fresh_ms, missing_ms, wait_s=chosen.wait_s))


def build_rules(config: Config, ecosystem: Ecosystem) -> tuple[Rule, ...]:
    """Make the rules of the default registry for one ecosystem; raise ConfigError for what cannot be read."""
    rules: list[Rule] = []
    policy = config.policy
    if policy.minimum_age_s:
        exempt = policy.minimum_age_exclude
        rules.append(
            MinimumAge(
                int(policy.minimum_age_s * 1000),
                lambda key: any(_is_named(key, each, ecosystem) for each in exempt),
                ",".join(exempt),
            )
        )
    denied = tuple(_denied(each, ecosystem) for each in policy.deny if each.partition("/")[0] == ecosystem.key)
    if denied:
        rules.append(Deny(denied))
    return tuple(rules)


def malware_exemptions(config: Config) -> Callable[[Ecosystem, PackageKey], bool] | None:
    """Tell what may be installed although advisories call it malware; None for everything."""
    if config.policy.malware == "allow":
        return None
    exempt = config.policy.malware_exclude
    return lambda ecosystem, key: any(_is_named(key, each, ecosystem) for each in exempt)


def audiences(config: Config) -> tuple[str, ...]:
    """Name this server as identities of builds must; raise ConfigError where there are issuers and no name.

    What a request calls it does not count: with that, an identity for another server could be used here.
    """
    if config.publish.audience:
        return (config.publish.audience,)
    if config.public_url:
        return (config.public_url,)
    if nameless := next((each for each in config.issuers if each.enabled and not each.audience), None):
        hint = "set public_url or publish.audience, so that identities for other servers are none for this one"
        raise ConfigError(f"the issuer {nameless.name} counts, and this server has no name", hint)
    return ()


def _certificate(config: Config) -> Certificate | None:
    chain, key = config.grpc.certificate, config.grpc.key
    if (chain is None) != (key is None):
        raise ConfigError("grpc.certificate and grpc.key go together", "name both files, or none of them")
    return read_certificate(chain, key) if chain is not None and key is not None else None


def _denied(text: str, ecosystem: Ecosystem) -> Denied:
    """Read `ecosystem/name` or `ecosystem/name@range`; `*` in the name stands for any characters."""
    name, wanted = _split_name(text.partition("/")[2])
    if wanted:
        try:
            ecosystem.matches(ecosystem.sample_version, wanted)
        except Invalid as error:
            raise ConfigError(f"policy.deny: {text!r}: {error.message}", "write ecosystem/name@range") from error

    def matches(key: PackageKey, version: str) -> bool:
        if not fnmatchcase(ecosystem.identity(key.name), ecosystem.identity(name)):
            return False
        try:
            return not wanted or ecosystem.matches(version, wanted)
        except Invalid:
            return True  # what cannot be compared with the range could be meant

    return Denied(text, matches)


def _is_named(key: PackageKey, pattern: str, ecosystem: Ecosystem) -> bool:
    """Tell whether a pattern of names, with its ecosystem before it or without, is about a package."""
    wanted = ecosystem.identity(pattern)
    return any(fnmatchcase(ecosystem.identity(name), wanted) for name in (str(key), key.name))


def _split_name(text: str) -> tuple[str, str]:
    at = text.find("@", 1)  # a name may begin with one
    return (text, "") if at < 0 else (text[:at], text[at + 1 :])


def _is_on(config: Config, upstream: UpstreamRegistry, switches: Mapping[str, bool]) -> bool:
    return not config.offline and switches.get(upstream.name, upstream.enabled)


def _analyse(analysis: Analysis, timeout_s: float, is_over: Callable[[], bool]) -> bytes:
    from packhouse.adapters.analysing import analyse  # noqa: PLC0415 (start-up time)

    return analyse(analysis, timeout_s, is_over)


def _reached(host: str) -> str:
    """Tell where this machine itself reaches a server that listens there."""
    inner = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (recognised, not bound)
    return f"[{inner}]" if ":" in inner else inner


def _say_first(data: Path) -> None:
    _say(f"Nobody can publish yet. Become an administrator: packhouse user add NAME --admin --data {data}")


def _say_grpc(host: str, port: int) -> None:
    shown = f"[{host}]" if ":" in host else host
    _say(f"gRPC is served at {shown}:{port}")


def _say_ready(host: str, port: int) -> None:
    shown = f"[{host}]" if ":" in host else host
    _say(f"Packhouse accepts requests at http://{shown}:{port}")


def _say(line: str) -> None:
    # Whoever reads may have left: that is no reason to stop.
    with contextlib.suppress(OSError):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
