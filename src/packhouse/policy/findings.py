"""Puts together what several databases say of one release: one finding for each thing that is wrong with it.

Records are of one group if one names the other, or both name the same, as an alias; what they are `related` to is
something else. Which id stands for a group: that of an attack (MAL-), then as osv-scanner has it a CVE, then the id of
the ecosystem's own database, then a GHSA; of several the first in the alphabet. It is always the id of a record.
"""

from collections.abc import Iterable, Sequence

from packhouse.domain.advisory import Finding
from packhouse.domain.package import PackageKey
from packhouse.policy.affected import Asked, Prepared

_PREFERRED = {"MAL": 0, "CVE": 1, "GHSA": 3}
_OF_AN_ECOSYSTEM = 2


def find(package: PackageKey, asked: Asked, known: Sequence[Prepared]) -> tuple[Finding, ...]:
    """Tell what is wrong with a release, attacks first and then by id."""
    matching = [each for each in known if each.affects(asked)]
    found = [_finding(package, asked, group) for group in _groups(matching)]
    return tuple(sorted(found, key=lambda finding: (not finding.malicious, finding.id)))


def preference(advisory_id: str) -> tuple[int, str]:
    """Sort ids of one thing by how good a name they are."""
    return _PREFERRED.get(advisory_id.partition("-")[0], _OF_AN_ECOSYSTEM), advisory_id


def _groups(matching: Sequence[Prepared]) -> Iterable[list[Prepared]]:
    """Divide records into those that share a name, directly or by others."""
    if len(matching) == 1:
        return [list(matching)]
    by_name: dict[str, list[Prepared]] = {}
    groups: dict[int, list[Prepared]] = {}
    for each in matching:
        group = [each]
        groups[id(group)] = group
        for name in (each.mention.id, *each.mention.aliases):
            other = by_name.get(name, group)
            if other is not group:
                if len(other) > len(group):
                    group, other = other, group
                group += groups.pop(id(other))
                for member in other:
                    by_name |= dict.fromkeys((member.mention.id, *member.mention.aliases), group)
            by_name[name] = group
    return groups.values()


def _finding(package: PackageKey, asked: Asked, group: Sequence[Prepared]) -> Finding:
    mentions = [each.mention for each in group]
    ids = sorted({each.id for each in mentions}, key=preference)
    fixed = sorted(above for each in group if (above := each.fixed_above(asked)) is not None)
    return Finding(
        id=ids[0],
        ids=tuple(ids),
        aliases=tuple(sorted({alias for each in mentions for alias in each.aliases} - set(ids))),
        package=package,
        version=asked.version,
        fixed_versions=tuple(dict.fromkeys(version for _, version in fixed)),
        malicious=any(each.malicious for each in mentions),
        score=max((each.score for each in mentions if each.score is not None), default=None),
        modified_at=max(each.modified_at for each in mentions),
    )
