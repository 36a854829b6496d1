"""The forms under which a name is kept, so that names which may be taken for it are found among a million.

Two words that are one slip apart are the same in their first or in their second half, counted from the ends, so two
forms of each name and half a dozen questions find every slip. What is left out or put in another order has a form of
its own: the words that say something, sorted.
"""

from collections.abc import Sequence
from zlib import crc32

from packhouse.formats.words import words_of

SHORTEST = 4
"""Of two names that are shorter, one letter is too much of a difference to be a slip."""

AFFIXES = frozenset(
    "dart dotnet go java js lib libs net node php pkg py python rb rs ruby rust sdk the ts".split()  # noqa: SIM905
)
"""Words that say for what a library is, or that it is one: people leave them out and add them."""
_BEFORE = ("python", "node", "lib", "py")
_BEHIND = ("python", "js")
_LEFT = 4
"""Letters that are left of a word, at least, if something that it begins or ends with is to be an affix."""

_CYRILLIC, _CYRILLIC_AS = "аеорсухіјѕԁԛԝһкп", "aeopcyxljsdqwhkn"
_GREEK, _GREEK_AS = "αονρυικχωγτ", "aovpulkxwyt"
# What looks alike in many typefaces; of letters that three pairs have in common, one is chosen for all.
_ALIKE = str.maketrans({"0": "o", "1": "l", "i": "l", "5": "s"}) | str.maketrans(
    _CYRILLIC + _GREEK, _CYRILLIC_AS + _GREEK_AS
)


def letters(name: str) -> str:
    """Write a name as one word: without case, accents, and all that is neither letter nor digit."""
    return "".join(words_of(name))


def skeleton(text: str) -> str:
    """Write letters that look alike as one and the same."""
    return text.translate(_ALIKE).replace("rn", "m").replace("vv", "w")


def scope_of(name: str) -> tuple[str, str]:
    """Take `@scope/name` apart; the scope of a name that has none is empty."""
    if name.startswith("@") and "/" in name:
        scope, _, rest = name[1:].partition("/")
        return scope, rest
    return "", name


def core_words(words: Sequence[str]) -> Sequence[str]:
    """List the words of a name that say something, in their order; all of them where none does."""
    if len(words) == 1:
        return [_without_affix(words[0])]
    return [word for word in words if word not in AFFIXES] or words


def forms(ecosystem: str, name: str) -> set[int]:
    """List the forms under which a name is kept."""
    shape = skeleton(letters(name))
    half = len(shape) // 2
    found = {_first(ecosystem, len(shape), shape[:half]), _second(ecosystem, len(shape), shape[half:])}
    found.update(_form(ecosystem, "c", each) for each in _cores(name))
    scope, rest = scope_of(name)
    if scope:
        found.add(_form(ecosystem, "b", skeleton(letters(rest))))
    return found


def questions(ecosystem: str, name: str) -> Sequence[int]:
    """List the forms under which names are kept that may be taken for this one."""
    shape = skeleton(letters(name))
    _, rest = scope_of(name)
    bare = skeleton(letters(rest))
    found = {_form(ecosystem, "c", each) for each in _cores(name)}
    found |= {_form(ecosystem, "b", bare), _second(ecosystem, len(bare), bare[len(bare) // 2 :])}
    size = len(shape)
    for length in range(size - 1, size + 2) if size >= SHORTEST else (size,):
        half = length // 2
        found.add(_first(ecosystem, length, shape[:half]))
        found.add(_second(ecosystem, length, shape[size - (length - half) :]))
    half = size // 2
    if size >= SHORTEST:  # two letters that are exchanged may stand in both halves
        found.add(_first(ecosystem, size, shape[: half - 1] + shape[half]))
    return sorted(found)


def _cores(name: str) -> set[str]:
    words = [skeleton(word) for word in core_words(words_of(name))]
    return {"".join(sorted(words)), "".join(words)}


def _without_affix(word: str) -> str:
    for affix in _BEFORE:
        if word.startswith(affix) and len(word) - len(affix) >= _LEFT:
            return word[len(affix) :]
    for affix in _BEHIND:
        if word.endswith(affix) and len(word) - len(affix) >= _LEFT:
            return word[: -len(affix)]
    return word


def _first(ecosystem: str, length: int, half: str) -> int:
    return _form(ecosystem, f"1{length} ", half)


def _second(ecosystem: str, length: int, half: str) -> int:
    return _form(ecosystem, f"2{length} ", half)


def _form(ecosystem: str, kind: str, text: str) -> int:
    """Make a number of a form; that two share one costs a look at a name, for every hit is compared."""
    return crc32(f"{ecosystem} {kind}{text}".encode())
