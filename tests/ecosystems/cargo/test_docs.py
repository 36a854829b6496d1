"""Documentation pages: who may upload what, and how they are served."""

import gzip
import io
import json
import tarfile
import zipfile

import pytest

from packhouse.domain.package import Moment
from packhouse.domain.view import View
from packhouse.ecosystems.cargo import ECOSYSTEM, build_mount
from packhouse.ecosystems.cargo.docs_passes import LIFE_MS
from packhouse.ecosystems.cargo.docs_places import docs_filename
from packhouse.policy.rules.deny import Denied, Deny
from tests.asgi import Reply
from tests.assembled import Assembled
from tests.ecosystems.cargo.crates import key
from tests.ecosystems.cargo.pages import PAGES, place, tarball, zipped
from tests.ecosystems.cargo.publications import assembled, must_publish
from tests.ecosystems.cargo.test_removing import remove

pytestmark = pytest.mark.anyio

NAME = "green-pear"
UPLOAD = f"/cargo/api/v1/crates/{NAME}/1.0.0/docs"
BASE = "http://packhouse.example/cargo"


def server(*rules: Deny) -> Assembled:
    return Assembled(ECOSYSTEM, build_mount, {}, (), rules)


async def uploaded(body: bytes, path: str = UPLOAD) -> tuple[Assembled, str, Reply]:
    found = server()
    token = await place(found, NAME, "1.0.0", owner="ann")
    return found, token, await found.send("PUT", path, body, token)


def first(reply: Reply) -> str:
    return str(json.loads(reply.body)["errors"][0]["detail"])


@pytest.mark.parametrize(
    "body",
    [tarball(PAGES), tarball(PAGES, ""), tarball(PAGES, "target/doc/"), zipped(PAGES), zipped(PAGES, "doc/"),
     zipped(PAGES, "./")],
)  # fmt: skip
async def test_pages_are_served_as_they_were_sent(body: bytes) -> None:
    found, _, reply = await uploaded(body)
    assert reply.status == 200
    assert json.loads(reply.body) == {"ok": True, "url": f"{BASE}/docs/{NAME}/1.0.0/", "pages": len(PAGES) - 1}
    for path, content in PAGES.items():
        page = await found.get(f"/cargo/docs/{NAME}/1.0.0/{path}")
        assert page.status == (404 if path == ".lock" else 200)
        if page.status == 200:
            assert page.body == content
            packed = await found.get(f"/cargo/docs/{NAME}/1.0.0/{path}", {"accept-encoding": "br, gzip"})
            is_packed = packed.headers.get("content-encoding") == "gzip"
            assert (gzip.decompress(packed.body) if is_packed else packed.body) == content


async def test_the_addresses_of_a_crate_lead_to_its_first_page() -> None:
    found, _, _ = await uploaded(tarball(PAGES))
    reply = await found.get(f"/cargo/docs/{NAME}")
    assert (reply.status, reply.headers["location"]) == (302, f"{BASE}/docs/{NAME}/1.0.0/")
    reply = await found.get(f"/cargo/docs/{NAME}/1.0.0/")
    assert (reply.status, reply.headers["location"]) == (302, f"{BASE}/docs/{NAME}/1.0.0/green_pear/index.html")
    reply = await found.get(f"/cargo/docs/{NAME}/latest/green_pear/fn.ripen.html?search=a%20b%0d%0aset-cookie:x")
    there = f"{BASE}/docs/{NAME}/1.0.0/green_pear/fn.ripen.html"
    assert reply.headers["location"] == f"{there}?search=a+b%0D%0Aset-cookie%3Ax"
    reply = await found.get(f"/cargo/docs/{NAME}/1.0.0/green_pear/core")
    assert reply.headers["location"] == f"{BASE}/docs/{NAME}/1.0.0/green_pear/core/"
    reply = await found.get(f"/cargo/docs/{NAME}/1.0.0/green_pear/core/")
    assert reply.body == b"<h1>core</h1>"
    assert (await found.get("/cargo/docs/green_pear/1.0.0/help.html")).status == 200


async def test_the_latest_pages_are_those_of_the_highest_release_that_has_some() -> None:
    found = server()
    token = await place(found, NAME, "1.0.0", "1.10.0", "1.9.0", "2.0.0-rc.1", "3.0.0", owner="ann")
    for version in ("2.0.0-rc.1", "1.0.0", "1.10.0", "1.9.0"):
        path = f"/cargo/api/v1/crates/{NAME}/{version}/docs"
        assert (await found.send("PUT", path, zipped(PAGES), token)).status == 200
    reply = await found.get(f"/cargo/docs/{NAME}")
    assert reply.headers["location"] == f"{BASE}/docs/{NAME}/1.10.0/"


