"""cargo's own setting: in the user's configuration its default source is replaced by one that we are.

Projects, lock files and commands stay as they are: cargo writes the default source into `Cargo.lock` all the same. We
are written down as a registry and not as a mere source, so that `cargo search --registry packhouse` works as well, and
what cargo cannot do by a replaced source it refuses with that hint.
"""

import tomllib
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from packhouse.domain.errors import ConfigError

_SOURCES, _REGISTRIES = "source", "registries"
_DEFAULT, _OURS = "crates-io", "packhouse"
"""Cargo's own default source, and the registry by which it is replaced."""
_REPLACE = "replace-with"
_SPARSE = "sparse+"
_PROVIDERS = "global-credential-providers"
_UNAUTHORIZED = 401
_PATIENCE_S = 5.0
_VARIABLE = "CARGO_SOURCE_CRATES_IO_REPLACE_WITH"


class _Saved(Struct, frozen=True):
    """What the file was before; kept beside it."""

    original: bytes | None
    """None where there was no file."""
    written: bytes


def use(url: str, home: Path, environ: Mapping[str, str]) -> str:
    """Point cargo at our address of the mount; return a sentence that says what was done."""
    path = _config(home, environ)
    saved = _read_saved(path)
    found = _read(path)
    # A second use keeps what was there before the first one, as long as the file is still ours.
    original = saved.original if saved and saved.written == found else found
    index = f"{_SPARSE}{url.rstrip('/')}/index/"
    closed = _wants_token(index.removeprefix(_SPARSE))
    ours = {"index": index} | (_provider(original or b"") if closed else {})
    written = _replaced(path, original or b"", ours)
    _write(_beside(path), msgspec.json.encode(_Saved(original, written)))
    _write(path, written)
    told = f"cargo now installs from {index.removeprefix(_SPARSE)} (set in {path}).{_overridden(environ)}"
    hint = f" Reading takes a token there: see {url.rstrip('/')}/me, then run `cargo login --registry {_OURS}`."
    return told + hint if closed else told


def undo(home: Path, environ: Mapping[str, str]) -> str:
    """Restore the configuration; what was added to it meanwhile stays."""
    path = _config(home, environ)
    saved = _read_saved(path)
    if saved is None:
        return f"There is nothing to undo: {path} was not changed by Packhouse."
    found = _read(path)
    restored = saved.original if found == saved.written else _merged(path, saved, found or b"")
    if restored:
        _write(path, restored)
    elif saved.original is None:
        path.unlink(missing_ok=True)
    else:
        _write(path, b"")
    _beside(path).unlink()
    return f"cargo is set as it was before (in {path})."


def current(home: Path, environ: Mapping[str, str]) -> str:
    """Tell our kind of address that the default source is replaced by; empty where cargo asks its own default.

    The address of the mount, where it is one that `use` has written; else that of the index.
    """
    path = _config(home, environ)
    document = _parse(path, _read(path) or b"")
    sources = _table(document, _SOURCES)
    name = environ.get(_VARIABLE) or _table(sources, _DEFAULT).get(_REPLACE)
    if not isinstance(name, str):
        return ""
    # Of a source and a registry of one name, the source counts.
    index = _table(sources, name).get("registry") or _table(_table(document, _REGISTRIES), name).get("index")
    if not isinstance(index, str):
        return ""
    address = index.removeprefix(_SPARSE)
    return address.removesuffix("index/") if name == _OURS else address


def cargo_home(home: Path, environ: Mapping[str, str]) -> Path:
    """Find the folder of cargo's settings."""
    return Path(environ.get("CARGO_HOME") or home / ".cargo")


def _config(home: Path, environ: Mapping[str, str]) -> Path:
    folder = cargo_home(home, environ)
    # The old name without an ending still counts, and before the new one.
    old = folder / "config"
    return old if old.is_file() else folder / "config.toml"


def _beside(path: Path) -> Path:
    return path.with_name(path.name + ".before-packhouse")


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error


def _read_saved(path: Path) -> _Saved | None:
    raw = _read(_beside(path))
    try:
        return msgspec.json.decode(raw, type=_Saved) if raw is not None else None
    except msgspec.MsgspecError as error:
        raise ConfigError(f"{_beside(path)} is damaged", f"remove it, and correct {path} by hand") from error


