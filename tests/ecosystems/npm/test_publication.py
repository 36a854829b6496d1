import hashlib
import json
import tracemalloc
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packhouse.domain.digest import Digest
from packhouse.domain.errors import Invalid, PackhouseError, TooLarge
from packhouse.domain.index import Fragment
from packhouse.domain.package import PackageKey
from packhouse.ecosystems.npm.addresses import Addresses, served_name
from packhouse.ecosystems.npm.manifest import ManifestReader
from packhouse.ecosystems.npm.names import parse_name
from packhouse.ecosystems.npm.package_json import read_package
from packhouse.ecosystems.npm.publication import decode_tarball, read_publication
from packhouse.ecosystems.npm.release_document import finish, readme_of, served_filename
from tests.ecosystems.npm.published import NAME, VERSION, document, pack_package, publication, publish

CASES = Path(__file__).parent.parent / "cases" / "npm" / "publications.jsonl"
RECORDED = [json.loads(line) for line in CASES.read_text().splitlines()]
FILENAME = f"{NAME}-{VERSION}.tgz"

Damage = Callable[[dict[str, Any]], None]


@pytest.mark.parametrize(
    "recorded", RECORDED, ids=[f"{each['client']}: {each['document']['name']}" for each in RECORDED]
)
def test_what_real_clients_send_is_accepted(recorded: dict[str, Any]) -> None:
    sent = recorded["document"]

    stored = publish(sent, sent["name"])

    [version] = sent["versions"].values()
    assert stored["dist"]["integrity"] == version["dist"]["integrity"]
    assert stored["dist"]["shasum"] == version["dist"]["shasum"]
    assert stored["dist"]["fileCount"] >= 5
    bare = sent["name"].rpartition("/")[2]
    assert stored["dist"]["tarball"] == f"OURS/{sent['name']}/-/{bare}-{version['version']}.tgz"


def test_what_is_stored_is_what_was_sent_without_what_is_nobodys_business() -> None:
    sent = document(
        description="d" * 300,
        dependencies={"plum": "^1.0.0"},
        unknown={"a": [1]},
        mtime=1,
        ctime=1,
        access="public",
        publishConfig={"access": "public", "_token": "secret"},
        _resolved="build/cider.tgz",
    )
    sent["versions"][VERSION] |= {"readme": "# Long", "readmeFilename": "README.md", "_nodeVersion": "20.0.0"}
    sent["versions"][VERSION]["dist"] |= {"signatures": [{"keyid": "x"}], "attestations": {"url": "../.."}}

    stored = publish(sent)

    dist = stored.pop("dist")
    assert stored == {
        "name": NAME,
        "version": VERSION,
        "_id": f"{NAME}@{VERSION}",
        "_nodeVersion": "20.0.0",
        "description": "d" * 255,
        "dependencies": {"plum": "^1.0.0"},
        "unknown": {"a": [1]},
        "publishConfig": {"access": "public"},
    }
    assert dist.keys() == {"integrity", "shasum", "tarball", "fileCount", "unpackedSize"}


def test_the_readme_is_that_of_the_version_or_of_the_document() -> None:
    sent = document()
    assert read(sent).readme == ""
    sent["readme"] = "top"
    assert read(sent).readme == "top"
    sent["versions"][VERSION]["readme"] = "x" * 100_000
    assert len(read(sent).readme) == 64 * 1024


def test_without_a_readme_that_of_the_archive_is_taken() -> None:
    sent = document()
    packed = read_package(decode_tarball(read(sent)))
    assert readme_of(read(sent), packed) == ("# Cider", "README.md")
    assert readme_of(read(sent | {"readme": "top"}), packed) == ("top", "README.md")


def test_tags_access_and_bundle_are_read() -> None:
    sent = document()
    sent["dist-tags"] = {"next": VERSION}
    sent["access"] = "restricted"
    sent["_attachments"][f"{NAME}-{VERSION}.sigstore"] = {"data": '{"é":1}', "length": 7}

    found = read(sent)

    assert (found.tags, found.access, found.bundle) == ({"next": VERSION}, "restricted", '{"é":1}'.encode())


def test_versions_that_old_clients_send_again_are_told_but_not_read() -> None:
    sent = document()
    sent["versions"]["1.0.0"] = {"anything": True}
    sent["dist-tags"] = {"latest": VERSION, "old": "1.0.0"}

    found = read(sent)

    assert (found.version, found.others, found.tags["old"]) == (VERSION, ("1.0.0",), "1.0.0")


def test_the_attachment_may_be_named_without_the_scope() -> None:
    sent = document()
    sent["_attachments"]["cider-1.2.0.tgz"] = sent["_attachments"].pop(FILENAME)
    assert publish(sent)["version"] == VERSION