async def test_pages_run_in_a_sandbox_that_is_no_part_of_this_server() -> None:
    found, _, _ = await uploaded(tarball(PAGES))
    reply = await found.get(f"/cargo/docs/{NAME}/1.0.0/green_pear/index.html")
    own = f"{BASE}/docs/{NAME}/1.0.0/"
    policy = {each.split()[0]: each.split()[1:] for each in reply.headers["content-security-policy"].split(";")}
    assert "allow-scripts" in policy["sandbox"]
    assert "allow-same-origin" not in policy["sandbox"]
    assert "allow-top-navigation" not in policy["sandbox"]
    assert policy["default-src"] == policy["form-action"] == policy["base-uri"] == ["'none'"]
    assert policy["script-src"] == [own, "'unsafe-inline'"]
    assert policy["connect-src"] == [own]
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in reply.headers
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    for path, media_type in {
        "a.svg": "image/svg+xml",
        "a.woff2": "font/woff2",
        "what.exe": "application/octet-stream",
    }.items():
        reply = await found.get(f"{own.removeprefix('http://packhouse.example')}static.files/{path}")
        assert reply.headers["content-type"] == media_type
        assert reply.headers["content-security-policy"].startswith("sandbox allow-scripts ")


async def test_a_page_that_is_known_is_not_sent_again() -> None:
    found, _, _ = await uploaded(tarball(PAGES))
    path = f"/cargo/docs/{NAME}/1.0.0/green_pear/index.html"
    for headers in ({}, {"accept-encoding": "gzip"}):
        etag = (await found.get(path, headers)).headers["etag"]
        again = await found.get(path, {**headers, "if-none-match": etag})
        assert (again.status, again.body) == (304, b"")


async def test_pages_that_are_sent_again_take_the_place_of_the_earlier_ones() -> None:
    found, token, _ = await uploaded(tarball(PAGES))
    (before,) = await found.services.publishing.files_of(View(), key(NAME), [docs_filename("1.0.0")])
    changed = {**PAGES, "green_pear/index.html": b"<h1>Riper</h1>"}
    assert (await found.send("PUT", UPLOAD, zipped(changed), token)).status == 200
    assert (await found.get(f"/cargo/docs/{NAME}/1.0.0/green_pear/index.html")).body == b"<h1>Riper</h1>"
    assert await found.blobs.find_size(before.blob) is None
    assert (await found.send("PUT", UPLOAD, tarball(changed), token)).status == 200
    assert (await found.get(f"/cargo/docs/{NAME}/1.0.0/green_pear/index.html")).body == b"<h1>Riper</h1>"


async def test_pages_that_are_removed_are_gone() -> None:
    found, token, _ = await uploaded(tarball(PAGES))
    assert (await found.send("DELETE", UPLOAD, token=token)).status == 200
    for path in ("", "/1.0.0", "/1.0.0/help.html", "/latest/help.html"):
        assert (await found.get(f"/cargo/docs/{NAME}{path}")).status == 404
    assert (await found.send("DELETE", UPLOAD, token=token)).status == 404
    file = await found.get(f"/cargo/api/v1/crates/{NAME}/1.0.0/download")
    assert file.status == 200


async def test_pages_are_no_file_of_the_release() -> None:
    found, _, _ = await uploaded(tarball(PAGES))
    for path in (f"crates/{NAME}/{docs_filename('1.0.0')}", f"crates/{NAME}/{NAME}-{docs_filename('1.0.0')}"):
        assert (await found.get(f"/cargo/{path}")).status == 404
    record = await found.services.records.get(View(), key(NAME))
    assert [each.filename for each in record.release(0).artifacts] == [f"{NAME}-1.0.0.crate"]
    await found.get(f"/cargo/docs/{NAME}/1.0.0/help.html")
    await found.services.usage.write()
    assert await found.store.list_downloads("default", key(NAME)) == {}


async def test_a_crate_that_names_no_documentation_leads_to_its_pages_here() -> None:
    found = assembled()
    token = await found.token("ada")
    for version in ("1.0.0", "1.1.0"):
        await must_publish(found, token, "pear", version)
    path = "/cargo/api/v1/crates/pear"
    assert json.loads((await found.get(path)).body)["crate"]["documentation"] is None
    assert (await found.send("PUT", f"{path}/1.0.0/docs", zipped(PAGES), token)).status == 200
    document = json.loads((await found.get(path)).body)
    assert document["crate"]["documentation"] == f"{BASE}/docs/pear/"
    assert [each["documentation"] for each in document["versions"]] == [None, f"{BASE}/docs/pear/1.0.0/"]
    for asked in (f"{path}/versions", f"{path}/1.0.0"):
        assert f"{BASE}/docs/pear/1.0.0/" in (await found.get(asked)).text
    assert (await remove(found, "ada")).status == 204
    assert (await found.get("/cargo/docs/pear/1.0.0/help.html")).status == 404
    assert [blob async for blob in found.blobs.list_blobs()] == []


