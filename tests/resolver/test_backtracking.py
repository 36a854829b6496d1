import random
from collections.abc import Mapping, Sequence
from itertools import product

import pytest

from packhouse.domain.errors import TooHard
from packhouse.resolver.backtracking import DeadEnd, Search
from packhouse.resolver.demands import NO_FEATURES, Asked, Candidate, Demand, Features, Opened
from packhouse.resolver.derivation import explain

Releases = Mapping[str, Mapping[str, Sequence[str]]]
"""What each version of each package needs, as `name 1,2`: one of these versions."""


class Orchard:
    """Packages of which only one version of each can be chosen."""

    def __init__(self, releases: Releases, claims: Mapping[str, str] | None = None) -> None:
        self._needs: dict[Candidate, Sequence[str]] = {}
        self._by_name: dict[str, list[Candidate]] = {}
        self._demands: dict[str, Demand] = {}
        for name, versions in releases.items():
            for version, needs in versions.items():
                claim = (claims or {}).get(f"{name} {version}")
                candidate = Candidate(name, version, name, claim)
                self._by_name.setdefault(name, []).insert(0, candidate)
                self._needs[candidate] = needs

    @property
    def root(self) -> Candidate:
        return self._by_name["root"][0]

    def demand(self, text: str) -> Demand:
        return self._demands.setdefault(text, Demand(*text.split()))

    def options(self, demand: Demand) -> Sequence[Candidate]:
        return [each for each in self._by_name.get(demand.name, ()) if each.version in demand.text.split(",")]

    def wanted(self, candidate: Candidate, demand: Demand, features: Features) -> Features:
        del candidate, demand
        return features

    def open(self, candidate: Candidate, wanted: Features) -> Opened:
        del wanted
        demands = [self.demand(text) for text in self._needs[candidate]]
        asked = [Asked(each, NO_FEATURES, self.options(each)) for each in demands]
        return Opened(NO_FEATURES, tuple(sorted(asked, key=lambda each: len(each.options))))


def choose(orchard: Orchard) -> list[str]:
    return sorted(str(each) for each in Search(orchard).run(orchard.root).features if each.name != "root")


def test_the_best_of_each_is_chosen() -> None:
    releases: Releases = {"root": {"1": ["pear 1,2"]}, "pear": {"1": [], "2": ["plum 1"]}, "plum": {"1": []}}
    assert choose(Orchard(releases)) == ["pear 2", "plum 1"]


def test_an_older_release_is_chosen_where_the_newest_does_not_go_with_the_others() -> None:
    releases: Releases = {
        "root": {"1": ["pear 1,2", "fig 1"]},
        "pear": {"1": [], "2": ["plum 2"]},
        "fig": {"1": ["plum 1"]},
        "plum": {"1": [], "2": []},
    }
    assert choose(Orchard(releases)) == ["fig 1", "pear 1", "plum 1"]


def test_a_claim_is_given_once() -> None:
    releases: Releases = {"root": {"1": ["pear 1,2", "fig 1"]}, "pear": {"1": [], "2": []}, "fig": {"1": []}}
    assert choose(Orchard(releases, {"pear 2": "juice", "fig 1": "juice"})) == ["fig 1", "pear 1"]


def test_a_dead_end_is_explained_by_who_asks_for_what() -> None:
    releases: Releases = {
        "root": {"1": ["pear 1", "fig 1"]},
        "pear": {"1": ["plum 2"]},
        "fig": {"1": ["plum 1"]},
        "plum": {"1": [], "2": []},
    }
    orchard = Orchard(releases)
    search = Search(orchard)
    with pytest.raises(DeadEnd) as caught:
        search.run(orchard.root)
    told = explain(caught.value, search.nogoods)
    assert "plum 1 cannot stand beside plum 2, which pear 1 needs as 2" in told
    assert "fig 1 needs plum 1 (which is needed by root 1)" in told


def test_what_nothing_meets_is_said_to_have_no_release() -> None:
    orchard = Orchard({"root": {"1": ["pear 7"]}, "pear": {"1": []}})
    search = Search(orchard)
    with pytest.raises(DeadEnd) as caught:
        search.run(orchard.root)
    assert explain(caught.value, search.nogoods) == "root 1 needs pear 7, but no release of pear meets 7"


def test_a_search_ends_after_so_many_steps() -> None:
    names = [f"tree{number}" for number in range(30)]
    releases: dict[str, dict[str, list[str]]] = {"root": {"1": [f"{name} 1,2" for name in names]}}
    for name in names:
        releases[name] = {"1": [], "2": []}
    orchard = Orchard(releases)
    with pytest.raises(TooHard, match="11 steps"):
        Search(orchard, max_steps=10).run(orchard.root)


def test_a_search_ends_once_nobody_waits_for_it() -> None:
    names = [f"tree{number}" for number in range(300)]
    releases: Releases = {"root": {"1": [f"{name} 1" for name in names]}, **{name: {"1": []} for name in names}}
    orchard = Orchard(releases)
    with pytest.raises(TooHard, match="nobody waits"):
        Search(orchard, is_cancelled=lambda: True).run(orchard.root)


def test_a_long_chain_of_dead_ends_is_learnt_from_and_not_walked_again() -> None:
    """Each of 12 packages has 4 releases that all lead to the same contradiction: 16 million ways to try it."""
    names = [f"tree{number}" for number in range(12)]
    releases: dict[str, dict[str, list[str]]] = {
        "root": {"1": ["a 1", *(f"{name} 1,2,3,4" for name in names)]},
        "a": {"1": ["juice 1"]},
        "b": {str(number): ["juice 2"] for number in range(1, 6)},
        "juice": {"1": [], "2": []},
    }
    for name in names:
        releases[name] = {str(number): ["b 1,2,3,4,5"] for number in range(1, 5)}
    orchard = Orchard(releases)
    search = Search(orchard)
    with pytest.raises(DeadEnd):
        search.run(orchard.root)
    assert search.steps < 1000


@pytest.mark.parametrize("seed", range(60))
def test_an_answer_is_found_just_where_there_is_one(seed: int) -> None:
    """Every combination of versions is tried by hand, without any order or learning."""
    chance = random.Random(seed)
    names = ["apple", "pear", "plum", "fig"]
    releases: dict[str, dict[str, list[str]]] = {
        name: {
            str(version): [
                f"{other} {','.join(sorted(chance.sample('123', chance.randint(1, 2))))}"
                for other in chance.sample([each for each in names if each != name], chance.randint(0, 2))
            ]
            for version in (1, 2, 3)
        }
        for name in names
    }
    releases["root"] = {"1": [f"{name} 1,2,3" for name in names]}
    orchard = Orchard(releases)
    fits = any(_fits(releases, dict(zip(names, versions, strict=True))) for versions in product("123", repeat=4))
    try:
        chosen = dict(each.split() for each in choose(orchard))
    except DeadEnd:
        assert not fits
    else:
        assert fits
        assert _fits(releases, chosen)


def _fits(releases: Releases, chosen: Mapping[str, str]) -> bool:
    needs = [need.split() for name, version in chosen.items() for need in releases[name][version]]
    return all(chosen[name] in versions.split(",") for name, versions in needs)
