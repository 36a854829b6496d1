"""Who is told which similar names, and how they become known."""

import json
from collections.abc import Sequence

import pytest

from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.upstream import UpstreamRegistry
from packhouse.domain.view import View
from packhouse.ecosystems.npm import ECOSYSTEM, build_mount
from packhouse.policy.similarity import KnownName, weight_of
from packhouse.services.access import AccessRules
from packhouse.services.name_ports import NameEntry
from packhouse.services.similar_names import NameLearner
from tests.assembled import Assembled
from tests.ecosystems.npm.test_publishing import publish

pytestmark = pytest.mark.anyio

UPSTREAM = UpstreamRegistry("first", ECOSYSTEM.key, "https://npm.example")


def _listed(name: str, downloads: int) -> NameEntry:
    return NameEntry(ECOSYSTEM.key, KnownName(name, downloads, weight_of(downloads), listed=True))


async def _similar(ours: Assembled, name: str, view: View = View()) -> Sequence[str]:  # noqa: B008 (frozen)
    found = await ours.services.similar.list(view, PackageKey(ECOSYSTEM.key, NormalName(name)))
    return [each.name for each in found]


async def _viewed(ours: Assembled, user: str) -> View:
    secret = await ours.token(user)
    return View(actor=await ours.people.identification.identify(f"Bearer {secret}", "127.0.0.1"))


async def _with_packages(access: AccessRules = AccessRules()) -> Assembled:  # noqa: B008 (frozen)
    ours = Assembled(ECOSYSTEM, build_mount, {}, [UPSTREAM], access=access)
    ada = await ours.token("ada")
    await publish(ours, ada, "orchard", "1.0.0")
    await publish(ours, ada, "@farm/orchards", "1.0.0", access="restricted")
    learner = NameLearner(ours.store, ours.store)
    await learner.learn_all()
    return ours


async def test_what_is_published_is_known_as_a_similar_name() -> None:
    ours = await _with_packages()
    assert await _similar(ours, "orchad") == ["orchard"]
    assert await ours.store.read_named_to() > 0
    assert not await NameLearner(ours.store, ours.store).learn()


async def test_what_is_hidden_is_told_only_to_those_who_may_see_it() -> None:
    ours = await _with_packages()
    assert await _similar(ours, "@farm/orchard") == ["orchard"]
    assert await _similar(ours, "@farm/orchard", await _viewed(ours, "ada")) == ["@farm/orchards", "orchard"]


async def test_a_hidden_package_neither_adds_nor_takes_away_a_name_that_a_list_has() -> None:
    ours = await _with_packages()
    before = await _similar(ours, "@farm/orcherds")
    await ours.store.write_names([_listed("@farm/orchards", 10**6)])
    assert before == []
    assert await _similar(ours, "@farm/orcherds") == ["@farm/orchards"]


async def test_names_of_lists_are_told_to_those_alone_who_may_see_packages_of_upstreams() -> None:
    ours = await _with_packages(AccessRules(upstream="users"))
    await ours.store.write_names([_listed("pear", 10**6)])
    assert await _similar(ours, "paer") == []
    assert await _similar(ours, "paer", await _viewed(ours, "ada")) == ["pear"]


async def test_names_that_are_reserved_are_not_those_of_upstreams() -> None:
    ours = await _with_packages(AccessRules(reserved=(f"{ECOSYSTEM.key}/@farm/*",)))
    await ours.store.write_names([_listed("@farm/pear", 10**6), _listed("@farn/pears", 5)])
    assert await _similar(ours, "@farm/paer") == []


async def test_the_most_used_is_told_first_with_its_reasons() -> None:
    ours = await _with_packages()
    await ours.store.write_names([_listed("orchards", 10**9), _listed("or-chard", 3)])
    found = await ours.services.similar.find(View(), PackageKey(ECOSYSTEM.key, NormalName("orchard")))
    told = [(each.known.name, [reason.kind for reason in each.reasons]) for each in found.similar]
    assert told == [("orchards", ["letter"]), ("or-chard", ["separators"])]
    assert found.known is None


async def test_what_is_taken_back_or_hidden_is_told_no_more() -> None:
    ours = await _with_packages()
    ada = await ours.token("ada")
    await publish(ours, ada, "@farm/pear", "1.0.0", access="public")
    await NameLearner(ours.store, ours.store).learn_all()
    assert await _similar(ours, "@farm/paer") == ["@farm/pear"]
    await ours.send("POST", "/npm/-/package/@farm%2fpear/access", {"access": "restricted"}, ada)
    assert await _similar(ours, "@farm/paer") == []
    assert await _similar(ours, "orchad") == ["orchard"]
    found = json.loads((await ours.get("/npm/orchard")).body)
    reply = await ours.send("DELETE", f"/npm/orchard/-rev/{found['_rev']}", token=ada)
    assert reply.status == 200, reply.text
    assert await _similar(ours, "orchad") == []
