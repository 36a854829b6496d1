"""Every setting, in one table, and the configuration that comes of it.

A value is looked for among the flags, then in the environment, then in packhouse.toml, then in the table.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from packhouse.adapters.upstream.defaults import DEFAULTS
from packhouse.adapters.upstream.settings import UpstreamSettings
from packhouse.config.settings import SETTINGS, UPSTREAM_SETTINGS, Setting
from packhouse.domain.errors import ConfigError
from packhouse.domain.upstream import UpstreamRegistry

FILE_NAME = "packhouse.toml"


class LogConfig(Struct, frozen=True):
    """What is said on stderr."""

    level: str
    format: str


class CacheConfig(Struct, frozen=True):
    """How long and how much is kept."""

    index_fresh_s: float
    index_stale_s: float
    memory_bytes: int


class PolicyConfig(Struct, frozen=True):
    """What a team does not want to install."""

    minimum_age_s: float
    minimum_age_exclude: tuple[str, ...]
    deny: tuple[str, ...]


class Config(Struct, frozen=True):
    """Everything that an operator has decided."""

    host: str
    port: int
    data: Path
    public_url: str | None
    trusted_proxies: tuple[str, ...]
    offline: bool
    workers: int
    log: LogConfig
    cache: CacheConfig
    upstream: UpstreamSettings
    policy: PolicyConfig
    upstreams: tuple[UpstreamRegistry, ...]
    """The well-known ones, as changed by [upstreams.<name>], and then those that the operator added."""
    file: Path | None = None
    """The packhouse.toml that was read."""


def load(flags: Mapping[str, str | bool | None], environ: Mapping[str, str], file: Path | None = None) -> Config:
    """Decide every setting; raise ConfigError naming the place of what is wrong.

    Flags are named as settings are; None is a flag that was not given. Without `file`, packhouse.toml is looked for
    in the working directory and then in the data directory.
    """
    path = _find_file(flags, environ, file)
    written = _read(path) if path else {}
    tables = written.pop("upstreams", {})
    keys = _flatten(written, path)
    chosen: dict[str, dict[str, Any]] = {section: {} for section in ("", *_SECTIONS)}
    for setting in SETTINGS:
        section = setting.name.rpartition(".")[0]
        chosen[section][setting.field] = _choose(setting, flags, environ, keys, path)
    top = chosen[""]
    top["data"] = top["data"] or _user_data()
    return Config(
        **top,
        log=LogConfig(**chosen["log"]),
        cache=CacheConfig(**chosen["cache"]),
        upstream=UpstreamSettings(**chosen["upstream"]),
        policy=PolicyConfig(**chosen["policy"]),
        upstreams=_upstreams(tables, path),
        file=path,
    )


def _find_file(flags: Mapping[str, str | bool | None], environ: Mapping[str, str], file: Path | None) -> Path | None:
    if named := file or environ.get("PACKHOUSE_CONFIG"):
        path = Path(named)
        if not path.is_file():
            raise ConfigError(f"there is no file {path}", "name an existing packhouse.toml, or leave --config out")
        return path
    data = flags.get("data") or environ.get("PACKHOUSE_DATA")
    # Not needed where the working directory has one: finding the user's folder costs an import.
    if (here := Path(FILE_NAME)).is_file():
        return here
    there = (Path(str(data)).expanduser() if data else _user_data()) / FILE_NAME
    return there if there.is_file() else None


def _user_data() -> Path:
    from platformdirs import user_data_path  # noqa: PLC0415 (5 ms, and only where no directory is named)

    return user_data_path("packhouse", appauthor=False)


def _read(path: Path) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415 (most servers have no file)

    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not TOML: {error}", "text needs quotes, a list needs brackets") from error


def _flatten(tables: dict[str, Any], path: Path | None, prefix: str = "") -> dict[str, Any]:
    keys: dict[str, Any] = {}
    for key, value in tables.items():
        name = prefix + key
        if isinstance(value, dict) and name in _SECTIONS:
            keys |= _flatten(value, path, f"{name}.")
        elif name in _BY_NAME:
            keys[name] = value
        else:
            raise _unknown(str(path), name, [*_BY_NAME, *_SECTIONS, "upstreams"])
    return keys


def _unknown(place: str, name: str, known: list[str]) -> ConfigError:
    from difflib import get_close_matches  # noqa: PLC0415 (only where there is an error)

    close = get_close_matches(name, known, n=1) or [
        each for each in known if each.rpartition(".")[2] == name.rpartition(".")[2]
    ]
    hint = f"did you mean {close[0]}?" if close else "docs/reference/settings.md lists every setting"
    return ConfigError(f"{place}: there is no setting {name}", hint)


def _choose(
    setting: Setting,
    flags: Mapping[str, str | bool | None],
    environ: Mapping[str, str],
    keys: Mapping[str, Any],
    path: Path | None,
) -> Any:  # noqa: ANN401 (each setting has its own type)
    if (given := flags.get(setting.name)) is not None:
        return _parse(setting, given, setting.flag)
    # An empty variable is how a compose file leaves one out.
    if text := environ.get(setting.variable):
        return _parse(setting, text, setting.variable)
    if setting.name in keys:
        value = _parse(setting, keys[setting.name], f"{path}: {setting.name}")
        # A file means its own folder, wherever the server is started.
        return path.parent / value if path and isinstance(value, Path) else value
    return setting.kind.parse(setting.default) if setting.default else setting.kind.absent


def _parse(setting: Setting, value: object, place: str) -> Any:  # noqa: ANN401
    try:
        return setting.kind.parse(value)
    except ValueError:
        hint = f"write {setting.kind.form}"
        if setting.name == "port" and str(value).startswith("tcp://"):
            hint = "Kubernetes sets this for a service named packhouse: set enableServiceLinks: false, or use --port"
        raise ConfigError(f"{place} cannot be {value!r}", hint) from None


def _upstreams(tables: object, path: Path | None) -> tuple[UpstreamRegistry, ...]:
    if not isinstance(tables, dict):
        raise ConfigError(f"{path}: upstreams is no table", "write [upstreams.<name>]")
    named = {upstream.name: upstream for upstream in DEFAULTS}
    for name, table in tables.items():
        place = f"{path}: upstreams.{name}"
        if not isinstance(table, dict):
            raise ConfigError(f"{place} is no table", f"write [upstreams.{name}]")
        named[name] = _upstream(name, table, place, named.get(name))
    return tuple(named.values())


def _upstream(name: str, table: dict[str, Any], place: str, known: UpstreamRegistry | None) -> UpstreamRegistry:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name):
        raise ConfigError(f"{place}: an upstream cannot be called {name!r}", "use lower-case letters, digits and -")
    fields = {setting.name: setting for setting in UPSTREAM_SETTINGS}
    chosen: dict[str, Any] = {}
    for key, value in table.items():
        if key not in fields:
            raise _unknown(place, key, list(fields))
        chosen[key] = _parse(fields[key], value, f"{place}.{key}")
    if known is not None:
        return replace(known, **chosen)
    missing = [key for key in ("ecosystem", "url") if not chosen.get(key)]
    if missing:
        raise ConfigError(f"{place} has no {' and no '.join(missing)}", "a new upstream needs both ecosystem and url")
    return UpstreamRegistry(name=name, **chosen)


_BY_NAME = {setting.name: setting for setting in SETTINGS}
_SECTIONS = ("log", "cache", "upstream", "policy")
