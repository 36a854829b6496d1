"""`packhouse images`: bring in which repositories have images with which layers."""

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

app = App(name="images", help="Import which container images have which layers.")

Paths = Annotated[Path, Parameter(help="JSON Lines of repositories with their chains; OCI image layouts, also packed.")]
Repository = Annotated[str, Parameter(help="The repository that the images of layouts are from.")]


@app.command(name="import")
@configured("data")
def import_(config: Config, *paths: Paths, repository: Repository = "", json: AsJson = False) -> int:
    """Store the chain ids of images, which a running server knows at once; the status is 1 if one is unreadable."""
    if not paths:
        raise ConfigError("nothing to import is named", "name JSON Lines or OCI image layouts")

    async def work(store: "SqlStore", _: "Sequence[Ecosystem]") -> "IntakeReport":
        from packhouse.adapters.feeds.images import read_images
        from packhouse.services.images import ImageImport

        return await ImageImport(store).add(read_images(paths, repository))

    return print_intake(ask_store(config, work), as_json=json)