async def test_only_who_may_publish_a_crate_changes_its_pages() -> None:
    found, _, _ = await uploaded(tarball(PAGES))
    bob = await found.token("bob")
    for method in ("PUT", "DELETE"):
        assert (await found.send(method, UPLOAD, zipped(PAGES))).status == 401
        assert (await found.send(method, UPLOAD, zipped(PAGES), bob)).status == 403
        reading = await found.token("ann", read_only=True)
        assert (await found.send(method, UPLOAD, zipped(PAGES), reading)).status == 403
    assert (await found.get(f"/cargo/docs/{NAME}/1.0.0/help.html")).status == 200


async def test_a_release_that_is_not_there_takes_no_pages() -> None:
    for path in ("green-pear/1.0.1", "fig/1.0.0", "gr%2feen/1.0.0", "green-pear/latest"):
        _, _, reply = await uploaded(tarball(PAGES), f"/cargo/api/v1/crates/{path}/docs")
        assert reply.status == 404


async def test_pages_of_a_hidden_crate_are_hidden() -> None:
    found = server()
    token = await place(found, NAME, "1.0.0", owner="ann", restricted=True)
    assert (await found.send("PUT", UPLOAD, zipped(PAGES), token)).status == 200
    stranger = await found.token("bob")
    nobody = server()
    for path in ("", "/1.0.0", "/latest", "/1.0.0/help.html", "/latest/help.html", "/2.0.0/help.html"):
        absent = await nobody.get(f"/cargo/docs/{NAME}{path}")
        for asker in ("", stranger):
            reply = await found.send("GET", f"/cargo/docs/{NAME}{path}", token=asker)
            assert (reply.status, reply.body) == (404, absent.body)
    reply = await found.send("PUT", UPLOAD, zipped(PAGES), stranger)
    assert reply.status == 404
    reply = await found.send("GET", f"/cargo/docs/{NAME}/1.0.0/help.html", token=token)
    assert reply.body == PAGES["help.html"]
    assert reply.headers["cache-control"].startswith("private")


async def test_a_session_lets_a_browser_see_hidden_pages_by_an_address_of_their_own() -> None:
    found = server()
    token = await place(found, NAME, "1.0.0", "1.1.0", owner="ann", restricted=True)
    for version in ("1.0.0", "1.1.0"):
        path = f"/cargo/api/v1/crates/{NAME}/{version}/docs"
        assert (await found.send("PUT", path, zipped(PAGES), token)).status == 200
    session = {"cookie": f"packhouse_session={token}"}
    page = f"/cargo/docs/{NAME}/1.0.0/help.html"
    reply = await found.get(page, session)
    assert (reply.status, reply.headers["cache-control"]) == (302, "no-store")
    passed = reply.headers["location"].removeprefix("http://packhouse.example")
    folder = passed.removesuffix("help.html")
    # Nothing but the address tells who asks for what belongs to the page.
    reply = await found.get(passed)
    assert reply.body == PAGES["help.html"]
    assert reply.headers["cache-control"].startswith("private")
    assert f"script-src http://packhouse.example{folder} " in reply.headers["content-security-policy"]
    assert (await found.get(f"{folder}green_pear/core")).headers["location"].endswith(f"{folder}green_pear/core/")
    assert (await found.get(f"{folder}static.files/a.svg")).headers["cache-control"].startswith("private")
    # It is one for these pages alone, and not for long.
    for other in (
        passed.replace("1.0.0", "1.1.0"),
        passed.replace(NAME, "fig"),
        f"/cargo/docs/{NAME}/1.0.0/~x/help.html",
    ):
        reply = await found.get(other)
        assert (reply.status, "~" in reply.headers["location"]) == (302, False)
    found.now = Moment(found.now + LIFE_MS + 1)
    assert (await found.get(passed)).headers["location"] == f"http://packhouse.example{page}"
    assert (await found.get(page)).status == 404
    assert (await found.get(page, {"cookie": f"packhouse_session={await found.token('bob')}"})).status == 404


