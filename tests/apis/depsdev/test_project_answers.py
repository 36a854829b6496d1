"""What is known of source repositories, in the words of the API, over both transports."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from packhouse.adapters.memory.forges import MemoryForges, Told
from packhouse.adapters.memory.store import MemoryStore
from packhouse.apis.depsdev.behind import Behind
from packhouse.apis.depsdev.insights import Insights
from packhouse.apis.depsdev.messages import ProjectKey
from packhouse.apis.depsdev.project_answers import KnownProjects
from packhouse.apis.depsdev.project_messages import Project
from packhouse.apis.depsdev.question_messages import GetProjectRequest
from packhouse.domain.actor import Actor
from packhouse.domain.errors import NotFound, UpstreamDown
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.domain.project import Check, Fuzzing, Relation, Repository, Scorecard
from packhouse.domain.release import Link, Release
from packhouse.domain.view import Sight, View
from packhouse.http.site import Site
from packhouse.services.project_packages import ProjectPackages
from packhouse.services.project_ports import PackagePlace
from packhouse.services.projects import ProjectPace, Projects
from packhouse.services.records import Records
from tests.apis.depsdev.conftest import site_over
from tests.apis.universe import NOW, UPSTREAM, clock, record, services_of
from tests.asgi import call
from tests.ecosystems.npm.doors import Doors

pytestmark = pytest.mark.anyio

CRATE = "github.com/orchard/crate"
SOURCE = Link("repository", f"git+https://{CRATE}.git")
ISSUES = Link("issues", f"https://{CRATE}/issues")
TOLD: tuple[tuple[str, Told], ...] = (
    (CRATE, Repository(CRATE, 80, 9, 3, "MIT", "Boxes for apples", "https://crate.example")),
    (
        CRATE,
        Scorecard(
            Moment(1_786_406_400_000),
            6.4,
            (Check("Maintained", -1, "no data", ("one",), "Is it kept?", "https://docs.example"),),
            CRATE,
            "c0ffee",
            "v5.2.1",
            "badc0de",
        ),
    ),
    (CRATE, Fuzzing("crate", 200, 50, Moment(1_786_406_400_000), "https://fuzz.example/crate")),
    ("github.com/orchard/down", UpstreamDown("the forge is down")),
    ("github.com/orchard/secret", Repository("github.com/orchard/secret", private=True)),
)
RECORDS = (
    record(
        "crate",
        [Release("1.0.0", NOW, links=(SOURCE,)), Release("2.0.0", NOW, links=(SOURCE, ISSUES))],
    ),
    record("lid", [Release("1.0.0", NOW, links=(Link("repository", f"https://{CRATE}/tree/main/lid"),))]),
    record("hidden", [Release("1.0.0", NOW, links=(SOURCE,))]),
    record("other", [Release("1.0.0", NOW, links=(Link("homepage", f"https://{CRATE}"),))]),
)


async def _insights() -> tuple[Insights, ProjectPackages]:
    services = await services_of(RECORDS, down=("hidden",))
    store = services.events
    assert isinstance(store, MemoryStore)
    forges = MemoryForges(TOLD, clock)
    packages = ProjectPackages(store, {"toy": services.records}, forges.hosts)
    projects = Projects(store, forges, clock, ProjectPace(wait_s=1))
    known = KnownProjects(projects, packages, {"toy": services})
    return Insights({"toy": services}, Behind(projects=known)), packages


@pytest.fixture
async def site() -> Site:
    return site_over((await _insights())[0])


async def _get(site: Site, path: str, edition: str = "v3") -> Any:  # noqa: ANN401 (any JSON)
    reply = await call(site, f"/{edition}/{path}")
    assert reply.status == 200, reply.text
    return json.loads(reply.text)


@pytest.mark.parametrize("edition", ["v3", "v3alpha"])
async def test_a_project_is_told_as_the_public_service_does(site: Site, edition: str) -> None:
    # Keys, types and order are those of Project in the API's definition.
    assert json.dumps(await _get(site, "projects/github.com%2FOrchard%2FCrate", edition)) == json.dumps(
        {
            "projectKey": {"id": CRATE},
            "openIssuesCount": 3,
            "starsCount": 80,
            "forksCount": 9,
            "license": "MIT",
            "description": "Boxes for apples",
            "homepage": "https://crate.example",
            "scorecard": {
                "date": "2026-08-11T00:00:00Z",
                "repository": {"name": CRATE, "commit": "c0ffee"},
                "scorecard": {"version": "v5.2.1", "commit": "badc0de"},
                "checks": [
                    {
                        "name": "Maintained",
                        "documentation": {"shortDescription": "Is it kept?", "url": "https://docs.example"},
                        "score": -1,
                        "reason": "no data",
                        "details": ["one"],
                    }
                ],
                "overallScore": 6.4,
                "metadata": [],
            },
            "ossFuzz": {
                "lineCount": 200,
                "lineCoverCount": 50,
                "date": "2026-08-11T00:00:00Z",
                "configUrl": "https://fuzz.example/crate",
            },
        }
    )


@pytest.mark.parametrize(
    ("project", "status"),
    [
        ("github.com%2Forchard%2Fnone", 404),
        ("git.example%2Forchard%2Fcrate", 404),
        ("github.com", 404),
        ("..%2F..%2Fetc", 404),
        ("github.com%2Forchard%2Fsecret", 404),
        ("github.com%2Forchard%2Fdown", 503),
    ],
)
async def test_what_cannot_be_told_is_a_clear_error(site: Site, project: str, status: int) -> None:
    assert (await call(site, f"/v3/projects/{project}")).status == status


async def test_a_batch_has_what_is_there_and_a_miss_for_all_else(site: Site) -> None:
    names = [CRATE, "github.com/orchard/none", "github.com/orchard/down", "x", "GitHub.com/Orchard/Crate"]
    body = json.dumps({"requests": [{"projectKey": {"id": name}} for name in names]}).encode()
    reply = await call(site, "/v3alpha/projectbatch", method="POST", body=body)
    assert reply.status == 200
    responses = json.loads(reply.text)["responses"]
    assert [each["request"]["projectKey"]["id"] for each in responses] == names
    assert ["project" in each for each in responses] == [True, False, False, False, True]


async def test_the_releases_of_a_project_are_those_that_the_asker_may_see(site: Site) -> None:
    found = await _get(site, f"projects/{CRATE.replace('/', '%2F')}:packageversions")
    assert [
        (each["versionKey"]["name"], each["versionKey"]["version"], each["relationType"]) for each in found["versions"]
    ] == [
        ("crate", "1.0.0", "SOURCE_REPO"),
        ("crate", "2.0.0", "ISSUE_TRACKER"),
        ("crate", "2.0.0", "SOURCE_REPO"),
        ("lid", "1.0.0", "SOURCE_REPO"),
    ]
    assert found["versions"][0] == {
        "versionKey": {"system": "TOY", "name": "crate", "version": "1.0.0"},
        "slsaProvenances": [],
        "relationType": "SOURCE_REPO",
        "relationProvenance": "UNVERIFIED_METADATA",
        "attestations": [],
    }
    assert (await call(site, "/v3/projects/github.com%2Forchard%2Fsite:packageversions")).status == 404


async def test_what_is_known_best_comes_first_and_once() -> None:
    insights, packages = await _insights()
    site = site_over(insights)
    signed = [Relation(CRATE, "1.0.0", provenance="slsa"), Relation(CRATE, "9.9.9", provenance="slsa")]
    await packages.note(PackagePlace(UPSTREAM.origin, PackageKey("toy", NormalName("lid"))), signed)
    found = (await _get(site, f"projects/{CRATE.replace('/', '%2F')}:packageversions"))["versions"]
    assert [(each["versionKey"]["name"], each["relationProvenance"]) for each in found] == [
        ("lid", "SLSA_ATTESTATION"),
        ("crate", "UNVERIFIED_METADATA"),
        ("crate", "UNVERIFIED_METADATA"),
        ("crate", "UNVERIFIED_METADATA"),
    ]
    version = await _get(site, "systems/TOY/packages/lid/versions/1.0.0")
    assert version["relatedProjects"] == [
        {"projectKey": {"id": CRATE}, "relationProvenance": "SLSA_ATTESTATION", "relationType": "SOURCE_REPO"}
    ]


async def test_a_list_ends_at_its_limit_with_the_newest_releases() -> None:
    many = record("many", [Release(f"{number}.0.0", NOW, links=(SOURCE,)) for number in range(40)])
    services = await services_of([many])
    store = services.events
    assert isinstance(store, MemoryStore)
    packages = ProjectPackages(store, {"toy": services.records})
    found = await packages.list(View(), CRATE, 10)
    assert {each.relation.version for each in found} == {f"{number}.0.0" for number in range(30, 40)}


async def test_links_of_further_documents_lead_to_a_release_once_it_was_asked_for() -> None:
    plain = record("plain", [Release("1.0.0", NOW)])
    services = await services_of([plain])
    store = services.events
    assert isinstance(store, MemoryStore)

    def complete(key: PackageKey, release: Release, documents: object) -> Release:
        del key, documents
        return replace(release, links=(SOURCE, Link("origin", SOURCE.url)))

    ecosystem = replace(services.ecosystem, complete=complete)
    records = Records(ecosystem, services.source, store, 1 << 20, services.further)
    services = replace(services, ecosystem=ecosystem, records=records)
    packages = ProjectPackages(store, {"toy": records})
    known = KnownProjects(Projects(store, MemoryForges((), clock), clock), packages, {"toy": services})
    site = site_over(Insights({"toy": services}, Behind(projects=known)))
    listed = f"/v3/projects/{CRATE.replace('/', '%2F')}:packageversions"
    assert (await call(site, listed)).status == 404
    for _ in range(2):
        version = await _get(site, "systems/TOY/packages/plain/versions/1.0.0")
        assert [each["projectKey"]["id"] for each in version["relatedProjects"]] == [CRATE]
    assert [each["versionKey"]["name"] for each in json.loads((await call(site, listed)).text)["versions"]] == ["plain"]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40) | st.from_regex(r"github\.com/[\w./-]{0,20}", fullmatch=True))
async def test_any_id_is_answered_or_refused_clearly(project: str) -> None:
    site = site_over((await _insights())[0])
    for verb in ("", ":packageversions"):
        reply = await call(site, f"/v3/projects/{quote(project, safe='')}{verb}")
        assert reply.status in (200, 400, 404)


async def test_a_project_tells_nobody_of_a_package_that_they_may_not_see() -> None:
    server = Doors(lambda _: ())
    key = await server.publish("@acme/cider", "ada", restricted=True)
    await server.server.token("eve")
    store = server.server.store
    place = PackagePlace("hosted:default", key)
    packages = ProjectPackages(store, {"npm": server.desk.records})
    await packages.note(place, [Relation(CRATE, "1.0.0", provenance="slsa")])
    ada, eve = View(actor=await server.actor("ada")), View(actor=await server.actor("eve"))
    for view, seen in ((ada, 1), (eve, 0), (View(), 0), (View("other", actor=ada.actor), 0)):
        assert len(await packages.list(view, CRATE, 10)) == seen


async def test_a_private_repository_is_told_to_who_has_signed_in() -> None:
    insights, _ = await _insights()
    asked = GetProjectRequest(ProjectKey("github.com/orchard/secret"))
    sight = Sight()
    told = await insights.methods["GetProject"].answer(View(actor=Actor(user="ada"), sight=sight), asked)
    assert isinstance(told.message, Project)
    assert sight.restricted
    hidden = Sight()
    with pytest.raises(NotFound):
        await insights.methods["GetProject"].answer(View(sight=hidden), asked)
    assert hidden.withheld
