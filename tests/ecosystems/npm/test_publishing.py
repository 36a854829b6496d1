"""Publishing through the door, on a whole server in memory."""

import asyncio
import base64
import hashlib
import io
import json
import tarfile
from typing import Any

import pytest

from packhouse.ecosystems.npm import ECOSYSTEM, build_mount
from tests.assembled import Assembled

pytestmark = pytest.mark.anyio


def archive(manifest: dict[str, Any], files: dict[str, bytes] | None = None) -> bytes:
    """Pack a package."""
    packed = io.BytesIO()
    contents = {"package.json": json.dumps(manifest).encode(), "index.js": b"module.exports = 1\n", **(files or {})}
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in contents.items():
            info = tarfile.TarInfo(f"package/{name}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return packed.getvalue()


def document(
    name: str,
    version: str,
    *,
    tag: str = "latest",
    access: str | None = None,
    **fields: Any,  # noqa: ANN401
) -> dict[str, Any]:
    """Make the document that npm puts."""
    manifest = {"name": name, "version": version, "description": "a pear", **fields}
    packed = archive(manifest)
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(packed).digest()).decode()
    file = f"{name}-{version}.tgz"
    dist = {
        "integrity": integrity,
        "shasum": hashlib.sha1(packed).hexdigest(),  # noqa: S324 (the protocol's)
        "tarball": f"http://packhouse.example/npm/{name}/-/{file}",
    }
    return {
        "_id": name,
        "name": name,
        "description": "a pear",
        "dist-tags": {tag: version},
        "versions": {version: {**manifest, "_id": f"{name}@{version}", "dist": dist}},
        "access": access,
        "_attachments": {
            file: {
                "content_type": "application/octet-stream",
                "data": base64.b64encode(packed).decode(),
                "length": len(packed),
            }
        },
    }


def server() -> Assembled:
    """Make a server without any upstream."""
    return Assembled(ECOSYSTEM, build_mount, {}, [])


async def publish(ours: Assembled, token: str, name: str, version: str, **fields: Any) -> None:  # noqa: ANN401
    """Publish a version; it must succeed."""
    path = name.replace("/", "%2f")
    reply = await ours.send("PUT", f"/npm/{path}", document(name, version, **fields), token)
    assert reply.status == 201, reply.text


@pytest.mark.parametrize("name", ["pear", "@farm/pear"])
async def test_what_is_published_is_installed_at_once(name: str) -> None:
    ours = server()
    ada = await ours.token("ada")
    await publish(ours, ada, name, "1.0.0", dependencies={"plum": "^1.0.0"})
    found = json.loads((await ours.get(f"/npm/{name}")).body)
    assert found["dist-tags"] == {"latest": "1.0.0"}
    assert [person["name"] for person in found["maintainers"]] == ["ada"]
    manifest = found["versions"]["1.0.0"]
    assert manifest["_npmUser"]["name"] == "ada"
    assert manifest["dist"]["signatures"][0]["keyid"].startswith("SHA256:")
    packed = await ours.get(manifest["dist"]["tarball"].removeprefix("http://packhouse.example"))
    assert "sha512-" + base64.b64encode(hashlib.sha512(packed.body).digest()).decode() == manifest["dist"]["integrity"]


async def test_nobody_publishes_without_signing_in_and_nothing_of_the_body_is_read() -> None:
    ours = server()
    reply = await ours.send("PUT", "/npm/pear", b"{" * 10_000)
    assert reply.status == 401
    assert (await ours.get("/npm/pear")).status == 404


async def test_a_version_is_published_once_and_never_again_even_when_it_was_removed() -> None:
    ours = server()
    ada = await ours.token("ada")
    await publish(ours, ada, "pear", "1.0.0")
    await publish(ours, ada, "pear", "1.1.0")
    again = await ours.send("PUT", "/npm/pear", document("pear", "1.0.0", license="MIT"), ada)
    assert again.status == 409
    assert "previously published" in again.text
    shown = json.loads((await ours.get("/npm/pear?write=true")).body)
    rev = shown["_rev"]
    del shown["versions"]["1.1.0"]
    shown["dist-tags"]["latest"] = "1.0.0"
    assert (await ours.send("PUT", f"/npm/pear/-rev/{rev}", shown, ada)).status == 201
    left = json.loads((await ours.get("/npm/pear")).body)
    assert list(left["versions"]) == ["1.0.0"]
    assert left["dist-tags"] == {"latest": "1.0.0"}
    assert (await ours.get("/npm/pear/-/pear-1.1.0.tgz")).status == 404
    reused = await ours.send("PUT", "/npm/pear", document("pear", "1.1.0"), ada)
    assert reused.status == 403
    assert "removed" in reused.text


async def test_a_package_that_was_removed_stays_its_owners_and_is_never_asked_of_an_upstream() -> None:
    ours = server()
    ada, bob = await ours.token("ada"), await ours.token("bob")
    await publish(ours, ada, "pear", "1.0.0")
    rev = json.loads((await ours.get("/npm/pear?write=true")).body)["_rev"]
    assert (await ours.send("DELETE", f"/npm/pear/-rev/{rev}", token=ada)).status == 200
    assert (await ours.get("/npm/pear")).status == 404
    assert (await ours.send("PUT", "/npm/pear", document("pear", "2.0.0"), bob)).status in (403, 404)
    assert (await ours.send("PUT", "/npm/pear", document("pear", "1.0.0"), ada)).status == 403
    await publish(ours, ada, "pear", "2.0.0")
    assert list(json.loads((await ours.get("/npm/pear")).body)["versions"]) == ["2.0.0"]