async def test_pages_of_a_refused_release_are_refused() -> None:
    denied = Deny((Denied("cargo/green-pear", lambda asked, version: asked.name == NAME and version == "1.0.0"),))
    found = server(denied)
    token = await place(found, NAME, "1.0.0", "1.1.0", owner="ann")
    assert (await found.send("PUT", UPLOAD, zipped(PAGES), token)).status == 200
    assert (await found.get(f"/cargo/docs/{NAME}/1.0.0/help.html")).status == 403
    assert (await found.get(f"/cargo/docs/{NAME}")).status == 404


def link(kind: bytes, name: str = "doc/x", target: str = "/etc/passwd") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type = kind
    member.linkname = target
    return member


def symlinked() -> bytes:
    plain = io.BytesIO(zipped(PAGES))
    with zipfile.ZipFile(plain, "a") as archive:
        info = zipfile.ZipInfo("x")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    return plain.getvalue()


def doubled() -> bytes:
    plain = io.BytesIO(zipped(PAGES))
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(plain, "a") as archive:
        archive.writestr("help.html", b"other")
    return plain.getvalue()


def wrong_size() -> bytes:
    """Let a zip's directory tell less of a file than there is."""
    body = bytearray(zipped(PAGES))
    at = body.rindex(b"PK\x01\x02", 0, body.rindex(b"help.html"))
    body[at + 24 : at + 28] = (3).to_bytes(4, "little")
    return bytes(body)


HARMFUL = {
    "empty": b"",
    "text": b"hello",
    "xz": b"\xfd7zXZ\x00" + bytes(100),
    "cut": tarball(PAGES)[:-40],
    "cut zip": zipped(PAGES)[:-40],
    "two members": tarball(PAGES) + tarball(PAGES),
    "no pages": tarball({"a.txt": b"x"}),
    "no crate": tarball({"crates.js": b"x"}),
    "out": tarball({**PAGES, "../../x": b"x"}),
    "absolute": zipped({**PAGES, "/etc/x": b"x"}),
    "zip out": zipped({**PAGES, "a/../../x": b"x"}),
    "backslash": zipped({**PAGES, "a\\..\\x": b"x"}),
    "drive": zipped({**PAGES, "C:/x": b"x"}),
    "twins": tarball({**PAGES, "HELP.html": b"x"}),
    "zip twins": zipped({**PAGES, "HELP.html": b"x"}),
    "file in file": zipped({**PAGES, "help.html/x": b"x"}),
    "symlink": tarball(PAGES, extra=link(tarfile.SYMTYPE)),
    "hardlink": tarball(PAGES, extra=link(tarfile.LNKTYPE)),
    "device": tarball(PAGES, extra=link(tarfile.CHRTYPE)),
    "fifo": tarball(PAGES, extra=link(tarfile.FIFOTYPE)),
    "zip symlink": symlinked(),
    "zip double": doubled(),
    "zip wrong size": wrong_size(),
}


@pytest.mark.parametrize("name", HARMFUL)
async def test_an_archive_that_could_do_harm_is_refused(name: str) -> None:
    found, _, reply = await uploaded(HARMFUL[name])
    assert reply.status == 400
    assert "malformed" in first(reply)
    assert (await found.get(f"/cargo/docs/{NAME}")).status == 404


@pytest.mark.parametrize("name", ["tar", "zip"])
async def test_an_archive_that_unpacks_to_too_much_is_refused(name: str) -> None:
    bomb = {**PAGES, "bomb.html": bytes(20 << 20)}
    _, _, reply = await uploaded(tarball(bomb) if name == "tar" else zipped(bomb))
    assert reply.status == 413
    assert "too large" in first(reply)


async def test_an_archive_of_too_many_files_is_refused() -> None:
    plain = bytearray(zipped(PAGES))
    # Each could be a header of the directory, and none of them is read before all are counted.
    _, _, reply = await uploaded(bytes(plain + b"PK\x01\x02" * 200_000))
    assert reply.status == 413


async def test_pages_change_nothing_of_what_a_search_shows() -> None:
    found = assembled()
    token = await found.token("ada")
    await must_publish(found, token, "pear", "1.0.0", 'keywords = ["fruit"]')
    (before,) = (await found.services.search.find(View(), "cargo", "pear", 0, 9)).hits
    assert (before[1].description, before[1].keywords) == ("About pear", ("fruit",))
    docs = "/cargo/api/v1/crates/pear/1.0.0/docs"
    for method, body in (("PUT", zipped({"pear/index.html": b"<h1>Pear</h1>", "help.html": b""})), ("DELETE", None)):
        assert (await found.send(method, docs, body, token)).status == 200
        (after,) = (await found.services.search.find(View(), "cargo", "pear", 0, 9)).hits
        assert after[1] == before[1]
