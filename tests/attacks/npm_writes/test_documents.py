"""Documents that say more than they should: each is refused, and leaves nothing behind."""

import base64
import copy
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.attacks.npm_writes.ground import Ground, a_ground
from tests.ecosystems.npm.test_publishing import archive, document

pytestmark = pytest.mark.anyio

Document = dict[str, Any]
Damage = Callable[[Document], None]


@pytest.fixture(scope="module")
async def ground(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ground]:
    """Run a server with a package of two versions, and one of somebody else."""
    async with a_ground(tmp_path_factory.mktemp("documents")) as ground:
        ada, bob = await ground.user("ada"), await ground.user("bob")
        await ground.publish("pear", "1.0.0", ada)
        await ground.publish("pear", "1.1.0", ada)
        await ground.publish("other", "1.0.0", bob)
        yield ground


async def state(ground: Ground) -> tuple[object, ...]:
    """Take all that a refused request must leave as it was."""
    blobs = ground.folder / "data" / "blobs"
    files = sorted(str(path) for path in blobs.rglob("*") if path.is_file())
    return [await ground.packument(name) for name in ("pear", "other")], files


def attachment(packed: bytes) -> Document:
    """Attach an archive."""
    return {
        "content_type": "application/octet-stream",
        "data": base64.b64encode(packed).decode(),
        "length": len(packed),
    }


def dist(found: Document) -> Document:
    """Find the `dist` of the new version."""
    return found["versions"]["2.0.0"]["dist"]  # type: ignore[no-any-return]


def manifest(found: Document) -> Document:
    """Find the manifest of the new version."""
    return found["versions"]["2.0.0"]  # type: ignore[no-any-return]


def put(place: Callable[[Document], Document], **fields: Any) -> Damage:  # noqa: ANN401
    """Set fields somewhere."""
    return lambda found: place(found).update(fields)


def another_version(found: Document) -> None:
    found["versions"]["3.0.0"] = {**manifest(found), "version": "3.0.0", "_id": "pear@3.0.0"}


def another_archive(found: Document) -> None:
    another_version(found)
    found["_attachments"]["pear-3.0.0.tgz"] = attachment(archive({"name": "pear", "version": "3.0.0"}))


def rename_attachment(name: str) -> Damage:
    def rename(found: Document) -> None:
        found["_attachments"] = {name: found["_attachments"]["pear-2.0.0.tgz"]}

    return rename


def other_archive(inside: Document) -> Damage:
    """Send an archive with another manifest, well hashed."""

    def swap(found: Document) -> None:
        packed = archive(inside)
        found["_attachments"]["pear-2.0.0.tgz"] = attachment(packed)
        digest = base64.b64encode(hashlib.sha512(packed).digest()).decode()
        dist(found).update(integrity=f"sha512-{digest}", shasum=hashlib.sha1(packed).hexdigest())  # noqa: S324

    return swap


def whole(found: Document) -> Document:
    """Change the document itself."""
    return found


REAL = "sha512-" + base64.b64encode(bytes(64)).decode()