@pytest.mark.parametrize("name", ["JSONStream-x", "-x-", "@names/_x", "x.y~z!"])
def test_names_of_former_times_can_be_published(name: str) -> None:
    manifest = {"name": name, "version": VERSION}
    assert publish(publication(pack_package(manifest), manifest), name)["name"] == name


def _other_name(sent: dict[str, Any]) -> None:
    sent["name"] = "@farm/other"


def _other_manifest_name(sent: dict[str, Any]) -> None:
    sent["versions"][VERSION]["name"] = "@farm/other"


def _two_archives(sent: dict[str, Any]) -> None:
    sent["versions"]["9.9.9"] = sent["versions"][VERSION] | {"version": "9.9.9"}
    sent["_attachments"][f"{NAME}-9.9.9.tgz"] = sent["_attachments"][FILENAME]


def _rename_attachment(name: str) -> Damage:
    def damage(sent: dict[str, Any]) -> None:
        sent["_attachments"][name] = sent["_attachments"].pop(FILENAME)

    return damage


def _attachment(**fields: object) -> Damage:
    return lambda sent: sent["_attachments"][FILENAME].update(fields)


def _dist(**fields: object) -> Damage:
    return lambda sent: sent["versions"][VERSION]["dist"].update(fields)


def _top(**fields: object) -> Damage:
    return lambda sent: sent.update({name.replace("dist_tags", "dist-tags"): value for name, value in fields.items()})


def _manifest(**fields: object) -> Damage:
    return lambda sent: sent["versions"][VERSION].update(fields)


SHA1 = b64encode(bytes(20)).decode()
SHA512 = b64encode(bytes(64)).decode()

DAMAGE: dict[str, tuple[Damage, str]] = {
    "the name of another package": (_other_name, "not of @farm/cider"),
    "the id of another package": (_top(_id="@farm/other"), "not of @farm/cider"),
    "another name in the manifest": (_other_manifest_name, "one of '@farm/other'"),
    "another version in the manifest": (_manifest(version="9.9.9"), "another version"),
    "another id in the manifest": (_manifest(_id="@farm/cider@9.9.9"), "another version"),
    "two archives": (_two_archives, "2 archives"),
    "no archive": (_top(_attachments={}), "0 archives"),
    "no attachments": (_top(_attachments=None), "no _attachments"),
    "an archive of another package": (_rename_attachment("@farm/other-1.2.0.tgz"), "not named as an archive of"),
    "an archive of another version": (_rename_attachment("@farm/cider-9.9.9.tgz"), "none of the document's versions"),
    "an archive named as a way up": (_rename_attachment("@farm/cider-../../x.tgz"), "none of the document's versions"),
    "a third attachment": (lambda sent: sent["_attachments"].update({"x.exe": {"data": ""}}), "neither the archive"),
    "a wrong length": (_attachment(length=7), "says 7"),
    "no length": (_attachment(length=None), "says None"),
    "data that is no text": (_attachment(data=["QUJD"]), "no data"),
    "data that is not base64": (_attachment(data="QU JD!!!", length=6), "not base64"),
    "data that ends early": (_attachment(data="QUJDR", length=3), "not base64"),
    "padding within": (_attachment(data="QQ==QUJD", length=6), "not base64"),
    "bits that count for nothing": (_attachment(data="QUJDQR==", length=4), "not base64"),
    "base64 for URLs": (_attachment(data="QU-_QUJD", length=6), "not base64"),
    "data with escapes": (_attachment(data="QUJD\nQUJDAA", length=9), "not base64"),
    "no integrity": (_dist(integrity=None), "no integrity"),
    "an integrity that is an object": (_dist(integrity={"sha512": "x"}), "no integrity"),
    "a weak integrity": (_dist(integrity=f"sha1-{SHA1}"), "not one sha512"),
    "an integrity of two algorithms": (_dist(integrity=f"sha512-{SHA512} sha1-{SHA1}"), "not one sha512"),
    "the integrity of something else": (_dist(integrity=f"sha512-{SHA512}"), "dist.integrity is not that"),
    "the shasum of something else": (_dist(shasum="0" * 40), "dist.shasum is not that"),
    "a shasum that is none": (_dist(shasum="abc"), "not the sha1"),
    "no dist": (_manifest(dist=None), "no dist"),
    "a tag that is a range": (_top(dist_tags={"1.x": VERSION}), "a range of versions"),
    "a tag that is a version": (_top(dist_tags={"v1.0.0": VERSION}), "a range of versions"),
    "a tag that leads up": (_top(dist_tags={"..": VERSION}), "made of periods"),
    "a tag with a slash": (_top(dist_tags={"a/b": VERSION}), "not safe in a URL"),
    "a tag without a name": (_top(dist_tags={"": VERSION}), "empty"),
    "a tag as every object has it": (_top(dist_tags={"constructor": VERSION}), "every JavaScript object"),
    "a long tag": (_top(dist_tags={"t" * 200: VERSION}), "longer than"),
    "a tag to a missing version": (_top(dist_tags={"latest": "3.0.0"}), "does not have"),
    "a tag to no text": (_top(dist_tags={"latest": [VERSION]}), "not as an object of texts"),
    "an unknown access": (_top(access="secret"), "public, restricted"),
    "an access of the wrong type": (_top(access=["public"]), "public, restricted"),
    "versions that are a list": (_top(versions=[]), "no versions"),
    "a version that is a text": (lambda sent: sent["versions"].update({"1.0.0": "x"}), "no versions"),
}


