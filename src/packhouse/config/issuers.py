"""The tables [issuers.<name>] of packhouse.toml."""

import re
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from packhouse.adapters.upstream.defaults import DEFAULT_ISSUERS
from packhouse.config.reading import parse_value, unknown
from packhouse.config.settings import ISSUER_SETTINGS
from packhouse.domain.errors import ConfigError
from packhouse.domain.trust import Issuer


def read_issuers(tables: object, path: Path | None) -> tuple[Issuer, ...]:
    """List the well-known issuers as the tables change them, then those that the tables add; raise ConfigError."""
    if not isinstance(tables, dict):
        raise ConfigError(f"{path}: issuers is no table", "write [issuers.<name>]")
    named = {issuer.name: issuer for issuer in DEFAULT_ISSUERS}
    for name, table in tables.items():
        place = f"{path}: issuers.{name}"
        if not isinstance(table, dict):
            raise ConfigError(f"{place} is no table", f"write [issuers.{name}]")
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name):
            raise ConfigError(f"{place}: an issuer cannot be called {name!r}", "use lower-case letters, digits and -")
        named[name] = _issuer(named.get(name), name, _choose(table, place, path), place)
    issuers = tuple(named.values())
    addresses = [each.url for each in issuers if each.enabled]
    if twice := next((url for url in addresses if addresses.count(url) > 1), None):
        raise ConfigError(f"{path}: two issuers have the address {twice}", "an identity would be of both: keep one")
    return issuers


def _choose(table: dict[str, Any], place: str, path: Path | None) -> dict[str, Any]:
    settings = {setting.name: setting for setting in ISSUER_SETTINGS}
    chosen: dict[str, Any] = {}
    for key, value in table.items():
        if key not in settings:
            raise unknown(place, key, list(settings))
        chosen[key] = parse_value(settings[key], value, f"{place}.{key}")
    if file := chosen.pop("keys_file", None):
        # A file means its own folder, wherever the server is started.
        chosen["keys_file"] = str(path.parent / file if path else file)
    if keys := chosen.pop("keys", None):
        chosen["keys_url"] = keys
    return chosen


def _issuer(known: Issuer | None, name: str, chosen: dict[str, Any], place: str) -> Issuer:
    """Add an issuer, or change a well-known one; one at another address has its keys elsewhere too."""
    if known is not None:
        moved = chosen.get("url", known.url) != known.url
        issuer = replace(known, **({"keys_url": ""} if moved else {}), **{"enabled": True, **chosen})
    elif chosen.get("kind") and chosen.get("url"):
        issuer = Issuer(name=name, **chosen)
    else:
        raise ConfigError(f"{place} has no kind or no url", "a new issuer needs both")
    if not issuer.keys_url and not issuer.keys_file:
        raise ConfigError(f"{place} has no keys", "say where they are with keys or keys_file")
    return issuer
