"""Dependency specifiers (PEP 508) as resolving wants them, and the metadata that lists them."""

import re
from functools import lru_cache

import msgspec
from msgspec import Struct

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.pypi.markers import normal_extra, read_marker
from packhouse.ecosystems.pypi.names import parse_name
from packhouse.ecosystems.pypi.specifiers import parse_specifiers

_LONGEST = 20_000
_specifier = re.compile(
    r"""\s*(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)
    \s*(?:\[(?P<extras>[^\]]*)\])?
    \s*(?:@\s*(?P<url>\S+)|(?P<range>\([^()]*\)|[^;@]*?))
    \s*(?:(?<=\s);|(?<!\s);(?=.)|;)?(?P<marker>(?<=;).*)?""",
    re.VERBOSE | re.DOTALL,
)
_field = re.compile(
    rb"^(Requires-Dist|Requires-Python|Provides-Extra):[ \t]*(.*(?:\n[ \t].*)*)", re.MULTILINE | re.IGNORECASE
)
_blank = re.compile(rb"\r?\n\r?\n")


class Wanted(Struct, frozen=True, eq=False):
    """One line of Requires-Dist, read."""

    name: str
    range: str
    """As written."""
    extras: frozenset[str]
    marker: str | None
    url: str | None
    text: str


class Metadata(Struct, frozen=True):
    """What a release says of itself, as far as resolving goes."""

    wanted: tuple[Wanted, ...] = ()
    python: str = ""
    extras: frozenset[str] = frozenset()
    fault: str = ""
    """Why it cannot be read."""
    unknown: bool = False
    """True where nobody tells what the release asks for, short of downloading it."""


@lru_cache(maxsize=65536)
def read_wanted(text: str) -> Wanted:
    """Read a dependency specifier; raise Invalid if it is none."""
    found = _specifier.fullmatch(text.strip()) if len(text) <= _LONGEST else None
    if found is None:
        raise Invalid(
            f"{text[:200]!r} is no dependency specifier", """write name[extra]>=1.0; python_version < "3.12" """
        )
    marker = (found["marker"] or "").strip() or None
    if marker is not None:
        read_marker(marker)
    written = (found["range"] or "").strip()
    if written.startswith("("):
        written = written[1:-1].strip()
    parse_specifiers(written)
    extras = frozenset(normal_extra(each.strip()) for each in (found["extras"] or "").split(",") if each.strip())
    return Wanted(parse_name(found["name"]), written, extras, marker, found["url"], text.strip())


def read_metadata(body: bytes) -> Metadata:
    """Read a METADATA or PKG-INFO file, or the JSON document of a version; the fault says what is wrong with it."""
    try:
        lines, python, extras = _from_json(body) if body.lstrip()[:1] == b"{" else _from_text(body)
        wanted = tuple(map(read_wanted, lines))
        if python:
            parse_specifiers(python)
    except Invalid as invalid:
        return Metadata(fault=invalid.message)
    return Metadata(wanted, python, frozenset(map(normal_extra, extras)))


def _from_text(body: bytes) -> tuple[list[str], str, list[str]]:
    head = _blank.split(body, maxsplit=1)[0].replace(b"\r\n", b"\n")
    fields: dict[bytes, list[str]] = {}
    for name, value in _field.findall(head):
        text = value.decode("utf-8", "replace")
        fields.setdefault(name.lower(), []).append(" ".join(text.split()) if "\n" in text else text.strip())
    python = fields.get(b"requires-python", [""])[0]
    return fields.get(b"requires-dist", []), python, fields.get(b"provides-extra", [])


class _Info(Struct):
    requires_dist: list[str] | None = None
    requires_python: str | None = None
    provides_extra: list[str] | None = None
    version: str = ""


class _Document(Struct):
    info: _Info | None = None


_read_document = msgspec.json.Decoder(_Document).decode


def version_in(body: bytes) -> str:
    """Tell which version a JSON document is about; empty where it does not say."""
    try:
        info = _read_document(body).info
    except (msgspec.MsgspecError, RecursionError):
        return ""
    return "" if info is None else info.version


def _from_json(body: bytes) -> tuple[list[str], str, list[str]]:
    try:
        info = _read_document(body).info
    except (msgspec.MsgspecError, RecursionError) as error:
        raise Invalid(f"the JSON document cannot be read: {error}") from error
    if info is None:
        raise Invalid("the JSON document says nothing of a release")
    lines = info.requires_dist or []
    # Where the document does not list extras, they are those that markers name.
    extras = info.provides_extra
    if extras is None:
        extras = [found for line in lines for found in re.findall(r"""extra\s*==\s*["']([^"']+)""", line)]
    return lines, info.requires_python or "", extras
