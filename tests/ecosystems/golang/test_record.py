"""What is known of a release, and what the site tells."""

import json

import pytest

from packhouse.domain.errors import NotTold, UpstreamBad, UpstreamDown
from packhouse.domain.insight import Hit
from packhouse.domain.release import Link
from packhouse.domain.view import View
from packhouse.ecosystems.golang import ECOSYSTEM
from packhouse.ecosystems.golang.links import module_links
from tests.assembled import Assembled
from tests.ecosystems.golang.modules import ESCAPED, KEY, server

pytestmark = pytest.mark.anyio

SITE = "https://site.example"
PAGE = f"{SITE}/v1/module/example.com/Acme/thing?version=v1.0.0&licenses=true"
TOLD = {
    "repoUrl": "https://other.example",
    "licenses": [{"types": ["BSD-3-Clause", "MIT"], "filePath": "LICENSE"}, {"types": ["MIT"]}, {"types": None}, 7],
}


def with_site(told: object) -> Assembled:
    return server(urls={"site": SITE}, more={PAGE: json.dumps(told).encode()})


async def test_a_release_is_completed_from_its_files_and_the_site() -> None:
    ours = with_site(TOLD)
    ours.upstream.answers[f"{ESCAPED}/@v/v1.0.0.mod"] = (
        b"module example.com/Acme/thing\n\ngo 1.21\n\nrequire (\n\ta.example/x v0.1.0\n"
        b"\tb.example/y v1.0.0 // indirect\n)\n\nexclude a.example/x v0.2.0\n"
    )
    release = await ours.services.records.release(View(), KEY, "v1.0.0")
    assert (release.published_at, release.yanked) == (1_577_836_800_000, "leaks")
    assert [(each.name, each.range, each.marker) for each in release.requirements] == [
        ("a.example/x", ">=v0.1.0", None),
        ("b.example/y", ">=v1.0.0", "indirect"),
    ]
    assert [(each.raw, each.spdx) for each in release.licences] == [("BSD-3-Clause", "BSD-3-Clause"), ("MIT", "MIT")]
    address = "https://code.example/thing"
    assert release.links == (Link("repository", address), Link("origin", address))
    assert release.runtimes == {"go": ">=1.21"}
    assert ECOSYSTEM.requirements_wire(release) == {
        "directDependencies": [{"name": "a.example/x", "requirement": "v0.1.0"}],
        "indirectDependencies": [{"name": "b.example/y", "requirement": "v1.0.0"}],
    }


async def test_where_the_proxy_does_not_say_the_site_tells_the_repository() -> None:
    ours = with_site(TOLD)
    ours.upstream.answers[f"{ESCAPED}/@v/v1.0.0.info"] = b'{"Version":"v1.0.0","Origin":7}'
    release = await ours.services.records.release(View(), KEY, "v1.0.0")
    assert release.links == (Link("repository", "https://other.example"),)


@pytest.mark.parametrize("told", [[], {}, {"licenses": {}, "repoUrl": "javascript:x"}, {"licenses": [{"types": 7}]}])
async def test_a_site_that_tells_nonsense_or_nothing_is_gone_without(told: object) -> None:
    release = await with_site(told).services.records.release(View(), KEY, "v1.0.0")
    assert (release.licences, len(release.links)) == ((), 2)
    ours = server(urls={"site": SITE})
    ours.upstream.answers[PAGE] = UpstreamDown("site.example is silent")
    assert (await ours.services.records.release(View(), KEY, "v1.0.0")).yanked == "leaks"


async def test_the_site_is_searched_for_modules() -> None:
    items = [
        {"modulePath": "a.example/x", "packagePath": "a.example/x/y", "synopsis": "An x", "version": "v1.0.0"},
        {"modulePath": "a.example/x", "packagePath": "a.example/x/z", "synopsis": "A z", "version": "v1.0.0"},
        {"modulePath": "std", "packagePath": "fmt"},
        {"modulePath": "b.example/Y"},
        {"packagePath": "c.example/z"},
        "nonsense",
    ]
    ours = server(urls={"site": SITE})
    ours.upstream.answers[f"{SITE}/v1/search?q=an+x&limit=20"] = json.dumps({"items": items, "total": 6}).encode()
    found = (await ours.services.insights.search(View(), "an x", 0, 20)).value
    assert [(hit.name, hit.version, hit.description) for hit in found.hits] == [
        ("a.example/x", "v1.0.0", "An x"),
        ("b.example/Y", "", ""),
    ]
    ours.upstream.answers[f"{SITE}/v1/search?q=an+x&limit=3"] = json.dumps({"items": items}).encode()
    assert [hit.name for hit in (await ours.services.insights.search(View(), "an x", 1, 2)).value.hits] == [
        "b.example/Y"
    ]
    assert (await ours.services.insights.search(View(), "  ", 0, 2)).value.hits == ()
    assert isinstance(found.hits[0], Hit)


async def test_a_search_that_answers_with_something_else_is_the_upstreams_fault() -> None:
    ours = server(urls={"site": SITE})
    ours.upstream.answers[f"{SITE}/v1/search?q=x&limit=5"] = b'{"items":7}'
    with pytest.raises(UpstreamBad):
        await ours.services.insights.search(View(), "x", 0, 5)
    assert (await ours.services.insights.search(View(), "absent", 0, 5)).value.hits == ()


async def test_an_upstream_without_a_site_cannot_be_searched() -> None:
    with pytest.raises(NotTold):
        await server().services.insights.search(View(), "x", 0, 5)


@pytest.mark.parametrize(
    ("path", "repository"),
    [
        ("github.com/Acme/thing", "https://github.com/Acme/thing"),
        ("github.com/Acme/thing/v2", "https://github.com/Acme/thing"),
        ("github.com/Acme/things/one", "https://github.com/Acme/things"),
        ("gitlab.com/group/thing", "https://gitlab.com/group/thing"),
        ("gopkg.in/yaml.v3", "https://github.com/go-yaml/yaml"),
        ("gopkg.in/acme/thing.v1", "https://github.com/acme/thing"),
        ("git.farm.example/plum.git/sub", "https://git.farm.example/plum"),
        ("farm.example/plum", None),
        ("github.com/lonely", None),
        ("notgithub.com/a/b", None),
    ],
)
def test_the_repository_is_told_by_the_path_where_it_can_be(path: str, repository: str | None) -> None:
    assert [link.url for link in module_links(path)] == ([] if repository is None else [repository])
