"""The settings of gem (`~/.gemrc`) and of bundler (`~/.bundle/config`).

gem's public source is replaced by us, sources that a user has added stay. Bundler is told that we are a mirror of all
sources, so that Gemfiles and lock files stay as they are.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from packhouse.domain.errors import ConfigError

if TYPE_CHECKING:
    from packhouse.ecosystems.gem.yaml_file import YamlFile

_MIRROR = "BUNDLE_MIRROR__ALL"
_PUBLIC = "rubygems"
"""Stands in the host names of the public registry and of its mirrors."""
_SOURCE = rb"[\"']?(https?://[^\s\"',\]#]+)[\"']?"


def use_gem(url: str, home: Path, environ: Mapping[str, str]) -> str:
    """Make our address of the mount gem's source; return a sentence that says what was done."""
    file = _gemrc(home, environ)

    def write(lines: bytes) -> bytes:
        # Whatever is written as the address of a source, is one; `:sources: []` has none.
        kept = [each for each in _addresses(lines) if not _is_public(each) and each != url]
        return b":sources:\n" + b"".join(f"- {each}\n".encode() for each in (url, *kept))

    file.change(write)
    others = len(_addresses(file.lines())) - 1
    also = f"; {others} other source{'s' if others > 1 else ''} in it stayed" if others else ""
    more = " The files of GEMRC may add sources." if environ.get("GEMRC") else ""
    return f"gem now installs from {url} (set in {file.path}{also}).{more}"


def undo_gem(home: Path, environ: Mapping[str, str]) -> str:
    """Restore gem's sources; what was added to the file meanwhile stays."""
    return _undo("gem", _gemrc(home, environ))


def current_gem(home: Path, environ: Mapping[str, str]) -> str:
    """Tell gem's first source; empty where it has its own default."""
    try:
        return next(iter(_addresses(_gemrc(home, environ).lines())), "")
    except ConfigError:
        return ""


def use_bundler(url: str, home: Path, environ: Mapping[str, str]) -> str:
    """Make our address of the mount bundler's mirror of all sources; return a sentence that says what was done."""
    file = _config(home, environ)
    file.change(lambda _: f'{_MIRROR}: "{url}"\n'.encode())
    overrides = f" The environment variable {_MIRROR} still overrides it: unset it." if environ.get(_MIRROR) else ""
    return f"bundler now installs from {url} (set in {file.path}).{overrides}"


def undo_bundler(home: Path, environ: Mapping[str, str]) -> str:
    """Restore bundler's mirror; what was added to the file meanwhile stays."""
    return _undo("bundler", _config(home, environ))


def current_bundler(home: Path, environ: Mapping[str, str]) -> str:
    """Tell the mirror of all sources; empty where bundler asks the sources themselves."""
    if environ.get(_MIRROR):
        return environ[_MIRROR]
    try:
        return next(iter(_addresses(_config(home, environ).lines())), "")
    except ConfigError:
        return ""


def bundle_home(home: Path, environ: Mapping[str, str]) -> Path:
    """Find the folder of bundler's settings."""
    return Path(environ.get("BUNDLE_USER_HOME") or home / ".bundle")


def bundle_config(home: Path, environ: Mapping[str, str]) -> Path:
    """Find bundler's own settings."""
    return Path(environ.get("BUNDLE_USER_CONFIG") or bundle_home(home, environ) / "config")


def _config(home: Path, environ: Mapping[str, str]) -> "YamlFile":
    from packhouse.ecosystems.gem.yaml_file import YamlFile  # noqa: PLC0415 (start-up time)

    return YamlFile(bundle_config(home, environ), _MIRROR.encode())


def _gemrc(home: Path, environ: Mapping[str, str]) -> "YamlFile":
    from packhouse.ecosystems.gem.yaml_file import YamlFile  # noqa: PLC0415 (start-up time)

    old = home / ".gemrc"
    new = Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "gem" / "gemrc"
    # gem reads the first of them that there is.
    return YamlFile(new if new.exists() and not old.exists() else old, b"sources")


def _addresses(lines: bytes) -> list[str]:
    plain = re.sub(rb"(?m)(?:^|[ \t])#.*$", b"", lines)
    return [found.decode("utf-8", "replace") for found in re.findall(_SOURCE, plain)]


def _is_public(url: str) -> bool:
    return _PUBLIC in (urlsplit(url).hostname or "")


def _undo(client: str, file: "YamlFile") -> str:
    if file.restore():
        return f"{client} is set as it was before (in {file.path})."
    return f"There is nothing to undo: {file.path} was not changed by Packhouse."
