"""Addresses in readmes: what is relative leads into the repository, and nothing leads into a program."""

import re
from urllib.parse import urlsplit

from msgspec import Struct

_MEDIA = (".apng", ".avif", ".bmp", ".gif", ".ico", ".jpeg", ".jpg", ".mov", ".mp4", ".png", ".svg", ".webm", ".webp")
# These show a file at another path than all others do.
_SHOWN_AT = {"bitbucket.org": "src", "codeberg.org": "src"}

# What browsers leave out of an address before they read it (URL Standard, 4.4).
_ignored = re.compile("[\0-\x20]")
_has_scheme = re.compile("[a-z][a-z0-9+.-]*:", re.IGNORECASE).match
_is_picture = re.compile("data:image/(?:png|jpeg|gif|webp|avif);base64,[a-z0-9+/=]*", re.IGNORECASE).fullmatch


class Repository(Struct, frozen=True):
    """Where a readme comes from."""

    url: str
    """Its page on the web."""
    folder: str = ""
    """Where in it the readme lies, with slashes; empty for the root."""


def link_of(tag: str, address: str, repository: Repository | None) -> str | None:
    """Complete an address as it may stand in a page; None for one that may not, or that leads nowhere."""
    plain = _ignored.sub("", address)
    if plain[:5].lower() == "data:":
        return plain if tag == "img" and _is_picture(plain) else None
    if _has_scheme(plain):
        return address
    if plain.replace("\\", "/").startswith("//"):
        return f"https:{plain}"
    base = None if repository is None else _base(repository.url)
    return None if base is None else _within(base, repository.folder if repository else "", address, tag)


def _base(url: str) -> str | None:
    """Find the page of the repository in what a manifest names; None where that is no page on the web."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    # Some name a folder of it.
    path = re.split(r"/(?:-/)?(?:tree|blob|src)/", parts.path)[0].rstrip("/").removesuffix(".git")
    if parts.scheme not in ("http", "https") or not parts.hostname or not path:
        return None
    return f"{parts.scheme}://{parts.netloc}{path}"


def _within(base: str, folder: str, address: str, tag: str) -> str:
    address, hash_sign, fragment = address.strip().partition("#")
    path, question, query = address.partition("?")
    parts: list[str] = [] if path.startswith("/") else [each for each in folder.split("/") if each]
    for part in path.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    is_media = tag == "img" or path.lower().endswith(_MEDIA)
    shown_at = _SHOWN_AT.get(urlsplit(base).hostname or "", "blob")
    if path.lower().endswith(".svg") and not query:
        # Without it, one host sends pictures of this kind as text.
        question, query = "?", "sanitize=true"
    slash = "/" if path.endswith("/") else ""
    where = "/".join((base, "raw" if is_media else shown_at, "HEAD", *parts))
    return f"{where}{slash}{question}{query}{hash_sign}{fragment}"
