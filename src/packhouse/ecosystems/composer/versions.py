"""Versions as Composer normalises and orders them.

Source: Composer's articles on versions and branches, PHP's `version_compare`; agreement is tested with Composer itself.
"""

import re

from packhouse.domain.errors import Invalid

_MAX_LENGTH = 256
_OPEN = "9999999"
"""The number that stands for any in the version of a branch like 1.x."""
_STABILITY = r"[._-]?(?:(?P<word>stable|beta|b|rc|alpha|a|patch|pl|p)(?P<count>(?:[.-]?[0-9]++)*+)?)?(?P<dev>[.-]?dev)?"
_NUMBERED = re.compile(
    rf"v?(?P<one>[0-9]{{1,5}})(?P<two>\.[0-9]+)?(?P<three>\.[0-9]+)?(?P<four>\.[0-9]+)?{_STABILITY}",
    re.IGNORECASE | re.ASCII,
)
_DATED = re.compile(
    rf"v?(?P<date>[0-9]{{4}}(?:[.:-]?[0-9]{{2}}){{1,6}}(?:[.:-]?[0-9]{{1,3}}){{0,2}}){_STABILITY}",
    re.IGNORECASE | re.ASCII,
)
_BRANCH = re.compile(r"v?([0-9]+)(\.(?:[0-9]+|[xX*]))?(\.(?:[0-9]+|[xX*]))?(\.(?:[0-9]+|[xX*]))?", re.ASCII)
_WORDS = {"a": "alpha", "b": "beta", "p": "patch", "pl": "patch", "rc": "RC"}
_RANKS = {"dev": 0, "alpha": 1, "a": 1, "beta": 2, "b": 2, "RC": 3, "rc": 3, "pl": 5, "patch": 5, "p": 5}
_NUMBER = 4
"""Where a number stands among the words."""
_END = (_NUMBER, 0)
_is_plain = re.compile(r"v?([0-9]{1,5})(?:\.([0-9]{1,5}))?(?:\.([0-9]{1,5}))?(?:\.([0-9]{1,5}))?", re.ASCII).fullmatch
_part = re.compile(r"[0-9]+|[A-Za-z]+").findall

VersionKey = tuple[int, tuple[tuple[int, int], ...], str]
"""0 and the name for a branch without numbers, which is below all others; 1 and ranked parts for a version."""


def normalise(version: str) -> str:
    """Spell a version as Composer keeps it, in four numbers and a stability; raise Invalid if it is none."""
    text = version.strip()
    if not 0 < len(text) <= _MAX_LENGTH or not text.isprintable():
        raise _no_version(version)
    text = re.sub(r"^([^,\s]+) +as +[^,\s]+$", r"\1", text)
    text = re.sub(r"@(?:stable|RC|beta|alpha|dev)$", "", text, flags=re.IGNORECASE)
    if text in {"master", "trunk", "default"}:
        return f"dev-{text}"
    if text[:4].lower() == "dev-":
        return f"dev-{text[4:]}"
    plain = re.sub(r"^([^,\s+]+)\+\S+$", r"\1", text)
    numbered = _NUMBERED.fullmatch(plain) or _DATED.fullmatch(plain)
    if numbered is not None:
        return _numbers(numbered) + _suffix(numbered)
    return _branch_version(plain, version)


def normalise_branch(name: str) -> str:
    """Spell a branch: `1.x` as a version with open numbers, any other behind `dev-`."""
    found = _BRANCH.fullmatch(name.strip())
    if found is None:
        return f"dev-{name.strip()}"
    parts = [found[1], *((found[at] or ".x")[1:] for at in (2, 3, 4))]
    return ".".join(_OPEN if part in "xX*" else part for part in parts) + "-dev"


def version_key(version: str) -> VersionKey:
    """Turn a version into its sort key; raise Invalid if it is none."""
    plain = _is_plain(version)
    if plain is not None:
        numbers = tuple((_NUMBER, int(part or 0) + 1) for part in plain.groups())
        return 1, (*numbers, _END), ""
    return key_of(normalise(version))


def key_of(normal: str) -> VersionKey:
    """Turn a normalised version into its sort key."""
    if normal.startswith("dev-"):
        return 0, (), normal[4:]
    parts = tuple((_NUMBER, int(part) + 1) if part.isdigit() else (_rank(part), 0) for part in _part(normal))
    return 1, (*parts, _END), ""


def stability(version: str) -> str:
    """Tell how stable a version is: stable, RC, beta, alpha or dev; raise Invalid if it is none."""
    normal = normalise(version)
    if normal.startswith("dev-") or normal.endswith("-dev"):
        return "dev"
    word = re.search(r"-(alpha|beta|RC)", normal)
    return word[1] if word else "stable"


def _numbers(found: re.Match[str]) -> str:
    groups = found.groupdict()
    if "date" in groups:
        return re.sub(r"\D", ".", groups["date"])
    return groups["one"] + "".join(groups[each] or ".0" for each in ("two", "three", "four"))


def _suffix(found: re.Match[str]) -> str:
    word = found["word"] or ""
    if word.lower() == "stable":
        return ""
    dev = "-dev" if found["dev"] else ""
    if not word:
        return dev
    return f"-{_WORDS.get(word.lower(), word.lower())}{(found['count'] or '').lstrip('.-')}{dev}"


def _branch_version(text: str, version: str) -> str:
    """Read `1.x-dev`, the version of a branch with numbers."""
    found = re.fullmatch(r"(.*?)[.-]?dev", text, flags=re.IGNORECASE)
    if found is not None:
        normal = normalise_branch(found[1])
        if not normal.startswith("dev-"):
            return normal
    raise _no_version(version)


def _rank(word: str) -> int:
    return _RANKS.get(word, -1)


def _no_version(version: str) -> Invalid:
    return Invalid(f"{version[:80]!r} is no version", "write 1.2.3, 1.2.3-beta1, 1.x-dev or dev-branch")
