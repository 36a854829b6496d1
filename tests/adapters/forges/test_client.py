"""Forges are asked by their real APIs, and no more often than they allow."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from msgspec.structs import replace

from packhouse.adapters.forges.client import ForgeClient
from packhouse.adapters.forges.github_batch import ask_for, graphql_url
from packhouse.adapters.forges.on_demand import ForgesOnDemand
from packhouse.domain.errors import UpstreamBad, UpstreamDenied, UpstreamDown
from packhouse.domain.forge import Forge, ForgeKind
from packhouse.domain.package import Moment
from packhouse.domain.project import Fuzzing, Repository
from packhouse.domain.upstream import CredentialSource
from packhouse.services.project_ports import StoredFact
from tests.adapters.upstream.loopback import QUICK, Loopback, Reaction, answer

pytestmark = pytest.mark.anyio

CRATE = "git.example/orchard/crate"
GITHUB = {
    "id": 1296269,
    "full_name": "Orchard/Crate",
    "private": False,
    "description": "Boxes for apples",
    "homepage": "https://crate.example",
    "forks_count": 9,
    "stargazers_count": 80,
    "watchers_count": 80,
    "open_issues_count": 3,
    "archived": False,
    "license": {"key": "mit", "name": "MIT License", "spdx_id": "MIT", "url": "https://api.example/licenses/mit"},
}
GITLAB = {
    "id": 3,
    "description": "Boxes for apples",
    "path_with_namespace": "orchard/fruit/Crate",
    "forks_count": 0,
    "star_count": 4,
    "open_issues_count": 1,
    "visibility": "public",
    "license": {"key": "apache-2.0", "name": "Apache License 2.0", "nickname": None},
}
BITBUCKET = {"full_name": "orchard/crate", "description": "", "website": "https://crate.example", "is_private": False}
SCORECARD = {
    "date": "2026-08-10",
    "repo": {"name": "github.com/orchard/crate", "commit": "c0ffee"},
    "scorecard": {"version": "v5.2.1", "commit": "badc0de"},
    "score": 6.4,
    "checks": [
        {
            "name": "Maintained",
            "score": -1,
            "reason": "no data",
            "details": None,
            "documentation": {"short": "Is it kept?", "url": "https://docs.example#maintained"},
        }
    ],
}


def _body(value: object) -> bytes:
    return json.dumps(value).encode()


class World:
    """One forge on the loopback interface and a clock that stands still."""

    def __init__(self, server: Loopback, kind: ForgeKind) -> None:
        self.now = Moment(1_000_000_000)
        self.server = server
        host = "" if kind in ("scorecard", "oss-fuzz") else "git.example"
        forge = Forge("local", kind, server.url, host, credentials=CredentialSource(variable="TOKEN"))
        self.client = ForgeClient([forge], QUICK, authorization=lambda _: "Bearer secret", clock=lambda: self.now)

    async def fetch(self, known: StoredFact | None = None, project: str = CRATE) -> StoredFact:
        fact = await self.client.fetch_fact(project, "repository", known)
        assert fact is not None
        return fact


@asynccontextmanager
async def _world(kind: ForgeKind, reactions: dict[str, Reaction | list[Reaction]]) -> AsyncIterator[World]:
    async with Loopback(reactions).running() as server:
        world = World(server, kind)
        try:
            yield world
        finally:
            await world.client.close()


async def test_github_tells_of_a_repository() -> None:
    async with _world("github", {"/repos/orchard/crate": answer(_body(GITHUB), ETag='"one"')}) as world:
        fact = await world.fetch()
        assert fact.etag == '"one"'
        assert fact.value == Repository(
            "git.example/orchard/crate",
            stars=80,
            forks=9,
            open_issues=3,
            licence="MIT",
            description="Boxes for apples",
            homepage="https://crate.example",
        )
        head = world.server.heads[0].lower()
        assert "accept: application/vnd.github+json" in head
        assert "authorization: bearer secret" in head


async def test_a_licence_that_github_does_not_know_is_not_standard() -> None:
    odd = GITHUB | {"license": {"spdx_id": "NOASSERTION"}, "description": None, "stargazers_count": 1 << 40}
    async with _world("github", {"/repos/orchard/crate": answer(_body(odd))}) as world:
        value = (await world.fetch()).value
        assert isinstance(value, Repository)
        assert (value.licence, value.description, value.stars) == ("non-standard", "", (1 << 31) - 1)


async def test_gitlab_is_asked_for_a_project_in_groups_with_its_licence() -> None:
    path = "/projects/orchard%2Ffruit%2Fcrate?license=true"
    async with _world("gitlab", {path: answer(_body(GITLAB))}) as world:
        fact = await world.fetch(project="git.example/orchard/fruit/crate")
        assert fact.value == Repository(
            "git.example/orchard/fruit/crate",
            stars=4,
            forks=0,
            open_issues=1,
            licence="Apache-2.0",
            description="Boxes for apples",
        )


async def test_bitbucket_counts_nothing() -> None:
    async with _world("bitbucket", {"/repositories/orchard/crate": answer(_body(BITBUCKET))}) as world:
        value = (await world.fetch()).value
        assert isinstance(value, Repository)
        assert (value.stars, value.forks, value.homepage) == (None, None, "https://crate.example")


async def test_what_has_not_changed_is_only_confirmed() -> None:
    reactions: list[Reaction] = [answer(_body(GITHUB), ETag='"one"'), answer(status=304)]
    async with _world("github", {"/repos/orchard/crate": reactions}) as world:
        first = await world.fetch()
        world.now = Moment(world.now + 5_000)
        assert await world.fetch(first) == replace(first, checked_at=world.now)
        assert 'if-none-match: "one"' in world.server.heads[1].lower()


async def test_a_repository_that_has_moved_is_followed_and_named_anew() -> None:
    reactions: dict[str, Reaction | list[Reaction]] = {
        "/repos/orchard/crate": answer(status=301, Location="/repositories/1296269"),
        "/repositories/1296269": answer(_body(GITHUB | {"full_name": "Grove/Crate"})),
    }
    async with _world("github", reactions) as world:
        fact = await world.fetch()
        assert fact.project == CRATE
        assert isinstance(fact.value, Repository)
        assert fact.value.id == "git.example/grove/crate"


async def test_a_redirect_to_another_host_is_not_followed() -> None:
    async with _world(
        "github", {"/repos/orchard/crate": answer(status=301, Location="https://evil.example/")}
    ) as world:
        with pytest.raises(UpstreamBad):
            await world.fetch()


async def test_a_repository_that_is_not_there_is_told_as_such() -> None:
    async with _world("github", {}) as world:
        assert (await world.fetch()).value is None


@pytest.mark.parametrize(
    ("refusal", "seconds"),
    [
        (lambda now: answer(b"{}", 403, X_RateLimit_Remaining="0", X_RateLimit_Reset=str(now // 1000 + 90)), 91),
        (lambda _: answer(b"{}", 403, Retry_After="7"), 7),
        (lambda _: answer(b'{"message":"You have exceeded a secondary rate limit"}', 403), 60),
        (lambda _: answer(b"", 429), 60),
        (lambda now: answer(b"", 429, RateLimit_Remaining="0", RateLimit_Reset=str(now // 1000 + 20)), 21),
    ],
)
async def test_a_limit_is_kept_until_it_ends(refusal: Callable[[int], bytes], seconds: int) -> None:
    reactions: list[Reaction] = [refusal(1_000_000_000), answer(_body(GITHUB))]
    async with _world("github", {"/repos/orchard/crate": reactions}) as world:
        with pytest.raises(UpstreamDown) as refused:
            await world.fetch()
        assert refused.value.retry_after_s == pytest.approx(seconds)
        world.now = Moment(world.now + seconds * 1000 - 1)
        with pytest.raises(UpstreamDown):
            await world.fetch()
        assert len(world.server.paths) == 1
        world.now = Moment(world.now + 1)
        assert (await world.fetch()).value is not None


async def test_the_last_allowed_request_is_answered_and_none_is_sent_after_it() -> None:
    last = answer(_body(GITHUB), X_RateLimit_Remaining="0", X_RateLimit_Reset="1000030")
    async with _world("github", {"/repos/orchard/crate": last}) as world:
        assert (await world.fetch()).value is not None
        with pytest.raises(UpstreamDown):
            await world.fetch()
        assert len(world.server.paths) == 1


async def test_a_forge_that_fails_is_left_alone_for_longer_each_time() -> None:
    async with _world("github", {"/repos/orchard/crate": answer(b"", 502)}) as world:
        for pause_s in (2, 4, 8):
            with pytest.raises(UpstreamDown):
                await world.fetch()
            asked = len(world.server.paths)
            world.now = Moment(world.now + pause_s * 1000 - 1)
            with pytest.raises(UpstreamDown):
                await world.fetch()
            assert len(world.server.paths) == asked
            world.now = Moment(world.now + 1)


async def test_refused_credentials_are_told() -> None:
    async with _world("github", {"/repos/orchard/crate": answer(b"{}", 401)}) as world:
        with pytest.raises(UpstreamDenied, match=r"local answers 401"):
            await world.fetch()


@pytest.mark.parametrize("body", [b"", b"[]", b'{"full_name":7}', b'{"full_name":"../.."}', b"<html>", b'{"full_name"'])
async def test_an_answer_in_another_form_is_not_believed(body: bytes) -> None:
    async with _world("github", {"/repos/orchard/crate": answer(body)}) as world:
        with pytest.raises(UpstreamBad):
            await world.fetch()


async def test_scorecard_is_asked_about_public_forges_only() -> None:
    reactions: dict[str, Reaction | list[Reaction]] = {"/projects/github.com/orchard/crate": answer(_body(SCORECARD))}
    async with _world("scorecard", reactions) as world:
        assert await world.client.fetch_fact(CRATE, "scorecard", None) is None
        fact = await world.client.fetch_fact("github.com/orchard/crate", "scorecard", None)
        assert fact is not None
        assert getattr(fact.value, "score", None) == 6.4
        missing = await world.client.fetch_fact("github.com/orchard/none", "scorecard", None)
        assert missing is not None
        assert missing.value is None


async def test_coverage_is_read_from_the_bucket_of_oss_fuzz() -> None:
    latest = {"report_summary_path": "gs://bucket/crate/reports/20260811/linux/summary.json", "report_date": "20260811"}
    summary = {"data": [{"totals": {"lines": {"count": 200, "covered": 50, "percent": 25}}, "files": []}]}
    reactions: dict[str, Reaction | list[Reaction]] = {
        "/latest_report_info/crate.json": answer(_body(latest)),
        "/crate/reports/20260811/linux/summary.json": answer(_body(summary)),
    }
    async with _world("oss-fuzz", reactions) as world:
        assert await world.client.fetch_fact(CRATE, "fuzzing", None) is None
        known = StoredFact(CRATE, "fuzzing", Moment(1), Fuzzing("crate", config_url="https://fuzz.example"))
        fact = await world.client.fetch_fact(CRATE, "fuzzing", known)
        assert fact is not None
        assert fact.value == Fuzzing("crate", 200, 50, Moment(1_786_406_400_000), "https://fuzz.example")
        assert fact.checked_at == world.now


@pytest.mark.parametrize(("offline", "stars"), [(False, 80), (True, None)])
async def test_the_client_is_loaded_when_it_is_needed_and_offline_never(offline: bool, stars: int | None) -> None:  # noqa: FBT001 (a case)
    async with Loopback({"/repos/orchard/crate": answer(_body(GITHUB))}).running() as server:
        forges = ForgesOnDemand(
            [Forge("local", "github", server.url, "git.example")], QUICK, lambda _: None, offline=offline
        )
        assert forges.hosts == {"git.example"}
        facts = await asyncio.gather(*(forges.fetch_fact(CRATE, "repository", None) for _ in range(2)))
        assert {getattr(fact.value, "stars", None) if fact else None for fact in facts} == {stars}
        await forges.close()


def _node(name: str, stars: int) -> dict[str, object]:
    return {
        "nameWithOwner": name,
        "stargazerCount": stars,
        "forkCount": 1,
        "issues": {"totalCount": 2},
        "pullRequests": {"totalCount": 3},
        "licenseInfo": {"spdxId": "MIT"},
        "description": None,
        "homepageUrl": "",
        "isArchived": False,
        "isPrivate": False,
    }


async def test_repositories_that_wait_together_are_asked_for_together() -> None:
    data = {"r0": _node("Orchard/B", 2), "r1": _node("orchard/c", 3), "r2": None}
    errors = [{"type": "NOT_FOUND", "path": ["r2"], "message": "Could not resolve to a Repository"}]
    reactions: dict[str, Reaction | list[Reaction]] = {
        "/repos/orchard/a": answer(_body(GITHUB | {"full_name": "orchard/a"})),
        "/graphql": answer(_body({"data": data, "errors": errors})),
    }
    async with _world("github", reactions) as world:
        found = await asyncio.gather(*(world.fetch(project=f"git.example/orchard/{name}") for name in "abcd"))
        values = [fact.value for fact in found]
        assert world.server.paths == ["/repos/orchard/a", "/graphql"]
        assert "authorization: bearer secret" in world.server.heads[1].lower()
    stars = [value.stars if isinstance(value, Repository) else None for value in values]
    assert stars == [80, 2, 3, None]
    (second,) = [value for value in values if isinstance(value, Repository) and value.stars == 2]
    assert (second.id, second.open_issues, second.licence) == ("git.example/orchard/b", 5, "MIT")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"data": None, "errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}, UpstreamDown),
        ({"data": {"r0": None}, "errors": [{"type": "FORBIDDEN", "path": ["r0"], "message": "no"}]}, UpstreamDenied),
        ({"data": {"r0": {"nameWithOwner": "../.."}}}, UpstreamBad),
        ({"errors": [{"message": "parse error"}]}, UpstreamBad),
        ({"data": {"r0": 7}}, UpstreamBad),
    ],
)
async def test_what_is_wrong_with_one_is_told_to_who_asked_for_it(body: object, kind: type[Exception]) -> None:
    reactions: dict[str, Reaction | list[Reaction]] = {
        "/repos/orchard/a": answer(_body(GITHUB)),
        "/graphql": answer(_body(body)),
    }
    async with _world("github", reactions) as world:
        asked = (world.fetch(project=f"git.example/orchard/{name}") for name in "abc")
        first, second, _ = await asyncio.gather(*asked, return_exceptions=True)
        assert isinstance(first, StoredFact)
        assert type(second) is kind


async def test_a_hundred_repositories_are_the_most_of_one_question() -> None:
    names = [f"orchard/r{number}" for number in range(150)]
    assert graphql_url("https://git.example/api/v3") == "https://git.example/api/graphql"
    question = json.loads(ask_for(names[:2]))["query"]
    assert 'r1:repository(owner:"orchard",name:"r1")' in question
    reactions: dict[str, Reaction | list[Reaction]] = {
        "/repos/orchard/r0": answer(_body(GITHUB)),
        "/graphql": answer(_body({"data": {}})),
    }
    async with _world("github", reactions) as world:
        found = await asyncio.gather(*(world.fetch(project=f"git.example/{name}") for name in names))
        assert world.server.paths == ["/repos/orchard/r0", "/graphql", "/graphql"]
        assert sum(fact.value is None for fact in found) == 149
