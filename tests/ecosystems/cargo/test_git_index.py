"""The legacy index: what is in the repository, and what its door says. Real clients: tests/clients/cargo."""

import asyncio
import json
from contextlib import closing
from pathlib import Path

import pytest
from dulwich.object_store import DiskObjectStore
from dulwich.objects import Commit, ObjectID
from msgspec.structs import replace

from packhouse.adapters.memory.upstream import MemoryAnswer
from packhouse.domain.package import Moment
from packhouse.ecosystems.cargo import ECOSYSTEM, build_mount
from packhouse.ecosystems.cargo.git_protocol import upload_pack
from packhouse.ecosystems.cargo.git_repository import GitRepository
from packhouse.http.site import Mount
from packhouse.policy.rules.deny import Denied, Deny
from packhouse.services.assembly import Services
from tests.assembled import Assembled
from tests.ecosystems.cargo.crates import CONFIG, INDEX, UPSTREAM, index_file, line
from tests.ecosystems.cargo.pages import hide, place

pytestmark = pytest.mark.anyio

REFS = "/cargo/git/index/info/refs?service=git-upload-pack"
BASE = "http://packhouse.example/cargo"
ANSWERS: dict[str, MemoryAnswer] = {
    f"{INDEX}/config.json": CONFIG,
    f"{INDEX}/pl/um/plum": index_file(line("plum", "1.0.0"), line("plum", "1.1.0")),
}


def server(folder: Path, *rules: Deny) -> Assembled:
    def build(services: Services) -> Mount:
        return build_mount(replace(services, git_folder=folder / "git"))

    return Assembled(ECOSYSTEM, build, ANSWERS, (UPSTREAM,), rules)


async def told(found: Assembled, host: str = "packhouse.example") -> str:
    """Ask which commit is the newest, a while after whatever was done."""
    found.now = Moment(found.now + 20_000)
    reply = await found.get(REFS, {"host": host})
    assert reply.status == 200, reply.text
    assert reply.headers["content-type"] == "application/x-git-upload-pack-advertisement"
    assert reply.body.startswith(b"001e# service=git-upload-pack\n0000")
    (commit,) = {each[4:44] for each in reply.body.split(b"0000", 1)[1].split(b"\n") if b"HEAD" in each}
    return commit.decode()


def wanted(commit: str) -> bytes:
    """Ask for a commit and all that it has, as a client does that has nothing."""
    line = f"want {commit} side-band-64k thin-pack ofs-delta no-progress\n".encode()
    return b"%04x%b00000009done\n" % (len(line) + 4, line)


def commit_of(folder: Path, name: str) -> Commit:
    with closing(DiskObjectStore(str(folder / "git" / "objects"))) as store:
        found = store[ObjectID(name.encode())]
    assert isinstance(found, Commit)
    return found


def files(folder: Path, name: str) -> dict[str, bytes]:
    with closing(DiskObjectStore(str(folder / "git" / "objects"))) as store:
        contents = store.iter_tree_contents(commit_of(folder, name).tree)
        return {each.path.decode(): store[each.sha].as_raw_string() for each in contents if each.path and each.sha}


async def test_the_repository_has_the_lines_of_the_sparse_index(tmp_path: Path) -> None:
    found = server(tmp_path)
    await place(found, "Green-Pear", "1.0.0", "1.1.0", owner="ann")
    sparse = await found.get("/cargo/index/pl/um/plum")
    ours = await found.get("/cargo/index/gr/ee/green-pear")
    assert files(tmp_path, await told(found)) == {
        "config.json": json.dumps({"dl": f"{BASE}/api/v1/crates", "api": BASE}).replace(" ", "").encode(),
        "pl/um/plum": sparse.body,
        "gr/ee/green-pear": ours.body,
    }
    assert ours.body.count(b"\n") == 2


async def test_each_change_is_one_commit_and_no_change_is_none(tmp_path: Path) -> None:
    found = server(tmp_path)
    await place(found, "fig", "1.0.0", owner="ann")
    first = await told(found)
    assert await told(found) == first
    await place(found, "fig", "1.1.0", owner="ann")
    await place(found, "date", "1.0.0", owner="ann")
    second = await told(found)
    assert commit_of(tmp_path, second).parents == [first.encode()]
    assert set(files(tmp_path, second)) == {"config.json", "3/f/fig", "da/te/date"}
    assert files(tmp_path, second)["3/f/fig"].count(b"\n") == 2


async def test_a_repository_goes_on_after_a_restart(tmp_path: Path) -> None:
    found = server(tmp_path)
    await place(found, "fig", "1.0.0", owner="ann")
    first = await told(found)
    again = server(tmp_path)
    await place(again, "fig", "1.0.0", owner="ann")
    assert await told(again) == first
    # Whatever is not there any more is left out, though no event says so.
    assert set(files(tmp_path, await told(server(tmp_path)))) == {"config.json"}


