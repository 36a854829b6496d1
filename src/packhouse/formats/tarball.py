"""Reading a compressed tar archive as it arrives."""

from collections.abc import Iterable

from packhouse.formats.archive import Archive, Rules
from packhouse.formats.gzip import Inflater
from packhouse.formats.tar import TarReader, Wanted


class TarballReader:
    """Reads one `.tar.gz`; every method raises BadArchive or TooMuch."""

    def __init__(self, rules: Rules, wanted: Wanted) -> None:
        self._inflater = Inflater(rules)
        self._tar = TarReader(rules, wanted)

    def feed(self, chunk: bytes) -> None:
        """Read more."""
        for piece in self._inflater.feed(chunk):
            self._tar.feed(piece)

    def finish(self) -> Archive:
        """Give what was read, when all of it has come."""
        self._inflater.finish()
        return self._tar.finish()


def read_tarball(chunks: Iterable[bytes], rules: Rules, wanted: Wanted) -> Archive:
    """Read a whole `.tar.gz`; raise BadArchive or TooMuch."""
    reader = TarballReader(rules, wanted)
    for chunk in chunks:
        reader.feed(chunk)
    return reader.finish()
