"""The tables [forges.<name>] of packhouse.toml."""

import re
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from packhouse.adapters.upstream.defaults import DEFAULT_FORGES
from packhouse.config.reading import parse_value, unknown
from packhouse.config.settings import FORGE_SETTINGS
from packhouse.domain.errors import ConfigError
from packhouse.domain.forge import Forge
from packhouse.domain.upstream import CredentialSource

_SECRET = {"user": "user", "secret_variable": "variable", "secret_file": "file"}
"""The keys that say where a secret is, and the fields of CredentialSource."""
_HOSTLESS = frozenset(("scorecard", "oss-fuzz"))
_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")


def read_forges(tables: object, path: Path | None) -> tuple[Forge, ...]:
    """List the well-known forges as the tables change them, then those that the tables add; raise ConfigError."""
    if not isinstance(tables, dict):
        raise ConfigError(f"{path}: forges is no table", "write [forges.<name>]")
    named = {forge.name: forge for forge in DEFAULT_FORGES}
    for name, table in tables.items():
        place = f"{path}: forges.{name}"
        if not isinstance(table, dict):
            raise ConfigError(f"{place} is no table", f"write [forges.{name}]")
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name):
            raise ConfigError(f"{place}: a forge cannot be called {name!r}", "use lower-case letters, digits and -")
        named[name] = _forge(named.get(name), name, _choose(table, place, path), place)
    forges = tuple(named.values())
    hosts = [each.host for each in forges if each.enabled and each.host]
    if twice := next((host for host in hosts if hosts.count(host) > 1), None):
        raise ConfigError(f"{path}: two forges have the host {twice}", "switch one of them off with enabled = false")
    return forges


def _choose(table: dict[str, Any], place: str, path: Path | None) -> dict[str, Any]:
    settings = {setting.name: setting for setting in FORGE_SETTINGS}
    chosen: dict[str, Any] = {}
    for key, value in table.items():
        if key not in settings:
            raise unknown(place, key, list(settings))
        chosen[key] = parse_value(settings[key], value, f"{place}.{key}")
    secret = {_SECRET[key]: chosen.pop(key) for key in tuple(chosen) if key in _SECRET}
    if secret:
        if not (secret.get("variable") or secret.get("file")):
            raise ConfigError(f"{place} names no secret", "add secret_variable or secret_file")
        if secret.get("file"):
            # A file means its own folder, wherever the server is started.
            secret["file"] = str(path.parent / Path(secret["file"]).expanduser() if path else secret["file"])
        chosen["credentials"] = CredentialSource(**secret)
    return chosen


def _forge(known: Forge | None, name: str, chosen: dict[str, Any], place: str) -> Forge:
    """Add a forge or change a well-known one; a secret is for the address that stands beside it."""
    if known is not None:
        forge = replace(known, **{"enabled": True, **chosen})
    elif chosen.get("kind") and chosen.get("url"):
        forge = Forge(name=name, **chosen)
    else:
        raise ConfigError(f"{place} has no kind or no url", "a new forge needs both")
    if forge.kind not in _HOSTLESS and not _HOST.fullmatch(forge.host):
        raise ConfigError(f"{place} has no host", "say whose repositories it has, such as git.example")
    return forge
