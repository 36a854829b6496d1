"""`packhouse key`: the keys that sign what is published here."""

from collections.abc import Sequence

from cyclopts import App

from packhouse.cli.configured import configured
from packhouse.cli.people import day
from packhouse.config import Config
from packhouse.services.signing import PublicKey

app = App(name="key", help="Show and change the keys that sign what is published here.")


@app.command(name="list")
@configured("data")
def list_keys(config: Config) -> int:
    """Print the keys; the last is used now."""
    return _print(config, rotate=False)


@app.command(name="rotate")
@configured("data")
def rotate(config: Config) -> int:
    """Sign with a new key from now on; what was signed with the old ones stays good."""
    return _print(config, rotate=True)


def _print(config: Config, *, rotate: bool) -> int:
    import anyio

    from packhouse.app import open_store
    from packhouse.cli.showing import print_table
    from packhouse.http.ready import wall_clock
    from packhouse.services.signing import SigningKeys

    store = open_store(config)

    async def work() -> Sequence[PublicKey]:
        keys = SigningKeys(store)
        if rotate:
            await keys.rotate(wall_clock())
        return await keys.public()

    try:
        found = anyio.run(work)
    finally:
        store.close()
    print_table(("key", "ends"), [(each.keyid, day(each.expires_at)) for each in found])
    return 0
