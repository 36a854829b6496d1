"""Trusted publishing through cargo's door, with an issuer of our own."""

import json
import time
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from packhouse.adapters.memory.keys import MemoryKeys
from packhouse.domain.package import Moment
from packhouse.ecosystems.cargo import ECOSYSTEM, build_mount
from packhouse.ecosystems.cargo.people import number_of
from packhouse.formats.pace import Pace
from packhouse.services.limits import LimitRules
from tests.asgi import Reply
from tests.assembled import Assembled, Issuers
from tests.ecosystems.cargo.publications import assembled, detail, must_publish, publication, publish, put
from tests.identities import KEYS, github, gitlab, issuer, key_set, signed

pytestmark = pytest.mark.anyio

API = "/cargo/api/v1"
FOLDER = f"{API}/trusted_publishing"
GITHUB = {
    "crate": "pear",
    "repository_owner": "farm",
    "repository_name": "Pear",
    "workflow_filename": "release.yml",
    "environment": "prod",
}
GITLAB = {"crate": "pear", "namespace": "farm/fruit", "project": "pear", "workflow_filepath": "ci/release.yml"}


async def server(*crates: str, kind: Any = "github") -> tuple[Assembled, str]:  # noqa: ANN401
    """Run a server on which ada has published crates; return her token as well."""
    ours = Assembled(ECOSYSTEM, build_mount, {}, (), issuers=Issuers((issuer(kind),), MemoryKeys({KEYS: key_set()})))
    token = await ours.token("ada")
    for crate in crates or ("pear",):
        await must_publish(ours, token, crate, "1.0.0")
    return ours, token


async def trust(ours: Assembled, token: str, **changed: object) -> Reply:
    """Trust a workflow."""
    return await ours.send("POST", f"{FOLDER}/github_configs", {"github_config": GITHUB | changed}, token)


async def exchange(ours: Assembled, text: str) -> Reply:
    """Ask for a token."""
    return await ours.send("POST", f"{FOLDER}/tokens", {"jwt": text})


async def exchanged(ours: Assembled, text: str) -> str:
    """Get a token."""
    reply = await exchange(ours, text)
    assert reply.status == 200, reply.body
    (token,) = json.loads(reply.body).values()
    return str(token)


async def release(ours: Assembled, version: str) -> dict[str, Any]:
    """Read what the Web API says of a release of the pear."""
    found: dict[str, Any] = json.loads((await ours.get(f"{API}/crates/pear/{version}")).body)["version"]
    return found


async def test_a_workflow_publishes_new_versions_and_the_release_says_so() -> None:
    ours, ada = await server("pear", "plum")
    assert (await trust(ours, ada)).status == 200
    token = await exchanged(ours, signed(github()))
    await must_publish(ours, token, "pear", "1.1.0")
    found = await release(ours, "1.1.0")
    assert found["trustpub_data"] == {
        "provider": "github",
        "repository": "Farm/pear",
        "run_id": "4711",
        "sha": "c0ffee",
    }
    assert found["published_by"]["login"] == "ada"
    assert (await release(ours, "1.0.0"))["trustpub_data"] is None
    for crate in ("plum", "quince"):
        assert (await publish(ours, token, crate, "1.1.0")).status == 403
    for method, path in (
        ("DELETE", "crates/pear/1.0.0/yank"),
        ("PUT", "crates/pear/owners"),
        ("POST", "trusted_publishing/github_configs"),
        ("PATCH", "crates/pear"),
    ):
        body = {"users": ["eve"], "github_config": GITHUB, "crate": {"trustpub_only": True}}
        assert (await ours.send(method, f"{API}/{path}", body, token)).status == 403, path


async def test_a_config_is_written_as_the_web_api_does() -> None:
    ours, ada = await server()
    reply = await trust(ours, ada)
    config = {**GITHUB, "id": 1, "repository_owner_id": 0, "created_at": "2026-01-01T00:00:00.000000Z"}
    assert json.loads(reply.body) == {"github_config": config}
    await exchanged(ours, signed(github()))
    reply = await ours.send("GET", f"{FOLDER}/github_configs?crate=pear", token=ada)
    assert json.loads(reply.body) == {
        "github_configs": [{**config, "repository_owner_id": 17}],
        "meta": {"total": 1, "next_page": None},
    }
    reply = await ours.send("POST", f"{FOLDER}/gitlab_configs", {"gitlab_config": GITLAB}, ada)
    assert json.loads(reply.body) == {
        "gitlab_config": {
            **GITLAB,
            "id": 2,
            "namespace_id": None,
            "environment": None,
            "created_at": "2026-01-01T00:00:00.000000Z",
        }
    }


async def test_a_pipeline_publishes_as_well() -> None:
    ours, ada = await server(kind="gitlab")
    await ours.send("POST", f"{FOLDER}/gitlab_configs", {"gitlab_config": GITLAB}, ada)
    token = await exchanged(ours, signed(gitlab()))
    await must_publish(ours, token, "pear", "1.1.0")
    assert (await release(ours, "1.1.0"))["trustpub_data"]["project_path"] == "farm/fruit/pear"
    reply = await ours.send("GET", f"{FOLDER}/gitlab_configs?crate=pear", token=ada)
    assert json.loads(reply.body)["gitlab_configs"][0]["namespace_id"] == "17"


