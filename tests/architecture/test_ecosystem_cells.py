"""Every cell of the table of ecosystems is backed by a test."""

import ast
import importlib.util
import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from packhouse.app import load_ecosystems
from tests.architecture.source import REPOSITORY

KNOWN = {key: ecosystem for key, (ecosystem, _) in load_ecosystems().items()}


@cache
def _capabilities() -> Any:  # noqa: ANN401 (a module that is no part of a package)
    spec = importlib.util.spec_from_file_location("capabilities", REPOSITORY / "tools" / "capabilities.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def _functions(path: str) -> frozenset[str]:
    tree = ast.parse((REPOSITORY / path).read_text())
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, kinds))


def _cells(key: str) -> Mapping[str, str]:
    path = REPOSITORY / "tests" / "ecosystems" / "cases" / key / "cells.toml"
    return tomllib.loads(path.read_text())


@pytest.mark.parametrize("key", KNOWN)
def test_a_cell_that_is_not_empty_names_a_test_that_exists(key: str) -> None:
    capabilities = _capabilities()
    shown = {name: cell(KNOWN[key]) for name, (_, cell) in capabilities.CAPABILITIES.items()}
    supported = {name for name, cell in shown.items() if cell != capabilities.NOTHING}
    cells = _cells(key)
    assert set(cells) == supported
    for name, test in cells.items():
        path, _, function = test.partition("::")
        assert path.startswith("tests/"), name
        assert function.startswith("test_"), name
        assert function in _functions(path), f"{name}: there is no test {test}"
