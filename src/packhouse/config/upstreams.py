"""The tables [upstreams.<name>] of packhouse.toml."""

import re
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from packhouse.adapters.upstream.defaults import DEFAULTS
from packhouse.config.reading import parse_value, unknown
from packhouse.config.settings import UPSTREAM_SETTINGS
from packhouse.domain.errors import ConfigError
from packhouse.domain.upstream import CredentialSource, Limit, UpstreamRegistry

_SECRET = {
    "credentials": "store",
    "user": "user",
    "secret_variable": "variable",
    "secret_file": "file",
    "scheme": "scheme",
}
"""The keys that say where a secret is, and the fields of CredentialSource."""


def read_upstreams(tables: object, path: Path | None) -> tuple[UpstreamRegistry, ...]:
    """List the well-known upstreams as the tables change them, then those that the tables add; raise ConfigError."""
    if not isinstance(tables, dict):
        raise ConfigError(f"{path}: upstreams is no table", "write [upstreams.<name>]")
    named = {upstream.name: upstream for upstream in DEFAULTS}
    for name, table in tables.items():
        place = f"{path}: upstreams.{name}"
        if not isinstance(table, dict):
            raise ConfigError(f"{place} is no table", f"write [upstreams.{name}]")
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name):
            hint = "use lower-case letters, digits and -"
            raise ConfigError(f"{place}: an upstream cannot be called {name!r}", hint)
        chosen = _choose(table, place)
        known = named.get(name)
        named[name] = _add(name, chosen, place) if known is None else _change(known, chosen)
    return tuple(named.values())


def _choose(table: dict[str, Any], place: str) -> dict[str, Any]:
    """Read the keys of a table into fields of UpstreamRegistry; `limits` holds the operator's rates alone."""
    fields = {setting.name: setting for setting in UPSTREAM_SETTINGS}
    chosen: dict[str, Any] = {}
    for key, value in table.items():
        if key not in fields:
            raise unknown(place, key, list(fields))
        chosen[key] = parse_value(fields[key], value, f"{place}.{key}")
    secret = {_SECRET[key]: chosen.pop(key) for key in tuple(chosen) if key in _SECRET}
    if secret:
        if not any(secret.get(key) for key in ("store", "variable", "file")):
            raise ConfigError(f"{place} names no secret", "add secret_variable, secret_file or credentials")
        chosen["credentials"] = CredentialSource(**secret)
    rates = {"enforced_per_s": chosen.pop("rate", None), "polite_per_s": chosen.pop("background_rate", None)}
    given = {name: rate for name, rate in rates.items() if rate is not None}
    chosen["limits"] = (Limit(**given),) if given else ()
    return chosen


def _add(name: str, chosen: dict[str, Any], place: str) -> UpstreamRegistry:
    missing = [key for key in ("ecosystem", "url") if not chosen.get(key)]
    if missing:
        raise ConfigError(f"{place} has no {' and no '.join(missing)}", "a new upstream needs both ecosystem and url")
    return UpstreamRegistry(name=name, **chosen, well_known=False)


def _change(known: UpstreamRegistry, chosen: dict[str, Any]) -> UpstreamRegistry:
    """Change a well-known upstream; one at another address answers for itself, and public services are not asked."""
    moved = "url" in chosen and chosen["url"] != known.url
    urls = {} if moved else known.urls
    limits = () if moved else known.limits
    if chosen["limits"]:
        limits = (*chosen["limits"], *(limit for limit in limits if limit.service))
    changed = {**chosen, "urls": {**urls, **chosen.get("urls", {})}, "limits": limits}
    return replace(known, **changed, well_known=known.well_known and not moved)