SMUGGLED: dict[str, Damage] = {
    "another name": put(whole, name="other", _id="other"),
    "another id": put(whole, _id="other"),
    "a name in other case": put(whole, name="PEAR", _id="PEAR"),
    "a manifest of another name": put(manifest, name="other"),
    "a manifest of another version": put(manifest, version="9.0.0"),
    "a manifest with another id": put(manifest, _id="other@1.0.0"),
    "a version without archive": another_version,
    "two archives": another_archive,
    "an archive named as another package": rename_attachment("other-2.0.0.tgz"),
    "an archive of a published version": rename_attachment("pear-1.0.0.tgz"),
    "an archive of no version": rename_attachment("pear-7.0.0.tgz"),
    "an archive named as a path": rename_attachment("../../pear-2.0.0.tgz"),
    "an archive named as a path within": rename_attachment("pear-2.0.0.tgz/../../x.tgz"),
    "an archive with a NUL": rename_attachment("pear-2.0.0.tgz\0.tgz"),
    "an archive with a backslash": rename_attachment("..\\pear-2.0.0.tgz"),
    "an archive of another package": other_archive({"name": "other", "version": "2.0.0"}),
    "an archive of another version": other_archive({"name": "pear", "version": "1.0.0"}),
    "an archive with other scripts": other_archive(
        {"name": "pear", "version": "2.0.0", "description": "a pear", "scripts": {"postinstall": "curl evil"}}
    ),
    "scripts that the archive has not": put(manifest, scripts={"postinstall": "curl evil"}),
    "dependencies that the archive has not": put(manifest, dependencies={"evil": "*"}),
    "commands that the archive has not": put(manifest, bin={"../../evil": "x"}),
    "a weaker digest": put(dist, integrity="sha1-" + base64.b64encode(bytes(20)).decode()),
    "a wrong digest": put(dist, integrity=REAL),
    "two digests": lambda found: dist(found).update(integrity=f"{dist(found)['integrity']} {REAL}"),
    "a digest of two algorithms": lambda found: dist(found).update(
        integrity=f"{dist(found)['integrity']} sha384-{base64.b64encode(bytes(48)).decode()}"
    ),
    "a digest with options": lambda found: dist(found).update(integrity=f"{dist(found)['integrity']}?x=y"),
    "a digest that is an object": put(dist, integrity={"sha512": "x"}),
    "no digest": lambda found: dist(found).pop("integrity"),
    "a wrong shasum": put(dist, shasum="0" * 40),
    "a shasum that is a list": put(dist, shasum=["0" * 40]),
    "no dist": lambda found: manifest(found).pop("dist"),
    "a wrong length": lambda found: found["_attachments"]["pear-2.0.0.tgz"].update(length=1),
    "a tag to another version": put(whole, **{"dist-tags": {"latest": "9.0.0"}}),
    "a tag that is a range": put(whole, **{"dist-tags": {"1.x": "2.0.0"}}),
    "a tag that is a path": put(whole, **{"dist-tags": {"..": "2.0.0"}}),
    "a tag that every object has": put(whole, **{"dist-tags": {"constructor": "2.0.0"}}),
    "ten thousand tags": put(whole, **{"dist-tags": {f"t{n}": "2.0.0" for n in range(10_000)}}),
    "tags that are a list": put(whole, **{"dist-tags": ["2.0.0"]}),
    "attachments that are a list": put(whole, _attachments=[{}]),
    "versions that are a list": put(whole, versions=[{}]),
    "data that is no base64": lambda found: found["_attachments"]["pear-2.0.0.tgz"].update(data="!" * 400),
    "a provenance of nothing": lambda found: found["_attachments"].update(
        {"pear-2.0.0.sigstore": {"content_type": "application/x", "data": "{}", "length": 2}}
    ),
    "a page as attachment": lambda found: found["_attachments"].update({"index.html": attachment(b"<script>")}),
    "an access that nobody knows": put(whole, access="everyone"),
    "a restriction without a scope": put(whole, access="restricted"),
}


@pytest.mark.parametrize("what", SMUGGLED)
@pytest.mark.parametrize("way", ["publish", "stage"])
async def test_a_publication_is_of_one_version_that_agrees_with_its_archive(
    ground: Ground, what: str, way: str
) -> None:
    before = await state(ground)
    sent = copy.deepcopy(document("pear", "2.0.0"))
    SMUGGLED[what](sent)
    method, path = ("PUT", "/npm/pear") if way == "publish" else ("POST", "/npm/-/stage/package/pear")
    reply = await ground.send(method, path, sent, await ground.user("ada"))
    assert reply.status in (400, 403, 409, 413, 422), reply.text
    assert json.loads(reply.body)["error"]
    assert await state(ground) == before
    waiting = json.loads((await ground.send("GET", "/npm/-/stage", token=await ground.user("ada"))).body)
    assert waiting["total"] == 0


