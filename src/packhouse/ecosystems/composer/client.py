"""Composer's own setting: the repository of the user's config.json that stands for the default one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from packhouse.domain.errors import ConfigError

_DEFAULT = "packagist.org"


class _Saved(Struct, frozen=True):
    """What the file was before, and what we made of it."""

    original: str | None
    written: str


def use(url: str, home: Path, environ: Mapping[str, str]) -> str:
    """Point composer at a repository; return a sentence that says what was done."""
    path, address = _file(home, environ), url.rstrip("/")
    saved, found = _read_saved(path), _read(path)
    # A second use keeps what was there before the first one, as long as the file is still ours.
    original = saved.original if saved is not None and saved.written == found else found
    document = _document(original)
    _repositories(document)[_DEFAULT] = {"type": "composer", "url": address}
    if address.startswith("http://"):
        document.setdefault("config", {})["secure-http"] = False
    written = _render(document)
    _write(_beside(path), msgspec.json.encode(_Saved(original, written)).decode())
    _write(path, written)
    return f"composer now installs from {address} (set in {path})."


def undo(home: Path, environ: Mapping[str, str]) -> str:
    """Restore config.json; what was added to it meanwhile stays."""
    path = _file(home, environ)
    saved = _read_saved(path)
    if saved is None:
        return f"There is nothing to undo: {path} was not changed by Packhouse."
    found = _read(path)
    restored = saved.original if found == saved.written else _without_ours(found, saved)
    if restored:
        _write(path, restored)
    else:
        path.unlink(missing_ok=True)
    _beside(path).unlink()
    return f"composer is set as it was before (in {path})."


def current(home: Path, environ: Mapping[str, str]) -> str:
    """Tell the address that stands for the default repository; empty where none does."""
    repository = _repositories(_document(_read(_file(home, environ)))).get(_DEFAULT)
    url = repository.get("url") if isinstance(repository, dict) else None
    return url if isinstance(url, str) else ""


def _file(home: Path, environ: Mapping[str, str]) -> Path:
    if named := environ.get("COMPOSER_HOME"):
        return Path(named) / "config.json"
    old = home / ".composer"
    if old.is_dir():
        return old / "config.json"
    base = environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else home / ".config") / "composer" / "config.json"


def _document(text: str | None) -> dict[str, Any]:
    try:
        document = msgspec.json.decode(text) if text and text.strip() else {}
    except msgspec.MsgspecError as error:
        raise ConfigError("composer's config.json is not JSON", "correct it by hand first") from error
    if not isinstance(document, dict):
        raise ConfigError("composer's config.json is no object", "correct it by hand first")
    return document


def _repositories(document: dict[str, Any]) -> dict[str, Any]:
    """Find the repositories by name; a list of them gets names."""
    found = document.get("repositories")
    if isinstance(found, list):
        found = {str(number): each for number, each in enumerate(found)}
    document["repositories"] = found if isinstance(found, dict) else {}
    repositories: dict[str, Any] = document["repositories"]
    return repositories


def _without_ours(found: str | None, saved: _Saved) -> str:
    document = _document(found)
    ours = _repositories(_document(saved.written)).get(_DEFAULT)
    repositories = _repositories(document)
    if repositories.get(_DEFAULT) == ours:
        before = _repositories(_document(saved.original)).get(_DEFAULT)
        if before is None:
            del repositories[_DEFAULT]
        else:
            repositories[_DEFAULT] = before
    return _render(document)


def _render(document: dict[str, Any]) -> str:
    return msgspec.json.format(msgspec.json.encode(document), indent=4).decode() + "\n"


def _beside(path: Path) -> Path:
    return path.with_name(path.name + ".before-packhouse")


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error


def _read_saved(path: Path) -> _Saved | None:
    text = _read(_beside(path))
    try:
        return msgspec.json.decode(text, type=_Saved) if text is not None else None
    except msgspec.MsgspecError as error:
        raise ConfigError(f"{_beside(path)} is damaged", f"remove it, and correct {path} by hand") from error


def _write(path: Path, text: str) -> None:
    target = path.resolve()
    fresh = target.with_name(target.name + ".packhouse-new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o600
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        fresh.write_text(text, encoding="utf-8")
        fresh.chmod(mode)
        fresh.replace(target)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from error
