"""Which source repository a web address points to."""

import re
from collections.abc import Collection
from functools import lru_cache

PUBLIC_HOSTS = frozenset(("github.com", "gitlab.com", "bitbucket.org"))
"""Those whose projects everybody knows."""
_TWO_PARTS = frozenset(("github.com", "bitbucket.org"))
"""Where a project is an owner and a repository; elsewhere there may be groups in groups."""
_REMEMBERED = 4096
"""Addresses: releases of one package mostly have the same."""
_MOST_CHARACTERS = 300
_SHORTHANDS = {"github": "github.com", "gitlab": "gitlab.com", "bitbucket": "bitbucket.org"}

# scheme://user@host/path, as browsers and git write it.
_ADDRESS = re.compile(
    r"(?:[a-z][a-z0-9+.-]*:)?//(?:[^/@\s]*@)?(?P<host>[^/:?#\s]+)(?::\d*)?[/:](?P<path>[^?#\s]*)", re.IGNORECASE
)
# user@host:path, as ssh writes it, and host/path without a scheme.
_PLAIN = re.compile(r"(?:[^/@:\s]+@)?(?P<host>[^/:@?#\s]+\.[^/:@?#\s]+)[:/](?P<path>[^?#\s]*)")
_SHORTHAND = re.compile(r"(?P<host>[a-z]+):(?P<path>[^/?#\s:][^?#\s:]*)")
_PART = re.compile(r"[A-Za-z0-9._~-]+")
_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_DOTS = frozenset((".", ".."))


def project_id(url: str, hosts: Collection[str] = PUBLIC_HOSTS) -> str | None:
    """Return the project as `host/owner/repository` in lower case; None for an address that names none."""
    found = project_anywhere(url)
    return found if found is not None and found.partition("/")[0] in hosts else None


@lru_cache(_REMEMBERED)
def project_anywhere(url: str) -> str | None:
    """Read an address on any host as that of a project, which it may be; None where it cannot."""
    text = url.strip()
    match = _ADDRESS.match(text) or _SHORTHAND.fullmatch(text.partition("#")[0]) or _PLAIN.match(text)
    if match is None:
        return None
    host = match["host"].lower().removeprefix("www.")
    host = _SHORTHANDS.get(host, host)
    if not _HOST.fullmatch(host):
        return None
    parts = [part for part in match["path"].split("/") if part]
    # GitLab has groups in groups; "-" ends the project's own path there.
    parts = parts[: parts.index("-")] if "-" in parts else parts
    if host in _TWO_PARTS or not _PAGES.isdisjoint(parts[2:3]):
        parts = parts[:2]
    if len(parts) < 2 or not all(_PART.fullmatch(part) and part not in _DOTS for part in parts):
        return None
    parts[-1] = parts[-1].removesuffix(".git")
    found = "/".join((host, *parts)).lower()
    return found if parts[-1] and len(found) <= _MOST_CHARACTERS else None


_PAGES = frozenset(("blob", "issues", "merge_requests", "tags", "tree", "wikis"))
"""Pages of a project in the older form of GitLab's addresses, without a dash before them."""


def parse_project(text: str) -> str | None:
    """Read the id of a project, such as github.com/user/repo in any case; None where it is none."""
    found = text.lower()
    host, *parts = found.split("/")
    if len(found) > _MOST_CHARACTERS or not _HOST.fullmatch(host) or len(parts) < 2:
        return None
    return found if all(_PART.fullmatch(part) and part not in _DOTS for part in parts) else None
