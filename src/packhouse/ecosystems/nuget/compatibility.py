"""Whether code for one framework runs on another, and which of several is the nearest.

Source: NuGet's documentation of frameworks, and what its library answers.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache

from packhouse.ecosystems.nuget import framework_tables as tables
from packhouse.ecosystems.nuget.frameworks import ANY, NOTHING, UNSUPPORTED, Framework, parse_framework

_CACHED = 1 << 14
_NET6 = (6, 0, 0, 0)


@lru_cache(_CACHED)
def runs(target: Framework, candidate: Framework) -> bool:
    """Tell whether a project for one framework can use code for another."""
    if target == candidate or "any" in (target.identifier, candidate.identifier):
        return True
    if target == UNSUPPORTED:
        return False
    if candidate.identifier == "agnostic":
        return True
    if candidate == UNSUPPORTED:
        return False
    if candidate.identifier == "portable":
        targets = portable_to(target, with_mono=False) if target.identifier == "portable" else (target,)
        candidates = portable_to(candidate)
        return len(targets) <= len(candidates) and all(any(runs(each, one) for one in candidates) for each in targets)
    same = (candidate, *_equivalents(candidate))
    return any(_is_elder(each, one) for each in _expanded(target) for one in same)


def nearest(target: Framework, candidates: Iterable[Framework]) -> Framework | None:
    """Choose the framework whose code a project uses; None where there is none that runs."""
    known = list(dict.fromkeys(candidates))
    if target in known:
        return target
    left = [each for each in known if each != UNSUPPORTED] or known
    left = _without_elders([each for each in left if runs(target, each)])
    for rule in (_same_name, _portable, _not_package_based, _profile, _platform):
        if len(left) <= 1:
            break
        left = rule(target, left) or left
    return min(left, key=_precedence) if left else None


def portable_to(framework: Framework, *, with_mono: bool = True) -> tuple[Framework, ...]:
    """List what a portable library is portable to; empty for a profile that nobody knows."""
    number = profile_number(framework)
    text = tables.PORTABLE[number] if number else framework.profile
    if number in tables.PORTABLE_TO_MONO and with_mono:
        text += f"+{tables.MONO}"
    found = tuple(parse_framework(each) for each in text.split("+"))
    return () if UNSUPPORTED in found else found


@lru_cache(_CACHED)
def profile_number(framework: Framework) -> int:
    """Find the number of a profile; 0 where it has none."""
    text = framework.profile
    digits = text.removeprefix("profile")
    if digits != text:
        known = digits.isascii() and digits.isdigit() and len(digits) < 5 and int(digits) in tables.PORTABLE
        return int(digits) if known else 0
    mono = {each.identifier for each in map(parse_framework, tables.MONO.split("+"))}
    listed = frozenset(map(parse_framework, text.split("+")))
    wanted = _profile_key(each for each in listed if each.identifier not in mono)
    return next((number for number, key in _profile_keys() if key == wanted), 0)


@cache
def _profile_keys() -> tuple[tuple[int, frozenset[Framework]], ...]:
    return tuple(
        (number, _profile_key(map(parse_framework, text.split("+")))) for number, text in tables.PORTABLE.items()
    )


def _profile_key(frameworks: Iterable[Framework]) -> frozenset[Framework]:
    return frozenset(min((each, *_equivalents(each)), key=str) for each in frameworks)


def _is_elder(target: Framework, candidate: Framework) -> bool:
    """Tell whether the candidate is the same framework in a version that is not later."""
    if target.identifier != candidate.identifier:
        return False
    if any(candidate.version) and candidate.version > target.version:
        return False
    if target.is_net5 and candidate.platform:
        return target.platform == candidate.platform and candidate.platform_version <= target.platform_version
    return target.profile == candidate.profile


@cache
def _equivalence() -> dict[Framework, frozenset[Framework]]:
    """Know for each framework what is the same under another name, at all removes."""
    groups: dict[Framework, set[Framework]] = {}
    for names in tables.EQUIVALENT:
        together = {parse_framework(name) for name in names}
        for each in list(together):
            together |= groups.get(each, set())
        for each in together:
            groups[each] = together
    return {each: frozenset(group - {each}) for each, group in groups.items()}


@lru_cache(_CACHED)
def _equivalents(framework: Framework) -> tuple[Framework, ...]:
    found = {framework: None}
    todo = [framework]
    for each in todo:
        same = [*_equivalence().get(each, ())]
        for (identifier, profile), other in tables.EQUIVALENT_PROFILES.items():
            if identifier == each.identifier and each.profile in (profile, other):
                changed = other if each.profile == profile else profile
                same.append(Framework(identifier, each.version, changed))
        for one in same:
            if one not in found:
                found[one] = None
                todo.append(one)
    return tuple(found)[1:]


@lru_cache(_CACHED)
def _expanded(target: Framework) -> tuple[Framework, ...]:
    """List the frameworks whose elders run on a target: itself, its other names, and what it supports."""
    found = {target: None}
    todo = [target]
    for each in todo:
        for one in _expand_once(each):
            if one not in found:
                found[one] = None
                todo.append(one)
    if target.identifier == "portable" and (supported := tables.PORTABLE_SUPPORTS.get(profile_number(target))):
        found[parse_framework(supported)] = None
    return tuple(found)


def _expand_once(framework: Framework) -> Iterator[Framework]:
    yield from _equivalents(framework)
    for each in _equivalence():
        if _is_same_line(framework, each) and each.version <= framework.version:
            yield from _equivalents(each)
    subset = tables.SUBSETS.get(framework.identifier)
    if subset and not framework.profile:
        yield Framework(subset, framework.version)
    for since, supported in _supports():
        if _is_same_line(framework, since) and since.version <= framework.version:
            yield supported
    if framework.is_net5 and framework.version >= _NET6 and framework.platform in tables.PLATFORMS:
        yield Framework(tables.PLATFORMS[framework.platform], (9999, 0, 0, 0))


def _is_same_line(framework: Framework, other: Framework) -> bool:
    return framework.identifier == other.identifier and framework.profile == other.profile


@cache
def _supports() -> tuple[tuple[Framework, Framework], ...]:
    more = [(since, upto) for since, *uptos in tables.GENERATIONS for upto in uptos]
    return tuple((parse_framework(since), parse_framework(upto)) for since, upto in [*tables.SUPPORTS, *more])


def _without_elders(frameworks: Sequence[Framework]) -> list[Framework]:
    """Leave out what runs on another of them, but for frameworks that run on each other."""
    some = [each for each in frameworks if each != ANY] or list(frameworks)
    return [each for each in some if not any(_is_replaced(each, other) for other in some if other != each)]


def _is_replaced(framework: Framework, other: Framework) -> bool:
    if not runs(other, framework):
        return False
    if not runs(framework, other):
        return True
    return framework.identifier == other.identifier and framework.version == NOTHING != other.version


def _same_name(target: Framework, left: list[Framework]) -> list[Framework]:
    return [each for each in left if each.identifier == target.identifier]


def _portable(target: Framework, left: list[Framework]) -> list[Framework]:
    """Prefer what is not portable; else the library with what is nearest, and that is portable to the least."""
    others = [each for each in left if each.identifier != "portable"]
    if others:
        return others
    parts = {each: portable_to(each) for each in left}
    if target.identifier == "portable":
        votes = [nearest(part, sum(parts.values(), ())) for part in portable_to(target)]
        scores = {each: sum(vote in contained for vote in votes) for each, contained in parts.items()}
        left = [each for each in left if scores[each] == max(scores.values())]
    else:
        best = nearest(target, sum(parts.values(), ()))
        left = [each for each, contained in parts.items() if best in contained]
    return left[:1] if len(left) < 2 else [_narrowest(left)]


def _narrowest(left: Sequence[Framework]) -> Framework:
    best = left[0]
    for each in left[1:]:
        if _is_narrower(each, best):
            best = each
    return best


def _is_narrower(framework: Framework, other: Framework) -> bool:
    mine, its = (
        {each.identifier: each.version for each in portable_to(one, with_mono=False)} for one in (framework, other)
    )
    if len(mine) != len(its):
        return len(mine) < len(its)
    shared = mine.keys() & its.keys()
    score = sum((mine[name] > its[name]) - (mine[name] < its[name]) for name in shared)
    if score:
        return score > 0
    if "net" in shared and mine["net"] != its["net"]:
        return mine["net"] > its["net"]
    return str(framework) < str(other)


def is_package_based(framework: Framework) -> bool:
    """Tell whether a framework itself comes in packages."""
    return framework.identifier in tables.PACKAGE_BASED


def _not_package_based(target: Framework, left: list[Framework]) -> list[Framework]:
    return left if is_package_based(target) else [each for each in left if not is_package_based(each)]


def _profile(target: Framework, left: list[Framework]) -> list[Framework]:
    if any(each.identifier == "portable" for each in left):
        return left
    if target.profile:
        same = [each for each in left if (each.identifier, each.profile) == (target.identifier, target.profile)]
        left = same or left
    return [each for each in left if not each.profile] or left


def _platform(target: Framework, left: list[Framework]) -> list[Framework]:
    """Prefer the later .NET to the one for the very platform."""
    same = [each for each in left if each.identifier == target.identifier]
    if not target.platform or not same:
        return left
    latest = max(each.version for each in same)
    return [each for each in same if each.version == latest]


def _precedence(framework: Framework) -> tuple[int, int, tuple[int, ...], str]:
    is_based = is_package_based(framework)
    names = tables.PACKAGE_PRECEDENCE if is_based else tables.PRECEDENCE
    place = names.index(framework.identifier) if framework.identifier in names else len(names)
    return is_based, place, tuple(-each for each in framework.version), str(framework)
