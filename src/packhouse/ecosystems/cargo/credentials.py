"""cargo's own store of tokens, for upstreams that an operator has logged in to."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from packhouse.domain.errors import ConfigError
from packhouse.ecosystems.cargo.client import cargo_home


def find(url: str, home: Path, environ: Mapping[str, str]) -> str | None:
    """Find the token of the registry whose index is at an address: cargo sends it bare, without a scheme.

    The registry's name is looked for by its index in the configuration, its token by the name: in the environment
    first, as cargo does, then in the credentials.
    """
    folder = cargo_home(home, environ)
    for name in _names(folder, url, environ):
        if token := environ.get(f"CARGO_REGISTRIES_{_variable(name)}_TOKEN"):
            return token
        entry = _table(_table(_read(folder, "credentials"), "registries"), name)
        token = entry.get("token")
        if isinstance(token, str) and token:
            return token
    return None


def _names(folder: Path, url: str, environ: Mapping[str, str]) -> list[str]:
    """List the registries that have their index at an address."""
    registries = _table(_read(folder, "config"), "registries")
    written = {name: _table(registries, name).get("index") for name in registries}
    # A registry may be named by the environment alone; its name is then known in capitals only.
    for variable, value in environ.items():
        if match := re.fullmatch(r"CARGO_REGISTRIES_(.+)_INDEX", variable):
            name = next((each for each in written if _variable(each) == match[1]), match[1].lower().replace("_", "-"))
            written[name] = value
    return [name for name, index in written.items() if isinstance(index, str) and _plain(index) == _plain(url)]


def _variable(name: str) -> str:
    return name.upper().replace("-", "_")


def _plain(index: str) -> str:
    return index.removeprefix("sparse+").rstrip("/")


def _read(folder: Path, name: str) -> dict[str, Any]:
    # The old name without an ending counts before the new one.
    for path in (folder / name, folder / f"{name}.toml"):
        try:
            return tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            raise ConfigError(f"{path} cannot be read", "correct it, or name the secret in packhouse.toml") from error
    return {}


def _table(parent: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = parent.get(name)
    return found if isinstance(found, dict) else {}
