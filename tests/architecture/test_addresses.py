"""Which addresses may stand in the repository."""

import re
from urllib.parse import urlsplit

from packhouse.adapters.upstream.defaults import DEFAULTS
from tests.architecture.source import tracked_texts

# Written in pieces, since this file is searched as well.
WELL_KNOWN = (
    ("registry.npmjs", "org"),
    ("registry.yarnpkg", "com"),
    ("pypi", "org"),
    ("files.pythonhosted", "org"),
    ("index.crates", "io"),
    ("static.crates", "io"),
    ("proxy.golang", "org"),
    ("sum.golang", "org"),
    ("api.nuget", "org"),
    ("repo.maven.apache", "org"),
    ("repo1.maven", "org"),
    ("repo.packagist", "org"),
)
CODE_HOSTS = frozenset({"api.github.com", "codeload.github.com", "gitlab.com", "bitbucket.org"})
"""Where code is, and the archives that some registries name; packages of every ecosystem link to them."""
ALSO_TITLES = frozenset({"crates.io", "pub.dev", "packagist.org"})
"""What people call a registry is the name of its host: allowed as a word, not in an address."""
MAY_NAME_HOSTS = re.compile(r"src/packhouse/adapters/upstream/defaults\.py|docs/reference/network.*\.md")
MACHINE_PATH = re.compile(r"(?<![A-Za-z0-9_.-])/(?:work|farm|root|home/[a-z]+)/")


def test_public_registries_are_named_in_one_file() -> None:
    hosts = {".".join(pieces) for pieces in WELL_KNOWN}
    for upstream in DEFAULTS:
        urls = (upstream.url, *upstream.urls.values())
        hosts |= {urlsplit(url).hostname or "" for url in urls} | set(upstream.extra_hosts)
    words = sorted(hosts - CODE_HOSTS - ALSO_TITLES)
    pattern = re.compile(
        "|".join(
            [
                *(rf"(?<![\w.-]){re.escape(host)}(?![\w-])" for host in words),
                *(rf"//{re.escape(host)}(?![\w-])" for host in sorted(ALSO_TITLES)),
            ]
        )
    )
    found = [
        (name, match[0])
        for name, text in tracked_texts()
        if not MAY_NAME_HOSTS.fullmatch(name) and (match := pattern.search(text))
    ]
    assert found == []


def test_no_file_names_a_path_of_one_machine() -> None:
    assert [(name, match[0]) for name, text in tracked_texts() if (match := MACHINE_PATH.search(text))] == []
