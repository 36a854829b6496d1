"""What the npm client would send to a registry, read from the user's npmrc."""

import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from packhouse.ecosystems.npm.client import npmrc_path

_LINE = re.compile(r"""\s*["']?(//[^\s"']+?):(_authToken|_auth|username|_password)["']?\s*=\s*["']?(.*?)["']?\s*""")
_VARIABLE = re.compile(r"\$\{([^}]+)\}")


def find_authorization(url: str, home: Path, environ: Mapping[str, str]) -> str | None:
    """Look up the entry of the nearest path at or above an address; None where there is none.

    npm's own rule: `//host/path/:_authToken` counts for that path and all below it, and never for another host.
    """
    entries = _entries(npmrc_path(home, environ), environ)
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    while True:
        found = entries.get(f"//{parts.netloc}{path}")
        if found is not None and (value := _header(found)) is not None:
            return value
        if not path:
            return None
        path = path.rpartition("/")[0]


def _entries(path: Path, environ: Mapping[str, str]) -> dict[str, dict[str, str]]:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return {}
    entries: dict[str, dict[str, str]] = {}
    for line in lines:
        if (found := _LINE.fullmatch(line)) is not None:
            place, key, value = found.groups()
            known = _VARIABLE.sub(lambda name: environ.get(name[1], name[0]), value)
            entries.setdefault(place.rstrip("/"), {})[key] = known
    return entries


def _header(entry: Mapping[str, str]) -> str | None:
    if token := entry.get("_authToken"):
        return f"Bearer {token}"
    if pair := entry.get("_auth"):
        return f"Basic {pair}"
    user, password = entry.get("username"), entry.get("_password")
    if not user or not password:
        return None
    try:
        plain = b64decode(password, validate=True)
    except ValueError:
        return None
    return f"Basic {b64encode(user.encode() + b':' + plain).decode()}"
