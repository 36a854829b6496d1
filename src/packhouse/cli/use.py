"""`packhouse use <client>`."""

import os
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from packhouse.cli.address import client_address
from packhouse.cli.configured import configured
from packhouse.config import Config
from packhouse.domain.errors import ConfigError


@configured("host", "port", "public_url")
def use(
    config: Config,
    client: Annotated[str, Parameter(help="The client program.")],
    /,
    *,
    undo: Annotated[bool, Parameter(help="Restore what was set before.", negative=())] = False,
) -> int:
    """Write a client program's setting so that it installs through this server, or restore it."""
    from packhouse.app import load_ecosystems

    settings = {
        setting.client: (setting, ecosystem)
        for ecosystem, _ in load_ecosystems().values()
        for setting in ecosystem.clients
    }
    if client not in settings:
        raise ConfigError(f"there is no client called {client!r}", f"known are {', '.join(sorted(settings))}")
    setting, ecosystem = settings[client]
    if undo:
        print(setting.undo(Path.home(), os.environ))
    else:
        print(setting.use(f"{client_address(config)}/{ecosystem.mount}/", Path.home(), os.environ))
    return 0
