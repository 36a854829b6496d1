"""A restricted crate is told of by no door: whoever may not see it is answered as if there were none."""

import json
import re
from collections.abc import AsyncIterator, Mapping

import pytest

from tests.asgi import Reply
from tests.attacks.cargo.ground import API, Ground, a_ground
from tests.ecosystems.cargo.pages import PAGES, tarball
from tests.ecosystems.cargo.publications import publication

pytestmark = pytest.mark.anyio

SECRET, ABSENT = "se_cret", "ab_sent"  # of one length, so that lengths may be compared

READS = {
    "index file": "/cargo/index/PREFIX/NAME",
    "index file in another spelling": "/cargo/index/PREFIX/DASHED",
    "index file of a day": "/@2030-01-01/cargo/index/PREFIX/NAME",
    "index file of a registry": "/r/default/cargo/index/PREFIX/NAME",
    "crate": f"{API}/crates/NAME",
    "crate in another spelling": f"{API}/crates/DASHED",
    "crate of a day": "/@2030-01-01/cargo/api/v1/crates/NAME",
    "parts of a crate": f"{API}/crates/NAME?include=",
    "file": f"{API}/crates/NAME/1.0.0/download",
    "file in another spelling": f"{API}/crates/DASHED/1.0.0/download",
    "another file": f"{API}/crates/NAME/2.0.0/download",
    "file of the store": "/cargo/crates/NAME/NAME-1.0.0.crate",
    "pages as a file": "/cargo/crates/NAME/NAME-1.0.0.docs.crate",
    "version": f"{API}/crates/NAME/1.0.0",
    "versions": f"{API}/crates/NAME/versions",
    "tracks": f"{API}/crates/NAME/versions?include=release_tracks",
    "dependencies": f"{API}/crates/NAME/1.0.0/dependencies",
    "authors": f"{API}/crates/NAME/1.0.0/authors",
    "readme": f"{API}/crates/NAME/1.0.0/readme",
    "downloads": f"{API}/crates/NAME/downloads",
    "downloads of a version": f"{API}/crates/NAME/1.0.0/downloads",
    "reverse dependencies": f"{API}/crates/NAME/reverse_dependencies",
    "reverse dependencies of what it needs": f"{API}/crates/needed/reverse_dependencies",
    "owners": f"{API}/crates/NAME/owners",
    "people": f"{API}/crates/NAME/owner_user",
    "teams": f"{API}/crates/NAME/owner_team",
    "followed": f"{API}/crates/NAME/following",
    "search": f"{API}/crates?q=NAME",
    "search by a word": f"{API}/crates?q=hush",
    "list": f"{API}/crates?per_page=100",
    "list by the alphabet": f"{API}/crates?sort=alphabetical&per_page=100",
    "list of the new": f"{API}/crates?sort=new&per_page=100",
    "list of the last changed": f"{API}/crates?sort=recent-updates",
    "list by a letter": f"{API}/crates?letter=s",
    "list by a keyword": f"{API}/crates?keyword=hush",
    "list by keywords": f"{API}/crates?all_keywords=hush%20fruit",
    "list by a category": f"{API}/crates?category=science",
    "list by names": f"{API}/crates?ids%5B%5D=NAME",
    "list of what is followed": f"{API}/crates?following=1",
    "list by a user": f"{API}/crates?user_id=ADA",
    "keywords": f"{API}/keywords?per_page=100",
    "keyword": f"{API}/keywords/hush",
    "categories": f"{API}/categories?per_page=100",
    "category": f"{API}/categories/science",
    "summary": f"{API}/summary",
    "stats of its owner": f"{API}/users/ADA/stats",
    "its owner": f"{API}/users/ada",
    "invitations to it": "/cargo/api/private/crate_owner_invitations?crate_name=NAME",
    "what it trusts": f"{API}/trusted_publishing/github_configs?crate=NAME",
    "what it trusts elsewhere": f"{API}/trusted_publishing/gitlab_configs?crate=NAME",
    "pages": "/cargo/docs/NAME",
    "latest pages": "/cargo/docs/NAME/latest",
    "pages of a version": "/cargo/docs/NAME/1.0.0",
    "a page": "/cargo/docs/NAME/1.0.0/help.html",
    "a latest page": "/cargo/docs/NAME/latest/help.html",
    "package page": "/ui/cargo/NAME",
    "version page": "/ui/cargo/NAME/v/1.0.0",
    "search page": "/ui/search?q=hush",
    "page of all": "/ui/cargo",
    "front page": "/",
    "system": "/v3/systems/cargo/packages/NAME",
    "system's version": "/v3/systems/cargo/packages/NAME/versions/1.0.0",
    "package": "/packages/v1/package?registry=cargo&package=NAME",
    "package's versions": "/packages/v1/versions?registry=cargo&package=NAME",
    "package's dependencies": "/packages/v1/dependencies?registry=cargo&package=NAME",
    "package's downloads": "/packages/v1/downloads?registry=cargo&package=NAME",
    "package's maintainers": "/packages/v1/maintainer?registry=cargo&package=NAME",
    "maintainer's packages": "/packages/v1/maintainer?registry=cargo&login=ada",
    "package search": "/packages/v1/search?registry=cargo&query=hush",
}
_GITHUB = {"repository_owner": "bob", "repository_name": "x", "workflow_filename": "x.yml"}
WRITES: dict[str, tuple[str, str, object]] = {
    "yank": ("DELETE", f"{API}/crates/NAME/1.0.0/yank", None),
    "yank in another spelling": ("DELETE", f"{API}/crates/DASHED/1.0.0/yank", None),
    "unyank": ("PUT", f"{API}/crates/NAME/1.0.0/unyank", None),
    "yank with a message": ("PATCH", f"{API}/crates/NAME/1.0.0", {"version": {"yanked": True, "yank_message": "x"}}),
    "trusted only": ("PATCH", f"{API}/crates/NAME", {"crate": {"trustpub_only": True}}),
    "removal": ("DELETE", f"{API}/crates/NAME", None),
    "owner": ("PUT", f"{API}/crates/NAME/owners", {"users": ["bob"]}),
    "no owner": ("DELETE", f"{API}/crates/NAME/owners", {"users": ["ada"]}),
    "follow": ("PUT", f"{API}/crates/NAME/follow", None),
    "unfollow": ("DELETE", f"{API}/crates/NAME/follow", None),
    "trust": ("POST", f"{API}/trusted_publishing/github_configs", {"github_config": {"crate": "NAME", **_GITHUB}}),
    "pages": ("PUT", f"{API}/crates/NAME/1.0.0/docs", tarball(PAGES)),
    "no pages": ("DELETE", f"{API}/crates/NAME/1.0.0/docs", None),
    "invitation": (
        "PUT",
        f"{API}/me/crate_owner_invitations/1",
        {"crate_owner_invite": {"crate_id": 1, "accepted": 1}},
    ),
}