HARMLESS: dict[str, Damage] = {
    "addresses elsewhere": put(dist, tarball="https://evil.example/pear-2.0.0.tgz"),
    "an address that is a file": put(dist, tarball="file:///etc/passwd"),
    "an address that is a script": put(dist, tarball="javascript:alert(1)"),
    "signatures": put(dist, signatures=[{"keyid": "SHA256:evil", "sig": "evil"}]),
    "attestations": put(dist, attestations={"url": "https://evil.example/../x", "provenance": {}}),
    "maintainers": put(whole, maintainers=[{"name": "eve", "email": "evil@evil.example"}]),
    "stars": put(whole, users={"bob": True, "eve": True}),
    "times": put(whole, time={"2.0.0": "1999-01-01T00:00:00.000Z", "created": "1999-01-01T00:00:00.000Z"}),
    "a revision": put(whole, _rev="99-evil"),
    "who published": put(manifest, _npmUser={"name": "eve", "email": "evil@evil.example"}),
    "fields of the registry": put(whole, _deleted=True, security="evil"),
}


@pytest.mark.parametrize("what", HARMLESS)
async def test_what_is_the_servers_to_say_is_said_by_the_server(ground: Ground, what: str) -> None:
    name = f"fruit-{list(HARMLESS).index(what)}"
    sent = json.loads(json.dumps(document(name, "2.0.0")))
    HARMLESS[what](sent)
    reply = await ground.send("PUT", f"/npm/{name}", sent, await ground.user("ada"))
    assert reply.status in (201, 400, 403, 422)
    shown = await ground.packument(name)
    assert "evil" not in json.dumps(shown)
    if reply.status == 201:
        assert shown["versions"]["2.0.0"]["dist"]["tarball"].startswith("http://packhouse.example/npm/")
        assert shown["versions"]["2.0.0"]["_npmUser"]["name"] == "ada"
        assert [person["name"] for person in shown["maintainers"]] == ["ada"]
        assert "users" not in shown or shown["users"] == {}
        assert not shown["time"]["2.0.0"].startswith("1999")
    else:
        assert shown == {}


def change(**fields: Any) -> Callable[[Document], None]:  # noqa: ANN401
    """Change the manifest of a published version."""
    return lambda found: found["versions"]["1.0.0"].update(fields)


REVISIONS: dict[str, Damage] = {
    "dependencies": change(dependencies={"evil": "*"}),
    "scripts": change(scripts={"install": "evil"}),
    "commands": change(bin={"x": "evil"}),
    "an engine": change(engines={"node": "evil"}),
    "a warning and scripts": change(deprecated="old", scripts={"install": "evil"}),
    "a digest": lambda found: found["versions"]["1.0.0"]["dist"].update(integrity=REAL),
    "an address": lambda found: found["versions"]["1.0.0"]["dist"].update(tarball="https://evil.example/x.tgz"),
    "a shasum": lambda found: found["versions"]["1.0.0"]["dist"].update(shasum="0" * 40),
    "a time": lambda found: found["time"].update({"1.0.0": "1999-01-01T00:00:00.000Z"}),
    "a version more": lambda found: found["versions"].update({"9.9.9": found["versions"]["1.0.0"]}),
    "a version less": lambda found: found["versions"].pop("1.0.0"),
    "no version": lambda found: found["versions"].clear(),
    "maintainers with it all": lambda found: found.update(maintainers=[{"name": "eve", "email": ""}]),
    "a star of another": lambda found: found.update(users={"bob": True}),
    "a readme": lambda found: found.update(readme="<script>evil</script>"),
    "a warning that obeys": change(deprecated="\x1b]0;evil\x07"),
    "a warning without end": change(deprecated="x" * 100_000),
    "a warning that is an object": change(deprecated={"evil": True}),
    "no latest": lambda found: found.update({"dist-tags": {}}),
    "a tag into nothing": lambda found: found["dist-tags"].update(beta="9.9.9"),
    "the name of another": lambda found: found.update(name="other", _id="other"),
}


