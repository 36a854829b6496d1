"""The npm client's own setting: the `registry` line of the user's npmrc."""

import re
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from packhouse.domain.errors import ConfigError

# npm reads npmrc as INI: keys stand before the first [section], and a key may be quoted.
_REGISTRY = re.compile(rb"""[ \t]*["']?registry["']?[ \t]*=[ \t]*(.*?)[ \t\r\n]*""")
_SECTION = re.compile(rb"[ \t]*\[")


class _Saved(Struct, frozen=True):
    """What the file was before; kept beside it, since npm drops comments when it writes its settings."""

    original: bytes | None
    """None where there was no file."""
    written: bytes


def use(url: str, home: Path, environ: Mapping[str, str]) -> str:
    """Point npm at a registry address; return a sentence that says what was done."""
    path = npmrc_path(home, environ)
    saved = _read_saved(path)
    found = _read(path)
    # A second use keeps what was there before the first one, as long as the file is still ours.
    original = saved.original if saved and saved.written == found else found
    written = _with_registry(original or b"", url.encode())
    _write(_beside(path), msgspec.json.encode(_Saved(original, written)))
    _write(path, written)
    return f"npm now installs from {url} (set in {path}).{_overridden(environ)}"


def undo(home: Path, environ: Mapping[str, str]) -> str:
    """Restore the npmrc; what was added to it meanwhile stays."""
    path = npmrc_path(home, environ)
    saved = _read_saved(path)
    if saved is None:
        return f"There is nothing to undo: {path} was not changed by Packhouse."
    found = _read(path)
    restored = saved.original if found == saved.written else _merge(saved, found or b"")
    if restored:
        _write(path, restored)
    elif saved.original is None:
        path.unlink(missing_ok=True)
    else:
        _write(path, b"")
    _beside(path).unlink()
    return f"npm is set as it was before (in {path})."


def current(home: Path, environ: Mapping[str, str]) -> str:
    """Tell the registry that the environment or the user's npmrc names; empty where neither does."""
    for name, value in environ.items():
        if name.lower() == "npm_config_registry" and value:
            return value
    lines = [line for line in _top(_read(npmrc_path(home, environ)) or b"") if _REGISTRY.fullmatch(line)]
    return _value(lines[-1]).decode(errors="replace") if lines else ""


def npmrc_path(home: Path, environ: Mapping[str, str]) -> Path:
    """Find the user's npmrc, where the environment names another too."""
    for name, value in environ.items():
        if name.lower() == "npm_config_userconfig" and value:
            return Path(value)
    return home / ".npmrc"


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
        # npmrc holds tokens: nobody else may read what we leave beside it, either.
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o600
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        fresh.write_bytes(content)
        fresh.chmod(mode)
        fresh.replace(target)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from error


def _with_registry(content: bytes, url: bytes) -> bytes:
    return b"registry=" + url + b"\n" + _without_registry(content)


def _without_registry(content: bytes) -> bytes:
    top = _top(content)
    kept = b"".join(line for line in top if not _REGISTRY.fullmatch(line))
    return kept + content[sum(map(len, top)) :]


def _merge(saved: _Saved, found: bytes) -> bytes:
    """Take our line out of a file that was edited since, and put back the lines that it replaced."""
    ours = _value(_top(saved.written)[0])
    named = [_value(line) for line in _top(found) if _REGISTRY.fullmatch(line)]
    if named and named[-1] != ours:
        return found  # somebody has chosen another registry meanwhile
    before = [line for line in _top(saved.original or b"") if _REGISTRY.fullmatch(line)]
    return b"".join(line if line.endswith(b"\n") else line + b"\n" for line in before) + _without_registry(found)


def _top(content: bytes) -> list[bytes]:
    """Split off the lines before the first section."""
    lines = content.splitlines(keepends=True)
    end = next((number for number, line in enumerate(lines) if _SECTION.match(line)), len(lines))
    return lines[:end]


def _value(line: bytes) -> bytes:
    match = _REGISTRY.fullmatch(line)
    return match[1].strip(b"\"'") if match else b""


def _overridden(environ: Mapping[str, str]) -> str:
    names = [name for name, value in environ.items() if name.lower() == "npm_config_registry" and value]
    return f" The environment variable {names[0]} still overrides it: unset it." if names else ""
