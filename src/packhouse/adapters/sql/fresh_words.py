"""The words of names as they are kept, and those of names that are newer than what the search has learnt."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from zlib import crc32

from packhouse.formats.words import deletions, parts_of, words_of

SHORTEST = 3
LONGEST = 24
"""Letters of a word that is kept here; no one mistypes longer ones."""


def words_in(name: str) -> list[str]:
    """List the words of a name that are kept; those that are written as one in it are, the whole name as one is not."""
    words = words_of(name)
    parts = [part for part in parts_of(name) if any(part in word for word in words)]
    return sorted({word for word in (*words, *parts) if SHORTEST <= len(word) <= LONGEST})


@lru_cache(1024)
def slips_of(word: str) -> Sequence[int]:
    """List the forms under which a word is found by its misspellings."""
    if not word.isascii():
        return tuple({crc32(form.encode()) for form in deletions(word, 1)})
    text = word.encode()
    return tuple({crc32(text), *(crc32(text[:at] + text[at + 1 :]) for at in range(len(text)))})


class FreshWords:
    """The words of names that were written a moment ago, which the search is yet to learn."""

    def __init__(self) -> None:
        self._known: set[int | str] = set()
        """Forms of words, and names that are written as one."""

    def add(self, name: str) -> None:
        """Know a name that has been written."""
        known = self._known
        known.update(parts_of(name))
        for word in words_in(name):
            known.update(slips_of(word))

    def clear(self) -> None:
        """Forget all names, since all that were written have been learnt; for the thread that writes.

        A name that is being added meanwhile was written before, and so it was learnt as well.
        """
        self._known = set()

    def has_any(self, forms: Iterable[int | str]) -> bool:
        """Tell whether one of these is known."""
        return not self._known.isdisjoint(forms)