@pytest.fixture(scope="module")
async def ground(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ground]:
    """Run a server on which ada has a restricted crate, about which there is everything that there can be."""
    async with a_ground(tmp_path_factory.mktemp("private")) as ground:
        ada = await ground.user("ada")
        await ground.user("bob")
        await ground.publish("needed", "1.0.0", ada)
        words = 'keywords = ["hush", "fruit"]\ncategories = ["science"]\nreadme = "src/lib.rs"\n'
        needs = f'{words}[dependencies]\nneeded = "1"'
        await ground.publish(SECRET, "1.0.0", ada, needs, deps=[{"name": "needed", "version_req": "^1"}])
        uploaded = await ground.send("PUT", f"{API}/crates/{SECRET}/1.0.0/docs", tarball(PAGES), ada)
        assert uploaded.status == 200, uploaded.text
        await ground.restrict(SECRET, ada)
        yield ground


async def everybody(ground: Ground) -> Mapping[str, str]:
    """Give the tokens of those who may not see the crate."""
    return {
        "nobody": "",
        "an unknown token": "pkh_" + "a" * 36,
        "another user": await ground.user("bob"),
        "another user's read-only token": await ground.user("bob", read_only=True),
    }


def about(name: str, text: str) -> str:
    """Put a name into what is asked."""
    prefix = f"{name[:2]}/{name[2:4]}"
    return text.replace("PREFIX", prefix).replace("NAME", name).replace("DASHED", name.replace("_", "-"))


def filled(name: str, body: object) -> object:
    """Put a name into a body."""
    if isinstance(body, dict):
        return {key: filled(name, value) for key, value in body.items()}
    return about(name, body) if isinstance(body, str) else body


def seen(reply: Reply) -> tuple[object, ...]:
    """Take all that a stranger sees, but which of the two names was asked for."""
    apart = {"date", "etag"} if reply.status == 200 else {"date"}
    headers = {name: text for name, text in reply.headers.items() if name not in apart}
    neutral = reply.text
    for name in (SECRET, ABSENT):
        neutral = neutral.replace(f"{name[:2]}/{name[2:4]}/", "")
        for spelling in (name, name.replace("_", "-")):
            neutral = neutral.replace(spelling, "THENAME")
    return reply.status, headers, re.sub(r'"created_at":"[^"]*"', "", neutral)