async def test_crates_that_not_everybody_may_see_are_never_in_it(tmp_path: Path) -> None:
    found = server(tmp_path)
    await place(found, "secret", "1.0.0", owner="ann", restricted=True)
    await place(found, "fig", "1.0.0", owner="ann")
    before = await told(found)
    lines = files(tmp_path, before)["3/f/fig"]
    assert set(files(tmp_path, before)) == {"config.json", "3/f/fig"}
    await hide(found, "fig")
    after = await told(found)
    assert set(files(tmp_path, after)) == {"config.json"}
    # What was there before cannot be fetched any more.
    assert commit_of(tmp_path, after).parents == []
    reply = await found.send("POST", "/cargo/git/index/git-upload-pack", wanted(after))
    assert reply.status == 200
    assert b"PACK" in reply.body
    reply = await found.send("POST", "/cargo/git/index/git-upload-pack", wanted(before))
    assert reply.status == 400
    with closing(DiskObjectStore(str(tmp_path / "git" / "objects"))) as store:
        assert lines not in [store[each].as_raw_string() for each in store]
        assert ObjectID(before.encode()) not in store


async def test_releases_that_are_refused_are_not_in_it(tmp_path: Path) -> None:
    denied = Deny((Denied("cargo/plum", lambda asked, version: asked.name == "plum" and version == "1.1.0"),))
    found = server(tmp_path, denied)
    await found.get("/cargo/index/pl/um/plum")
    lines = files(tmp_path, await told(found))["pl/um/plum"]
    assert b'"1.0.0"' in lines
    assert b'"1.1.0"' not in lines


async def test_nobody_is_led_to_the_address_that_somebody_else_has_asked_under(tmp_path: Path) -> None:
    found = server(tmp_path)
    evil = await told(found, "evil.example")
    ours = await told(found)
    assert b"evil.example" in files(tmp_path, evil)["config.json"]
    assert json.loads(files(tmp_path, ours)["config.json"])["api"] == BASE
    assert commit_of(tmp_path, ours).parents == []
    assert (await found.get(REFS, {"host": "other.example"})).status == 429
    assert (await found.get(REFS)).status == 200


async def test_many_fetch_while_others_publish(tmp_path: Path) -> None:
    found = server(tmp_path)

    async def fetch() -> int:
        commit = await told(found)
        reply = await found.send("POST", "/cargo/git/index/git-upload-pack", wanted(commit))
        assert b"PACK" in reply.body
        return reply.status

    async def publish(number: int) -> int:
        await place(found, f"crate{number}", "1.0.0", owner="ann")
        return 200

    await publish(0)
    jobs = [fetch() if number % 3 else publish(number) for number in range(1, 24)]
    assert await asyncio.gather(*jobs) == [200] * len(jobs)
    assert len(files(tmp_path, await told(found))) == 1 + 1 + 7


async def test_it_is_off_unless_an_operator_wants_it() -> None:
    found = Assembled(ECOSYSTEM, build_mount, {}, ())
    assert (await found.get(REFS)).status == 404


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/cargo/git/index/info/refs", 403),
        ("/cargo/git/index/info/refs?service=git-receive-pack", 403),
        ("/@2026-01-01/cargo/git/index/info/refs?service=git-upload-pack", 404),
        ("/cargo/git/index/HEAD", 404),
        ("/cargo/git/index/objects/info/packs", 404),
        ("/cargo/git/index/git-upload-pack", 405),
    ],
)
async def test_there_is_nothing_but_reading(tmp_path: Path, path: str, status: int) -> None:
    assert (await server(tmp_path).get(path)).status == status


@pytest.mark.parametrize(
    "body",
    [b"", b"0000", b"zzzz", b"0032want " + b"a" * 40 + b"\n0000", b"ffff" + b"x" * 10, b"0009done\n", b"0004" * 100,
     b"0032have " + b"a" * 40 + b"\n0000", b"003bwant " + b"b" * 40 + b" filter\n00000009done\n"],
)  # fmt: skip
async def test_a_request_that_makes_no_sense_is_a_mistake_of_who_sends_it(tmp_path: Path, body: bytes) -> None:
    found = server(tmp_path)
    reply = await found.send("POST", "/cargo/git/index/git-upload-pack", body)
    assert reply.status in (200, 400)
    reply = await found.send("POST", "/cargo/git/index/git-upload-pack", body, headers={"content-encoding": "gzip"})
    assert reply.status == 400


def test_a_client_may_fetch_what_it_was_told_of_a_moment_ago(tmp_path: Path) -> None:
    repository = GitRepository(tmp_path / "git")
    repository.apply({"1/a": b"{}\n"}, 1)
    commits = repository.commits(BASE, b"{}", 1)
    told_of = commits[0]
    for number in range(2, 6):
        repository.apply({"1/a": b"{}\n" * number}, number)
        commits = repository.commits(BASE, b"{}", number)
    assert commits[-1] == told_of
    assert b"PACK" in upload_pack(tmp_path / "git", commits, wanted(told_of))


def test_many_files_are_kept_in_few(tmp_path: Path) -> None:
    repository = GitRepository(tmp_path / "git")
    paths = {f"{first}a/{second}b/{first}a{second}b": b"{}\n" for first in "abcdefghij" for second in "abcdefghij"}
    assert repository.apply(paths, 1)
    assert not repository.apply(paths, 2)
    assert repository.paths() == paths.keys()
    assert sum(1 for each in (tmp_path / "git").rglob("*") if each.is_file()) < 10
    again = GitRepository(tmp_path / "git")
    assert (again.paths(), again.sequence) == (frozenset(paths), 2)
    assert again.apply(dict.fromkeys(paths), 3)
    assert again.paths() == frozenset()
