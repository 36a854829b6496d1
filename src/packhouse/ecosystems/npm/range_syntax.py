"""The text of a version range, taken apart into comparators as node-semver does.

A range is alternatives between `||`; an alternative is comparators that must all hold. What people write (carets,
tildes, partial versions, hyphens) is sugar for comparators: `^1.2` is `>=1.2.0 <2.0.0-0`. Loose reading drops what
it does not understand, as long as something is left.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.npm.versions import (
    BLANKS,
    BUILD,
    LOOSE,
    NUMBER,
    NUMBER_LOOSE,
    PREFIX,
    PRERELEASE,
    PRERELEASE_LOOSE,
    STRICT,
    parse_version,
)
from packhouse.formats.semver import Key


class Comparator(NamedTuple):
    """An operator and the version that it compares with; without a version, anything will do."""

    operator: str
    """One of `<`, `<=`, `>`, `>=` and, for equality, nothing."""
    key: Key
    text: str

    def __str__(self) -> str:
        return self.operator + self.text


class Syntax(NamedTuple):
    """How to read: both change what a text means."""

    loose: bool
    include_prerelease: bool


ANY = Comparator("", (), "")
NOTHING = "<0.0.0-0"
"""No version is lower than 0.0.0-0."""


class _Partial(NamedTuple):
    """A version of which parts may be left out; None stands for those and for x."""

    prefix: str
    major: str | None
    minor: str | None
    patch: str | None
    prerelease: str | None
    ordered: bool
    """False where a number follows an x."""


def _partial_pattern(number: str, prerelease: str) -> str:
    identifier = rf"({number}|[xX*])"
    return rf"({PREFIX}){identifier}(?:\.{identifier}(?:\.{identifier}(?:{prerelease})?)?)?"


_PARTIAL = _partial_pattern(NUMBER, rf"-({PRERELEASE})")
_PARTIAL_LOOSE = _partial_pattern(NUMBER_LOOSE, rf"-?({PRERELEASE_LOOSE})")


class _Grammar(NamedTuple):
    word: re.Pattern[str]
    hyphen: re.Pattern[str]
    comparator: re.Pattern[str]


def _grammar(partial: str, full: str) -> _Grammar:
    return _Grammar(
        word=re.compile(rf"(\^|~>?|[<>]?=?){partial}"),
        hyphen=re.compile(rf" ?({partial}) - ({partial}) ?"),
        comparator=re.compile(rf"([<>]?=?)({full})"),
    )


_STRICT = _grammar(_PARTIAL, STRICT)
_LOOSE = _grammar(_PARTIAL_LOOSE, LOOSE)
_BLANKS = re.compile(f"[{BLANKS}]+")
_BUILD = re.compile(BUILD)
# The version is matched too, so that the search goes on behind it and not inside it.
_SPACE_IN_COMPARISON = re.compile(rf"( ?)([<>]?=?) ?({LOOSE}|{_PARTIAL})")
_SPACE_AFTER_SUGAR = re.compile(r"(\^|~>?) ")
_STAR = re.compile(rf"[<>]?=?[{BLANKS}]*\*")


def parse_alternatives(text: str, syntax: Syntax) -> tuple[tuple[Comparator, ...], ...]:
    """Read a range; raise Invalid if it is none."""
    alternatives = [
        comparators
        for part in _BLANKS.sub(" ", text.strip(BLANKS)).split("||")
        if (comparators := _read_alternative(part.strip(" "), syntax))
    ]
    if not alternatives:
        raise Invalid(f"{text[:120]!r} is not a version range")
    possible = [each for each in alternatives if str(each[0]) != NOTHING]
    if len(alternatives) > 1:
        alternatives = possible or alternatives[:1]
    anything = [each for each in alternatives if each == (ANY,)]
    return tuple(anything[:1] or alternatives)


def _read_alternative(text: str, syntax: Syntax) -> tuple[Comparator, ...]:
    grammar = _LOOSE if syntax.loose else _STRICT
    text = _BUILD.sub("", text)
    hyphen = grammar.hyphen.fullmatch(text)
    if hyphen:
        text = _expand_hyphen(hyphen, syntax)
    text = _SPACE_IN_COMPARISON.sub(r"\1\2\3", text)
    text = _SPACE_AFTER_SUGAR.sub(lambda match: "^" if match[1] == "^" else "~", text)
    plain = [each for word in text.split(" ") for each in _expand(word, grammar, syntax)]
    # "Anything" between other words says nothing, not even that the alternative is not empty.
    plain = [each for place, each in enumerate(plain) if each or place in {0, len(plain) - 1}]
    read = [comparator for each in plain if (comparator := _read_comparator(each, grammar, syntax))]
    nothing = [comparator for comparator in read if str(comparator) == NOTHING]
    if nothing:
        return tuple(nothing[:1])
    comparators = {str(comparator): comparator for comparator in read}
    if len(comparators) > 1:
        comparators.pop("", None)
    return tuple(comparators.values())


def _read_comparator(text: str, grammar: _Grammar, syntax: Syntax) -> Comparator | None:
    """Read what is free of sugar; a text that loose reading leaves out gives None."""
    lowest = ">=0.0.0-0" if syntax.include_prerelease else ">=0.0.0"
    if text in {"", lowest}:
        return ANY
    match = grammar.comparator.fullmatch(text)
    if match is None:
        if syntax.loose:
            return None
        raise Invalid(f"{text[:120]!r} is no part of a version range")
    version = parse_version(match[2], loose=syntax.loose)
    return Comparator("" if match[1] == "=" else match[1], version.key, version.text)


def _expand(word: str, grammar: _Grammar, syntax: Syntax) -> Iterator[str]:
    """Write one word without sugar, as no, one or two comparators."""
    match = grammar.word.fullmatch(word)
    if match is None:
        # A stray star is taken out, with the operator before it: `1.2.3*` is `1.2.3`.
        yield _STAR.sub("", word, count=1)
        return
    operator, partial = match[1], _partial(match.groups()[1:])
    zero = "-0" if syntax.include_prerelease else ""
    if operator == "^":
        yield from _expand_caret(partial, zero)
    elif operator.startswith("~"):
        yield from _expand_tilde(partial, zero)
    elif not partial.ordered:
        yield _STAR.sub("", word, count=1)
    elif partial.patch is not None:
        yield word
    elif partial.major is None:
        yield NOTHING if operator in {"<", ">"} else ""
    else:
        yield from _expand_comparison(operator, partial, zero)


def _partial(groups: tuple[str | None, ...]) -> _Partial:
    prefix, *written, prerelease = groups
    major, minor, patch = (None if part is None or part in "xX*" else part for part in written)
    ordered = not (major is None and minor is not None) and not (minor is None and patch is not None)
    if not ordered and minor is None:
        patch = None
    return _Partial(prefix or "", major, minor, patch, prerelease, ordered)


def _expand_caret(partial: _Partial, zero: str) -> Iterator[str]:
    major, minor, patch = partial.major, partial.minor, partial.patch
    if major is None:
        yield ""
        return
    yield f">={_lowest(partial, zero)}"
    # By the text: loose reading takes 00 for a number that is not 0.
    if major != "0" or minor is None:
        yield f"<{_next(major)}.0.0-0"
    elif minor != "0" or patch is None:
        yield f"<{major}.{_next(minor)}.0-0"
    else:
        yield f"<{major}.{minor}.{_next(patch)}-0"


def _expand_tilde(partial: _Partial, zero: str) -> Iterator[str]:
    if partial.major is None:
        yield ""
        return
    yield f">={_lowest(partial, zero)}"
    if partial.minor is None:
        yield f"<{_next(partial.major)}.0.0-0"
    else:
        yield f"<{partial.major}.{_next(partial.minor)}.0-0"


def _expand_comparison(operator: str, partial: _Partial, zero: str) -> Iterator[str]:
    """Compare with all versions that a partial one stands for: `>1.2` is over every 1.2.x."""
    lowest = f"{partial.major}.{partial.minor or 0}.0"
    if partial.minor is None:
        beyond = f"{_next(partial.major or '')}.0.0"
    else:
        beyond = f"{partial.major}.{_next(partial.minor)}.0"
    if operator == ">":
        yield f">={beyond}{zero}"
    elif operator == "<=":
        yield f"<{beyond}-0"
    elif operator == "<":
        yield f"<{lowest}-0"
    elif operator == ">=":
        yield f">={lowest}{zero}"
    else:
        yield f">={lowest}{zero}"
        yield f"<{beyond}-0"


def _expand_hyphen(match: re.Match[str], syntax: Syntax) -> str:
    groups = match.groups()
    half = len(groups) // 2
    low, high = _partial(groups[1:half]), _partial(groups[half + 1 :])
    words = (
        _hyphen_low(low, groups[0] or "", syntax.include_prerelease),
        _hyphen_high(high, groups[half] or "", syntax.include_prerelease),
    )
    return " ".join(words).strip(" ")


def _hyphen_low(low: _Partial, written: str, include_prerelease: bool) -> str:  # noqa: FBT001 (a field of Syntax)
    zero = "-0" if include_prerelease else ""
    if low.major is None:
        return ""
    if low.patch is None or low.minor is None:
        return f">={_lowest(low, zero)}"
    return f">={written}" if low.prerelease else f">={written}{zero}"


def _hyphen_high(high: _Partial, written: str, include_prerelease: bool) -> str:  # noqa: FBT001 (a field of Syntax)
    if high.major is None:
        return ""
    if high.minor is None:
        return f"<{_next(high.major)}.0.0-0"
    if high.patch is None:
        return f"<{high.major}.{_next(high.minor)}.0-0"
    if high.prerelease:
        return f"<={high.major}.{high.minor}.{high.patch}-{high.prerelease}"
    if include_prerelease:
        return f"<{high.major}.{high.minor}.{_next(high.patch)}-0"
    return f"<={written}"


def _lowest(partial: _Partial, zero: str) -> str:
    if partial.minor is None:
        return f"{partial.major}.0.0{zero}"
    if partial.patch is None:
        return f"{partial.major}.{partial.minor}.0{zero}"
    core = f"{partial.major}.{partial.minor}.{partial.patch}"
    return f"{core}-{partial.prerelease}" if partial.prerelease else core


def _next(number: str) -> str:
    return str(int(number) + 1)
