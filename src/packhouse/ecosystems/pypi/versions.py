"""Versions (PEP 440): text to a sort key, as flat as can be.

Source: the version specifiers specification, section on ordering: .dev before a before b before rc before the release
before .post; a local version after the one without it.
"""

import re
from typing import NamedTuple

from packhouse.domain.errors import Invalid

_MAX_LENGTH = 512
_PATTERN = re.compile(
    r"""v?(?:(?P<epoch>[0-9]+)!)?(?P<release>[0-9]+(?:\.[0-9]+)*)
    (?:[-_.]?(?P<pre>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?P<pre_number>[0-9]+)?)?
    (?:-(?P<post_implicit>[0-9]+)|[-_.]?(?P<post>post|rev|r)[-_.]?(?P<post_number>[0-9]+)?)?
    (?:[-_.]?(?P<dev>dev)[-_.]?(?P<dev_number>[0-9]+)?)?
    (?:\+(?P<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_is_plain = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})*", re.ASCII).fullmatch
_PRE = {"a": 1, "alpha": 1, "b": 2, "beta": 2, "c": 3, "rc": 3, "pre": 3, "preview": 3}
_DEV_ONLY = 0
_NO_PRE = 4
_NO_DEV = 1


_FINAL = (_NO_PRE, 0)
_NEVER = (_NO_DEV, 0)


class VersionKey(NamedTuple):
    """Sorts as PEP 440 says; equal for versions that are the same."""

    epoch: int
    release: tuple[int, ...]
    """Without trailing zeros."""
    pre: tuple[int, int]
    """0 for a development release of a release, 1 to 3 for a, b and rc with their number, 4 for none."""
    post: int
    """-1 for none."""
    dev: tuple[int, int]
    """(0, number), or (1, 0) for none."""
    local: tuple[tuple[int, str], ...]
    """Texts before numbers; none before any."""


def version_key(version: str) -> VersionKey:
    """Turn a version into its key; raise Invalid if it is none."""
    if _is_plain(version):
        return VersionKey(0, _release(version), _FINAL, -1, _NEVER, ())
    text = version.strip()
    found = _PATTERN.fullmatch(text) if len(text) <= _MAX_LENGTH else None
    if found is None or not version.isascii():
        raise Invalid(f"{version[:80]!r} is no version", "write it as PEP 440 says, e.g. 1.2.0 or 1.2.0rc1")
    parts = found.groupdict()
    post = parts["post_implicit"] or (parts["post"] and (parts["post_number"] or "0"))
    dev = parts["dev"] and (parts["dev_number"] or "0")
    if parts["pre"]:
        pre = (_PRE[parts["pre"].lower()], int(parts["pre_number"] or 0))
    else:
        pre = (_DEV_ONLY if dev and not post else _NO_PRE, 0)
    return VersionKey(
        int(parts["epoch"] or 0),
        _release(parts["release"]),
        pre,
        int(post) if post else -1,
        (0, int(dev)) if dev else (_NO_DEV, 0),
        _local(parts["local"] or ""),
    )


def is_prerelease(key: VersionKey) -> bool:
    """Tell whether a version is a pre-release or a development release."""
    return key.pre[0] != _NO_PRE or key.dev[0] == 0


def public(key: VersionKey) -> VersionKey:
    """Leave the local version out."""
    return key._replace(local=()) if key.local else key


def _release(text: str) -> tuple[int, ...]:
    numbers = [int(part) for part in text.split(".")]
    while len(numbers) > 1 and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def _local(text: str) -> tuple[tuple[int, str], ...]:
    # A number is sorted after every text: (number, "") against (-1, text).
    parts = re.split(r"[-_.]", text.lower()) if text else []
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in parts)
