"""Functions that are imported when they are first called.

The server imports every ecosystem at its start, and most starts serve no request to most of them.
"""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

_PACKAGE = __name__.rpartition(".")[0]


def deferred(module: str, name: str) -> Callable[..., Any]:
    """Make a function that stands for one of a module of this folder."""

    @cache
    def find() -> Callable[..., Any]:
        found: Callable[..., Any] = getattr(import_module(f"{_PACKAGE}.{module}"), name)
        return found

    def call(*arguments: object, **named: object) -> Any:  # noqa: ANN401 (whatever the function returns)
        return find()(*arguments, **named)

    return call
