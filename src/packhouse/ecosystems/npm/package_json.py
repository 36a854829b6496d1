"""What a package's archive says of it: package.json, the readme, and what installing will do."""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from packhouse.domain.errors import Invalid, TooLarge
from packhouse.ecosystems.npm.strict_json import read_strict
from packhouse.formats.archive import BadArchive, Entry, Rules, TooMuch
from packhouse.formats.tarball import TarballReader

README_BYTES = 64 * 1024
MAX_MANIFEST_BYTES = 1 << 20
RULES = Rules()
"""Files and folders only: the client leaves links out when it unpacks, so that they would be missing."""

_HINT = "pack it again with npm, pnpm or yarn"


class PackageFacts(Struct, frozen=True):
    """What was found in a sound archive."""

    manifest: dict[str, Any]
    """package.json, decoded."""
    readme: str
    """Its first 64 KiB; empty where there is none."""
    readme_filename: str
    files: frozenset[str]
    """Paths below the root folder, which the client strips whatever its name."""
    file_count: int
    unpacked_bytes: int

    @property
    def has_shrinkwrap(self) -> bool:
        """Tell whether the package brings its own lock file."""
        return "npm-shrinkwrap.json" in self.files

    @property
    def has_gyp(self) -> bool:
        """Tell whether installing builds something, though no script says so."""
        return "binding.gyp" in self.files


class PackageReader:
    """Reads the archive of one package as it arrives; every method raises Invalid or TooLarge."""

    def __init__(self, rules: Rules = RULES) -> None:
        self._tarball = TarballReader(rules, self._wanted)
        self._root = ""

    def feed(self, chunk: bytes) -> None:
        """Read more."""
        try:
            self._tarball.feed(chunk)
        except BadArchive as error:
            raise _refusal(error) from error

    def finish(self) -> PackageFacts:
        """Give the facts, when all of it has come."""
        try:
            archive = self._tarball.finish()
        except BadArchive as error:
            raise _refusal(error) from error
        root = self._root
        files = {entry.path[len(root) + 1 :]: entry for entry in archive.entries if entry.kind == "file"}
        readme = _find_readme(files)
        return PackageFacts(
            manifest=_read_manifest(files.get("package.json"), archive.bodies),
            readme=_cut(archive.bodies.get(f"{root}/{readme}", b"")),
            readme_filename=readme,
            files=frozenset(files),
            file_count=len(files),
            unpacked_bytes=archive.unpacked_bytes,
        )

    def _wanted(self, entry: Entry) -> int:
        root, slash, path = entry.path.partition("/")
        if not slash:
            raise Invalid(f"{root[:80]!r} lies beside the archive's top folder and not in it", _HINT)
        if root != (self._root or root):
            # They would be unpacked into each other.
            raise Invalid(f"the archive has several folders at its top: {self._root[:60]!r}, {root[:60]!r}", _HINT)
        self._root = root
        if path == "package.json":
            return MAX_MANIFEST_BYTES
        return README_BYTES if path.lower() in _READMES else 0


def read_package(chunks: Iterable[bytes], rules: Rules = RULES) -> PackageFacts:
    """Read a whole archive; raise Invalid or TooLarge."""
    reader = PackageReader(rules)
    for chunk in chunks:
        reader.feed(chunk)
    return reader.finish()


_READMES = ("readme.md", "readme.markdown", "readme", "readme.txt", "readme.rst")
"""In the order of preference."""


def _find_readme(files: dict[str, Entry]) -> str:
    found = {path.lower(): path for path in files if path.lower() in _READMES}
    return next((found[name] for name in _READMES if name in found), "")


def _read_manifest(entry: Entry | None, bodies: dict[str, bytes]) -> dict[str, Any]:
    if entry is None:
        raise Invalid("the archive has no package.json in its top folder", _HINT)
    if entry.size > MAX_MANIFEST_BYTES:
        raise TooLarge(f"package.json in the archive is longer than {MAX_MANIFEST_BYTES} bytes")
    # npm takes a byte order mark away.
    manifest = read_strict(bodies[entry.path].removeprefix(b"\xef\xbb\xbf"), "package.json in the archive")
    if not isinstance(manifest, dict):
        raise Invalid("package.json in the archive is no object")
    return manifest


def _cut(readme: bytes) -> str:
    # The cut may go through a character.
    return readme.decode(errors="ignore" if len(readme) == README_BYTES else "replace")


def _refusal(error: BadArchive) -> Invalid | TooLarge:
    return TooLarge(str(error)) if isinstance(error, TooMuch) else Invalid(str(error), _HINT)
