"""A go.mod file, as far as others than its own module need it.

Source: the module reference, section on go.mod files. Directives that count for the main module only, and unknown ones,
are passed over, as the go command does in the files of dependencies; so is what cannot be read.
"""

import re
from collections.abc import Iterator

from msgspec import Struct

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.golang.versions import canonical

MAX_BYTES = 2 << 20
"""Larger ones are not read; the largest in use have a tenth of it."""
_word = re.compile(r"""[ \t\r]*(//.*|"(?:[^"\\]|\\.)*"|`[^`]*`|[()\[\]{},]|(?:(?!//)[^\s()\[\]{},])+)""").match
_ESCAPES = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))")
_LETTERS = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_IN_BLOCKS = frozenset({"module", "require", "retract", "exclude", "replace"})
_is_go = re.compile(r"[1-9][0-9]*\.(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))?(?:[a-z]+[0-9]+)?", re.ASCII).fullmatch
_is_lax_go = re.compile(r"v?([1-9][0-9]*\.(?:0|[1-9][0-9]*))[^0-9].*", re.ASCII).fullmatch
_deprecated = re.compile(r"(?:\A|\n\n)Deprecated: *(.*?)(?:\Z|\n\n)", re.DOTALL).search


class Require(Struct, frozen=True):
    """A module that is needed, at a version or a higher one."""

    path: str
    version: str
    indirect: bool = False


class Retraction(Struct, frozen=True, array_like=True):
    """Versions that their author has taken back, both ends included."""

    low: str
    high: str
    rationale: str


class GoMod(Struct, frozen=True):
    """What a file says."""

    module: str = ""
    go: str = ""
    deprecated: str | None = None
    requires: tuple[Require, ...] = ()
    retractions: tuple[Retraction, ...] = ()


class Line(Struct, frozen=True):
    """A directive, in a block or alone."""

    verb: str
    words: tuple[str, ...]
    suffix: str | None
    """The comment behind the directive."""
    said: str
    """The comments above and behind it; those of its block where it has none itself."""


def parse_go_mod(body: bytes) -> GoMod:
    """Read a file."""
    if len(body) > MAX_BYTES:
        return GoMod()
    module = go = ""
    deprecated: str | None = None
    requires: list[Require] = []
    retractions: list[Retraction] = []
    for line in lines(body.decode("utf-8", "replace")):
        match line.verb, line.words:
            case "module", (path,):
                module = unquote(path)
                found = _deprecated(line.said)
                deprecated = found[1] if found is not None and found[1] else None
            case "go", (version,):
                go = go_version(version)
            case "require", (path, version):
                requires.extend(_require(path, version, line.suffix))
            case "retract", words:
                retractions.extend(_retraction(words, line.said))
    return GoMod(module, go, deprecated, tuple(requires), tuple(retractions))


def lines(text: str) -> Iterator[Line]:
    """Go through the directives of a file."""
    block = ""
    of_block: list[str] = []
    above: list[str] = []
    for raw in text.split("\n"):
        words, comment = _words(raw)
        if not words:
            # Inside a block an empty line does not part comments from what follows.
            above = [*above, comment] if comment is not None else above if block else []
        elif block and words[0] == ")":
            block, above = "", []
        elif block:
            said = [*above, *([] if comment is None else [comment])] or of_block
            yield Line(block, tuple(words), comment, "\n".join(said))
            above = []
        elif words[-1] == "(" and len(words) > 1:
            verb = " ".join(words[:-1])
            block, of_block, above = verb if verb in _IN_BLOCKS else "unknown", above, []
        else:
            said = [*above, *([] if comment is None else [comment])]
            yield Line(words[0], tuple(words[1:]), comment, "\n".join(said))
            above = []


def _words(raw: str) -> tuple[list[str], str | None]:
    words: list[str] = []
    position = 0
    while (found := _word(raw, position)) is not None:
        word = found[1]
        if word.startswith("//"):
            return words, word[2:].strip()
        words.append(word)
        position = found.end()
    return words, None


def unquote(word: str) -> str:
    """Read a word that may be a Go string."""
    if word.startswith("`"):
        return word[1:-1]
    return _ESCAPES.sub(_unescaped, word[1:-1]) if word.startswith('"') else word


def _unescaped(found: re.Match[str]) -> str:
    """Write what an escape of a Go string means; one that means nothing stays."""
    number = found[1] or found[2] or found[3]
    try:
        if number or found[4]:
            return chr(int(number, 16) if number else int(found[4], 8))
    except (ValueError, OverflowError):
        return found[0]
    return _LETTERS.get(found[5], found[5])


def go_version(text: str) -> str:
    """Read a go version; of one that is not quite one, what it begins with."""
    if _is_go(text):
        return text
    found = _is_lax_go(text)
    return found[1] if found is not None else ""


def _require(path: str, version: str, suffix: str | None) -> Iterator[Require]:
    try:
        whole = canonical(unquote(version))
    except Invalid:
        return
    yield Require(unquote(path), whole, is_indirect(suffix))


def is_indirect(comment: str | None) -> bool:
    """Tell whether the comment behind a requirement says that it is there for others' sake."""
    words = (comment or "").split()
    # `// indirect` alone, or with more behind a semicolon.
    return words == ["indirect"] or (len(words) > 1 and words[0] == "indirect;")


def _retraction(words: tuple[str, ...], rationale: str) -> Iterator[Retraction]:
    """Read a version or an interval; whatever may come behind is for go commands of the future."""
    match words:
        case ("[", low, ",", high, "]", *_):
            pass
        case (low, *_):
            high = low
        case _:
            return
    try:
        yield Retraction(canonical(unquote(low)), canonical(unquote(high)), rationale)
    except Invalid:
        return
