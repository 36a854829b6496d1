"""A `.crate`: the archive that cargo packs, unpacks and builds."""

from collections.abc import Callable, Iterable

import msgspec
from msgspec import Struct

from packhouse.domain.errors import Invalid, TooLarge
from packhouse.formats.archive import BadArchive, Entry, Rules, TooMuch
from packhouse.formats.tarball import TarballReader

MANIFEST = "Cargo.toml"
MAX_MANIFEST_BYTES = 1 << 20
MAX_TEXT_BYTES = 512 * 1024
"""Of a readme or licence; what is longer is cut."""
RULES = Rules()
"""Files and folders only: cargo before 1.96 unpacks a link, so that one crate overwrites the sources of another.

512 MiB is where cargo itself stops unpacking.
"""

_VCS = ".cargo_vcs_info.json"
_VCS_BYTES = 64 * 1024
_LOCK = "Cargo.lock"
_ORIGINAL = "Cargo.toml.orig"
# By its own mark cargo knows what it has unpacked to the end.
_MARK = ".cargo-ok"
_TEXTS = ("readme", "license", "licence", "copying", "unlicense")
_PIECE_BYTES = 1 << 20
_HINT = "pack it with `cargo package`"
_MALFORMED = "uploaded tarball is malformed or too large when decompressed"


class VcsInfo(Struct, frozen=True):
    """What cargo notes of the repository that it packed from."""

    path_in_vcs: str = ""
    sha1: str = ""
    dirty: bool = False


class CrateArchive(Struct, frozen=True):
    """What was found in a sound archive."""

    root: str
    """The folder that everything lies in."""
    manifest: bytes
    """Cargo.toml as cargo has normalised it."""
    files: frozenset[str]
    """Paths below the root folder."""
    unpacked_bytes: int
    texts: dict[str, bytes]
    """Readmes and licences by their paths, and what else was asked for."""
    vcs: VcsInfo | None = None

    @property
    def has_lock(self) -> bool:
        """Tell whether the crate brings the versions that its programs were built with."""
        return _LOCK in self.files

    @property
    def has_original(self) -> bool:
        """Tell whether the manifest that the author wrote is there too."""
        return _ORIGINAL in self.files


class CrateReader:
    """Reads the archive of one release as it arrives; every method raises Invalid or TooLarge."""

    def __init__(self, root: str, rules: Rules = RULES, texts: Iterable[str] = ()) -> None:
        """Take the name of the folder that everything lies in, and further files whose text is wanted."""
        self._root = root
        self._texts = frozenset(texts)
        self._manifest = ""
        self._tarball = TarballReader(rules, self._wanted)

    def feed(self, chunk: bytes) -> None:
        """Read more."""
        try:
            self._tarball.feed(chunk)
        except BadArchive as error:
            raise _refusal(error) from error

    def finish(self) -> CrateArchive:
        """Give what was found, when all of it has come."""
        try:
            archive = self._tarball.finish()
        except BadArchive as error:
            raise _refusal(error) from error
        # Folders too: `_wanted` sees files alone.
        paths = {self._below(entry): entry.kind for entry in archive.entries}
        if self._manifest != MANIFEST:
            raise _missing(self._manifest)
        start = len(self._root) + 1
        bodies = {path[start:]: body for path, body in archive.bodies.items()}
        return CrateArchive(
            root=self._root,
            manifest=bodies.pop(MANIFEST),
            files=frozenset(path for path, kind in paths.items() if kind == "file"),
            unpacked_bytes=archive.unpacked_bytes,
            vcs=_read_vcs(bodies.pop(_VCS, b"")),
            texts=bodies,
        )

    def _wanted(self, entry: Entry) -> int:
        path = self._below(entry)
        if path.lower() == MANIFEST.lower():
            # A second one, in another case, would be the same file on some disks: the reader has refused it.
            self._manifest = path
            if entry.size > MAX_MANIFEST_BYTES:
                raise TooLarge(f"`{MANIFEST}` is longer than {MAX_MANIFEST_BYTES} bytes")
            return MAX_MANIFEST_BYTES
        if path == _VCS:
            return _VCS_BYTES
        return MAX_TEXT_BYTES if path in self._texts or _is_text(path) else 0

    def _below(self, entry: Entry) -> str:
        """Give the path within the root folder."""
        root, _, path = entry.path.partition("/")
        # Some versions of cargo unpacked the files of another crate over its sources.
        if root != self._root or not (path or entry.kind == "folder"):
            raise Invalid(f"invalid path found: {entry.path[:200]}", f"all files lie in {self._root[:240]}/")
        if path.partition("/")[0].lower() == _MARK:
            raise Invalid(f"invalid path found: {entry.path[:200]}", "cargo itself makes this file")
        return path


def read_crate(body: bytes | bytearray, name: str, version: str, rules: Rules = RULES) -> CrateArchive:
    """Read a whole archive; raise Invalid or TooLarge."""
    return _read(body, CrateReader(f"{name}-{version}", rules))


def read_text(body: bytes | bytearray, archive: CrateArchive, path: str, rules: Rules = RULES) -> str | None:
    """Read a file of an archive that `read_crate` found sound; None if it is not there."""
    if path not in archive.files:
        return None
    text = archive.texts.get(path)
    if text is None:
        # Which file it is, the manifest tells, and that stands somewhere in the middle of the archive.
        text = _read(body, CrateReader(archive.root, rules, (path,))).texts.get(path, b"")
    return text.decode(errors="ignore" if len(text) == MAX_TEXT_BYTES else "replace")


def _read(body: bytes | bytearray, reader: CrateReader) -> CrateArchive:
    for start in range(0, len(body), _PIECE_BYTES):
        reader.feed(bytes(body[start : start + _PIECE_BYTES]))
    return reader.finish()


def _missing(found: str) -> Invalid:
    message = f"uploaded tarball is missing a `{MANIFEST}` manifest file"
    if found:
        message += f"; `{found}` was found, but must be named `{MANIFEST}` with that exact casing"
    return Invalid(message, _HINT)


def _is_text(path: str) -> bool:
    return "/" not in path and path.lower().startswith(_TEXTS)


class _Git(Struct):
    sha1: str = ""
    dirty: bool = False


class _VcsFile(Struct):
    path_in_vcs: str = ""
    git: _Git = msgspec.field(default_factory=_Git)


_decode_vcs: Callable[[bytes], _VcsFile] = msgspec.json.Decoder(_VcsFile).decode


def _read_vcs(text: bytes) -> VcsInfo | None:
    """Read the note, where there is one; it is of no consequence, so that a damaged one is as none."""
    if not text:
        return None
    try:
        found = _decode_vcs(text)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    return VcsInfo(found.path_in_vcs, found.git.sha1, found.git.dirty)


def _refusal(error: BadArchive) -> Invalid | TooLarge:
    if isinstance(error, TooMuch):
        return TooLarge(_MALFORMED, str(error))
    return Invalid(_MALFORMED, str(error))
