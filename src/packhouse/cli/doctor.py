"""`packhouse doctor`: one function a check; each says what it found and what to do about it."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import cached_property, partial
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from msgspec import Struct
from msgspec.structs import replace

from packhouse.cli.address import client_address
from packhouse.cli.configured import configured
from packhouse.config import Config
from packhouse.config.settings import SETTINGS
from packhouse.domain.digest import Digest
from packhouse.domain.ecosystem import ClientSetting
from packhouse.domain.errors import NotFound, PackhouseError, UpstreamBad, UpstreamDenied, UpstreamOff
from packhouse.domain.upstream import UpstreamRegistry, UpstreamRequest

_LITTLE_BYTES = 5 * 10**9
_TOO_LITTLE_BYTES = 5 * 10**8
_ANSWER_S = 5.0
_OTHER_VARIABLES = {"PACKHOUSE_CONFIG", "PACKHOUSE_SHARED"}


class Finding(Struct, frozen=True):
    """What one check found."""

    grade: Literal["ok", "note", "fail"]
    sentence: str
    advice: str = ""


Check = Callable[[], Sequence[Finding]]


@configured()
def doctor(
    config: Config,
    *,
    deep: Annotated[bool, Parameter(help="Read every stored byte, too.", negative=())] = False,
) -> int:
    """Check data directory, database, upstreams and clients; say what to do, and fail if something must be done."""
    from packhouse.app import load_ecosystems

    clients = [(ecosystem.mount, each) for ecosystem, _ in load_ecosystems().values() for each in ecosystem.clients]
    upstreams = UpstreamChecks(config)
    checks: dict[str, Check] = {
        "configuration": lambda: check_environment(config, os.environ),
        "data directory": lambda: check_directory(config.data),
        "stored data": lambda: _check_stored(config, deep=deep),
        "server": lambda: check_server(client_address(config)),
        **{f"upstream {each.name}": partial(upstreams.check, each) for each in config.upstreams},
        **{each.client: partial(check_client, each, f"{client_address(config)}/{mount}/") for mount, each in clients},
    }
    failed = False
    for subject, check in checks.items():
        for finding in check():
            failed = failed or finding.grade == "fail"
            print(f"{finding.grade:4}  {subject}: {finding.sentence}")
            if finding.advice:
                print(f"      -> {finding.advice}")
    return 1 if failed else 0


def check_environment(config: Config, environ: Mapping[str, str]) -> list[Finding]:
    """Tell which file is read, and find variables that look like settings and are none."""
    known = {setting.variable for setting in SETTINGS} | _OTHER_VARIABLES
    read = f"{config.file} is read" if config.file else "no packhouse.toml; flags, variables and defaults count"
    unknown = sorted(name for name in environ if name.startswith("PACKHOUSE_") and name not in known)
    advice = "docs/reference/settings.md lists the variables"
    return [
        Finding("ok", read),
        *(Finding("note", f"the variable {name} is no setting and has no effect", advice) for name in unknown),
    ]


def check_directory(data: Path) -> list[Finding]:
    """Write a file where the data is, and look at the space that is left."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=data) as file:
            file.write(b"packhouse")
        free = shutil.disk_usage(data).free
    except OSError as error:
        advice = "make it writable for this user, or name another with --data"
        return [Finding("fail", f"{data} cannot be written: {error.strerror}", advice)]
    space = f"{free / 1e9:.1f} GB are free"
    if free < _TOO_LITTLE_BYTES:
        return [Finding("fail", f"{space} at {data}", "make room, or move it and name it with --data")]
    if free < _LITTLE_BYTES:
        return [Finding("note", f"only {space} at {data}", "a team's packages need some 10 GB")]
    return [Finding("ok", f"{data} is writable, {space}")]


def _check_stored(config: Config, *, deep: bool) -> list[Finding]:
    import anyio

    try:
        damage = anyio.run(partial(_find_damage, config, deep=deep))
    except PackhouseError as error:
        return [Finding("fail", error.message, error.hint or "restore the data directory from a backup")]
    advice = "stop the server and restore the data directory from a backup, or remove it: caches fill again"
    how = "every stored byte is as it was written" if deep else "the database is whole; --deep reads the files too"
    return [Finding("fail", sentence, advice) for sentence in damage] or [Finding("ok", how)]


async def _find_damage(config: Config, *, deep: bool) -> list[str]:
    from packhouse.app import open_blobs, open_store

    with closing(open_store(config)) as store, closing(open_blobs(config)) as blobs:
        damage = [*await store.check(deep=deep), *await blobs.check()]
        addresses = [blob async for blob in blobs.list_blobs()] if deep else []
        wrong = [blob.value for blob in _shown(addresses) if not await blobs.verify(blob)]
    return [*damage, *(f"the stored file {each} does not have the digest that it is named by" for each in wrong)]


def check_server(address: str) -> list[Finding]:
    """Ask a running server whether it is well."""
    from urllib.request import ProxyHandler, build_opener

    try:
        # Never by way of the proxy that upstreams are reached through.
        with build_opener(ProxyHandler({})).open(f"{address}/healthz", timeout=_ANSWER_S):
            return [Finding("ok", f"answers at {address}")]
    except (OSError, ValueError) as error:
        return [Finding("note", f"does not answer at {address} ({error})", "start it with packhouse serve")]