async def test_a_removed_config_lets_nobody_publish() -> None:
    ours, ada = await server()
    await trust(ours, ada)
    assert (await ours.send("DELETE", f"{FOLDER}/github_configs/1", token=await ours.token("eve"))).status == 403
    assert (await ours.send("DELETE", f"{FOLDER}/gitlab_configs/1", token=ada)).status == 404
    assert (await ours.send("DELETE", f"{FOLDER}/github_configs/1", token=ada)).status == 204
    reply = await exchange(ours, signed(github()))
    assert (reply.status, detail(reply)) == (400, "No Trusted Publishing config found for repository `Farm/pear`.")


async def test_configs_are_listed_page_by_page() -> None:
    ours, ada = await server("pear", "plum")
    for number in range(5):
        await trust(ours, ada, workflow_filename=f"w{number}.yml")
    await trust(ours, ada, crate="plum")
    path: Any = "?crate=pear&per_page=2"
    seen: list[str] = []
    for _ in range(3):
        reply = json.loads((await ours.send("GET", f"{FOLDER}/github_configs{path}", token=ada)).body)
        assert reply["meta"]["total"] == 5
        seen += [config["workflow_filename"] for config in reply["github_configs"]]
        path = reply["meta"]["next_page"]
    assert path is None
    assert seen == [f"w{number}.yml" for number in range(5)]
    me = number_of("ada")
    reply = json.loads((await ours.send("GET", f"{FOLDER}/github_configs?user_id={me}", token=ada)).body)
    assert reply["meta"]["total"] == 6


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("?crate=pear&user_id=1", 400),
        ("?user_id=1", 400),
        ("?user_id=x", 400),
        ("?crate=pear&per_page=101", 400),
        ("?crate=pear&per_page=0", 400),
        ("?crate=pear&per_page=-1", 400),
        ("?crate=pear&page=2", 400),
        ("?crate=pear&seek=x", 400),
        ("?crate=pear&seek=99999999999999999999", 400),
        ("?crate=never", 404),
        ("?crate=..", 404),
        ("?crate=pear&seek=999", 200),
    ],
)
async def test_questions_that_make_no_sense_are_refused(query: str, status: int) -> None:
    ours, ada = await server()
    assert (await ours.send("GET", f"{FOLDER}/github_configs{query}", token=ada)).status == status


async def test_nobody_else_sees_or_changes_whom_a_crate_trusts() -> None:
    ours, ada = await server()
    await trust(ours, ada)
    for token, status in (("", 401), (await ours.token("eve"), 403)):
        assert (await trust(ours, token, workflow_filename="evil.yml")).status == status
        assert (await ours.send("GET", f"{FOLDER}/github_configs?crate=pear", token=token)).status == status
        assert (await ours.send("DELETE", f"{FOLDER}/github_configs/1", token=token)).status == status
        body = {"crate": {"trustpub_only": True}}
        assert (await ours.send("PATCH", f"{API}/crates/pear", body, token)).status == status


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"repository_owner": ""}, "GitHub repository owner name may not be empty"),
        ({"repository_owner": "a" * 40}, "GitHub repository owner name is too long (maximum is 39 characters)"),
        ({"repository_owner": "farm/pear"}, "Invalid GitHub repository owner name"),
        ({"repository_owner": "-farm"}, "Invalid GitHub repository owner name"),
        ({"repository_name": "pe ar"}, "Invalid GitHub repository name"),
        ({"repository_name": "péar"}, "Invalid GitHub repository name"),
        ({"workflow_filename": ""}, "Workflow filename may not be empty"),
        ({"workflow_filename": "release.toml"}, "Workflow filename must end with `.yml` or `.yaml`"),
        ({"workflow_filename": "a/release.yml"}, "Workflow filename must be a filename only, without directories"),
        ({"workflow_filename": "a@b.yml"}, "Workflow filename must not contain"),
        ({"environment": ""}, "Environment name may not be empty (use `null` to omit)"),
        ({"environment": " prod"}, "Environment name may not start or end with whitespace"),
        ({"environment": "a\nb"}, "Environment name must not contain"),
        ({"environment": "a,b"}, "Environment name must not contain"),
        ({"environment": "e" * 256}, "Environment name is too long (maximum is 255 characters)"),
        ({"repository_owner": 5}, "the body cannot be read"),
    ],
)
async def test_a_workflow_that_cannot_be_is_not_trusted(changed: dict[str, object], reason: str) -> None:
    ours, ada = await server()
    reply = await trust(ours, ada, **changed)
    assert reply.status == 400
    assert detail(reply).startswith(reason)


