"""May this actor do that? One function answers for every door; it decides over values and asks nobody."""

from fnmatch import fnmatchcase

from packhouse.domain.accounts import Ownership
from packhouse.domain.actor import ACTIONS, ROLES, Action, Actor, Operation, Role
from packhouse.domain.package import PackageKey


def allows(role: Role, action: Action) -> bool:
    """Tell whether a role includes an action."""
    return ROLES.index(role) >= ACTIONS.index(action)


def role_in(actor: Actor, key: PackageKey, ownership: Ownership | None) -> Role | None:
    """Find the highest role that an actor has on a package, by what they own and were granted."""
    if actor.administrator:
        return "admin"
    roles = [grant.role for grant in actor.grants if covers(grant.ecosystem, grant.pattern, key)]
    if ownership is not None and (owned := ownership.role_of(actor.user, actor.groups)) is not None:
        roles.append(owned)
    return max(roles, key=ROLES.index, default=None)


def token_allows(actor: Actor, action: Action, key: PackageKey | None, operation: Operation | None = None) -> bool:
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
        and covers(limit.ecosystem, limit.pattern, key)
        for limit in proof.limits
    )


def covers(ecosystem: str, pattern: str, key: PackageKey) -> bool:
    """Tell whether a pattern of names is about a package; in it only `*` is more than itself."""
    return ecosystem in ("*", key.ecosystem) and fnmatchcase(key.name, _literal(pattern))


def _literal(pattern: str) -> str:
    """Let `?` and `[` in a pattern be themselves."""
    return pattern.replace("[", "[[]").replace("?", "[?]")
