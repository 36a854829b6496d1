"""What mvn itself would send to a repository, read from the user's settings.xml.

There an address has an id (as a mirror, or as a repository of a profile), and a server of that id has the password.
"""

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path

from packhouse.domain.errors import ConfigError
from packhouse.ecosystems.maven.elements import Element
from packhouse.ecosystems.maven.settings_xml import read_settings

_variable = re.compile(r"\$\{env\.([^}]+)\}")
_is_encrypted = re.compile(r".*(?<!\\)\{.+(?<!\\)\}.*", re.DOTALL).fullmatch
"""A password that needs mvn's own master password."""


def find_authorization(url: str, home: Path, environ: Mapping[str, str]) -> str | None:
    """Look up the server of an address; None where there is none, or its password is encrypted."""
    try:
        root = read_settings(home)
    except ConfigError:
        return None
    if root is None:
        return None
    wanted = url.rstrip("/")
    ids = [name for name, address in _addresses(root) if address.rstrip("/") == wanted]
    for server in root.find("servers") or ():
        if server.read("id") in ids and (value := _header(server, environ)) is not None:
            return value
    return None


def _addresses(root: Element) -> Iterator[tuple[str, str]]:
    """List ids and addresses."""
    places = list(root.find("mirrors") or ())
    for profile in root.find("profiles") or ():
        for name in ("repositories", "pluginRepositories"):
            places.extend(profile.find(name) or ())
    for place in places:
        yield place.read("id") or "", place.read("url") or ""


def _header(server: Element, environ: Mapping[str, str]) -> str | None:
    user, password = (
        _variable.sub(lambda name: environ.get(name[1], name[0]), server.read(field) or "")
        for field in ("username", "password")
    )
    if not user or not password or _is_encrypted(password):
        return None
    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"
