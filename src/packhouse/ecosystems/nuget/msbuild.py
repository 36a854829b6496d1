"""The part of MSBuild that says what a project requires: properties, items and conditions that need nothing else.

Functions, files of other tools and tasks are not run; what cannot be told is left out and noted.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from packhouse.domain.errors import Invalid, UpstreamBad
from packhouse.ecosystems.nuget.elements import Element, parse_elements

_MAX_ITEMS = 20_000
_reference = re.compile(r"\$\(([^()]*)\)")
_is_name = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*").fullmatch
_token = re.compile(r"\s*('(?:[^'])*'|==|!=|>=|<=|[<>()!]|and\b|or\b|[^\s'()=!<>]+)", re.IGNORECASE).match

Metadata = dict[str, str]


class Evaluation:
    """Properties and items, as they are once some files have been read in their order."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self.properties = {name.lower(): value for name, value in given.items()}
        self.items: dict[str, dict[str, Metadata]] = {}
        """Metadata, by names in lower case, of each item by what it includes, by the kind of item in lower case."""
        self.notes: list[str] = []
        self._fixed = frozenset(self.properties)

    def read(self, name: str, body: bytes) -> Element:
        """Read one file; raise Invalid if it is none."""
        try:
            root = parse_elements(body)
        except UpstreamBad as error:
            raise Invalid(f"{name} cannot be read: {error.message}") from None
        if root.name != "Project":
            raise Invalid(f"{name} is no project: its root is {root.name[:80]!r}")
        self._enter(root)
        return root

    def property(self, name: str) -> str:
        """Return the value of a property; empty where it has none."""
        return self.properties.get(name.lower(), "").strip()

    def is_on(self, name: str) -> bool:
        """Tell whether a property is true."""
        return self.property(name).lower() == "true"

    def all_of(self, kind: str) -> Iterator[tuple[str, Metadata]]:
        """List the items of a kind: what each includes, and its metadata by names in lower case."""
        yield from self.items.get(kind.lower(), {}).items()

    def _enter(self, element: Element) -> None:
        for child in element.children:
            if not self._counts(child):
                continue
            if child.name == "PropertyGroup":
                self._set_properties(child)
            elif child.name == "ItemGroup":
                self._add_items(child)
            elif child.name == "Choose":
                self._choose(child)
            elif child.name == "ImportGroup":
                self._enter(child)

    def _choose(self, element: Element) -> None:
        for child in element.children:
            if child.name == "Otherwise" or (child.name == "When" and self._counts(child)):
                self._enter(child)
                return

    def _set_properties(self, group: Element) -> None:
        for each in group.children:
            if each.name.lower() not in self._fixed and self._counts(each):
                self.properties[each.name.lower()] = self._expand(each.text.strip())

    def _add_items(self, group: Element) -> None:
        for each in group.children:
            if not self._counts(each):
                continue
            known = self.items.setdefault(each.name.lower(), {})
            metadata = self._metadata(each)
            for name in self._names(each, "Include"):
                known[name] = {**known.get(name, {}), **metadata}
            for name in self._same(each, "Update", known):
                known[name] = {**known[name], **metadata}
            for name in self._same(each, "Remove", known):
                del known[name]
            if len(known) > _MAX_ITEMS:
                raise Invalid(f"there are more than {_MAX_ITEMS} items of {each.name}")

    def _same(self, element: Element, attribute: str, known: Iterable[str]) -> list[str]:
        """Find the items that an attribute names, whatever their case."""
        named = {name.lower() for name in self._names(element, attribute)}
        return [name for name in known if name.lower() in named]

    def _names(self, element: Element, attribute: str) -> Iterator[str]:
        for part in self._expand(element.attributes.get(attribute, "")).split(";"):
            if part.strip():
                yield part.strip()

    def _metadata(self, element: Element) -> Metadata:
        told = {
            name.lower(): self._expand(value)
            for name, value in element.attributes.items()
            if name not in {"Include", "Update", "Remove", "Condition", "Exclude"}
        }
        return told | {
            child.name.lower(): self._expand(child.text.strip()) for child in element.children if self._counts(child)
        }

    def _expand(self, text: str) -> str:
        def value(match: re.Match[str]) -> str:
            name = match[1].strip()
            if not _is_name(name):
                self.notes.append(f"{match[0]} is not computed")
            return self.properties.get(name.lower(), "")

        return _reference.sub(value, text)

    def _counts(self, element: Element) -> bool:
        condition = element.attributes.get("Condition", "").strip()
        if not condition:
            return True
        try:
            return _Condition(self._expand(condition)).holds()
        except ValueError:
            self.notes.append(f"the condition {condition[:200]} is not computed, so that it does not hold")
            return False


class _Condition:
    """A condition whose properties are filled in."""

    def __init__(self, text: str) -> None:
        self._tokens: list[str] = []
        position = 0
        while position < len(text.rstrip()):
            match = _token(text, position)
            if match is None:
                raise ValueError
            self._tokens.append(match[1])
            position = match.end()
        self._depth = 0

    def holds(self) -> bool:
        result = self._either()
        if self._tokens:
            raise ValueError
        return result

    def _either(self) -> bool:
        result = self._both()
        while self._next("or"):
            other = self._both()
            result = result or other
        return result

    def _both(self) -> bool:
        result = self._term()
        while self._next("and"):
            other = self._term()
            result = result and other
        return result

    def _term(self) -> bool:
        self._depth += 1
        if self._depth > 100:
            raise ValueError
        try:
            if self._next("!"):
                return not self._term()
            if self._next("("):
                result = self._either()
                if not self._next(")"):
                    raise ValueError
                return result
            return self._comparison()
        finally:
            self._depth -= 1

    def _comparison(self) -> bool:
        left = self._value()
        if self._next("=="):
            return left.lower() == self._value().lower()
        if self._next("!="):
            return left.lower() != self._value().lower()
        if left.lower() in {"true", "false"}:
            return left.lower() == "true"
        raise ValueError

    def _value(self) -> str:
        if not self._tokens or self._tokens[0] in {"(", ")", "==", "!=", "!", "<", ">", "<=", ">="}:
            raise ValueError
        if self._tokens[1:2] == ["("]:  # a function, such as Exists
            raise ValueError
        token = self._tokens.pop(0)
        return token[1:-1] if token.startswith("'") else token

    def _next(self, token: str) -> bool:
        if self._tokens and self._tokens[0].lower() == token:
            self._tokens.pop(0)
            return True
        return False
