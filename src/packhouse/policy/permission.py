"""May this actor do that? One function answers for every door; it decides over values and asks nobody.

`identity` tells which spellings are one name (`Ecosystem.identity`). A pattern is about all spellings of the names that
it is about, and about no other name; without `identity` it is about names as they stand.
"""

import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Literal

from packhouse.domain.accounts import Ownership
from packhouse.domain.actor import ACTIONS, ROLES, Action, Actor, Operation, Role
from packhouse.domain.package import PackageKey

Identity = Callable[[str], str]

_PIECE = re.compile(r"\[[^\]]+\]|.", re.DOTALL)
_SEPARATORS = "-._"


def allows(role: Role, action: Action) -> bool:
    """Tell whether a role includes an action."""
    return ROLES.index(role) >= ACTIONS.index(action)


def role_in(actor: Actor, key: PackageKey, ownership: Ownership | None, identity: Identity = str) -> Role | None:
    """Find the highest role that an actor has on a package, by what they own and were granted."""
    if actor.administrator:
        return "admin"
    roles = [grant.role for grant in actor.grants if covers(grant.ecosystem, grant.pattern, key, identity)]
    if ownership is not None and (owned := ownership.role_of(actor.user, actor.groups)) is not None:
        roles.append(owned)
    return max(roles, key=ROLES.index, default=None)


def token_allows(
    actor: Actor,
    action: Action,
    key: PackageKey | None,
    operation: Operation | None = None,
    identity: Identity = str,
) -> bool:
    """Tell whether the token in use goes as far as that; `key` is None for what is about no package.

    A token for some operations only is not enough for a write that does not say which it is.
    """
    proof = actor.proof
    if proof is None:
        return True
    if proof.read_only and action != "read":
        return False
    if not proof.limits:
        return True
    if key is None:
        # A token for some packages is no key to the account.
        return action == "read"
    return any(
        action in limit.actions
        and (action == "read" or not limit.operations or operation in limit.operations)
        and covers(limit.ecosystem, limit.pattern, key, identity)
        for limit in proof.limits
    )


def publish_operation(ownership: Ownership | None) -> Literal["create", "update"]:
    """Say what publishing is: the name of a package that was removed begins anew."""
    return "create" if ownership is None or ownership.removed_at is not None else "update"


def covers(ecosystem: str, pattern: str, key: PackageKey, identity: Identity = str) -> bool:
    """Tell whether a pattern of names is about a package; in it only `*` is more than itself."""
    return ecosystem in ("*", key.ecosystem) and fnmatchcase(key.name, names_like(pattern, identity))


def names_like(pattern: str, identity: Identity = str) -> str:
    """Write a pattern in which only `*` is more than itself as a glob of names, in all their spellings."""
    return in_any_spelling(pattern.replace("[", "[[]").replace("?", "[?]"), identity)


@lru_cache(1024)
def in_any_spelling(glob: str, identity: Identity) -> str:
    """Let a glob of names match every spelling of what it matches; what is in brackets stays as it is."""
    return _PIECE.sub(lambda found: _spellings(found[0], identity), glob)


def _spellings(piece: str, identity: Identity) -> str:
    """Write a character as the choice of those that are the same in a name."""
    if len(piece) > 1 or not piece.isascii() or piece in "*?[":
        return piece
    same = sorted({each for each in (piece.lower(), piece.upper(), *_SEPARATORS) if identity(each) == identity(piece)})
    # In brackets, a hyphen at the front is one.
    return f"[{''.join(same)}]" if len(same) > 1 else piece