async def test_another_user_can_neither_publish_nor_tag_nor_remove() -> None:
    ours = server()
    ada, bob = await ours.token("ada"), await ours.token("bob")
    await publish(ours, ada, "pear", "1.0.0")
    assert (await ours.send("PUT", "/npm/pear", document("pear", "2.0.0"), bob)).status == 403
    assert (await ours.send("PUT", "/npm/-/package/pear/dist-tags/beta", "1.0.0", bob)).status == 403
    rev = json.loads((await ours.get("/npm/pear?write=true")).body)["_rev"]
    assert (await ours.send("DELETE", f"/npm/pear/-rev/{rev}", token=bob)).status == 403
    assert list(json.loads((await ours.get("/npm/pear")).body)["versions"]) == ["1.0.0"]


async def test_tags_are_set_moved_and_removed_but_the_latest_stays() -> None:
    ours = server()
    ada = await ours.token("ada")
    await publish(ours, ada, "pear", "1.0.0")
    await publish(ours, ada, "pear", "2.0.0-beta.1", tag="beta")
    tags = "/npm/-/package/pear/dist-tags"
    assert json.loads((await ours.get(tags)).body) == {"latest": "1.0.0", "beta": "2.0.0-beta.1"}
    assert (await ours.send("PUT", f"{tags}/stable", "1.0.0", ada)).status == 201
    assert (await ours.send("PUT", f"{tags}/1.x", "1.0.0", ada)).status == 400
    assert (await ours.send("PUT", f"{tags}/next", "9.9.9", ada)).status == 404
    assert (await ours.send("DELETE", f"{tags}/latest", token=ada)).status == 403
    assert (await ours.send("DELETE", f"{tags}/beta", token=ada)).status == 201
    assert json.loads((await ours.get(tags)).body) == {"latest": "1.0.0", "stable": "1.0.0"}
    assert (await ours.send("PUT", "/npm/pear/old", "1.0.0", ada)).status == 201
    assert json.loads((await ours.get(tags)).body)["old"] == "1.0.0"


async def test_a_release_is_deprecated_and_nothing_else_of_it_can_be_changed() -> None:
    ours = server()
    ada = await ours.token("ada")
    await publish(ours, ada, "pear", "1.0.0")
    shown = json.loads((await ours.get("/npm/pear?write=true")).body)
    shown["versions"]["1.0.0"]["deprecated"] = "rotten"
    assert (await ours.send("PUT", "/npm/pear", shown, ada)).status == 201
    manifest = json.loads((await ours.get("/npm/pear")).body)["versions"]["1.0.0"]
    assert manifest["deprecated"] == "rotten"
    shown = json.loads((await ours.get("/npm/pear?write=true")).body)
    shown["versions"]["1.0.0"]["scripts"] = {"install": "evil"}
    assert (await ours.send("PUT", "/npm/pear", shown, ada)).status == 403


async def test_a_restricted_package_is_hidden_from_everybody_else() -> None:
    ours = server()
    ada, bob = await ours.token("ada"), await ours.token("bob")
    await publish(ours, ada, "@farm/secret", "1.0.0", access="restricted")
    seen = await ours.send("GET", "/npm/@farm%2fsecret", token=ada)
    assert seen.status == 200
    assert seen.headers["cache-control"] == "private, no-cache"
    assert "Authorization" in seen.headers["vary"]
    nowhere = await ours.send("GET", "/npm/@farm%2fnowhere", token=bob)
    for path in ("@farm%2fsecret", "@farm%2fsecret/1.0.0", "@farm%2fsecret/-/secret-1.0.0.tgz"):
        for token in (bob, ""):
            hidden = await ours.send("GET", f"/npm/{path}", token=token)
            assert hidden.status == 404
            assert hidden.text.replace("secret", "nowhere") == nowhere.text
    tags = await ours.send("GET", "/npm/-/package/@farm%2fsecret/dist-tags", token=bob)
    assert tags.status == 404
    refused = await ours.send("PUT", "/npm/@farm%2fsecret", document("@farm/secret", "2.0.0"), bob)
    assert refused.status == 403
    assert "somebody else's" in refused.text


async def test_parallel_publishes_of_different_versions_all_survive() -> None:
    ours = server()
    ada = await ours.token("ada")
    replies = await asyncio.gather(
        *(ours.send("PUT", "/npm/pear", document("pear", f"1.0.{n}"), ada) for n in range(64))
    )
    assert {reply.status for reply in replies} == {201}
    assert len(json.loads((await ours.get("/npm/pear")).body)["versions"]) == 64


async def test_of_parallel_publishes_of_one_version_exactly_one_wins() -> None:
    ours = server()
    ada = await ours.token("ada")
    replies = await asyncio.gather(
        *(ours.send("PUT", "/npm/pear", document("pear", "1.0.0", keywords=[str(n)]), ada) for n in range(64))
    )
    assert sorted(reply.status for reply in replies) == [201] + [409] * 63