def _write(path: Path, content: bytes) -> None:
    target = path.resolve()  # a link into somebody's dotfiles stays a link
    fresh = target.with_name(target.name + ".packhouse-new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # The configuration may hold tokens: nobody else may read what we leave beside it, either.
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o600
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        fresh.write_bytes(content)
        fresh.chmod(mode)
        fresh.replace(target)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from error


def _parse(path: Path, content: bytes) -> MutableMapping[str, Any]:
    import tomlkit  # noqa: PLC0415 (start-up time)
    from tomlkit.exceptions import TOMLKitError  # noqa: PLC0415

    try:
        return tomlkit.parse(content.decode())
    except (TOMLKitError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is no TOML that can be read: {error}", "correct it, or move it away") from error


def _render(document: MutableMapping[str, Any]) -> bytes:
    import tomlkit  # noqa: PLC0415 (start-up time)

    return tomlkit.dumps(document).encode()


def _wants_token(index: str) -> bool:
    """Ask the server whether reading takes a token; one that does not answer says so when it is read."""
    from http.client import HTTPException  # noqa: PLC0415 (start-up time)
    from urllib.error import HTTPError  # noqa: PLC0415
    from urllib.request import Request, urlopen  # noqa: PLC0415

    request = Request(f"{index}config.json", headers={"User-Agent": "packhouse"})  # noqa: S310 (the user's own address)
    try:
        with urlopen(request, timeout=_PATIENCE_S):  # noqa: S310
            return False
    except HTTPError as error:
        with error:
            return error.code == _UNAUTHORIZED
    except (OSError, HTTPException, ValueError):
        return False


def _provider(content: bytes) -> dict[str, str]:
    """Say where the token is kept, unless the user has said so for all registries: cargo sends none to read else."""
    registry = _plain(content).get("registry")
    chosen = isinstance(registry, dict) and _PROVIDERS in registry
    return {} if chosen else {"credential-provider": "cargo:token"}


def _replaced(path: Path, content: bytes, ours: Mapping[str, str]) -> bytes:
    """Set our values; all else in the file stays as it is written, comments too."""
    wanted = _plain(content)
    try:
        wanted.setdefault(_SOURCES, {}).setdefault(_DEFAULT, {})[_REPLACE] = _OURS
        wanted[_SOURCES].pop(_OURS, None)
        wanted.setdefault(_REGISTRIES, {})[_OURS] = dict(ours)
    except (AttributeError, TypeError) as error:
        raise ConfigError(f"{path} has tables that are none", "correct it, or move it away") from error
    for inline in (False, True):
        written = _with_source(_parse(path, content), ours, inline=inline)
        # Where tables are written as dotted keys, what is put behind them may come out as part of another.
        if written is not None and _plain(written) == wanted:
            return written
    values = ", ".join(f'{name} = "{value}"' for name, value in ours.items())
    hint = f'add to it: [source.{_DEFAULT}] {_REPLACE} = "{_OURS}" and [registries.{_OURS}] {values}'
    raise ConfigError(f"{path} is written in a way that cannot be changed safely", hint)


def _with_source(document: MutableMapping[str, Any], values: Mapping[str, str], *, inline: bool) -> bytes | None:
    """Set our values by tables of one kind; None where such a table cannot stand."""
    try:
        sources = _made(document, _SOURCES, inline=False)
        _made(sources, _DEFAULT, inline=inline)[_REPLACE] = _OURS
        sources.pop(_OURS, None)  # it would count instead of the registry
        ours = _made(_made(document, _REGISTRIES, inline=False), _OURS, inline=inline)
        ours.clear()
        ours.update(values)
    except ValueError:
        return None
    return _render(document)


def _made(parent: MutableMapping[str, Any], name: str, *, inline: bool) -> MutableMapping[str, Any]:
    """Find or make a table within a table."""
    import tomlkit  # noqa: PLC0415 (start-up time)

    if name not in parent:
        # A table that has only tables in it needs no header of its own.
        parent[name] = (
            tomlkit.inline_table() if inline else tomlkit.table(is_super_table=name in {_SOURCES, _REGISTRIES})
        )
    found: MutableMapping[str, Any] = parent[name]
    return found


def _plain(content: bytes) -> dict[str, Any]:
    """Read what a file means, however it is written; empty where it means nothing."""
    try:
        return tomllib.loads(content.decode())
    except ValueError:
        return {}


def _merged(path: Path, saved: _Saved, found: bytes) -> bytes:
    """Take our values out of a file that was edited since, and put back what they replaced."""
    document, before = _parse(path, found), _parse(path, saved.original or b"")
    sources, registries = _table(document, _SOURCES), _table(document, _REGISTRIES)
    old_sources = _table(before, _SOURCES)
    default = _table(sources, _DEFAULT)
    if default.get(_REPLACE) != _OURS:
        return found  # somebody has chosen another source meanwhile
    _put_back(default, _REPLACE, _table(old_sources, _DEFAULT))
    _put_back(sources, _OURS, old_sources)
    _put_back(registries, _OURS, _table(before, _REGISTRIES))
    for parent, name in ((sources, _DEFAULT), (document, _SOURCES), (document, _REGISTRIES)):
        if name in parent and not parent[name]:
            del parent[name]
    restored = _render(document)
    changed = dict.fromkeys((_SOURCES, _REGISTRIES))
    if _plain(restored) | changed != _plain(found) | changed:
        raise ConfigError(f"{path} is written in a way that cannot be changed safely", f"see {_beside(path)}")
    return restored


def _put_back(parent: MutableMapping[str, Any], name: str, before: MutableMapping[str, Any]) -> None:
    if name in before:
        parent[name] = before[name]
    else:
        parent.pop(name, None)


def _table(parent: MutableMapping[str, Any], name: str) -> MutableMapping[str, Any]:
    found = parent.get(name)
    return found if isinstance(found, MutableMapping) else {}


def _overridden(environ: Mapping[str, str]) -> str:
    return f" The environment variable {_VARIABLE} still overrides it: unset it." if environ.get(_VARIABLE) else ""
