"""`packhouse capabilities`: what code is able to do, imported or found out."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from packhouse.cli.address import client_address
from packhouse.cli.configured import configured
from packhouse.cli.intake import ask_store, print_intake
from packhouse.cli.people import AsJson
from packhouse.cli.subject import Subject, parse_subject
from packhouse.config import Config
from packhouse.domain.errors import ConfigError

if TYPE_CHECKING:
    from packhouse.adapters.sql.store import SqlStore
    from packhouse.domain.ecosystem import Ecosystem
    from packhouse.services.intake import IntakeReport

app = App(name="capabilities", help="Import what code is able to do, or find it out.")

Paths = Annotated[Path, Parameter(help="What the analysis wrote: JSON files, folders or archives of them, JSON Lines.")]
Release = Annotated[str, Parameter(help="What files are about that do not say so: ecosystem/name or a package URL.")]
Subjects = Annotated[str, Parameter(help="Package URLs with a version, or ecosystem/name@version.")]
Server = Annotated[str, Parameter(help="The server that all code comes from; without it, the one on this machine.")]
Timeout = Annotated[float, Parameter(help="Seconds that a release may take.")]


@app.command(name="import")
@configured("data")
def import_(config: Config, *paths: Paths, release: Release = "", json: AsJson = False) -> int:
    """Store what an analysis wrote, which a running server knows at once; the status is 1 if a file is unreadable."""
    if not paths:
        raise ConfigError("nothing to import is named", "name what an analysis wrote")
    named = parse_subject(release).package if release else ""

    async def work(store: "SqlStore", ecosystems: "Sequence[Ecosystem]") -> "IntakeReport":
        from packhouse.adapters.feeds.osv import read_feed
        from packhouse.http.ready import wall_clock
        from packhouse.services.capabilities import CapabilityImport

        return await CapabilityImport(store, ecosystems, wall_clock).add(read_feed(paths), "import", named)

    return print_intake(ask_store(config, work), as_json=json)


@app.command(name="make")
@configured("data", "host", "port", "public_url")
def make(config: Config, *subjects: Subjects, server: Server = "", timeout: Timeout = 600.0) -> int:
    """Analyse releases with the programs on this machine; none of their code is run. The status is 1 if one fails."""
    if not subjects:
        raise ConfigError("nothing to analyse is named", "name package URLs with a version")
    wanted = [parse_subject(each) for each in subjects]
    address = (server or client_address(config)).rstrip("/")

    async def work(store: "SqlStore", ecosystems: "Sequence[Ecosystem]") -> int:
        return sum([await _make(store, ecosystems, each, address, timeout) for each in wanted])

    return 1 if ask_store(config, work) else 0


async def _make(
    store: "SqlStore", ecosystems: "Sequence[Ecosystem]", subject: Subject, address: str, timeout_s: float
) -> int:
    """Analyse one release; return 1 for a failure."""
    import anyio.to_thread

    from packhouse.adapters.analysing import analyse
    from packhouse.cli.showing import harmless
    from packhouse.domain.errors import Invalid, TooHard
    from packhouse.http.ready import wall_clock
    from packhouse.services.capabilities import CapabilityImport

    known = {name: each for each in ecosystems for name in (each.key, *each.aliases)}
    ecosystem = known.get(subject.registry.lower())
    if ecosystem is None or ecosystem.analyser is None or subject.version is None:
        raise ConfigError(f"{subject.registry}/{subject.package} cannot be analysed", "name a release with its version")
    begun = time.monotonic()
    try:
        name = ecosystem.parse_name(subject.package)
        plan = ecosystem.analyser.plan(f"{address}/{ecosystem.mount}", name, subject.version)
        body = await anyio.to_thread.run_sync(analyse, plan, timeout_s)
        found = [each for each in ecosystem.analyser.read(body, name) if each.name == name]
    except (Invalid, TooHard) as error:
        print(harmless(f"failed: {subject.package} {subject.version}: {error}"), file=sys.stderr)
        return 1
    await CapabilityImport(store, ecosystems, wall_clock).write(ecosystem.key, found, "made here")
    count = sum(len(each.capabilities) for each in found)
    print(harmless(f"{name} {subject.version}: kinds of capabilities: {count}, in {time.monotonic() - begun:.0f} s"))
    return 0