@pytest.mark.parametrize("what", REVISIONS)
@pytest.mark.parametrize("rev", ["none", "its own", "an old one", "another's", "a star"])
async def test_a_document_sent_back_changes_nothing_of_what_is_published(ground: Ground, what: str, rev: str) -> None:
    before = await state(ground)
    ada = await ground.user("ada")
    shown = await ground.packument("pear", ada)
    revisions = {
        "none": None,
        "its own": shown["_rev"],
        "an old one": "1-" + "0" * 32,
        "another's": (await ground.packument("other"))["_rev"],
        "a star": "*",
    }
    sent = copy.deepcopy(shown)
    REVISIONS[what](sent)
    if rev == "none":
        sent.pop("_rev")
    elif rev != "its own":
        sent["_rev"] = revisions[rev]
    reply = await ground.send("PUT", "/npm/pear", sent, ada)
    assert reply.status in (201, 400, 403, 409, 413, 422), reply.text
    after = await state(ground)
    assert after == before, reply.text
    if rev in ("its own", "none"):
        return
    path = str(revisions[rev]).replace("*", "%2a")
    assert (await ground.send("PUT", f"/npm/pear/-rev/{path}", sent, ada)).status in (400, 409)
    assert (await ground.send("DELETE", f"/npm/pear/-rev/{path}", None, ada)).status in (400, 409)
    assert (await ground.send("DELETE", f"/npm/pear/-/pear-1.0.0.tgz/-rev/{path}", None, ada)).status in (400, 409)
    assert await state(ground) == before


async def test_who_owns_another_package_changes_nothing_of_this_one_in_any_way(ground: Ground) -> None:
    before = await state(ground)
    bob = await ground.user("bob")
    shown = await ground.packument("pear", bob)
    rev = shown["_rev"]
    smaller = copy.deepcopy(shown)
    del smaller["versions"]["1.0.0"]
    warned = copy.deepcopy(shown)
    warned["versions"]["1.0.0"]["deprecated"] = "use other"
    owned = {"_id": "pear", "_rev": rev, "maintainers": [{"name": "bob", "email": ""}]}
    tries: list[tuple[str, str, object]] = [
        ("PUT", f"/npm/pear/-rev/{rev}", smaller),
        ("PUT", "/npm/pear", warned),
        ("PUT", f"/npm/pear/-rev/{rev}", warned),
        ("PUT", f"/npm/pear/-rev/{rev}", owned),
        ("PUT", "/npm/pear", owned),
        ("PUT", "/npm/pear", document("pear", "2.0.0")),
        ("POST", "/npm/-/stage/package/pear", document("pear", "2.0.0")),
        ("DELETE", f"/npm/pear/-rev/{rev}", None),
        ("DELETE", f"/npm/pear/-/pear-1.0.0.tgz/-rev/{rev}", None),
        ("PUT", "/npm/-/package/pear/dist-tags/latest", "1.0.0"),
        ("PUT", "/npm/pear/latest", "1.0.0"),
        ("POST", "/npm/-/package/pear/dist-tags", {"latest": "1.0.0"}),
        ("PUT", "/npm/-/package/pear/dist-tags", {"latest": "1.0.0"}),
        ("DELETE", "/npm/-/package/pear/dist-tags/latest", None),
        ("PUT", "/npm/-/package/pear/owners", {"user": "bob"}),
        ("DELETE", "/npm/-/package/pear/owners/ada", None),
        ("POST", "/npm/-/package/pear/access", {"publish_requires_tfa": True}),
    ]
    for method, path, body in tries:
        reply = await ground.send(method, path, body, bob)
        assert reply.status == 403, (path, reply.text)
        assert (await ground.send(method, path, body)).status == 401
        assert await state(ground) == before
