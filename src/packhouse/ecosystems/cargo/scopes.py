"""Scopes of tokens as the Web API writes them, and the limits that they are here: pure functions."""

import re
from collections.abc import Sequence

from packhouse.domain.actor import Limit, Operation
from packhouse.domain.errors import Invalid

_OPERATIONS: dict[str, Operation] = {
    "publish-new": "create",
    "publish-update": "update",
    "trusted-publishing": "trust",
    "yank": "yank",
    "change-owners": "owners",
}
_PATTERN = re.compile(r"\*|[A-Za-z][A-Za-z0-9_-]{0,63}\*?")
_MOST = 100
"""Patterns of a token."""


def read_scopes(
    ecosystem: str, crate_scopes: Sequence[str] | None, endpoint_scopes: Sequence[str] | None
) -> tuple[Limit, ...]:
    """Make limits of scopes; none for a token that may do what its user may. Raise Invalid."""
    if crate_scopes is None and endpoint_scopes is None:
        return ()
    if any(not _PATTERN.fullmatch(each) for each in crate_scopes or ()) or len(crate_scopes or ()) > _MOST:
        raise Invalid("invalid crate scope", "name a crate, a beginning as `foo-*`, or `*`")
    if any(each not in _OPERATIONS for each in endpoint_scopes or ()):
        raise Invalid("invalid endpoint scope", f"there are {', '.join(_OPERATIONS)}")
    operations: tuple[Operation, ...] = tuple(dict.fromkeys(_OPERATIONS[each] for each in endpoint_scopes or ()))
    # An empty list of endpoints is none at all, an empty one of crates is every crate.
    writes = endpoint_scopes is None or bool(operations)
    patterns = tuple(dict.fromkeys(crate_scopes or ())) or ("*",)
    # Where reading takes a token as well, cargo has this one only.
    reading = (Limit(("read",), ecosystem, "*"),)
    if not writes:
        return reading
    return (*reading, *(Limit(("publish", "maintain"), ecosystem, each, operations) for each in patterns))


def crate_scopes_of(ecosystem: str, limits: Sequence[Limit]) -> list[str] | None:
    """Write which crates limits are about; None for all of them."""
    patterns = list(dict.fromkeys(limit.pattern for limit in _writing(ecosystem, limits)))
    return None if not patterns or "*" in patterns else patterns


def endpoint_scopes_of(ecosystem: str, limits: Sequence[Limit], *, read_only: bool) -> list[str] | None:
    """Write what limits let somebody change; None for everything."""
    if read_only:
        return []
    if not limits:
        return None
    writing = _writing(ecosystem, limits)
    if any(not limit.operations and "maintain" in limit.actions for limit in writing):
        return None
    allowed = {operation for limit in writing for operation in limit.operations or ("create", "update", "yank")}
    return [scope for scope, operation in _OPERATIONS.items() if operation in allowed]


def _writing(ecosystem: str, limits: Sequence[Limit]) -> list[Limit]:
    return [limit for limit in limits if limit.ecosystem in ("*", ecosystem) and set(limit.actions) - {"read"}]
