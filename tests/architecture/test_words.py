"""Which words may stand where."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import SOURCE, modules

ECOSYSTEMS = ("npm", "cargo", "pypi", "golang", "maven", "nuget", "gem", "composer", "pub")
MAY_NAME_THEM = (SOURCE / "ecosystems", SOURCE / "adapters" / "upstream" / "defaults.py")
VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}


def _words(node: ast.AST) -> Iterator[str]:
    """Yield what code says; documentation may name anything as an example."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name) | ast.keyword(arg=str(name)):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.alias(name=name):
            yield name


def _said(source: str) -> Iterator[tuple[int, str]]:
    tree = ast.parse(source)
    documentation = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if id(node) not in documentation:
            yield from ((getattr(node, "lineno", 0), word) for word in _words(node))


def _names_an_ecosystem(text: str) -> bool:
    return not {part for part in re.split(r"[^a-z]+", text.lower()) if part}.isdisjoint(ECOSYSTEMS)


@pytest.mark.parametrize("path", sorted(modules()), ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_only_its_own_folder_names_an_ecosystem(path: Path) -> None:
    if any(path.is_relative_to(allowed) for allowed in MAY_NAME_THEM):
        return
    found = [(line, text) for line, text in _said(path.read_text()) if _names_an_ecosystem(text)]
    assert found == []


def test_the_search_for_ecosystem_names_sees_code_and_no_documentation() -> None:
    source = '"""npm"""\nx: str\n"""cargo"""\ndef of_pypi() -> None: ...\nprint(f"{x} maven-like", gem=1)\n# nuget\n'
    assert {text for _, text in _said(source) if _names_an_ecosystem(text)} == {"of_pypi", " maven-like", "gem"}


def test_no_module_has_a_name_that_says_nothing() -> None:
    vague = [path for path in modules() if not VAGUE.isdisjoint(path.relative_to(SOURCE).with_suffix("").parts)]
    assert vague == []
