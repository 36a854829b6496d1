"""A restricted package is told of by no door: whoever may not see it is answered as if there were none."""

import re
from collections.abc import AsyncIterator, Mapping

import pytest

from tests.asgi import Reply
from tests.attacks.npm_writes.ground import Ground, a_ground
from tests.ecosystems.npm.test_publishing import document

pytestmark = pytest.mark.anyio

SECRET, ABSENT = "@farm/secret", "@farm/absent"  # of one length, so that lengths may be compared

# Method, address, body; `NAME` is the name, `ESCAPED` the same for one segment.
READS = {
    "packument": "/npm/ESCAPED",
    "packument in two segments": "/npm/NAME",
    "packument as it is now": "/npm/ESCAPED?write=true",
    "packument of a day": "/@2030-01-01/npm/ESCAPED",
    "packument of a registry": "/r/default/npm/ESCAPED",
    "version": "/npm/ESCAPED/1.0.0",
    "tag": "/npm/ESCAPED/latest",
    "range": "/npm/ESCAPED/%5e1.0.0",
    "tags": "/npm/-/package/ESCAPED/dist-tags",
    "one tag": "/npm/-/package/ESCAPED/dist-tags/latest",
    "file": "/npm/NAME/-/BARE-1.0.0.tgz",
    "file by its whole name": "/npm/NAME/-/NAME-1.0.0.tgz",
    "another file": "/npm/NAME/-/BARE-2.0.0.tgz",
    "owners": "/npm/-/package/ESCAPED/owners",
    "visibility": "/npm/-/package/ESCAPED/visibility",
    "access": "/npm/-/package/ESCAPED/access",
    "collaborators": "/npm/-/package/ESCAPED/collaborators",
    "one collaborator": "/npm/-/package/ESCAPED/collaborators?user=ada",
    "attestations": "/npm/-/npm/v1/attestations/ESCAPED@1.0.0",
    "search": "/npm/-/v1/search?text=NAME",
    "search by word": "/npm/-/v1/search?text=BARE",
    "search by author": "/npm/-/v1/search?text=maintainer:ada",
    "search for all": "/npm/-/v1/search?text=&size=250",
    "the registry": "/npm/",
    "all": "/npm/-/all",
    "all since": "/npm/-/all/since?startkey=0",
    "changes": "/npm/_changes?since=0",
    "all documents": "/npm/_all_docs",
    "all documents whole": "/npm/_all_docs?include_docs=true",
    "a document by name": "/npm/_all_docs?key=%22NAME%22",
    "documents from a name on": "/npm/_all_docs?startkey=%22NAME%22&limit=1",
    "changes whole": "/npm/_changes?since=0&include_docs=true",
    "the last change": "/npm/_changes?descending=true&limit=1",
    "by user": "/npm/-/_view/byUser?key=%22ada%22",
    "dependents": "/npm/-/_view/dependedUpon?group_level=2&startkey=%5B%22NAME%22%5D",
    "stars": "/npm/-/_view/starredByUser?key=%22ada%22",
    "stars of a user": "/npm/-/user/ada/stars",
    "packages of a user": "/npm/-/user/ada/package",
    "packages of an organisation": "/npm/-/org/farm/package",
    "packages of a team": "/npm/-/team/farm/developers/package",
    "downloads": "/npm/downloads/point/last-week/NAME",
    "package page": "/ui/npm/NAME",
    "version page": "/ui/npm/NAME/v/1.0.0",
    "package page of a day": "/@2030-01-01/ui/npm/NAME",
    "search page": "/ui/search?q=BARE",
    "front page": "/",
    "page of all": "/ui/npm",
    "system": "/v3/systems/npm/packages/WHOLE",
    "system's version": "/v3/systems/npm/packages/WHOLE/versions/1.0.0",
    "requirements": "/v3/systems/npm/packages/WHOLE/versions/1.0.0:requirements",
    "dependencies": "/v3/systems/npm/packages/WHOLE/versions/1.0.0:dependencies",
    "dependents of a version": "/v3alpha/systems/npm/packages/WHOLE/versions/1.0.0:dependents",
    "package": "/packages/v1/package?registry=npm&package=WHOLE",
    "package in short": "/packages/v1/package?registry=npm&package=WHOLE&view=version-info",
    "package's versions": "/packages/v1/versions?registry=npm&package=WHOLE",
    "package's version": "/packages/v1/version?registry=npm&package=WHOLE&version=1.0.0",
    "package's tag": "/packages/v1/version?registry=npm&package=WHOLE&version=latest",
    "package's dependencies": "/packages/v1/dependencies?registry=npm&package=WHOLE",
    "package's downloads": "/packages/v1/downloads?registry=npm&package=WHOLE",
    "package's maintainers": "/packages/v1/maintainer?registry=npm&package=WHOLE",
    "maintainer's packages": "/packages/v1/maintainer?registry=npm&login=ada",
    "package search": "/packages/v1/search?registry=npm&query=BARE",
    "upstreams": "/api/upstreams",
}

