"""The tree of errors, its drawing and its statuses."""

import inspect
import re

from packhouse.domain import errors
from packhouse.domain.errors import PackhouseError
from packhouse.http.problems import STATUS

CLASSES = {each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, PackhouseError)}


def _drawn() -> dict[str, str]:
    """Read parent by child from the drawing in the module's docstring."""
    parents: dict[str, str] = {}
    above: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        if match := re.fullmatch(r"((?:[│ ] {3})*)(?:[├└]── )?([A-Z]\w+)(?:\s{2,}\S.*)?", line):
            branch = len(match[1]) // 4 + ("── " in line)
            parents[match[2]] = above[branch - 1] if branch else ""
            above[branch:] = [match[2]]
    return parents


def test_the_drawn_tree_of_errors_is_the_tree_of_classes() -> None:
    tree = {each.__name__: each.__base__.__name__ for each in CLASSES if each.__base__ and each is not PackhouseError}
    assert _drawn() == {"PackhouseError": "", **tree}


def test_every_error_has_a_status() -> None:
    assert set(STATUS) == CLASSES


def test_every_drawn_error_says_when_it_is_raised() -> None:
    for each in CLASSES - {PackhouseError}:
        assert each.__doc__, each
        sentence = each.__doc__.removesuffix(".").lower()
        assert sentence in (errors.__doc__ or "").lower(), each
