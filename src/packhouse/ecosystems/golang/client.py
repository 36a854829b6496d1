"""The go command's own setting: the line GOPROXY of the file that `go env -w` writes."""

from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from packhouse.domain.errors import ConfigError

_NAME = "GOPROXY="


class _Saved(Struct, frozen=True):
    """What was there before, kept beside the file."""

    original: str | None
    """The line's value; None where there was no line."""
    written: str


def use(url: str, home: Path, environ: Mapping[str, str]) -> str:
    """Point the go command at a proxy address; return a sentence that says what was done."""
    path = _file(home, environ)
    lines, saved = _read(path), _read_saved(path)
    found = _value(lines)
    # A second use keeps what was there before the first one.
    original = saved.original if saved is not None and saved.written == found else found
    address = url.rstrip("/")
    _write(_beside(path), msgspec.json.encode(_Saved(original, address)).decode())
    _write(path, "".join(_without(lines)) + f"{_NAME}{address}\n")
    overridden = " But the variable GOPROXY of the environment counts more." if environ.get("GOPROXY") else ""
    return f"go now downloads modules from {address} (set in {path}).{overridden}"


def undo(home: Path, environ: Mapping[str, str]) -> str:
    """Restore the line; everything else in the file stays as it is."""
    path = _file(home, environ)
    saved = _read_saved(path)
    if saved is None:
        return f"There is nothing to undo: {path} was not changed by Packhouse."
    lines = _read(path)
    if _value(lines) == saved.written:
        restored = "".join(_without(lines)) + (f"{_NAME}{saved.original}\n" if saved.original is not None else "")
        if restored:
            _write(path, restored)
        else:
            path.unlink(missing_ok=True)
    _beside(path).unlink()
    return f"go is set as it was before (in {path})."


def current(home: Path, environ: Mapping[str, str]) -> str:
    """Tell the first proxy that the environment or the file names; empty where neither does."""
    value = environ.get("GOPROXY") or _value(_read(_file(home, environ))) or ""
    return value.replace("|", ",").partition(",")[0]


def _file(home: Path, environ: Mapping[str, str]) -> Path:
    if named := environ.get("GOENV"):
        if named == "off":
            raise ConfigError("GOENV is off, so that the go command reads no settings", "unset GOENV, or set GOPROXY")
        return Path(named)
    base = environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else home / ".config") / "go" / "env"


def _beside(path: Path) -> Path:
    return path.with_name(path.name + ".before-packhouse")


def _read(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines(keepends=True)
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error


def _read_saved(path: Path) -> _Saved | None:
    text = "".join(_read(_beside(path)))
    try:
        return msgspec.json.decode(text, type=_Saved) if text else None
    except msgspec.MsgspecError as error:
        raise ConfigError(f"{_beside(path)} is damaged", f"remove it, and correct {path} by hand") from error


def _write(path: Path, text: str) -> None:
    target = path.resolve()
    fresh = target.with_name(target.name + ".packhouse-new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(text, encoding="utf-8")
        if target.exists():
            fresh.chmod(target.stat().st_mode & 0o777)
        fresh.replace(target)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from error


def _value(lines: list[str]) -> str | None:
    found = [line.strip().removeprefix(_NAME) for line in lines if line.strip().startswith(_NAME)]
    return found[-1] if found else None


def _without(lines: list[str]) -> list[str]:
    kept = [line for line in lines if not line.strip().startswith(_NAME)]
    if kept and not kept[-1].endswith("\n"):
        kept[-1] += "\n"
    return kept