@pytest.mark.parametrize("damaged", DAMAGE)
def test_a_damaged_document_is_refused_with_a_sentence(damaged: str) -> None:
    damage, sentence = DAMAGE[damaged]
    sent = document()
    assert publish(sent)
    damage(sent)

    with pytest.raises(Invalid) as refusal:
        publish(sent)

    assert sentence in str(refusal.value)


@pytest.mark.parametrize(
    ("version", "advice"),
    [("v1.2.0", "1.2.0"), ("1.2.0+build", "1.2.0"), ("01.2.0", "1.2.0"), ("1.2", "three numbers"), ("..", "three")],
)
def test_a_version_is_spelt_as_semver_does(version: str, advice: str) -> None:
    manifest = {"name": "cider", "version": version}
    with pytest.raises(Invalid, match="no version as semver spells it") as refusal:
        publish(publication(pack_package(manifest), manifest), "cider")
    assert advice in str(refusal.value)


def test_a_version_too_long_for_a_file_name_is_refused() -> None:
    manifest = {"name": "c" * 200, "version": f"1.0.0-{'x' * 100}"}
    with pytest.raises(Invalid, match="no name for a file"):
        publish(publication(pack_package(manifest), manifest), manifest["name"])


def test_a_package_without_a_scope_cannot_be_restricted() -> None:
    manifest = {"name": "cider", "version": VERSION}
    sent = publication(pack_package(manifest), manifest) | {"access": "restricted"}
    with pytest.raises(Invalid, match="cannot be restricted"):
        publish(sent, "cider")


@pytest.mark.parametrize("name", ["constructor", "toString", "@farm/hasOwnProperty"])
def test_a_name_that_every_object_has_is_refused(name: str) -> None:
    manifest = {"name": name, "version": VERSION}
    with pytest.raises(Invalid, match="JavaScript object"):
        publish(publication(pack_package(manifest), manifest), name)