@pytest.mark.parametrize("what", READS)
async def test_reading_says_nothing_of_a_restricted_crate(ground: Ground, what: str) -> None:
    number = (await ground.read("crates/needed"))["versions"][0]["published_by"]["id"]
    path = READS[what].replace("ADA", str(number))
    for who, token in (await everybody(ground)).items():
        for method in ("GET", "HEAD"):
            hidden = await ground.send(method, about(SECRET, path), token=token)
            absent = await ground.send(method, about(ABSENT, path), token=token)
            assert seen(hidden) == seen(absent), who
            assert hidden.status < 500
            if "NAME" not in READS[what]:
                assert SECRET not in hidden.text
                assert "hush" not in hidden.text.replace("q=hush", "").replace('"hush"', "") or what in (
                    "search page",
                    "keyword",
                    "package search",
                )


@pytest.mark.parametrize("what", WRITES)
async def test_writing_says_nothing_of_a_restricted_crate_and_leaves_it_as_it_is(ground: Ground, what: str) -> None:
    method, path, body = WRITES[what]
    ada = await ground.user("ada")
    before = await ground.read(f"crates/{SECRET}", ada)
    for who, token in (await everybody(ground)).items():
        hidden = await ground.send(method, about(SECRET, path), filled(SECRET, body), token)
        absent = await ground.send(method, about(ABSENT, path), filled(ABSENT, body), token)
        assert seen(hidden) == seen(absent), who
        assert 400 <= hidden.status < 500
    assert await ground.read(f"crates/{SECRET}", ada) == before


@pytest.mark.parametrize(
    "path",
    [
        f"{API}/crates?per_page=100",
        f"{API}/crates?sort=new",
        f"{API}/summary",
        f"{API}/keywords",
        f"{API}/categories",
        f"{API}/crates/needed/reverse_dependencies",
        f"{API}/crates/needed",
        "/",
        "/ui/search?q=needed",
    ],
)
async def test_nobody_notices_that_a_restricted_crate_has_changed(ground: Ground, path: str) -> None:
    ada = await ground.user("ada")
    before = await ground.send("GET", path)
    assert before.status == 200, before.text
    version = f"1.{abs(hash(path)) % 10_000}.0"
    words = 'keywords = ["hush"]\ncategories = ["science"]\n'
    await ground.publish(SECRET, version, ada, words)
    yanked = await ground.send("DELETE", f"{API}/crates/{SECRET}/{version}/yank", token=ada)
    assert yanked.status == 200, yanked.text
    after = await ground.send("GET", path)
    assert (after.status, after.text) == (before.status, before.text)


async def test_publishing_under_a_hidden_name_says_no_more_than_that_it_may_not_be(ground: Ground) -> None:
    body = publication(SECRET, "9.0.0")
    for who, token in (await everybody(ground)).items():
        reply = await ground.send("PUT", f"{API}/crates/new", body, token)
        assert reply.status in (401, 403), who
        for word in ("owner", "exists", "hush", "1.0.0"):
            assert word not in reply.text, who
    assert len(await _versions(ground)) == len({*await _versions(ground)} - {"9.0.0"})


async def _versions(ground: Ground) -> list[str]:
    found = await ground.read(f"crates/{SECRET}", await ground.user("ada"))
    return [each["num"] for each in found["versions"]]


async def test_what_its_owner_reads_is_kept_for_nobody_else(ground: Ground) -> None:
    ada = await ground.user("ada")
    for path in (
        "/cargo/index/se/_c/se_cret",
        f"{API}/crates/{SECRET}",
        f"{API}/crates/{SECRET}/1.0.0/download",
        f"{API}/crates/{SECRET}/versions",
        f"/cargo/docs/{SECRET}/1.0.0/help.html",
        f"{API}/crates?q=hush",
        f"{API}/crates?per_page=100",
        f"{API}/crates?sort=new",
        f"{API}/crates?keyword=hush",
        f"{API}/summary",
        f"{API}/keywords",
        f"{API}/crates/needed/reverse_dependencies",
        f"/cargo/docs/{SECRET}/1.0.0/static.files/a.woff2",
        f"{API}/crates/{SECRET}/1.0.0/readme",
        f"/cargo/crates/{SECRET}/{SECRET}-1.0.0.crate",
    ):
        mine = await ground.send("GET", path, token=ada)
        assert mine.status == 200, path
        assert "private" in mine.headers["cache-control"] or "no-store" in mine.headers["cache-control"], path
        assert "authorization" in mine.headers["vary"].lower(), path
        tag = {"if-none-match": mine.headers["etag"]} if "etag" in mine.headers else {}
        theirs = await ground.send("GET", path, headers=tag)
        assert theirs.status == 404 or SECRET not in theirs.text, path
        assert theirs.status != 304, path
        assert json.dumps(SECRET) not in theirs.text
