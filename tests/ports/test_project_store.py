"""What is known of projects and what comes from them, whoever keeps it."""

import pytest

from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.domain.project import Check, Fuzzing, Relation, Repository, Scorecard
from packhouse.domain.release import Link, Release, build_record
from packhouse.services.project_ports import PackagePlace, StoredFact, StoredRelation
from tests.ports.conftest import Store

pytestmark = pytest.mark.anyio

ORIGIN = "upstream:first"
CRATE = "github.com/orchard/crate"


def _place(name: str, origin: str = ORIGIN) -> PackagePlace:
    return PackagePlace(origin, PackageKey("plain", NormalName(name)))


def _release(version: str, *links: Link) -> Release:
    return Release(version, links=links)


async def test_facts_are_read_back_as_they_were_written(store: Store) -> None:
    card = Scorecard(Moment(86_400_000), 6.5, (Check("Maintained", -1, "no data", ("a",), "short", "https://x"),))
    facts = [
        StoredFact(CRATE, "fuzzing", Moment(3), Fuzzing("crate", 10, 4, Moment(2), "https://fuzz.example")),
        StoredFact(CRATE, "repository", Moment(1), Repository(CRATE, stars=5, licence="MIT"), '"etag"'),
        StoredFact(CRATE, "scorecard", Moment(2), card),
    ]
    await store.write_project_facts(facts)
    assert list(await store.find_project_facts(CRATE)) == facts
    assert not await store.find_project_facts("github.com/orchard")


async def test_a_fact_replaces_the_one_before_it_and_may_be_that_there_is_none(store: Store) -> None:
    await store.write_project_facts([StoredFact(CRATE, "repository", Moment(1), Repository(CRATE, stars=5))])
    gone = StoredFact(CRATE, "repository", Moment(2), None)
    await store.write_project_facts([gone])
    assert list(await store.find_project_facts(CRATE)) == [gone]


async def test_projects_are_listed_page_by_page(store: Store) -> None:
    for name in "cab":
        await store.write_project_facts(
            [StoredFact(f"host.example/x/{name}", kind, Moment(1), None) for kind in ("repository", "scorecard")]
        )
    assert list(await store.list_projects("", 2)) == ["host.example/x/a", "host.example/x/b"]
    assert list(await store.list_projects("host.example/x/b", 2)) == ["host.example/x/c"]


async def test_a_package_is_found_by_the_projects_that_its_record_names(store: Store) -> None:
    source = Link("repository", "git+https://github.com/Orchard/Crate.git")
    issues = Link("issues", "https://git.example/group/sub/repo/-/issues")
    home = Link("homepage", "https://github.com/orchard/site")
    await store.write_record(ORIGIN, 1, build_record(_place("a").key, [_release("1.0.0", source, home)]))
    await store.write_record(ORIGIN, 2, build_record(_place("b").key, [_release("1.0.0", issues, source)]))
    assert list(await store.list_project_packages(CRATE, 9)) == [_place("a"), _place("b")]
    assert list(await store.list_project_packages(CRATE, 1)) == [_place("a")]
    assert list(await store.list_project_packages("git.example/group/sub/repo", 9)) == [_place("b")]
    assert not await store.list_project_packages("github.com/orchard/site", 9)


async def test_a_later_release_that_names_another_project_leads_to_it_too(store: Store) -> None:
    first = _release("1.0.0", Link("repository", f"https://{CRATE}"))
    moved = _release("2.0.0", Link("repository", "https://gitlab.com/orchard/crate"))
    await store.write_record(ORIGIN, 1, build_record(_place("a").key, [first]))
    await store.write_record(ORIGIN, 2, build_record(_place("a").key, [first, moved]))
    assert list(await store.list_project_packages("gitlab.com/orchard/crate", 9)) == [_place("a")]


async def test_relations_are_listed_the_surest_first(store: Store) -> None:
    weak = Relation(CRATE, "1.0.0")
    fetched = Relation(CRATE, "1.0.0", provenance="origin")
    signed = Relation(CRATE, "2.0.0", provenance="slsa")
    for place, relations in ((_place("a"), [weak, fetched]), (_place("b"), [signed, signed])):
        await store.write_relations(place, relations)
        await store.write_relations(place, relations)
    assert list(await store.list_project_relations(CRATE, 9)) == [
        StoredRelation(_place("b"), signed),
        StoredRelation(_place("a"), fetched),
        StoredRelation(_place("a"), weak),
    ]
    assert len(await store.list_project_relations(CRATE, 2)) == 2
    assert list(await store.list_release_relations(_place("a"), "1.0.0")) == [fetched, weak]
    assert not await store.list_release_relations(_place("a"), "2.0.0")
    assert not await store.list_release_relations(_place("a", "upstream:other"), "1.0.0")
