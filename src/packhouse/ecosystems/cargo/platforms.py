"""For which platforms a dependency counts: `cfg(...)`, or the name of a target, spelt as cargo spells them."""

import re

from packhouse.domain.errors import Invalid

_MAX_LENGTH = 4096
_MAX_DEPTH = 64
_NAME = r"[A-Za-z0-9_][A-Za-z0-9_.-]*"
_IDENTIFIER = r"(?:r#)?[A-Za-z_][A-Za-z0-9_]*"
_TOKEN = rf'\s*(?:({_IDENTIFIER})|("[^"]*")|([(),=]))\s*'
_LISTS = ("all", "any")


def parse_platform(text: str) -> str:
    """Spell a platform in the one way in which cargo writes it; raise Invalid if it is none."""
    if len(text) > _MAX_LENGTH:
        raise Invalid(f"the target {text[:80]!r}... is longer than {_MAX_LENGTH} characters")
    if text.startswith("cfg(") and text.endswith(")"):
        return f"cfg({_Expression(text, text[4:-1]).read()})"
    if not re.fullmatch(_NAME, text):
        raise _none(text)
    return text


class _Expression:
    """Reads what stands between the parentheses of `cfg(...)`."""

    def __init__(self, whole: str, inner: str) -> None:
        self._whole = whole
        self._tokens = self._split(inner)[::-1]

    def read(self) -> str:
        """Read all of it."""
        text = self._term(0)
        if self._tokens:
            raise _none(self._whole)
        return text

    def _split(self, inner: str) -> list[str]:
        tokens, at = [], 0
        while at < len(inner):
            match = re.compile(_TOKEN).match(inner, at)
            if match is None:
                raise _none(self._whole)
            tokens.append(match[1] or match[2] or match[3])
            at = match.end()
        return tokens

    def _term(self, depth: int) -> str:
        word = self._next()
        if depth > _MAX_DEPTH or not (word[0].isalpha() or word[0] == "_"):
            raise _none(self._whole)
        if self._take("("):
            return f"{word}({self._operands(word, depth)})"
        if self._take("="):
            value = self._next()
            if not value.startswith('"') or not value.isprintable():
                raise _none(self._whole)
            return f"{word} = {value}"
        if word in (*_LISTS, "not"):
            raise _none(self._whole)
        return word

    def _operands(self, word: str, depth: int) -> str:
        if word not in (*_LISTS, "not"):
            raise _none(self._whole)
        operands: list[str] = []
        while not self._take(")"):
            operands.append(self._term(depth + 1))
            if not self._take(",") and self._tokens[-1:] != [")"]:
                raise _none(self._whole)
        if word == "not" and len(operands) != 1:
            raise _none(self._whole)
        return ", ".join(operands)

    def _next(self) -> str:
        if not self._tokens:
            raise _none(self._whole)
        return self._tokens.pop()

    def _take(self, token: str) -> bool:
        if self._tokens[-1:] != [token]:
            return False
        self._tokens.pop()
        return True


def _none(text: str) -> Invalid:
    return Invalid(
        f"{text[:120]!r} is no target of a dependency", "a target is like cfg(unix) or x86_64-pc-windows-gnu"
    )
