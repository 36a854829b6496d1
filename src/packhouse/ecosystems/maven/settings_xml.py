"""mvn's own setting: a mirror in the user's settings.xml, put in and taken out by bytes.

It stands for every repository that is neither on this machine nor a folder, and comes before the mirrors that are
there already: Maven takes the first that fits.
"""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from packhouse.domain.errors import ConfigError, UpstreamBad
from packhouse.ecosystems.maven.elements import Element, parse_elements, scan
from packhouse.ecosystems.maven.setting_files import Saved, change, read_file, read_saved, restore

_ID = "packhouse"
_COVERS = "external:*"
_WHOLE = '<settings xmlns="http://maven.apache.org/SETTINGS/1.0.0">\n{}</settings>\n'
_CENTRAL = frozenset({"*", _COVERS, "central"})


class _Tag(Struct, frozen=True):
    """Where an element stands: its own tags included, and what is between them."""

    start: int
    inner: int
    close: int
    end: int


def use(url: str, home: Path, environ: Mapping[str, str]) -> str:
    """Point mvn at an address; return a sentence that says what was done."""
    del environ
    path = _settings(home)
    saved = read_saved(path)
    found = read_file(path)
    # A second use keeps what was there before the first one, as long as the file is still ours.
    original = saved.original if saved and saved.written == found else found
    change(path, _with_mirror(path, original, url))
    return f"mvn now installs from {url} (set in {path}); repositories on this machine are still asked directly."


def undo(home: Path, environ: Mapping[str, str]) -> str:
    """Restore the settings; what was added to them meanwhile stays."""
    del environ
    path = _settings(home)
    saved = read_saved(path)
    if saved is None:
        return f"There is nothing to undo: {path} was not changed by Packhouse."
    if not restore(path, saved):
        return f"{path} was changed meanwhile and names no mirror as we wrote it; it stays as it is."
    return f"mvn is set as it was before (in {path})."


def current(home: Path, environ: Mapping[str, str]) -> str:
    """Tell the mirror that stands for the central repository; empty where there is none."""
    del environ
    root = read_settings(home)
    mirrors = root.find("mirrors") if root is not None else None
    for mirror in mirrors or ():
        covered = {part.strip() for part in (mirror.read("mirrorOf") or "").split(",")}
        if covered & _CENTRAL and "!central" not in covered:
            return mirror.read("url") or ""
    return ""


def read_settings(home: Path) -> Element | None:
    """Read the user's settings, None where there are none; raise ConfigError."""
    return _read(_settings(home), read_file(_settings(home)))


def _settings(home: Path) -> Path:
    return home / ".m2" / "settings.xml"


def _with_mirror(path: Path, original: bytes | None, url: str) -> Saved:
    mirror = (
        f"    <mirror>\n      <id>{_ID}</id>\n      <name>Packhouse</name>\n      <url>{_escaped(url)}</url>\n"
        f"      <mirrorOf>{_COVERS}</mirrorOf>\n    </mirror>\n"
    ).encode()
    mirrors = b"  <mirrors>\n" + mirror + b"  </mirrors>\n"
    if original is None or not original.strip():
        written = _WHOLE.format(mirrors.decode()).encode()
        return Saved(original, written, mirrors)
    _read(path, original)
    places = _places(path, original)
    root, list_of_mirrors = places.get("settings"), places.get("settings/mirrors")
    if root is None:
        raise ConfigError(f"{path} has no <settings>", "correct it by hand")
    if list_of_mirrors is not None:
        return _within(original, list_of_mirrors, b"mirrors", b"\n" + mirror.rstrip(b"\n"))
    return _within(original, root, b"settings", mirrors)


def _within(original: bytes, tag: _Tag, name: bytes, text: bytes) -> Saved:
    """Insert into an element, before what is in it; at the end of the root, so that the order of sections stays."""
    if tag.inner == tag.end:  # <mirrors/>
        whole = original[tag.start : tag.end]
        opened = whole[: whole.rindex(b"/")].rstrip() + b">"
        inserted = opened + text + b"\n</" + name + b">"
        return Saved(original, original[: tag.start] + inserted + original[tag.end :], inserted, whole)
    at = tag.close if name == b"settings" else tag.inner
    return Saved(original, original[:at] + text + original[at:], text)


def _places(path: Path, content: bytes) -> dict[str, _Tag]:
    """Find the root and its lists of mirrors, by the bytes."""
    found: dict[str, _Tag] = {}
    opened: list[tuple[str, int]] = []

    def start(name: str, _: dict[str, str], at: int) -> None:
        opened.append((name.rpartition(":")[2], at))

    def end(_: str, at: int) -> None:
        where = "/".join(name for name, _ in opened)
        begin = opened.pop()[1]
        if where in {"settings", "settings/mirrors"}:
            inner = _tag_end(content, begin)
            is_empty = content[inner - 2 : inner] == b"/>"
            found.setdefault(where, _Tag(begin, inner, at, inner if is_empty else content.index(b">", at) + 1))

    try:
        scan(content, start, end, lambda _: None)
    except UpstreamBad as error:
        raise _unreadable(path, error) from error
    return found


def _escaped(url: str) -> str:
    return url.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _tag_end(content: bytes, at: int) -> int:
    """Find where a tag ends; a `>` may stand in the value of an attribute."""
    quote = b""
    while True:
        byte = content[at : at + 1]
        at += 1
        if quote:
            quote = b"" if byte == quote else quote
        elif byte in {b'"', b"'"}:
            quote = byte
        elif byte in {b">", b""}:
            return at


def _read(path: Path, content: bytes | None) -> Element | None:
    if content is None or not content.strip():
        return None
    try:
        return parse_elements(content)
    except UpstreamBad as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: UpstreamBad) -> ConfigError:
    reason = error.message.replace("the upstream's document", "it")
    return ConfigError(f"{path} is left as it is: {reason}", "correct it by hand")
