"""NuGet's own store of passwords, for feeds that an operator has given a password there."""

import base64
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from packhouse.domain.errors import ConfigError, UpstreamBad
from packhouse.ecosystems.nuget.client import config_paths
from packhouse.ecosystems.nuget.elements import Element, parse_elements

_variable = re.compile(r"%([^%]+)%")
_escape = re.compile(r"_x([0-9A-Fa-f]{4})_")


def find(url: str, home: Path, environ: Mapping[str, str]) -> str | None:
    """Find what to send to a feed: the source is looked for by its address, its password by the source's key.

    The environment counts before the files, as for NuGet itself. Encrypted passwords are for Windows alone.
    """
    for path in config_paths(home, environ):
        root = _read(path)
        for key in _keys(root, url) if root is not None else ():
            found = _of_environment(key, environ) or (_of_file(root, key, environ) if root is not None else None)
            if found is not None:
                return "Basic " + base64.b64encode(f"{found[0]}:{found[1]}".encode()).decode()
    return None


def _read(path: Path) -> Element | None:
    try:
        return parse_elements(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    except FileNotFoundError:
        return None
    except (OSError, UpstreamBad) as error:
        raise ConfigError(f"{path} cannot be read", "correct it, or name the secret in packhouse.toml") from error


def _keys(root: Element, url: str) -> Iterator[str]:
    sources = root.find("packageSources")
    for each in sources.list("add") if sources is not None else ():
        if each.attributes.get("value", "").rstrip("/") == url.rstrip("/"):
            yield each.attributes.get("key", "")


def _of_environment(key: str, environ: Mapping[str, str]) -> tuple[str, str] | None:
    wanted = f"nugetpackagesourcecredentials_{key}".lower()
    text = next((value for name, value in environ.items() if name.lower() == wanted), "")
    parts: list[tuple[str, str, str]] = [part.strip().partition("=") for part in text.split(";")]
    named: dict[str, str] = {name.lower(): value for name, _, value in parts}
    return (named["username"], named["password"]) if {"username", "password"} <= named.keys() else None


def _of_file(root: Element, key: str, environ: Mapping[str, str]) -> tuple[str, str] | None:
    section = root.find("packageSourceCredentials")
    for source in section.children if section is not None else ():
        # A key becomes the name of an element: what no such name may hold is written as _x0020_.
        if _escape.sub(lambda match: chr(int(match[1], 16)), source.name) != key:
            continue
        fields = {
            each.attributes.get("key", "").lower(): each.attributes.get("value", "") for each in source.list("add")
        }
        if {"username", "cleartextpassword"} <= fields.keys():
            return _expanded(fields["username"], environ), _expanded(fields["cleartextpassword"], environ)
    return None


def _expanded(text: str, environ: Mapping[str, str]) -> str:
    return _variable.sub(lambda match: environ.get(match[1], match[0]), text)
