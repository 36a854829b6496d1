"""Where somebody may look: what may be shown is decided before a search, so that nothing else is ever counted."""

from collections.abc import Callable, Iterable, Sequence

from packhouse.domain.accounts import Ownership
from packhouse.domain.actor import Actor
from packhouse.domain.package import PackageKey
from packhouse.domain.search import SearchScope
from packhouse.domain.view import View
from packhouse.policy.permission import in_any_spelling, names_like, role_in, token_allows
from packhouse.services.access import AccessRules, Readers
from packhouse.services.account_ports import HostedStore


class Scopes:
    """Makes the scopes of one ecosystem; they agree with what `Access.check_read` decides of one package."""

    def __init__(
        self,
        ecosystem: str,
        origins: Sequence[str],
        store: HostedStore,
        rules: AccessRules,
        identity: Callable[[str], str] = str,
    ) -> None:
        self._ecosystem = ecosystem
        self._origins = tuple(origins)
        self._store = store
        self._rules = rules
        mine = f"{ecosystem}/"
        reserved = [each.removeprefix(mine) for each in rules.reserved if each.startswith(mine)]
        self._reserved = tuple(in_any_spelling(each, identity) for each in reserved)
        self._identity = identity

    async def of(self, view: View) -> SearchScope:
        """Say what whoever asks may see; an answer made for them alone is noted in the view's sight."""
        everything = self._is_open(view.actor, self._rules.hosted)
        readable = await self._readable(view, everything=everything)
        patterns = self._patterns(view.actor)
        personal = bool(readable) or (self._rules.hosted, self._rules.upstream) != ("anyone", "anyone")
        if personal and view.sight is not None:
            view.sight.restricted = True
        return SearchScope(
            hosted=view.origin,
            upstreams=() if patterns is None else self._origins,
            everything_hosted=everything,
            readable=readable,
            patterns=patterns or (),
            reserved=self._reserved,
        )

    async def _readable(self, view: View, *, everything: bool) -> frozenset[str]:
        """List what is shown of the packages published here that not everybody may see."""
        actor = view.actor
        if not (actor.signed_in or (actor.grants and self._rules.upstream == "anyone")):
            return frozenset()
        if everything:
            known = await self._store.list_restricted(view.origin, self._ecosystem)
        else:
            known = await self._store.list_owned(view.origin, self._ecosystem, None)
        return frozenset(key.name for key, owned in known.items() if self._may_read(actor, key, owned))

    def _may_read(self, actor: Actor, key: PackageKey, owned: Ownership) -> bool:
        if not token_allows(actor, "read", key, None, self._identity):
            return False
        to_users = not owned.restricted and self._rules.hosted == "users" and actor.signed_in
        return to_users or role_in(actor, key, owned, self._identity) is not None

    def _patterns(self, actor: Actor) -> tuple[tuple[str, ...], ...] | None:
        """List what the names of upstreams' packages must match; None where no name will do."""
        if self._rules.upstream == "anyone":
            return ()
        if not actor.signed_in:
            return None
        found: list[tuple[str, ...]] = []
        if self._rules.upstream == "granted" and not actor.administrator:
            found.append(self._mine((grant.ecosystem, grant.pattern) for grant in actor.grants))
        if _is_limited(actor) and actor.proof is not None:
            reading = [limit for limit in actor.proof.limits if "read" in limit.actions]
            found.append(self._mine((limit.ecosystem, limit.pattern) for limit in reading))
        return None if () in found else tuple(found)

    def _mine(self, patterns: Iterable[tuple[str, str]]) -> tuple[str, ...]:
        mine = {pattern for ecosystem, pattern in patterns if ecosystem in {"*", self._ecosystem}}
        return tuple(names_like(each, self._identity) for each in sorted(mine))

    @staticmethod
    def _is_open(actor: Actor, readers: Readers) -> bool:
        return readers == "anyone" or (readers == "users" and actor.signed_in and not _is_limited(actor))


def _is_limited(actor: Actor) -> bool:
    return actor.proof is not None and bool(actor.proof.limits)
