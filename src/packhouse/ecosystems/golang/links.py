"""Where a module's code is, as far as its path tells.

Source: the module reference, section on finding a repository for a module path; what the hosts of code do with paths.
"""

import re
from collections.abc import Callable

from packhouse.domain.release import Link

_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (
        re.compile(r"(?:github\.com|bitbucket\.org|codeberg\.org|gitea\.com)/[^/]+/[^/]+"),
        lambda found: f"https://{found[0]}",
    ),
    # Groups on this host may be nested: of a longer path nobody knows where the project ends.
    (re.compile(r"(gitlab\.com/[^/]+/[^/]+)(?:/v[0-9]+)?\Z"), lambda found: f"https://{found[1]}"),
    (
        re.compile(r"gopkg\.in/(?:([^/]+)/)?([^/]+?)\.v[0-9]+(?:-unstable)?(?:/|\Z)"),
        lambda found: f"https://github.com/{found[1] or f'go-{found[2]}'}/{found[2]}",
    ),
    (re.compile(r"golang\.org/x/([a-z0-9]+)"), lambda found: f"https://go.googlesource.com/{found[1]}"),
    # An ending like .git says where the repository ends.
    (re.compile(r"(.+?)\.(?:bzr|fossil|git|hg|svn)(?:/|\Z)"), lambda found: f"https://{found[1]}"),
)


def module_links(path: str) -> tuple[Link, ...]:
    """Tell the repository of a module by its path; nothing where only a question to its host would tell."""
    for pattern, repository in _RULES:
        if (found := pattern.match(path)) is not None:
            return (Link("repository", repository(found).removesuffix(".git")),)
    return ()