WRITES: dict[str, tuple[str, str, object]] = {
    "documents by name": ("POST", "/npm/_all_docs?include_docs=true", {"keys": ["NAME"]}),
    "documents by a list": ("POST", "/npm/_changes?filter=_doc_ids", {"doc_ids": ["NAME"]}),
    "audit": ("POST", "/npm/-/npm/v1/security/advisories/bulk", {"NAME": ["1.0.0"]}),
    "quick audit": (
        "POST",
        "/npm/-/npm/v1/security/audits/quick",
        {"requires": {"NAME": "1.0.0"}, "dependencies": {"NAME": {"version": "1.0.0"}}},
    ),
    "package": ("POST", "/packages/v1/package", {"registry": "npm", "package": "NAME"}),
    "version": ("POST", "/packages/v1/version", {"registry": "npm", "package": "NAME", "version": "1.0.0"}),
    "tag": ("PUT", "/npm/-/package/ESCAPED/dist-tags/beta", "1.0.0"),
    "tag, once more": ("POST", "/npm/-/package/ESCAPED/dist-tags", {"beta": "1.0.0"}),
    "all tags": ("PUT", "/npm/-/package/ESCAPED/dist-tags", {"beta": "1.0.0"}),
    "old tag": ("PUT", "/npm/ESCAPED/beta", "1.0.0"),
    "no tag": ("DELETE", "/npm/-/package/ESCAPED/dist-tags/latest", None),
    "owner": ("PUT", "/npm/-/package/ESCAPED/owners", {"user": "bob"}),
    "no owner": ("DELETE", "/npm/-/package/ESCAPED/owners/ada", None),
    "access": ("POST", "/npm/-/package/ESCAPED/access", {"access": "public"}),
    "star": ("PUT", "/npm/-/user/package/ESCAPED/star", None),
    "no star": ("DELETE", "/npm/-/user/package/ESCAPED/star", None),
    "star by name": ("PUT", "/npm/-/user/v1/star", {"name": "NAME"}),
    "star by document": ("PUT", "/npm/ESCAPED", {"_id": "NAME", "_rev": "1-0", "users": {"bob": True}}),
    "deprecate": ("PUT", "/npm/ESCAPED", {"_id": "NAME", "versions": {"1.0.0": {"deprecated": "no"}}}),
    "owners by document": (
        "PUT",
        "/npm/ESCAPED/-rev/1-0",
        {"_id": "NAME", "_rev": "1-0", "maintainers": [{"name": "bob"}]},
    ),
    "no document": ("PUT", "/npm/ESCAPED", b"{"),
    "removal": ("DELETE", "/npm/ESCAPED/-rev/1-0", None),
    "removal of a file": ("DELETE", "/npm/NAME/-/BARE-1.0.0.tgz/-rev/1-0", None),
    "hook": (
        "POST",
        "/npm/-/npm/v1/hooks/hook",
        {"type": "package", "name": "NAME", "endpoint": "http://127.0.0.1:1/", "secret": "s" * 20},
    ),
    "team": ("PUT", "/npm/-/team/orchard/pickers/package", {"package": "NAME", "permissions": "read-write"}),
    "no team": ("DELETE", "/npm/-/team/orchard/pickers/package", {"package": "NAME"}),
}


@pytest.fixture(scope="module")
async def ground(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ground]:
    """Run a server on which ada has a restricted package in the scope of her organisation."""
    async with a_ground(tmp_path_factory.mktemp("private")) as ground:
        ada = await ground.user("ada")
        await ground.user("bob")
        await ground.people.organisations.create("farm", "ada", [("npm", "@farm/*")])
        await ground.people.organisations.create("orchard", "bob", [("npm", "@orchard/*")])
        await ground.send("PUT", "/npm/-/org/orchard/team", {"name": "pickers"}, await ground.user("bob"))
        await ground.publish(SECRET, "1.0.0", ada, access="restricted", tag="latest")
        yield ground


async def everybody(ground: Ground) -> Mapping[str, str]:
    """Give the tokens of those who may not see the package."""
    return {
        "nobody": "",
        "an unknown token": "npm_" + "a" * 36,
        "another user": await ground.user("bob"),
        "another user's read-only token": await ground.user("bob", read_only=True),
    }


