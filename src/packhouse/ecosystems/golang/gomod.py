"""A go.mod file, as far as others than its own module need it.

Source: the module reference, section on go.mod files. Unknown directives are passed over, as the go command does in
the files of dependencies.
"""

import re
from collections.abc import Iterator

from msgspec import Struct

_MAX_BYTES = 16 << 20
_word = re.compile(r"""\s*(//.*|"(?:[^"\\]|\\.)*"|`[^`]*`|\(|\)|\[|\]|,|=>|[^\s()\[\],"`]+)""").match


class Require(Struct, frozen=True):
    """A module that is needed, at a version or a higher one."""

    path: str
    version: str
    indirect: bool = False


class Retraction(Struct, frozen=True):
    """Versions that their author has taken back, both ends included."""

    low: str
    high: str
    rationale: str


class GoMod(Struct, frozen=True):
    """What a file says."""

    module: str = ""
    go: str = ""
    toolchain: str = ""
    deprecated: str | None = None
    requires: tuple[Require, ...] = ()
    retractions: tuple[Retraction, ...] = ()
    replaces: tuple[str, ...] = ()
    """Lines as written: they count for the main module only."""
    excludes: tuple[str, ...] = ()
    """As `path version`; they count for the main module only."""


class _Line(Struct, frozen=True):
    verb: str
    words: tuple[str, ...]
    comment: str
    """Behind the directive, without its slashes."""
    above: tuple[str, ...]
    """Comments on the lines directly above it, and above the block that it is in."""


def parse_go_mod(body: bytes) -> GoMod:  # noqa: C901 (one arm a directive)
    """Read a file; lines that cannot be read are passed over."""
    module = go = toolchain = ""
    deprecated: str | None = None
    requires: list[Require] = []
    retractions: list[Retraction] = []
    replaces: list[str] = []
    excludes: list[str] = []
    for line in _lines(body[:_MAX_BYTES].decode("utf-8", "replace")):
        match line.verb, line.words:
            case "module", (path,):
                module = path
                deprecated = _deprecation(line)
            case "go", (version,):
                go = version
            case "toolchain", (name,):
                toolchain = name
            case "require", (path, version):
                requires.append(Require(path, version, _is_indirect(line.comment)))
            case "retract", words if (interval := _interval(words)) is not None:
                retractions.append(Retraction(*interval, _rationale(line)))
            case "replace", words if "=>" in words:
                replaces.append(" ".join(words))
            case "exclude", (path, version):
                excludes.append(f"{path} {version}")
    return GoMod(
        module, go, toolchain, deprecated, tuple(requires), tuple(retractions), tuple(replaces), tuple(excludes)
    )


def _lines(text: str) -> Iterator[_Line]:
    block = ""
    block_above: tuple[str, ...] = ()
    above: list[str] = []
    for raw in text.splitlines():
        words, comment = _words(raw)
        if not words:
            if comment is not None:
                above.append(comment)
            else:
                above = []
            continue
        if block and words == [")"]:
            block = ""
        elif block:
            yield _Line(block, tuple(words), comment or "", (*block_above, *above))
        elif len(words) == 2 and words[1] == "(":
            block, block_above = words[0], tuple(above)
        else:
            yield _Line(words[0], tuple(words[1:]), comment or "", tuple(above))
        above = []


def _words(raw: str) -> tuple[list[str], str | None]:
    words: list[str] = []
    position = 0
    while (found := _word(raw, position)) is not None:
        word = found[1]
        if word.startswith("//"):
            return words, word[2:].strip()
        words.append(_unquote(word))
        position = found.end()
    return words, None


def _unquote(word: str) -> str:
    if word.startswith("`"):
        return word[1:-1]
    if word.startswith('"'):
        return re.sub(r"\\(.)", r"\1", word[1:-1])
    return word


def _is_indirect(comment: str) -> bool:
    return comment == "indirect" or comment.startswith("indirect;")


def _interval(words: tuple[str, ...]) -> tuple[str, str] | None:
    match words:
        case (version,):
            return version, version
        case ("[", low, ",", high, "]"):
            return low, high
    return None


def _rationale(line: _Line) -> str:
    """Take the comment behind a retraction, else those above it."""
    return line.comment or "\n".join(line.above)


def _deprecation(line: _Line) -> str | None:
    """Find the paragraph that begins with `Deprecated:` in the comments of the module directive."""
    # The go command takes the comment behind the directive for one more line of those above it.
    said = [*line.above, line.comment] if line.comment else line.above
    for paragraph in "\n".join(said).split("\n\n"):
        for number, text in enumerate(lines := paragraph.split("\n")):
            if text.startswith("Deprecated:"):
                return " ".join([text.removeprefix("Deprecated:").strip(), *lines[number + 1 :]]).strip()
    return None
