"""Whether a release runs on a Python, by its Requires-Python: pip takes the range as it is, uv its lower end alone."""

from functools import lru_cache

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.pypi.specifiers import Clause, parse_specifiers, satisfies
from packhouse.ecosystems.pypi.targets import Target

_Numbers = tuple[int, ...]


def runs_on(target: Target, needed: str) -> bool:
    """Tell whether a target's Python will do; a range that cannot be read is no hindrance."""
    return _reaches(target.python, needed) if target.client == "uv" else _is_within(target.version, needed)


@lru_cache(maxsize=8192)
def _is_within(version: str, needed: str) -> bool:
    try:
        return satisfies(version, needed)
    except Invalid:
        return True


@lru_cache(maxsize=8192)
def _reaches(python: _Numbers, needed: str) -> bool:
    """Tell whether a Python is not below all of a range: upper ends are guesses about a future that has come."""
    try:
        clauses = parse_specifiers(needed)
    except Invalid:
        return True
    least: _Numbers = ()
    is_within = True
    for clause in clauses:
        if clause.key is not None and clause.operator in {">=", ">", "==", "~="}:
            numbers = clause.prefix or clause.key.release
            if _padded(numbers) >= _padded(least):
                least, is_within = numbers, clause.operator != ">"
    excluded = [clause for clause in clauses if clause.operator == "!=" and clause.prefix]
    while (after := next(filter(None, (_after(least, clause) for clause in excluded)), None)) is not None:
        least, is_within = after, True
    return _padded(python) >= _padded(least) if is_within else _padded(python) > _padded(least)


def _after(least: _Numbers, clause: Clause) -> _Numbers | None:
    """Tell where a range begins whose beginning is taken away; None where it is not."""
    prefix = clause.prefix
    if not prefix or not least or _padded(least)[: len(prefix)] != prefix:
        return None
    return (*prefix[:-1], prefix[-1] + 1)


def _padded(numbers: _Numbers) -> _Numbers:
    return numbers + (0,) * (4 - len(numbers))
