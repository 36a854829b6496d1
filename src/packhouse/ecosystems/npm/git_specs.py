"""Git repositories as requirements name them: shorthands of known hosts, addresses, and the commit behind `#`."""

import re
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from packhouse.domain.errors import Invalid


class _Host(Struct, frozen=True):
    protocols: frozenset[str]
    repository: re.Pattern[str]
    """Which paths are a repository; others, like an archive, are plain downloads."""


_SECURE = frozenset({"git+ssh", "git+https", "ssh", "https"})
_TWO_PARTS = r"/[^/]+/(?!\.git$)[^/]+"
_HOSTS = {
    "github.com": _Host(_SECURE | {"git", "http"}, re.compile(rf"{_TWO_PARTS}(?:/|/tree(?:/(?P<tree>[^/]*).*)?)?")),
    "bitbucket.org": _Host(_SECURE, re.compile(rf"{_TWO_PARTS}(?:/(?!get(?:/|$)).*)?")),
    "gitlab.com": _Host(_SECURE, re.compile(r"(?!.*(?:/-/|/archive\.tar\.gz))/.+/(?!\.git$)[^/]+")),
    "gist.github.com": _Host(_SECURE | {"git"}, re.compile(r"/[^/]+(?:/(?!\.git$)[^/]+(?:/(?!raw(?:/|$)).*)?)?/?")),
    "git.sr.ht": _Host(frozenset({"git+ssh", "https"}), re.compile(rf"{_TWO_PARTS}(?:/(?!archive(?:/|$)).*)?")),
}
_GIT_PROTOCOLS = frozenset({"git", "git+http", "git+https", "git+rsync", "git+ftp", "git+file", "git+ssh"})

_is_shortcut = re.compile(r"(?:github|bitbucket|gitlab|gist|sourcehut):", re.IGNORECASE).match
# user/repository: no blank, @, colon or second slash before the #.
_is_shorthand = re.compile(r"(?![./])[^\s@:/#]+/[^\s@:/#]+(?:#.*)?", re.DOTALL).fullmatch
# `git@github.com:user/repository`, as ssh itself is told.
_scp_like = re.compile(
    r"(?:(?:git\+)?ssh://)?(?:[^/@#]+@)(?P<host>[^/:@#]+)[:/](?P<path>[^#]*)(?:#.*)?", re.DOTALL
).fullmatch
# `git+ssh://git@host:user/repository`: a user behind the colon, no port.
_ssh_with_user = re.compile(
    r"git\+ssh://[^:#]+:(?![0-9]+(?:/|$|#))[^#]+(?:#(?P<committish>.*))?", re.IGNORECASE
).fullmatch


def read_hosted(spec: str) -> str | None:
    """Give what follows the # of a repository at a host that npm knows; None if this is something else."""
    fragment = unquote(spec.partition("#")[2])
    if _is_shorthand(spec) or _is_shortcut(spec):
        return fragment
    if (scp := _scp_like(spec)) is not None:
        repository = _find_repository(scp["host"], "git+ssh", f"/{scp['path']}")
    else:
        try:
            address = urlsplit(spec)
            repository = _find_repository(address.hostname or "", address.scheme, address.path)
        except ValueError:
            return None
    if repository is None:
        return None
    # A page of a branch, `/tree/main`, stands for the branch and makes the # count for nothing.
    return unquote(repository.groupdict().get("tree") or "") or fragment


def read_git_url(spec: str) -> str | None:
    """Give what stands behind the # of a git address, which may be nothing; None if it is another address."""
    if (match := _ssh_with_user(spec)) is not None:
        return match["committish"] or ""
    protocol, _, rest = spec.partition(":")
    return rest.partition("#")[2] if protocol.lower() in _GIT_PROTOCOLS else None


def read_committish(fragment: str) -> str:
    """Pick the range (`semver:^1`) or the commit, branch or tag that is asked for; raise Invalid if there are two."""
    found = ""
    for part in fragment.split("::") if fragment else ():
        key, colon, value = part.partition(":")
        if colon and key != "semver":
            continue
        if found:
            raise Invalid(f"#{fragment[:120]} asks for two commits")
        found = unquote(value.partition(":")[0]) if colon else part
    return found


def _find_repository(host: str, protocol: str, path: str) -> re.Match[str] | None:
    known = _HOSTS.get(host.removeprefix("www."))
    return known.repository.fullmatch(path) if known and protocol in known.protocols else None
