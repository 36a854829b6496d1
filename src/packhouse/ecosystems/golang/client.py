"""The go command's own setting: the line GOPROXY of the file that `go env -w` writes.

The command takes what stands before the first `=` of a line for the name, the last line of a name counts, and lines
that do not begin with a capital letter are comments. Everything but the one line stays as it is.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from packhouse.domain.errors import ConfigError

_NAME = "GOPROXY="
_BYPASSES = ("GONOPROXY", "GOPRIVATE")
"""Name modules for which the proxy is not asked; the first that is set counts."""


class _Saved(Struct, frozen=True):
    """What was there before, kept beside the file."""

    original: str | None
    """The line's value; None where there was no line."""
    written: str
    had_file: bool = True


def use(url: str, home: Path, environ: Mapping[str, str]) -> str:
    """Point the go command at a proxy address; return a sentence that says what was done."""
    path = _file(home, environ)
    text, saved = _read(path), _read_saved(path)
    found = _value(text or "")
    # A second use keeps what was there before the first one.
    again = saved is not None and saved.written == found
    original, had_file = (saved.original, saved.had_file) if saved is not None and again else (found, text is not None)
    address = url.rstrip("/")
    _write(_beside(path), msgspec.json.encode(_Saved(original, address, had_file)).decode())
    _write(path, _replaced(text or "", address))
    return f"go now downloads modules from {address} (set in {path}).{_notes(text or '', environ)}"


def undo(home: Path, environ: Mapping[str, str]) -> str:
    """Restore the line; everything else in the file stays as it is."""
    path = _file(home, environ)
    saved = _read_saved(path)
    if saved is None:
        return f"There is nothing to undo: {path} was not changed by Packhouse."
    text = _read(path) or ""
    if _value(text) == saved.written:
        restored = _replaced(text, saved.original)
        if restored or saved.had_file:
            _write(path, restored)
        else:
            path.unlink(missing_ok=True)
    _beside(path).unlink()
    return f"go is set as it was before (in {path})."


def current(home: Path, environ: Mapping[str, str]) -> str:
    """Tell the first proxy that the environment or the file names; empty where neither does."""
    value = environ.get("GOPROXY") or _value(_read(_file(home, environ)) or "") or ""
    return value.replace("|", ",").partition(",")[0]


def _notes(text: str, environ: Mapping[str, str]) -> str:
    notes = " The variable GOPROXY of the environment counts more: unset it." if environ.get("GOPROXY") else ""
    # GONOPROXY is GOPRIVATE where it is not set itself; `none` stands for no module.
    for name in _BYPASSES:
        if value := environ.get(name) or _value(text, f"{name}="):
            passes = f" Modules that {name} names are fetched without it." if value != "none" else ""
            return notes + passes
    return notes


def _file(home: Path, environ: Mapping[str, str]) -> Path:
    if named := environ.get("GOENV"):
        if named == "off":
            raise ConfigError("GOENV is off, so that the go command reads no settings", "unset GOENV, or set GOPROXY")
        return Path(named)
    return _folder(home, environ) / "go" / "env"


def _folder(home: Path, environ: Mapping[str, str]) -> Path:
    """Find the folder of the user's settings, as go's `os.UserConfigDir` has it."""
    match sys.platform:
        case "win32":
            return Path(environ.get("APPDATA") or home / "AppData" / "Roaming")
        case "darwin":
            return home / "Library" / "Application Support"
    return Path(environ.get("XDG_CONFIG_HOME") or home / ".config")


def _beside(path: Path) -> Path:
    return path.with_name(path.name + ".before-packhouse")


def _read(path: Path) -> str | None:
    try:
        # Whatever ends its lines: they are kept.
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error


def _read_saved(path: Path) -> _Saved | None:
    text = _read(_beside(path))
    try:
        return msgspec.json.decode(text, type=_Saved) if text else None
    except msgspec.MsgspecError as error:
        raise ConfigError(f"{_beside(path)} is damaged", f"remove it, and correct {path} by hand") from error


def _write(path: Path, text: str) -> None:
    target = path.resolve()
    fresh = target.with_name(target.name + ".packhouse-new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # A proxy's address may hold a password: nobody else reads what is new.
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o600
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        fresh.write_bytes(text.encode())
        fresh.chmod(mode)
        fresh.replace(target)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from error


def _value(text: str, name: str = _NAME) -> str | None:
    """Read the value that counts, that of the last line."""
    found = [line.removeprefix(name).rstrip("\r") for line in text.split("\n") if line.startswith(name)]
    return found[-1] if found else None


def _replaced(text: str, value: str | None) -> str:
    """Write a value into the line that counts, or behind everything; None takes the line out."""
    lines = text.splitlines(keepends=True)
    positions = [position for position, line in enumerate(lines) if line.startswith(_NAME)]
    if value is None:
        return "".join(line for position, line in enumerate(lines) if position not in positions[-1:])
    if not positions:
        end = "" if not text or text.endswith("\n") else "\n"
        return f"{text}{end}{_NAME}{value}\n"
    line = lines[positions[-1]]
    lines[positions[-1]] = f"{_NAME}{value}{line[len(line.rstrip()) :]}"
    return "".join(lines)
