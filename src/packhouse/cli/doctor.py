"""`packhouse doctor`: one function a check; each says what it found and what to do about it."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from msgspec import Struct

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
    checks: dict[str, Check] = {
        "configuration": lambda: check_environment(config, os.environ),
        "data directory": lambda: check_directory(config.data),
        "stored data": lambda: _check_stored(config, deep=deep),
        "server": lambda: check_server(client_address(config)),
        **{f"upstream {each.name}": partial(_check_upstream, config, each) for each in config.upstreams},
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


def _check_upstream(config: Config, upstream: UpstreamRegistry) -> list[Finding]:
    if config.offline:
        return [Finding("note", "is not asked: the setting offline is on")]
    try:
        return [_ask(config, upstream)]
    except (NotFound, UpstreamBad):
        # Any answer will do: few registries have something to say at their base address.
        return [Finding("ok", f"answers at {upstream.url}")]
    except UpstreamOff as error:
        return [Finding("note", error.message, error.hint or f"packhouse upstream on {upstream.name}")]
    except UpstreamDenied as error:
        return [Finding("note", error.message, error.hint)]
    except PackhouseError as error:
        advice = error.hint or "check the network, the proxy variables and the address; --offline serves what is stored"
        return [Finding("fail", error.message, advice)]


def _ask(config: Config, upstream: UpstreamRegistry) -> Finding:
    import anyio

    from packhouse.adapters.upstream.client import UpstreamClient
    from packhouse.app import read_switches

    switches = read_switches(config)

    async def ask() -> None:
        client = UpstreamClient((upstream,), config.upstream, switches.__getitem__)
        try:
            await client.fetch(upstream.name, UpstreamRequest(f"{upstream.url}/"))
        finally:
            await client.close()

    anyio.run(ask)
    return Finding("ok", f"answers at {upstream.url}")


def check_client(setting: ClientSetting, address: str) -> list[Finding]:
    """Find a client program, its version, and whether it points at this server."""
    program = shutil.which(setting.client)
    if program is None:
        return [Finding("note", "is not installed on this machine")]
    asked = subprocess.run([program, "--version"], capture_output=True, text=True, check=False, timeout=60)  # noqa: S603
    version = asked.stdout.strip().partition("\n")[0] or "unknown"
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