class UpstreamChecks:
    """Asks every upstream, all at once, and a running server how they have been doing."""

    def __init__(self, config: Config) -> None:
        self._config = config

    @cached_property
    def _answers(self) -> dict[str, PackhouseError | None]:
        import anyio

        return anyio.run(_ask_all, self._config)

    @cached_property
    def _hosts(self) -> dict[str, list[dict[str, object]]]:
        return read_health(client_address(self._config))

    def check(self, upstream: UpstreamRegistry) -> list[Finding]:
        """Tell whether an upstream answers, how fast it is asked, and what went wrong of late."""
        if self._config.offline:
            return [Finding("note", "is not asked: the setting offline is on")]
        limits = _limits(upstream)
        return [
            _found(upstream, self._answers[upstream.name], f"; {limits}" if limits else ""),
            *(_trouble(host) for host in self._hosts.get(upstream.name, ()) if host.get("lastError")),
        ]


async def _ask_all(config: Config) -> dict[str, PackhouseError | None]:
    from packhouse.adapters.upstream.client import UpstreamClient
    from packhouse.app import find_credentials, load_ecosystems, read_switches

    switches = await asyncio.to_thread(read_switches, config)
    once = replace(config.upstream, retries=0)
    client = UpstreamClient(
        config.upstreams, once, switches.__getitem__, authorization=find_credentials(load_ecosystems())
    )

    async def ask(upstream: UpstreamRegistry) -> tuple[str, PackhouseError | None]:
        try:
            await client.fetch(upstream.name, UpstreamRequest(f"{upstream.url}/"))
        except PackhouseError as error:
            return upstream.name, error
        return upstream.name, None

    try:
        return dict(await asyncio.gather(*(ask(upstream) for upstream in config.upstreams)))
    finally:
        await client.close()


def _found(upstream: UpstreamRegistry, error: PackhouseError | None, limits: str) -> Finding:
    match error:
        case None | NotFound() | UpstreamBad():
            # Any answer will do: few registries have something to say at their base address.
            return Finding("ok", f"answers at {upstream.url}{limits}")
        case UpstreamOff():
            return Finding("note", error.message, error.hint or f"packhouse upstream on {upstream.name}")
        case UpstreamDenied():
            return Finding("note", error.message, error.hint)
    advice = error.hint or "check the network, the proxy variables and the address"
    return Finding("fail", error.message, f"{advice}; if nobody needs it: packhouse upstream off {upstream.name}")


def _limits(upstream: UpstreamRegistry) -> str:
    """Say how fast it is asked: what is enforced by its registry, and what we keep to by ourselves."""
    said = []
    for limit in upstream.limits:
        where = f" at {limit.service}" if limit.service else ""
        if limit.enforced_per_s:
            said.append(f"asked {limit.enforced_per_s:g} times a second at most{where}")
        elif limit.polite_per_s:
            said.append(f"{limit.polite_per_s:.3g} times a second in the background{where}")
    return ", ".join(said)


def read_health(address: str) -> dict[str, list[dict[str, object]]]:
    """Ask a running server how the hosts of its upstreams are doing; nothing where none runs."""
    from urllib.request import ProxyHandler, build_opener

    try:
        with build_opener(ProxyHandler({})).open(f"{address}/api/upstreams", timeout=_ANSWER_S) as answer:
            document = json.load(answer)
        return {each["name"]: each["hosts"] for each in document["upstreams"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _trouble(host: dict[str, object]) -> Finding:
    state = {"open": "is left alone for a moment", "half-open": "is being tried again"}.get(str(host.get("state")), "")
    sentence = f"the running server last had trouble with {host.get('host')} at {host.get('lastErrorAt')}"
    return Finding("note", f"{sentence}: {host.get('lastError')}{f'; it {state}' if state else ''}")


def check_client(setting: ClientSetting, address: str) -> list[Finding]:
    """Find a client program, its version, and whether it points at this server."""
    program = shutil.which(setting.program or setting.client)
    if program is None:
        return [Finding("note", "is not installed on this machine")]
    asked = subprocess.run([program, *setting.version], capture_output=True, text=True, check=False, timeout=60)  # noqa: S603
    lines = (line.strip() for line in asked.stdout.splitlines())
    version = next((line for line in lines if any(letter.isdigit() for letter in line)), "unknown")
    found = setting.current(Path.home(), os.environ) if setting.current else ""
    if found.rstrip("/") == address.rstrip("/"):
        return [Finding("ok", f"version {version} installs through this server")]
    where = f"from {found}" if found else "from its default registry"
    return [Finding("note", f"version {version} installs {where}", f"packhouse use {setting.client}")]


def _shown(blobs: Sequence[Digest]) -> Iterator[Digest]:
    """Show a person at a terminal how far the reading of all files has come."""
    if not blobs or not sys.stderr.isatty():
        yield from blobs
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(blobs, "reading stored files", console=Console(stderr=True), transient=True)
