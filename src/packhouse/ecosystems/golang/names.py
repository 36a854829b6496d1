"""Module paths: what they may be, and how capitals are written in addresses.

Source: the module reference, sections on module paths and on the GOPROXY protocol.
"""

import re
from collections.abc import Iterator

from packhouse.domain.errors import Invalid
from packhouse.domain.package import NormalName

MAX_LENGTH = 1000
_is_element = re.compile(r"[A-Za-z0-9._~-]+", re.ASCII).fullmatch
_is_host = re.compile(r"[a-z0-9.-]+", re.ASCII).fullmatch
_is_short_name = re.compile(r".*~[0-9]+", re.ASCII).fullmatch
_RESERVED = frozenset(
    {"con", "prn", "aux", "nul"} | {f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10)}
)
"""Names that are devices on Windows, with any extension."""
_MAJOR = re.compile(r"(.*)/v([0-9]+)", re.ASCII | re.DOTALL)
_GOPKG = re.compile(r"gopkg\.in/.+\.v(?:0|[1-9][0-9]*)(?:-unstable)?", re.ASCII)
_upper = re.compile(r"[A-Z]")
_bang = re.compile(r"!([a-z])")


def parse_name(raw: str) -> NormalName:
    """Accept a module path, plain or with its capitals escaped; raise Invalid if it is none."""
    path = unescape(raw) if "!" in raw else raw
    if reason := next(_faults(path), None):
        raise Invalid(f"{raw[:120]!r} is no module path: {reason}", "write it as in a go.mod, e.g. example.com/module")
    return NormalName(path)


def purl_name(namespace: str, name: str) -> NormalName:
    """Make the module path that a package URL means; raise Invalid if it is none."""
    return parse_name(f"{namespace}/{name}" if namespace else name)


def to_purl(name: str, version: str = "") -> str:
    """Write the package URL, with the capitals of the path: without them it would be another module's."""
    purl = f"pkg:golang/{name}"
    return f"{purl}@{version.replace('+', '%2B')}" if version else purl


def escape(text: str) -> str:
    """Write capitals as `!` and the small letter, for file systems that take them for the same."""
    return _upper.sub(lambda found: f"!{found[0].lower()}", text)


def unescape(text: str) -> str:
    """Undo `escape`; raise Invalid for what it never writes."""
    if _upper.search(text):
        raise Invalid(f"{text[:120]!r} has a capital letter in it", "capitals are written as ! and the small letter")
    plain = _bang.sub(lambda found: found[1].upper(), text)
    if "!" in plain:
        raise Invalid(f"{text[:120]!r} has a ! that no small letter follows")
    return plain


def _faults(path: str) -> Iterator[str]:
    if not path:
        yield "it is empty"
    if len(path) > MAX_LENGTH:
        yield f"it is longer than {MAX_LENGTH} characters"
    elements = path.split("/")
    if not _is_host(elements[0]) or "." not in elements[0] or elements[0].startswith("-"):
        yield "its first part is no host name with a dot in small letters"
    for element in elements:
        yield from _element_faults(element)
    yield from _major_faults(path)


def _element_faults(element: str) -> Iterator[str]:
    if not _is_element(element):
        yield "a part is empty or has characters other than letters, digits and -._~"
    elif element.startswith(".") or element.endswith("."):
        yield "a part begins or ends with a period"
    elif element.partition(".")[0].lower() in _RESERVED:
        yield "a part is the name of a device on Windows"
    elif _is_short_name(element.partition(".")[0]):
        yield "a part looks like a short name of Windows"


def _major_faults(path: str) -> Iterator[str]:
    if path.startswith("gopkg.in/"):
        if not _GOPKG.fullmatch(path):
            yield "a path of gopkg.in ends with .vN"
        return
    found = _MAJOR.fullmatch(path)
    if found is not None and (found[2].startswith("0") or found[2] == "1"):
        yield "the suffix /vN stands for major versions from 2 on"
