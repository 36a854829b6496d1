"""What search shows of crates that are published here, where it is made anew."""

import json

import pytest

from packhouse.domain.package import Moment
from packhouse.domain.search import SearchQuery
from packhouse.domain.view import View
from packhouse.ecosystems.cargo import ECOSYSTEM, build_mount
from packhouse.policy.rules.deny import Denied, Deny
from packhouse.services.publishing import Change, Hosted
from tests.assembled import Assembled
from tests.ecosystems.cargo.crates import CONFIG, INDEX, key
from tests.ecosystems.cargo.publications import UPSTREAM, assembled, must_publish

pytestmark = pytest.mark.anyio

DAY_MS = 86_400_000
ABOUT = 'keywords = ["fruit"]\ncategories = ["science"]\nhomepage = "https://pear.example"'


async def two_releases(server: Assembled) -> None:
    """Publish a crate, and another release of it three days later."""
    ada = await server.token("ada")
    await must_publish(server, ada, "pear", "1.0.0", ABOUT)
    server.now = Moment(server.now + 3 * DAY_MS)
    await must_publish(server, ada, "pear", "2.0.0", ABOUT)


async def test_a_dated_search_describes_the_releases_of_that_day() -> None:
    server = assembled()
    await two_releases(server)
    reply = await server.get("/@2026-01-02/cargo/api/v1/crates?q=pear")
    (crate,) = json.loads(reply.body)["crates"]
    shown = {field: crate[field] for field in ("max_version", "description", "homepage")}
    assert shown == {"max_version": "1.0.0", "description": "About pear", "homepage": "https://pear.example"}


async def test_a_crate_whose_newest_release_is_refused_keeps_its_description() -> None:
    rule = Deny((Denied("cargo/pear@2", lambda _, version: version == "2.0.0"),))
    server = Assembled(ECOSYSTEM, build_mount, {f"{INDEX}/config.json": CONFIG}, (UPSTREAM,), (rule,))
    await two_releases(server)
    found = await server.services.search.find(View(), "cargo", SearchQuery("pear"), 0, 10)
    ((_, summary),) = found.hits
    assert (summary.version, summary.description, summary.licence) == ("1.0.0", "About pear", "MIT")
    assert (summary.keywords, summary.categories, summary.maintainers) == (("fruit",), ("science",), ("ada",))


async def test_a_change_that_tells_of_no_summary_keeps_what_search_shows() -> None:
    server = assembled()
    await two_releases(server)
    before = await server.services.search.find(View(), "cargo", SearchQuery("pear"), 0, 10)

    def touched(found: Hosted) -> Change:
        assert found.index is not None
        return Change(found.index, "touch")

    assert await server.services.publishing.change(View(), key("pear"), touched) is not None
    after = await server.services.search.find(View(), "cargo", SearchQuery("pear"), 0, 10)
    assert after.hits == before.hits
    assert after.hits[0][1].description == "About pear"
