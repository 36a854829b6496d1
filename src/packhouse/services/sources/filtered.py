"""A source behind rules: what they refuse is neither listed nor handed out."""

from collections import OrderedDict
from collections.abc import Sequence

import msgspec

from packhouse.domain.errors import Refused
from packhouse.domain.index import Fragment, Index, Located
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.view import View
from packhouse.policy.decision import NOTHING_REFUSED, Rule, Verdict, decide, judge
from packhouse.policy.rules.as_of import AsOf
from packhouse.services.dates import Dates
from packhouse.services.ports import Clock
from packhouse.services.snapshot import Need, Snapshot
from packhouse.services.sources.known import KnownRules
from packhouse.services.sources.source import Download, Source

_UNDATED_MS = 300_000
"""How long a verdict over releases without a date stands."""
_KNOWN_MS = 60_000
"""How long an answer stands where an import may change what is known."""
_REMEMBERED = 4096
"""Verdicts kept in memory."""


class Filtered:
    """Applies the same rules to the index and to the files."""

    def __init__(
        self,
        inner: Source,
        rules: Sequence[Rule],
        clock: Clock,
        dates: Dates | None = None,
        known: KnownRules | None = None,
    ) -> None:
        self._inner = inner
        self._dates = dates
        self._rules = tuple(rules)
        self._clock = clock
        self._known = known
        self._verdicts: OrderedDict[tuple[str, str, PackageKey, Moment | None, int], Verdict] = OrderedDict()

    async def snapshot(self, view: View, key: PackageKey, need: Need = "usual") -> Snapshot:
        """Add the verdict over all releases; the answer holds until the first decision changes."""
        snapshot = await self._inner.snapshot(view, key, need)
        generation = 0 if self._known is None else await self._known.generation()
        verdict = await self._verdict(view, snapshot, generation)
        until = snapshot.valid_until if verdict.until is None else min(snapshot.valid_until, verdict.until)
        if generation:
            until = min(until, Moment(self._clock() + _KNOWN_MS))
        elif verdict is NOTHING_REFUSED:
            return snapshot
        return msgspec.structs.replace(snapshot, verdict=verdict, valid_until=Moment(until))

    async def index(self, view: View, snapshot: Snapshot) -> Index:
        """Leave out the refused fragments; raise Refused where none remains, since an empty index says no reason."""
        index = await self._inner.index(view, snapshot)
        dropped = snapshot.verdict.dropped
        if not dropped:
            return index
        if snapshot.verdict.nothing_left:
            # A date before the first release is no refusal: nothing was there yet.
            await self._check(await self._lasting(view, snapshot.key), snapshot.key, index.fragments[-1])
        return msgspec.structs.replace(
            index, fragments=tuple(kept for kept in index.fragments if kept.id not in dropped)
        )

    async def locate(self, view: View, key: PackageKey, filename: str) -> Located:
        """Refuse the file of a refused release, with every reason."""
        located = await self._inner.locate(view, key, filename)
        await self._check(await self._rules_of(view, key), key, located.fragment)
        return located

    async def download(self, view: View, key: PackageKey, located: Located) -> Download:
        """Decide once more: whoever skips `locate` gets no further."""
        await self._check(await self._rules_of(view, key), key, located.fragment)
        return await self._inner.download(view, key, located)

    async def _check(self, rules: Sequence[Rule], key: PackageKey, release: Fragment) -> None:
        if not rules:
            return
        (release,) = await self._dated(rules, key, (release,))
        decision = decide(rules, key, release, self._clock())
        if not decision.allowed:
            hint = "ask whoever runs this server to allow it, or choose another version"
            raise Refused(f"{key} {release.version} is refused: {decision.sentence}", hint)

    async def _rules_of(self, view: View, key: PackageKey) -> tuple[Rule, ...]:
        lasting = await self._lasting(view, key)
        return lasting if view.as_of is None else (*lasting, AsOf(view.as_of))

    async def _lasting(self, view: View, key: PackageKey) -> tuple[Rule, ...]:
        """List the rules that count at any date."""
        return self._rules if self._known is None else (*self._rules, *await self._known.find(view, key))

    async def _dated(self, rules: Sequence[Rule], key: PackageKey, fragments: Sequence[Fragment]) -> Sequence[Fragment]:
        """Find out the dates that the index does not give, where a rule looks at dates."""
        if self._dates is None or not any(rule.dated for rule in rules):
            return fragments
        return await self._dates.complete(key, fragments)

    async def _verdict(self, view: View, snapshot: Snapshot, generation: int) -> Verdict:
        if not self._rules and view.as_of is None and not generation:
            return NOTHING_REFUSED
        now = self._clock()
        where = (snapshot.origin, snapshot.digest, snapshot.key, view.as_of, generation)
        known = self._verdicts.get(where)
        if known is not None and (known.until is None or now < known.until):
            return known
        rules = await self._rules_of(view, snapshot.key)
        if not rules:
            return self._remember(where, NOTHING_REFUSED)
        index = await self._inner.index(view, snapshot)
        fragments = await self._dated(rules, snapshot.key, index.fragments)
        verdict = judge(rules, snapshot.key, fragments, now)
        if any(rule.dated for rule in rules) and any(each.published_at is None for each in fragments):
            # What could not be found out now may be found out later.
            later = Moment(now + _UNDATED_MS)
            verdict = msgspec.structs.replace(verdict, until=min(verdict.until or later, later))
        return self._remember(where, verdict)

    def _remember(self, where: tuple[str, str, PackageKey, Moment | None, int], verdict: Verdict) -> Verdict:
        self._verdicts[where] = verdict
        while len(self._verdicts) > _REMEMBERED:
            self._verdicts.popitem(last=False)
        return verdict
