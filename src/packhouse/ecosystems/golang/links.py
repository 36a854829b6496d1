"""Where a module's code is, as far as its path tells."""

import re

from packhouse.domain.release import Link

_CODE_HOSTS = re.compile(r"(?:github\.com|gitlab\.com|bitbucket\.org|codeberg\.org|gitea\.com)/[^/]+/[^/]+")
_GOPKG = re.compile(r"gopkg\.in/(?:([^/]+)/)?([^/]+?)\.v[0-9]+(?:-unstable)?")
_GOLANG_X = re.compile(r"golang\.org/x/([a-z0-9]+)")


def module_links(path: str) -> tuple[Link, ...]:
    """Tell the repository of a module by its path; nothing where only a question to its host would tell."""
    repository = _repository(path)
    return () if repository is None else (Link("repository", repository),)


def _repository(path: str) -> str | None:
    if (found := _CODE_HOSTS.match(path)) is not None:
        return f"https://{found[0].removesuffix('.git')}"
    if (found := _GOPKG.match(path)) is not None:
        return f"https://github.com/{found[1] or f'go-{found[2]}'}/{found[2]}"
    if (found := _GOLANG_X.match(path)) is not None:
        return f"https://go.googlesource.com/{found[1]}"
    return None
