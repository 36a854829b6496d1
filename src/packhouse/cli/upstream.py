"""`packhouse upstream`."""

from typing import Annotated

from cyclopts import App, Parameter

from packhouse.cli.configured import configured
from packhouse.config import Config

Name = Annotated[str, Parameter(help="The upstream's name, as `packhouse upstream list` prints it.")]

app = App(name="upstream", help="Show upstreams; switch them on and off.")


@app.command(name="list")
@configured("data", "offline")
def list_upstreams(config: Config) -> int:
    """Print every upstream: name, ecosystem, on or off, address."""
    from packhouse.app import read_switches

    switches = read_switches(config)
    for upstream in config.upstreams:
        state = "on" if switches[upstream.name] else "off"
        print(f"{upstream.name}\t{upstream.ecosystem}\t{state}\t{upstream.url}")
    return 0


@app.command(name="on")
@configured("data")
def switch_on(config: Config, name: Name, /) -> int:
    """Ask an upstream again; a running server follows at once."""
    return _switch(config, name, enabled=True)


@app.command(name="off")
@configured("data")
def switch_off(config: Config, name: Name, /) -> int:
    """Stop asking an upstream; what is stored is still served."""
    return _switch(config, name, enabled=False)


def _switch(config: Config, name: str, *, enabled: bool) -> int:
    from packhouse.app import set_upstream

    set_upstream(config, name, enabled=enabled)
    print(f"The upstream {name} is {'on' if enabled else 'off'}.")
    return 0
