"""Web addresses that a manifest names.

Only addresses that lead to the web or to a repository are kept: a page must not offer a link to `javascript:`.
"""

import re

from packhouse.domain.release import Link

_HOSTS = {
    "github": "github.com",
    "gitlab": "gitlab.com",
    "bitbucket": "bitbucket.org",
    "gist": "gist.github.com",
    "sourcehut": "git.sr.ht",
}
_is_web = re.compile(r"https?://[^\s\x00-\x20\"<>\\^`{|}]+", re.IGNORECASE).fullmatch
_is_repository = re.compile(
    r"(?:(?:git|ssh|https?|git\+https?|git\+ssh)://|[A-Za-z0-9_.-]+@[A-Za-z0-9.-]+:)[^\s\x00-\x20\"<>\\^`{|}]+",
    re.IGNORECASE,
).fullmatch
_shorthand = re.compile(
    r"(?:(?P<host>github|gitlab|bitbucket|gist|sourcehut):)?(?P<path>[~A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)?)(?:#[^\s]*)?"
).fullmatch
_address = re.compile(
    r"(?:git\+)?(?P<scheme>git|ssh|https?)://(?:[^/@\s]*@)?(?P<host>[^/:@\s]+)(?::(?P<port>[0-9]+)(?=/|$))?[/:]"
    r"(?P<path>[^?#\s]+)",
    re.IGNORECASE,
).match
_scp = re.compile(r"[A-Za-z0-9_.-]+@(?P<host>[A-Za-z0-9.-]+):(?P<path>[^?#\s]+)").match
_MAX_LENGTH = 2000
_MAX_FUNDING = 20


def read_links(homepage: object, repository: object, bugs: object, funding: object) -> tuple[Link, ...]:
    """Read every link.

    `repository` is upstream's own text, a shorthand written out; `source` is the page to look at, if it has another
    address.
    """
    links = []
    if page := web_address(homepage):
        links.append(Link("homepage", page))
    if place := repository_address(repository):
        links.append(Link("repository", place))
        if (page := browsable(place)) and page != place:
            links.append(Link("source", page))
    if page := web_address(_url_of(bugs)):
        links.append(Link("issues", page))
    donations = (funding if isinstance(funding, list) else [funding])[:_MAX_FUNDING]
    links.extend(Link("funding", page) for each in donations if (page := web_address(_url_of(each))))
    return tuple(links)


def web_address(value: object) -> str | None:
    """Accept an address that a browser can follow safely."""
    text = value.strip() if isinstance(value, str) else ""
    return text if len(text) <= _MAX_LENGTH and _is_web(text) else None


def repository_address(value: object) -> str | None:
    """Read the field `repository`: an object or a text, an address or a shorthand like `user/name`."""
    text = _url_of(value)
    text = text.strip() if isinstance(text, str) else ""
    if not text or len(text) > _MAX_LENGTH:
        return None
    if _is_repository(text):
        return text
    match = _shorthand(text)
    if match is None or ("/" not in match["path"] and match["host"] != "gist"):
        return None
    # As npm itself writes it out.
    return f"git+https://{_HOSTS[match['host'] or 'github']}/{match['path'].removesuffix('.git')}.git"


def browsable(address: str) -> str | None:
    """Turn a repository's address into that of its page; None if it cannot be told."""
    match = _address(address) or _scp(address)
    if match is None:
        return None
    port = match["port"] if "port" in match.re.groupindex and match["scheme"].lower().startswith("http") else None
    host = f"{match['host'].lower()}:{port}" if port else match["host"].lower()
    scheme = "http" if address.lower().startswith(("http:", "git+http:")) and port else "https"
    return f"{scheme}://{host}/{match['path'].rstrip('/').removesuffix('.git').lstrip('/')}"


def _url_of(value: object) -> object:
    return value.get("url") if isinstance(value, dict) else value
