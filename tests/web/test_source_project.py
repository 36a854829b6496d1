"""The page of a release shows what is known of its source repository, and asks nobody."""

import pytest

from packhouse.adapters.memory.forges import MemoryForges
from packhouse.adapters.memory.store import MemoryStore
from packhouse.domain.project import Repository, Scorecard
from packhouse.domain.release import Link, Release
from packhouse.http.public import PublicAddress
from packhouse.http.ready import Ready
from packhouse.http.site import Mount, Site
from packhouse.services.project_ports import StoredFact
from packhouse.services.projects import Projects
from packhouse.web.door import WebDoor, web_problem
from tests.apis.universe import NOW, clock, record, services_of
from tests.asgi import call

pytestmark = pytest.mark.anyio

CRATE = "github.com/orchard/crate"


async def _page(store: MemoryStore) -> tuple[str, MemoryForges]:
    links = (Link("repository", f"https://{CRATE}"), Link("origin", f"https://{CRATE}"))
    services = await services_of([record("crate", [Release("1.0.0", NOW, links=links)])])
    forges = MemoryForges([(CRATE, Repository(CRATE, stars=5))], clock)
    door = WebDoor({"toy": services}, Projects(store, forges, clock))
    site = Site({}, Mount(door, web_problem), PublicAddress(None, ()), ("default",), Ready(0))
    reply = await call(site, "/ui/toy/crate", headers={"accept": "text/html"})
    assert reply.status == 200, reply.text
    return reply.text, forges


async def test_stars_and_score_are_shown() -> None:
    store = MemoryStore()
    moved = Repository("github.com/grove/crate", stars=1, archived=True)
    facts = [StoredFact(CRATE, "repository", NOW, moved), StoredFact(CRATE, "scorecard", NOW, Scorecard(NOW, 6.44))]
    await store.write_project_facts(facts)
    shown, forges = await _page(store)
    assert "1 star, archived, now github.com/grove/crate, scorecard 6.4 of 10" in shown
    assert shown.count(f'href="https://{CRATE}"') == 1
    assert not forges.asked


async def test_what_is_not_known_or_not_for_everybody_is_not_shown() -> None:
    store = MemoryStore()
    for repository in (None, Repository(CRATE, stars=5, private=True)):
        if repository is not None:
            await store.write_project_facts([StoredFact(CRATE, "repository", NOW, repository)])
        shown, forges = await _page(store)
        assert "About its repository" not in shown
        assert not forges.asked
