"""Addresses of artifacts: the upstream's own, and the ones under which we serve the same files.

A release whose `dist.tarball` is no web address is left out of the document: its address could not be rewritten, and a
client must not be sent to `file:` or to a place that no policy has seen. A release without any `dist.tarball` stays as
it is; there is nothing to fetch, and no client can install it.
"""

import re
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache

from msgspec import Struct

from packhouse.domain.index import BASE, Fragment
from packhouse.ecosystems.npm.names import split_scope

# No user and password, no way up, nothing that a URL may not hold.
_PART = r"[!#$%&'()*+,.0-9:;=?@_a-z~\[\]-]*"
_is_folder = re.compile(
    rf"https?://[a-z0-9._:\[\]-]+(?:/(?!\.\.?(?:[/?#]|$)){_PART})*", re.IGNORECASE | re.ASCII
).fullmatch
_is_file = re.compile(rf"(?!\.\.?(?:[?#]|$)){_PART}", re.IGNORECASE | re.ASCII).fullmatch
_is_plain = re.compile(r"[A-Za-z0-9_~@+=!*'()-][A-Za-z0-9._~@+=!*'()-]{0,250}\.tgz").fullmatch


class Addresses(Struct, frozen=True, array_like=True):
    """Where the upstream has the files of a package."""

    prefix: str = ""
    """What stands before the file's name in the address of most."""
    elsewhere: dict[str, str] = {}
    """The address by version, where it is not the prefix and the name under which we serve the file."""

    def find(self, version: str, filename: str) -> str:
        """Give the upstream's address of a release's file; empty for one that was published here."""
        return self.elsewhere.get(version) or (self.prefix + filename if self.prefix else "")


def is_web_address(url: str) -> bool:
    """Tell whether an address can be fetched as it is."""
    folder, _, file = url.rpartition("/")
    return _is_web_folder(folder) and _is_file(file) is not None


# Nearly all files of a package have the same.
@lru_cache(maxsize=256)
def _is_web_folder(folder: str) -> bool:
    return _is_folder(folder) is not None


def is_served_name(filename: str) -> bool:
    """Tell whether a file of ours can have this name."""
    return _is_plain(filename) is not None


def serve_names(name: str, urls: Mapping[str, str]) -> dict[str, str]:
    """Give every release's file a name within the package, by version; a release without a safe one is missing.

    It is upstream's own name where that is plain and no other release's, so that no two releases share a file.
    """
    unscoped = split_scope(name)[1]
    canonical = {version: f"{unscoped}-{version}.tgz" for version in urls}
    served = {version: name for version, name in canonical.items() if urls[version].endswith(f"/{name}")}
    if len(served) < len(urls):
        reserved = set(canonical.values())
        own = {version: _last_segment(url) for version, url in urls.items()}
        uses = Counter(own.values())
        for version in urls.keys() - served.keys():
            theirs = own[version]
            free = theirs not in reserved and uses[theirs] == 1 and _is_plain(theirs)
            served[version] = theirs if free else canonical[version]
    return {version: filename for version, filename in served.items() if _is_plain(filename)}


def collect_addresses(urls: Mapping[str, str], served: Mapping[str, str]) -> Addresses:
    """Keep the upstream's addresses in little space."""
    prefixes = Counter(url.rpartition("/")[0] for url in urls.values())
    prefix = f"{prefixes.most_common(1)[0][0]}/" if prefixes else ""
    elsewhere = {version: url for version, url in urls.items() if url != prefix + served[version]}
    return Addresses(prefix, elsewhere)


def our_address(name: str, filename: str) -> bytes:
    """Write the address of a file as a JSON string."""
    return b'"%b/%b/-/%b"' % (BASE, name.encode(), filename.encode())


def served_name(name: str, fragment: Fragment) -> str | None:
    """Read a release's file name back from its address in the fragment; None if there is nothing to fetch."""
    at = fragment.body.find(BASE)
    if at < 0:
        return None
    at += len(BASE) + len(name.encode()) + len("//-/")
    return fragment.body[at : fragment.body.index(b'"', at)].decode()


def find_by_name(name: str, fragments: tuple[Fragment, ...], filename: str) -> Fragment | None:
    """Find the release whose file is served under a name."""
    wanted = our_address(name, filename)
    unscoped = split_scope(name)[1]
    if filename.startswith(f"{unscoped}-"):
        version = filename[len(unscoped) + 1 :].removesuffix(".tgz")
        for fragment in fragments:
            if fragment.version == version and wanted in fragment.body:
                return fragment
    for fragment in fragments:
        # The address is the only place of a fragment that holds BASE.
        at = fragment.body.find(BASE)
        if at > 0 and fragment.body.startswith(wanted, at - 1):
            return fragment
    return None


def _last_segment(url: str) -> str:
    return re.split("[?#]", url, maxsplit=1)[0].rpartition("/")[2]
