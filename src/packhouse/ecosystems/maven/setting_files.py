"""Files of a user that we change, with what they were before kept beside them."""

from pathlib import Path

import msgspec
from msgspec import Struct

from packhouse.domain.errors import ConfigError


class Saved(Struct, frozen=True):
    """What a file was before, and what we made of it."""

    original: bytes | None
    """None where there was no file."""
    written: bytes
    inserted: bytes = b""
    """The part of it that is ours."""
    replaced: bytes = b""
    """What stood in its place."""


def read_file(path: Path) -> bytes | None:
    """Read a file, None where there is none; raise ConfigError."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error


def write_file(path: Path, content: bytes) -> None:
    """Replace a file at once, keeping its mode; raise ConfigError."""
    target = path.resolve()  # a link into somebody's dotfiles stays a link
    fresh = target.with_name(target.name + ".packhouse-new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # Settings hold passwords: nobody else may read what we leave beside them, either.
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o600
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        fresh.write_bytes(content)
        fresh.chmod(mode)
        fresh.replace(target)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from error


def read_saved(path: Path) -> Saved | None:
    """Read what a file was before; raise ConfigError if that is damaged."""
    raw = read_file(_beside(path))
    try:
        return msgspec.json.decode(raw, type=Saved) if raw is not None else None
    except msgspec.MsgspecError as error:
        raise ConfigError(f"{_beside(path)} is damaged", f"remove it, and correct {path} by hand") from error


def change(path: Path, saved: Saved) -> None:
    """Write a file, and first what it was before."""
    write_file(_beside(path), msgspec.json.encode(saved))
    write_file(path, saved.written)


def restore(path: Path, saved: Saved) -> bool:
    """Put back what a file was before; what was added to it meanwhile stays.

    False where our part of it is not in it any more as we wrote it: then nothing is changed.
    """
    found = read_file(path)
    if found is None:
        found = b""
    if found == saved.written:
        restored = saved.original
    elif found.count(saved.inserted) == 1 and saved.inserted:
        restored = found.replace(saved.inserted, saved.replaced)
    else:
        _beside(path).unlink()
        return False
    if restored is None:
        path.unlink(missing_ok=True)
    else:
        write_file(path, restored)
    _beside(path).unlink()
    return True


def _beside(path: Path) -> Path:
    return path.with_name(path.name + ".before-packhouse")