def test_ten_thousand_tags_are_too_many() -> None:
    with pytest.raises(TooLarge, match="tags"):
        publish(document() | {"dist-tags": {f"tag-{number}": VERSION for number in range(10_000)}})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"", "no JSON"),
        (b"[]", "no _attachments"),
        (b"null", "no _attachments"),
        (b'{"x":' + b"[" * 100_000, "nested too deeply"),
        (b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b',"_attachments":{}}', "nested too deeply"),
        (b"\xff\xfe", "no JSON"),
        (b'{"_attachments":{"a.tgz":{"data":""}}}', "no data"),
    ],
)
def test_what_is_no_such_document_is_refused(text: bytes, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        publish(text)


@pytest.mark.parametrize(
    ("inserted", "sentence"),
    [
        (b'"name":"@farm/cider",', "twice"),
        (b'"\\u006eame":"@farm/other",', "twice"),
        (b'"__proto__":{"admin":true},', "__proto__"),
        (b'"x":{"__proto__":1},', "__proto__"),
        (b'"x":NaN,', "no JSON"),
        (b'"x":Infinity,', "no JSON"),
        (b'"x":1e400,', "no JSON"),
        (b'"x":123456789012345678901,', "64 bits"),
        (b'"x":' + b"9" * 100_000 + b",", "no JSON|64 bits"),
        (b'"x":"\\ud800",', "no JSON"),
        (b'"x":"\xff",', "no JSON"),
        (b'"x":{"a":1,"a":2},', "twice"),
        (b'"_attachments":{},', "twice"),
        (b'"x":' + b"[" * 3_000 + b"]" * 3_000 + b",", "nested too deeply"),
        (b'"x":' + b'{"a":[' * 32 + b"]}" * 32 + b",", "nested more than 64 deep"),
        (b'"x":' + b"[" * 400 + b"]" * 400 + b",", "nested more than 64 deep"),
    ],
)
def test_json_that_two_programs_read_differently_is_refused(inserted: bytes, sentence: str) -> None:
    text = b"{" + inserted + json.dumps(document()).encode()[1:]
    with pytest.raises(Invalid, match=sentence):
        publish(text)


def test_data_that_stands_twice_is_refused() -> None:
    text = json.dumps(document())
    at = text.index('"data": "') + len('"data": ')
    data = text[at : text.index('"', at + 1) + 1]
    doubled = f'{text[:at]}{data}, "data": {text[at:]}'
    with pytest.raises(Invalid, match="twice"):
        publish(doubled.encode())


def test_the_same_data_elsewhere_does_not_confuse() -> None:
    sent = document()
    data = sent["_attachments"][FILENAME]["data"]
    for other in (data, data[:250] + "AAAA", data[:100]):
        assert publish({"x": other, **sent})["version"] == VERSION


def test_many_objects_beside_each_other_are_not_deep() -> None:
    assert publish(document(x=[[number] for number in range(100)]))["x"][99] == [99]


def test_what_is_stored_is_a_fragment_of_the_document() -> None:
    sent = document(description="Cider", scripts={"install": "x"})
    archive = b"".join(decode_tarball(read(sent)))
    digests = [Digest(kind, hashlib.new(kind, archive).hexdigest()) for kind in ("sha1", "sha512")]
    fragment = Fragment(VERSION, finish(read(sent), read_package([archive]), digests))

    release = ManifestReader(PackageKey("npm", parse_name(NAME)), Addresses("x/")).release(fragment, prerelease=False)

    assert served_name(NAME, fragment) == served_filename(read(sent)) == "cider-1.2.0.tgz"
    assert release.description == "Cider"
    assert set(release.artifacts[0].digests) == set(digests)


def test_more_values_than_memory_should_hold_are_too_many() -> None:
    text = b'{"x":[' + b"0," * 300_000 + b"0]," + json.dumps(document()).encode()[1:]
    with pytest.raises(TooLarge, match="200000"):
        publish(text)


def test_the_archive_is_decoded_in_pieces_whatever_its_size() -> None:
    for size in (1, 2, 3, 196_607, 196_608, 196_609, 400_000):
        archive = bytes(index % 251 for index in range(size))
        found = read(publication(archive, {"name": NAME, "version": VERSION}))
        pieces = list(decode_tarball(found))
        assert b"".join(pieces) == archive
        assert max(map(len, pieces)) <= 196_608


def test_the_archive_is_never_copied_as_a_whole() -> None:
    sent = publication(bytes(8 << 20), {"name": NAME, "version": VERSION})
    body = bytearray(json.dumps(sent).encode())
    tracemalloc.start()
    try:
        found = read_publication(parse_name(NAME), body)
        assert sum(map(len, decode_tarball(found))) == 8 << 20
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_the_body_may_come_as_any_kind_of_bytes() -> None:
    body = json.dumps(document()).encode()
    for kind in (bytes, bytearray, memoryview):
        assert b"".join(decode_tarball(read_publication(parse_name(NAME), kind(body))))[:2] == b"\x1f\x8b"


def test_a_long_document_around_the_archive_is_too_large() -> None:
    with pytest.raises(TooLarge, match="without its archive"):
        publish(document() | {"readme": "x" * (9 << 20)})


def test_a_bundle_with_a_wrong_length_is_refused() -> None:
    sent = document()
    sent["_attachments"][f"{NAME}-{VERSION}.sigstore"] = {"data": "{}", "length": 3}
    with pytest.raises(Invalid, match="has 2 bytes"):
        publish(sent)


def test_padding_at_the_end_of_a_piece_is_refused() -> None:
    sent = publication(bytes(400_000), {"name": NAME, "version": VERSION})
    data = sent["_attachments"][FILENAME]["data"]
    at = 256 * 1024
    sent["_attachments"][FILENAME]["data"] = f"{data[: at - 1]}={data[at:]}"
    found = read(sent)
    with pytest.raises(Invalid, match="not base64"):
        list(decode_tarball(found))


@settings(max_examples=150, deadline=None)
@given(at=st.floats(0, 1), replacement=st.binary(max_size=4), removed=st.integers(0, 4))
def test_no_damage_to_the_bytes_raises_anything_but_our_own_errors(at: float, replacement: bytes, removed: int) -> None:
    text = json.dumps(document(bin="run.js", scripts={"install": "true"})).encode()
    position = int(at * len(text))
    with suppress(PackhouseError):
        publish(text[:position] + replacement + text[position + removed :])


def read(sent: dict[str, Any]) -> Any:  # noqa: ANN401 (the fields are the test's)
    return read_publication(parse_name(NAME), bytearray(json.dumps(sent).encode()))
