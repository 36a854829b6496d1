"""`packhouse names`: bring lists of names in, and ask which name may be taken for which."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from packhouse.cli.configured import configured
from packhouse.cli.intake import ask_store, print_intake
from packhouse.cli.people import AsJson
from packhouse.config import Config
from packhouse.domain.errors import ConfigError

if TYPE_CHECKING:
    from packhouse.adapters.sql.store import SqlStore
    from packhouse.domain.ecosystem import Ecosystem
    from packhouse.services.intake import IntakeReport
    from packhouse.services.name_ports import NameCount

app = App(name="names", help="Import lists of names, so that names which look like them are noticed.")

Paths = Annotated[
    Path, Parameter(help="Lists: name<TAB>downloads a line, or JSON, the most used name first; packed with xz or gzip.")
]
OfEcosystem = Annotated[str, Parameter(help="The ecosystem of all names; else each list has to name its own.")]


@app.command(name="import")
@configured("data")
def import_(config: Config, *paths: Paths, ecosystem: OfEcosystem = "", json: AsJson = False) -> int:
    """Store names with how much each is used, which a running server knows at once; the status is 1 for a bad line."""
    if not paths:
        raise ConfigError("nothing to import is named", "name lists of packages")

    async def work(store: "SqlStore", ecosystems: "Sequence[Ecosystem]") -> "IntakeReport":
        from packhouse.adapters.feeds.names import read_names
        from packhouse.services.name_import import NameImport

        return await NameImport(store, ecosystems).add(read_names(paths), ecosystem)

    return print_intake(ask_store(config, work), as_json=json)


@app.command(name="list")
@configured("data")
def list_ecosystems(config: Config) -> int:
    """Print how many names of which ecosystem are known."""

    async def work(store: "SqlStore", _: "Sequence[Ecosystem]") -> "Sequence[NameCount]":
        return await store.count_names()

    from packhouse.cli.showing import print_table

    rows = [(each.ecosystem, f"{each.names:,}", f"{each.listed:,}") for each in ask_store(config, work)]
    print_table(("ecosystem", "names", "of lists"), rows)
    return 0
