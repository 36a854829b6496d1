"""Where pip and uv are told which index to use: `index-url` of pip.conf, the default `[[index]]` of uv.toml."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from packhouse.domain.errors import ConfigError

_INDEX_URL = re.compile(r"\s*index[-_]url\s*[=:]\s*(.*?)\s*", re.IGNORECASE)
_SECTION = re.compile(r"\s*\[([^\]]*)\]\s*")


class _Saved(Struct, frozen=True):
    """What the file was before, and what we made of it."""

    original: str | None
    written: str
    url: str


def use_pip(url: str, home: Path, environ: Mapping[str, str]) -> str:
    """Point pip at an index; return a sentence that says what was done."""
    path, index = _pip_conf(home, environ), f"{url.rstrip('/')}/simple/"
    _use(path, index, _with_index_url)
    overridden = (
        " But the variable PIP_INDEX_URL of the environment counts more." if environ.get("PIP_INDEX_URL") else ""
    )
    return f"pip now installs from {index} (set in {path}).{overridden}"


def undo_pip(home: Path, environ: Mapping[str, str]) -> str:
    """Restore pip.conf; what was added to it meanwhile stays."""
    return _undo("pip", _pip_conf(home, environ), _without_index_url)


def current_pip(home: Path, environ: Mapping[str, str]) -> str:
    """Tell the index that the environment or the file names, without its /simple; empty where neither does."""
    named = environ.get("PIP_INDEX_URL") or _index_url(_read(_pip_conf(home, environ)) or "")
    return re.sub(r"/simple/?$", "/", named)


def use_uv(url: str, home: Path, environ: Mapping[str, str]) -> str:
    """Point uv at an index; return a sentence that says what was done."""
    path, index = _uv_toml(home, environ), f"{url.rstrip('/')}/simple/"
    _use(path, index, _with_default_index)
    return f"uv now installs from {index} (set in {path})."


def undo_uv(home: Path, environ: Mapping[str, str]) -> str:
    """Restore uv.toml; what was added to it meanwhile stays."""
    return _undo("uv", _uv_toml(home, environ), _without_index)


def current_uv(home: Path, environ: Mapping[str, str]) -> str:
    """Tell the default index, without its /simple; empty where none is set."""
    named = environ.get("UV_DEFAULT_INDEX") or environ.get("UV_INDEX_URL") or ""
    if not named:
        document = _toml(_read(_uv_toml(home, environ)) or "")
        named = next((str(each.get("url", "")) for each in document.get("index", []) if each.get("default")), "")
    return re.sub(r"/simple/?$", "/", named)


def _pip_conf(home: Path, environ: Mapping[str, str]) -> Path:
    if named := environ.get("PIP_CONFIG_FILE"):
        return Path(named)
    return _config_home(home, environ) / "pip" / "pip.conf"


def _uv_toml(home: Path, environ: Mapping[str, str]) -> Path:
    if named := environ.get("UV_CONFIG_FILE"):
        return Path(named)
    return _config_home(home, environ) / "uv" / "uv.toml"


def _config_home(home: Path, environ: Mapping[str, str]) -> Path:
    return Path(environ["XDG_CONFIG_HOME"]) if environ.get("XDG_CONFIG_HOME") else home / ".config"


def _use(path: Path, url: str, change: Callable[[str, str], str]) -> None:
    saved, found = _read_saved(path), _read(path)
    # A second use keeps what was there before the first one, as long as the file is still ours.
    original = saved.original if saved is not None and saved.written == found else found
    written = change(original or "", url)
    _write(_beside(path), msgspec.json.encode(_Saved(original, written, url)).decode())
    _write(path, written)


def _undo(name: str, path: Path, remove: Callable[[str, str], str]) -> str:
    saved = _read_saved(path)
    if saved is None:
        return f"There is nothing to undo: {path} was not changed by Packhouse."
    found = _read(path)
    restored = saved.original if found == saved.written else remove(found or "", saved.url)
    if restored:
        _write(path, restored)
    else:
        path.unlink(missing_ok=True)
    _beside(path).unlink()
    return f"{name} is set as it was before (in {path})."


def _with_index_url(text: str, url: str) -> str:
    lines = _without_index_url(text, "").splitlines(keepends=True)
    for number, line in enumerate(lines):
        found = _SECTION.fullmatch(line)
        if found is not None and found[1].strip().lower() == "global":
            lines.insert(number + 1, f"index-url = {url}\n")
            return "".join(lines)
    return f"[global]\nindex-url = {url}\n" + "".join(lines)


def _without_index_url(text: str, url: str) -> str:
    """Take the line out of [global]; only ours if `url` is given."""
    kept: list[str] = []
    section = ""
    for line in text.splitlines(keepends=True):
        if (found := _SECTION.fullmatch(line)) is not None:
            section = found[1].strip().lower()
        named = _INDEX_URL.fullmatch(line.rstrip("\n")) if section == "global" else None
        if named is None or (url and named[1] != url):
            kept.append(line)
    return "".join(kept)


def _index_url(text: str) -> str:
    section, value = "", ""
    for line in text.splitlines():
        if (found := _SECTION.fullmatch(line)) is not None:
            section = found[1].strip().lower()
        elif section == "global" and (named := _INDEX_URL.fullmatch(line)) is not None:
            value = named[1]
    return value


def _with_default_index(text: str, url: str) -> str:
    import tomlkit  # noqa: PLC0415 (start-up time)

    document = _toml(text)
    indexes = document.get("index")
    for each in indexes or ():
        each.pop("default", None)
    entry = tomlkit.table()
    entry.update({"url": url, "default": True})
    if indexes is None:
        document["index"] = tomlkit.aot()
    document["index"].append(entry)
    return tomlkit.dumps(document)


def _without_index(text: str, url: str) -> str:
    import tomlkit  # noqa: PLC0415 (start-up time)

    document = _toml(text)
    indexes = document.get("index")
    if indexes is not None:
        for position in reversed([at for at, each in enumerate(indexes) if each.get("url") == url]):
            del indexes[position]
        if not len(indexes):
            del document["index"]
    return tomlkit.dumps(document)


def _toml(text: str) -> Any:  # noqa: ANN401 (tomlkit's document)
    import tomlkit  # noqa: PLC0415 (start-up time)
    from tomlkit.exceptions import TOMLKitError  # noqa: PLC0415

    try:
        return tomlkit.parse(text)
    except TOMLKitError as error:
        raise ConfigError(f"uv.toml is not TOML: {error}", "correct it by hand first") from error


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
    target = path.resolve()  # a link into somebody's dotfiles stays a link
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
