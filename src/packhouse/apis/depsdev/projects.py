"""Which source repository a web address points to."""

import re
from functools import lru_cache

_HOSTS = frozenset(("github.com", "gitlab.com", "bitbucket.org"))
"""Those whose projects the API knows."""
_REMEMBERED = 4096
"""Addresses: releases of one package mostly have the same."""
_SHORTHANDS = {"github": "github.com", "gitlab": "gitlab.com", "bitbucket": "bitbucket.org"}

# scheme://user@host/path, as browsers and git write it.
_ADDRESS = re.compile(
    r"(?:[a-z][a-z0-9+.-]*:)?//(?:[^/@\s]*@)?(?P<host>[^/:?#\s]+)(?::\d*)?[/:](?P<path>[^?#\s]*)", re.IGNORECASE
)
# user@host:path, as ssh writes it, and host/path without a scheme.
_PLAIN = re.compile(r"(?:[^/@:\s]+@)?(?P<host>[^/:@?#\s]+\.[^/:@?#\s]+)[:/](?P<path>[^?#\s]*)")
_SHORTHAND = re.compile(r"(?P<host>[a-z]+):(?P<path>[^/?#\s:][^?#\s:]*)")
_PART = re.compile(r"[A-Za-z0-9._~-]+")


@lru_cache(_REMEMBERED)
def project_id(url: str) -> str | None:
    """Return the project as `host/owner/repository` in lower case; None for an address that names none."""
    text = url.strip()
    match = _ADDRESS.match(text) or _SHORTHAND.fullmatch(text.partition("#")[0]) or _PLAIN.match(text)
    if match is None:
        return None
    host = match["host"].lower().removeprefix("www.")
    host = _SHORTHANDS.get(host, host)
    if host not in _HOSTS:
        return None
    parts = [part for part in match["path"].split("/") if part]
    # GitLab has groups in groups; "-" ends the project's own path there.
    parts = parts[: parts.index("-")] if "-" in parts else parts
    if host != "gitlab.com" or not _PAGES.isdisjoint(parts[2:3]):
        parts = parts[:2]
    if len(parts) < 2 or not all(_PART.fullmatch(part) for part in parts):
        return None
    parts[-1] = parts[-1].removesuffix(".git")
    return "/".join((host, *parts)).lower() if parts[-1] else None


_PAGES = frozenset(("blob", "issues", "merge_requests", "tags", "tree", "wikis"))
"""Pages of a project in the older form of GitLab's addresses, without a dash before them."""
