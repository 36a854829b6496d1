"""Explanations as people read them: a numbered step on a line of its own."""

import re

_BETWEEN = re.compile(r"(?<=[.:]) (?=\(\d+\) |So )")


def split_steps(explanation: str) -> list[str]:
    """Split an explanation at its numbered steps; what has none is one piece."""
    return _BETWEEN.split(explanation) if explanation else []