@pytest.mark.parametrize("changed", [{"namespace": "a//b"}, {"namespace": "/a"}, {"project": "a/b"}])
@pytest.mark.parametrize("file", ["ci/release.yml"])
async def test_a_project_that_cannot_be_is_not_trusted(changed: dict[str, str], file: str) -> None:
    ours, ada = await server()
    body = {"gitlab_config": GITLAB | changed | {"workflow_filepath": file}}
    assert (await ours.send("POST", f"{FOLDER}/gitlab_configs", body, ada)).status == 400


@pytest.mark.parametrize("file", ["../ci.yml", "/ci.yml", "a//b.yml", "ci.txt", "a@b.yml", "", "a\\b.yml"])
async def test_a_pipeline_that_cannot_be_is_not_trusted(file: str) -> None:
    ours, ada = await server()
    body = {"gitlab_config": GITLAB | {"workflow_filepath": file}}
    assert (await ours.send("POST", f"{FOLDER}/gitlab_configs", body, ada)).status == 400


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"jwt": 5}', b'{"jwt": "\\ud800"}', b"[" * 60_000, b"x" * 70_000, b'{"jwt": "e30.e30.e30"}'],
)
async def test_a_body_that_is_none_is_refused(body: bytes) -> None:
    ours, _ = await server()
    assert (await ours.send("POST", f"{FOLDER}/tokens", body)).status in (400, 413)


async def test_a_token_dies_after_half_an_hour() -> None:
    ours, ada = await server()
    await trust(ours, ada)
    token = await exchanged(ours, signed(github()))
    ours.now = Moment(ours.now + 30 * 60_000 - 1)
    await must_publish(ours, token, "pear", "1.1.0")
    ours.now = Moment(ours.now + 1)
    assert (await publish(ours, token, "pear", "1.2.0")).status == 401
    assert (await ours.send("DELETE", f"{FOLDER}/tokens", token=token)).status == 204


async def test_a_token_dies_when_it_is_revoked() -> None:
    ours, ada = await server()
    await trust(ours, ada)
    token = await exchanged(ours, signed(github()))
    assert (await ours.send("DELETE", f"{FOLDER}/tokens", token=token)).status == 204
    assert (await publish(ours, token, "pear", "1.1.0")).status == 401
    assert (await ours.send("DELETE", f"{FOLDER}/tokens", token=token)).status == 204


async def test_no_other_token_is_revoked_there() -> None:
    ours, ada = await server()
    reply = await ours.send("DELETE", f"{FOLDER}/tokens")
    assert (reply.status, detail(reply)) == (401, "Missing authorization header")
    for headers in ({"authorization": "Basic YTpi"}, {"authorization": f"Bearer {ada}"}, {"authorization": ada}):
        reply = await ours.send("DELETE", f"{FOLDER}/tokens", headers=headers)
        assert reply.status == 401
        assert detail(reply).startswith("Invalid authorization header")
    await must_publish(ours, ada, "pear", "1.1.0")


async def test_a_crate_for_trusted_builds_takes_no_other_token() -> None:
    ours, ada = await server()
    await trust(ours, ada)
    reply = await ours.send("PATCH", f"{API}/crates/pear", {"crate": {"trustpub_only": True}}, ada)
    assert (reply.status, json.loads(reply.body)["crate"]["trustpub_only"]) == (200, True)
    reply = await publish(ours, ada, "pear", "1.1.0")
    assert reply.status == 403
    assert "Trusted Publishing" in detail(reply)
    await must_publish(ours, await exchanged(ours, signed(github())), "pear", "1.1.0")
    assert json.loads((await ours.get(f"{API}/crates/pear")).body)["crate"]["trustpub_only"] is True
    assert (await ours.send("DELETE", f"{API}/crates/pear/1.0.0/yank", token=ada)).status == 200
    reply = await ours.send("PATCH", f"{API}/crates/pear", {"crate": {"trustpub_only": False}}, ada)
    assert json.loads(reply.body)["crate"]["trustpub_only"] is False
    await must_publish(ours, ada, "pear", "1.2.0")


async def test_who_is_too_quick_is_told_when_to_come_again() -> None:
    ours = assembled(limits=LimitRules(create=Pace(1, 600), update=Pace(2, 60), yank=Pace(1, 60)))
    ada = await ours.token("ada")
    await must_publish(ours, ada, "pear", "1.0.0")
    reply = await publish(ours, ada, "plum", "1.0.0")
    assert reply.status == 429
    assert "too many new packages" in detail(reply)
    wait_s = parsedate_to_datetime(reply.headers["retry-after"]).timestamp() - time.time()
    assert 590 < wait_s < 601
    for version in ("1.1.0", "1.2.0"):
        await must_publish(ours, ada, "pear", version)
    assert (await put(ours, ada, publication("pear", "1.3.0"))).status == 429
    assert (await ours.send("DELETE", f"{API}/crates/pear/1.0.0/yank", token=ada)).status == 200
    assert (await ours.send("DELETE", f"{API}/crates/pear/1.1.0/yank", token=ada)).status == 429
    ours.now = Moment(ours.now + 600_000)
    await must_publish(ours, await ours.token("ada"), "plum", "1.0.0")