def about(name: str, text: str) -> str:
    """Put a name into what is asked."""
    bare = name.removeprefix("@farm/")
    return (
        text.replace("ESCAPED", name.replace("/", "%2f"))
        .replace("NAME", name)
        .replace("WHOLE", name.replace("@", "%40").replace("/", "%2F"))
        .replace("BARE", bare)
    )


def filled(name: str, body: object) -> object:
    """Put a name into a body."""
    if isinstance(body, dict):
        return {about(name, key): filled(name, value) for key, value in body.items()}
    if isinstance(body, list):
        return [filled(name, value) for value in body]
    return about(name, body) if isinstance(body, str) else body


def seen(reply: Reply) -> tuple[object, ...]:
    """Take all that a stranger sees, but which of the two names was asked for."""
    # An answer to both names is one of the words that were asked for, and its tag is of its bytes.
    apart = {"date", "etag"} if reply.status == 200 else {"date"}
    headers = {name: text for name, text in reply.headers.items() if name not in apart}
    neutral = reply.text.replace("absent", "THENAME").replace("secret", "THENAME")
    neutral = re.sub(r'"time":"[^"]*Z"|"_updated":\d+', "", neutral)
    return reply.status, headers, neutral


@pytest.mark.parametrize("what", READS)
async def test_reading_says_nothing_of_a_restricted_package(ground: Ground, what: str) -> None:
    for who, token in (await everybody(ground)).items():
        for method in ("GET", "HEAD"):
            hidden = await ground.send(method, about(SECRET, READS[what]), token=token)
            absent = await ground.send(method, about(ABSENT, READS[what]), token=token)
            assert seen(hidden) == seen(absent), who
            assert hidden.status < 500


@pytest.mark.parametrize("what", WRITES)
async def test_writing_says_nothing_of_a_restricted_package_and_leaves_it_as_it_is(ground: Ground, what: str) -> None:
    method, path, body = WRITES[what]
    ada = await ground.user("ada")
    before = await ground.packument(SECRET, ada)
    assert before["dist-tags"] == {"latest": "1.0.0"}
    for who, token in (await everybody(ground)).items():
        hidden = await ground.send(method, about(SECRET, path), filled(SECRET, body), token)
        absent = await ground.send(method, about(ABSENT, path), filled(ABSENT, body), token)
        assert seen(hidden) == seen(absent), who
        assert hidden.status < 500
    assert await ground.packument(SECRET, ada) == before


async def test_publishing_in_anothers_scope_is_refused_alike_whether_the_name_is_taken_or_not(ground: Ground) -> None:
    for who, token in (await everybody(ground)).items():
        for version in ("1.0.0", "2.0.0"):
            hidden = await ground.send("PUT", "/npm/@farm%2fsecret", document(SECRET, version), token)
            absent = await ground.send("PUT", "/npm/@farm%2fabsent", document(ABSENT, version), token)
            assert seen(hidden) == seen(absent), who
            assert hidden.status in (401, 403)
            staged = [
                await ground.send(
                    "POST", f"/npm/-/stage/package/@farm%2f{bare}", document(f"@farm/{bare}", version), token
                )
                for bare in ("secret", "absent")
            ]
            assert seen(staged[0]) == seen(staged[1]), who
    assert list((await ground.packument(SECRET, await ground.user("ada")))["versions"]) == ["1.0.0"]
    assert await ground.packument(ABSENT, await ground.user("ada")) == {}


@pytest.mark.parametrize(
    "path", ["/npm/", "/npm/-/all", "/npm/_all_docs", "/npm/_changes?since=0", "/npm/-/v1/search?text=pear", "/"]
)
async def test_nobody_notices_that_something_restricted_is_published_changed_or_removed(
    ground: Ground, path: str
) -> None:
    ada = await ground.user("ada")

    async def look() -> str:
        # The number of the last event is the whole server's, upstreams included: it says that it is in use, no more.
        return re.sub(r'"time":"[^"]*Z"|"(?:_updated|update_seq)":\d+', "", (await ground.send("GET", path)).text)

    before = await look()
    name = f"@farm/pear-{abs(hash(path))}"
    await ground.publish(name, "1.0.0", ada, access="restricted")
    await ground.publish(name, "1.1.0", ada)
    escaped = name.replace("/", "%2f")
    await ground.send("PUT", f"/npm/-/package/{escaped}/dist-tags/beta", "1.0.0", ada)
    await ground.send("PUT", f"/npm/-/user/package/{escaped}/star", token=ada)
    assert await look() == before
    rev = (await ground.packument(name, ada))["_rev"]
    assert (await ground.send("DELETE", f"/npm/{escaped}/-rev/{rev}", token=ada)).status == 200
    assert await look() == before
