"""Why a name may be taken for another, and how likely that is: closeness, weighed by how much each is used."""

from collections.abc import Iterable, Sequence
from math import log10
from typing import Literal

from msgspec import Struct

from packhouse.formats.words import words_of
from packhouse.policy.similar_forms import SHORTEST, core_words, letters, scope_of, skeleton

ReasonKind = Literal[
    "case", "separators", "scope", "look-alikes", "letter", "exchanged", "order", "affix", "other-scope"
]

CLOSENESS: dict[ReasonKind, float] = {
    "case": 1.0,
    "separators": 0.95,
    "look-alikes": 0.95,
    "scope": 0.9,
    "exchanged": 0.85,
    "letter": 0.8,
    "order": 0.75,
    "affix": 0.6,
    "other-scope": 0.5,
}
"""How easily a name that differs by this alone is taken for the other."""
_EACH_FURTHER = 0.9
"""What is left of it with each further difference."""
_MOST_USED = 10.0
"""Powers of ten between what nobody uses and what everybody does."""


class KnownName(Struct, frozen=True):
    """A name that is known."""

    name: str
    downloads: int = 0
    """How often it was downloaded, as an imported list says; 0 where none does."""
    weight: int = 0
    """The power of two that the downloads reach, or that a place in a list of the most used stands for."""
    listed: bool = False
    """Whether an imported list has it; else it is known only from what passes through this server."""


class Reason(Struct, frozen=True):
    """One thing by which two names differ."""

    kind: ReasonKind
    text: str
    """What the other name does, as the end of a sentence."""


class Similar(Struct, frozen=True):
    """A name that may be meant."""

    known: KnownName
    reasons: tuple[Reason, ...]
    score: float


def rank(asked: str, candidates: Iterable[KnownName]) -> list[Similar]:
    """List the names that may be meant, the likeliest first."""
    whole = Spelling(asked)
    found = {}
    for each in candidates:
        if each.name != asked and each.name not in found and (reasons := why(whole, Spelling(each.name))):
            found[each.name] = Similar(each, reasons, _score(each, reasons))
    return sorted(found.values(), key=lambda each: (-each.score, each.known.name))


class Spelling:
    """A name as it is compared; made once for the one that is asked about."""

    __slots__ = ("cores", "letters", "name", "shape", "words")

    def __init__(self, name: str) -> None:
        self.name = name
        self.words = words_of(name)
        self.letters = "".join(self.words)
        self.shape = skeleton(self.letters)
        self.cores = [skeleton(word) for word in core_words(self.words)]


def why(asked: Spelling, other: Spelling) -> tuple[Reason, ...]:
    """Tell by what little two names differ; nothing where they are not alike."""
    if not asked.letters or not other.letters:
        return ()
    if asked.shape == other.shape:
        return _same_shape(asked, other)
    if min(len(asked.shape), len(other.shape)) >= SHORTEST and (slip := one_slip(asked.shape, other.shape)):
        return (slip, *_apart(asked.name, other.name))
    return _other_words(asked, other)


def one_slip(left: str, right: str) -> Reason | None:
    """Tell which single slip makes the right word of the left one."""
    more = len(right) - len(left)
    if abs(more) > 1:
        return None
    at = 0
    while at < min(len(left), len(right)) and left[at] == right[at]:
        at += 1
    if more == 1:
        return Reason("letter", "has one letter more") if left[at:] == right[at + 1 :] else None
    if more == -1:
        return Reason("letter", "has one letter less") if left[at + 1 :] == right[at:] else None
    if left[at + 1 :] == right[at + 1 :]:
        return Reason("letter", "differs by one letter")
    if left[at : at + 2] == right[at : at + 2][::-1] and left[at + 2 :] == right[at + 2 :]:
        return Reason("exchanged", "has two letters the other way round")
    return None


def _same_shape(asked: Spelling, other: Spelling) -> tuple[Reason, ...]:
    apart = _apart(asked.name, other.name)
    if asked.letters != other.letters:
        return (Reason("look-alikes", "has letters that look alike"), *apart)
    return apart or (Reason("case", "differs by capitals or accents"),)


def _apart(asked: str, other: str) -> tuple[Reason, ...]:
    """Tell whether names are put together in another way, whatever their letters are."""
    mine, theirs = scope_of(asked)[0], scope_of(other)[0]
    if bool(mine) != bool(theirs):
        return (Reason("scope", "has no scope" if mine else "has a scope"),)
    if _separators(asked) != _separators(other):
        return (Reason("separators", "has other separators"),)
    return ()


def _separators(name: str) -> str:
    return "".join(letter for letter in name if not letter.isalnum())


def _other_words(asked: Spelling, other: Spelling) -> tuple[Reason, ...]:
    if len(asked.words) > 1 and sorted(asked.words) == sorted(other.words):
        return (Reason("order", "has the same words in another order"), *_scopes(asked.name, other.name))
    in_order = "".join(asked.cores) == "".join(other.cores)
    if in_order or sorted(asked.cores) == sorted(other.cores):
        order = () if in_order else (Reason("order", "has the words in another order"),)
        return (Reason("affix", _affix(asked.letters, other.letters)), *order, *_scopes(asked.name, other.name))
    return _bare(asked.name, other.name)


def _bare(asked: str, other: str) -> tuple[Reason, ...]:
    """Compare without scopes: `@types/pear` and `pear`."""
    (mine, own), (theirs, bare) = scope_of(asked), scope_of(other)
    if bool(mine) == bool(theirs) or skeleton(letters(own)) != skeleton(letters(bare)):
        return ()
    return (Reason("other-scope", "is the same without the scope" if mine else f"is the same in the scope @{theirs}"),)


def _scopes(asked: str, other: str) -> tuple[Reason, ...]:
    mine, theirs = scope_of(asked)[0], scope_of(other)[0]
    if bool(mine) == bool(theirs):
        return ()
    return (Reason("scope", "has no scope" if mine else "has a scope"),)


def _affix(mine: str, theirs: str) -> str:
    """Tell which usual word one has and the other has not."""
    for long, short, sentence in ((theirs, mine, "has “{}” added"), (mine, theirs, "has no “{}”")):
        if long.startswith(short) or long.endswith(short):
            return sentence.format(long.removeprefix(short) if long.startswith(short) else long.removesuffix(short))
    return "differs by usual words"


def _score(known: KnownName, reasons: Sequence[Reason]) -> float:
    closeness = max(CLOSENESS[reason.kind] for reason in reasons) * _EACH_FURTHER ** (len(reasons) - 1)
    used = log10(known.downloads + 1) if known.downloads else known.weight * log10(2)
    return round(closeness * (1 + used / _MOST_USED), 6)


def weight_of(downloads: int) -> int:
    """Tell the power of two that a number of downloads reaches."""
    return max(downloads, 0).bit_length()


def times_as_used(known: KnownName, than: KnownName | None) -> int | None:
    """Tell how many times as often a name is used as another, in round figures; None where that is not known."""
    if not known.downloads:
        return None
    times = known.downloads / max(than.downloads if than is not None else 0, 1)
    if times < 1:
        return 0
    unit = 10 ** (len(str(int(times))) - 1)
    return int(times // unit) * int(unit)
