"""Words as a search compares them: without case and accents, and what one slip of the fingers makes of them."""

import re
import unicodedata

_word = re.compile(r"[^\W_]+").findall
_cased = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+").findall


def fold(text: str) -> str:
    """Take case, accents and forms of letters away."""
    if text.isascii():
        return text.lower()
    # Letters of mathematics and the like are only letters with a case once they are taken apart.
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def words_of(text: str) -> list[str]:
    """List the folded words of a text in their order."""
    return _word(fold(text))


def parts_of(name: str) -> list[str]:
    """List the folded words that are written as one (`JSONStream`), and as one those that are not (`left-pad`)."""
    parts = [part.lower() for part in _cased(name)]
    words = words_of(name)
    squeezed = "".join(words)
    return parts if len(words) < 2 else [*parts, squeezed]


def deletions(word: str, most: int) -> set[str]:
    """List the word and what is left of it without up to so many of its letters.

    Two words that are one slip apart (a letter too many, too few, a wrong one, two exchanged) have one of these in
    common, whichever slip it was.
    """
    found = reached = {word}
    for _ in range(most):
        reached = {each[:at] + each[at + 1 :] for each in reached for at in range(len(each))}
        found = found | reached
    return found


def distance(left: str, right: str) -> int:
    """Count the slips between two words (optimal string alignment: an exchange of neighbours is one)."""
    before: list[int] = []
    above = list(range(len(right) + 1))
    for row, letter in enumerate(left, 1):
        current = [row]
        for column, other in enumerate(right, 1):
            cost = min(above[column] + 1, current[-1] + 1, above[column - 1] + (letter != other))
            if row > 1 and column > 1 and letter == right[column - 2] and left[row - 2] == other:
                cost = min(cost, before[column - 2] + 1)
            current.append(cost)
        before, above = above, current
    return above[-1]
