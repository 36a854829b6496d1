"""Taking packuments apart: every byte is kept, and what cannot be trusted is refused."""

import json
import logging
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packhouse.domain.errors import UpstreamBad
from packhouse.domain.index import BASE, Index
from packhouse.ecosystems.npm.index import INDEX, locate
from packhouse.ecosystems.npm.packument import split
from tests.ecosystems.npm.packuments import encode, key_of, manifest, packument, recorded, tarballs

full = INDEX.forms["full"].join

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
versions = st.sampled_from(
    ["1.0.0", "1.0.1", '"', "\\", "2.0.0-beta.1", "2.0.0", "v1", "../1", "__proto__", "constructor", "1.0.0+b", "", "é"]
)
field_names = st.sampled_from(
    [
        *("name", "version", "dist", "tarball", "dependencies", "devDependencies", "optionalDependencies"),
        *("peerDependencies", "peerDependenciesMeta", "bundleDependencies", "bundledDependencies", "license"),
        *("licenses", "repository", "homepage", "bugs", "funding", "author", "maintainers", "keywords", "engines"),
        *("deprecated", "os", "cpu", "libc", "bin", "scripts", "hasInstallScript", "description", "__proto__"),
    ]
)
wild_manifests = st.dictionaries(field_names, json_values, max_size=6) | json_values


def read_back(body: bytes, index: Index) -> bytes:
    """Join the document and put upstream's addresses back."""
    joined = full(index, index.fragments)
    ours = dict(tarballs(json.loads(joined.replace(BASE, b""))))
    for version, url in tarballs(json.loads(body)):
        served = ours[version]
        joined = joined.replace(b'"%b%b"' % (BASE, served.encode()), json.dumps(url).encode())
    # The addresses of attestations are the only others that are ours.
    origin = re.search(rb'"(https?://[^"/]+)/-/npm/v1/attestations/', body)
    return (
        joined
        if origin is None
        else joined.replace(BASE + b"/-/npm/v1/attestations/", origin[1] + b"/-/npm/v1/attestations/")
    )


def test_every_recorded_packument_comes_back_byte_for_byte_but_for_addresses() -> None:
    assert len(recorded()) >= 38
    for file, body in recorded().items():
        key = key_of(json.loads(body)["name"])
        index = split(key, body)
        assert read_back(body, index) == body, file
        assert [fragment.version for fragment in index.fragments] == list(json.loads(body)["versions"])


def test_every_recorded_file_is_found_by_the_name_we_give_it_and_leads_to_upstreams_address() -> None:
    for body in recorded().values():
        document = json.loads(body)
        key = key_of(document["name"])
        index = split(key, body)
        served = json.loads(full(index, index.fragments).replace(BASE, b""))
        ours = dict(tarballs(served))
        assert len(set(ours.values())) == len(ours)
        for version, url in tarballs(document):
            located = locate(key, index, ours[version].rpartition("/-/")[2])
            assert located is not None
            assert (located.fragment.version, located.artifact.url) == (version, url)


def test_our_addresses_begin_with_the_base_and_name_the_package() -> None:
    for name in ("pad", "@scope/pad"):
        index = split(key_of(name), encode(packument(name, "1.0.0")))
        assert b'"tarball":"\0/%b/-/pad-1.0.0.tgz"' % name.encode() in index.fragments[0].body
        located = locate(key_of(name), index, "pad-1.0.0.tgz")
        assert located is not None
        assert located.artifact.url == f"https://npm.example/{name}/-/pad-1.0.0.tgz"
        assert [digest.algorithm for digest in located.artifact.digests] == ["sha512", "sha1"]


def test_dates_are_read_and_bad_ones_are_none() -> None:
    document = packument("pad", "1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.4.0")
    document["time"] |= {"1.1.0": "soon", "1.2.0": 7, "1.3.0": "2020-01-01T00:00:00", "unpublished": {"a": 1}}
    del document["time"]["1.4.0"]
    dates = [fragment.published_at for fragment in split(key_of("pad"), encode(document)).fragments]
    assert dates == [1577880000000, None, None, None, None]


@pytest.mark.parametrize(
    "times", ["{}", "[]", "null", '"x"', '{"1.0.0":"0001-01-01T00:00:00+14:00"}', '{"1.0.0":1e400}']
)
def test_odd_times_are_harmless(times: str) -> None:
    body = encode(packument("pad", "1.0.0", time=0)).replace(b'"time":0', b'"time":' + times.encode())
    assert len(split(key_of("pad"), body).fragments) == 1


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "no JSON"),
        (b"<html>", "no JSON"),
        (b"\xef\xbb\xbf{}", "no JSON"),
        (b"[]", "wrong shape"),
        (b"null", "wrong shape"),
        (b"{}", "wrong shape"),
        (b'{"versions":{}}', "wrong shape"),
        (b'{"error":"not found"}', "wrong shape"),
        (b'{"name":7,"versions":{}}', "wrong shape"),
        (b'{"name":"other","versions":{}}', "'other'"),
        (b'{"name":"PAD","versions":{}}', "'PAD'"),
        (b'{"name":"pad"}', "no versions"),
        (b'{"name":"pad","time":{"1.0.0":"2020-01-01T00:00:00.000Z"}}', "no versions"),
        (b'{"name":"pad","versions":[]}', "wrong shape"),
        (b'{"name":"pad","versions":null}', "wrong shape"),
        (b'{"name":"pad","versions":{},"readme":"a\0b"}', "no JSON"),
        (b'{"name":"pad","versions":{"1\\u00000":{}}}', "NUL"),
        (b'{"name":"pad","versions":{},"readme":"\xff"}', "no JSON"),
        (b'{"name":"pad","versions":{},"readme":"\\ud83d"}', "no JSON"),
        (b'{"name":"pad","versions":{},"readme":NaN}', "no JSON"),
        (b'{"name":"pad","versions":{},"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested"),
        (b'{"name":"pad","versions":{"1.0.0":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001 + b"}", "nested"),
        (b'{"name":"pad","name":"pad","versions":{}}', "twice"),
        (b'{"name":"pad","versions":{"1.0.0":{}},"versions":{}}', "twice"),
        (b'{"name":"pad","versions":{},"vers\\u0069ons":{}}', "twice"),
        (b'{"name":"pad","versions":{"1.0.0":{},"1.0.0":{"a":1}}}', "twice"),
        (b'{"name":"pad","versions":{"1.0.0":{},"1.0\\u002e0":{"a":1}}}', "twice"),
        (b'{"name":"pad","versions":{},"time":{"1.0.0":"x","1.0.0":"y"}}', "twice"),
        (b'{"name":"pad","versions":{},"dist-tags":{"latest":"1.0.0","latest":"2.0.0"}}', "twice"),
    ],
)
def test_what_is_not_this_packages_document_is_refused_with_a_sentence(body: bytes, reason: str) -> None:
    with pytest.raises(UpstreamBad, match=reason):
        split(key_of("pad"), body)


def test_an_unpublished_package_has_no_releases_and_its_document_stays() -> None:
    body = b'{"_id":"pad","name":"pad","time":{"created":"x","unpublished":{"versions":["1.0.0"]}},"_attachments":{}}'
    index = split(key_of("pad"), body)
    assert index.fragments == ()
    assert full(index, ()) == body
    assert json.loads(INDEX.forms["abbreviated"].join(index, ()))["versions"] == {}


def test_the_tags_of_an_unpublished_package_lead_nowhere_and_go() -> None:
    body = b'{"name":"pad","dist-tags":{"latest":"1.0.0"},"time":{"unpublished":{}}}'
    index = split(key_of("pad"), body)
    assert INDEX.tags(index) == {"latest": "1.0.0"}
    assert json.loads(full(index, ())) == {"name": "pad", "dist-tags": {}, "time": {"unpublished": {}}}


@pytest.mark.parametrize("inner", [{"name": "evil"}, {"version": "9.9.9"}, {"name": None}, {"version": 1}])
def test_a_release_that_claims_to_be_another_is_left_out_and_told(
    inner: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    document = packument("pad", "1.0.0", "1.1.0")
    document["versions"]["1.1.0"] |= inner
    with caplog.at_level(logging.WARNING):
        index = split(key_of("pad"), encode(document))
    assert [fragment.version for fragment in index.fragments] == ["1.0.0"]
    assert "1.1.0" in caplog.text
    joined = json.loads(full(index, index.fragments).replace(BASE, b""))
    assert list(joined["versions"]) == ["1.0.0"]
    assert "1.1.0" not in joined["time"]
    assert joined["dist-tags"] == {"latest": "1.0.0"}


@pytest.mark.parametrize(
    "address",
    [
        *("file:///etc/passwd", "javascript:alert(1)", "ftp://npm.example/a.tgz", "//npm.example/a.tgz", "", "a.tgz"),
        *("https://user:secret@npm.example/a.tgz", "https://npm.example/a b.tgz", "https://npm.example/é.tgz"),
        *(
            'https://npm.example/"a.tgz',
            "https://npm.example",
            "https:///a.tgz",
            "https://npm.example/pad/../a.tgz",
            7,
            None,
            {"a": 1},
            ["x"],
        ),
    ],
)
def test_a_release_with_an_unsafe_address_is_left_out(address: object) -> None:
    document = packument("pad", "1.0.0", "1.1.0")
    document["versions"]["1.1.0"]["dist"]["tarball"] = address
    index = split(key_of("pad"), encode(document))
    assert [fragment.version for fragment in index.fragments] == ["1.0.0"]


@pytest.mark.parametrize("dist", [None, [], 7, "x", {}, {"shasum": "a"}])
def test_a_release_without_an_address_stays_and_has_no_file(dist: object) -> None:
    body = encode(packument("pad", "1.0.0", versions={"1.0.0": manifest("pad", "1.0.0", dist=dist)}))
    index = split(key_of("pad"), body)
    assert full(index, index.fragments) == body
    assert locate(key_of("pad"), index, "pad-1.0.0.tgz") is None


def test_only_the_address_is_rewritten_wherever_else_the_same_text_stands() -> None:
    document = packument("pad", "1.0.0")
    made = document["versions"]["1.0.0"]
    dist = made["dist"]
    document["versions"]["1.0.0"] = {
        "config": {"dist": dict(dist), "tarball": dist["tarball"]},
        "description": f'"dist":{{"tarball":"{dist["tarball"]}"}}',
        "keywords": ["tarball", dist["tarball"]],
        **made,
        "publishConfig": {"dist": dict(dist)},
    }
    body = encode(document)
    fragment = split(key_of("pad"), body).fragments[0]
    assert fragment.body.count(BASE) == 1
    expected = json.loads(body)["versions"]["1.0.0"]
    expected["dist"]["tarball"] = "/pad/-/pad-1.0.0.tgz"
    assert json.loads(fragment.body.replace(BASE, b"")) == expected


@pytest.mark.parametrize(
    "trick",
    [
        '"dist":{"tarball":"https://evil.example/a.tgz","tarball":%s}',
        '"dist":{"tarball":%s,"\\u0074arball":"https://evil.example/a.tgz"}',
        '"dist":{"tarball":%s},"\\u0064ist":{"\\u0074arball":%s}',
        '"dist":{"tarball":%s},"\\u0064ist":{}',
        '"dist":{"tarball":%s},"dist":{"tarball":"https://evil.example/a.tgz"}',
    ],
)
def test_two_addresses_in_one_manifest_leave_the_release_out(trick: str) -> None:
    text = trick.replace("%s", '"https://npm.example/pad/-/pad-1.0.0.tgz"')
    body = f'{{"name":"pad","versions":{{"1.0.0":{{"name":"pad","version":"1.0.0",{text}}}}}}}'
    assert split(key_of("pad"), body.encode()).fragments == ()


def test_keys_with_escapes_are_read_as_every_client_reads_them() -> None:
    body = (
        rb'{"name":"pad","versions":{"1.0.0":{"name":"p\u0061d","version":"1.0\u002e0",'
        rb'"\u0064ist":{"t\u0061rball":"https:\/\/npm.example\/pad\/-\/pad-1.0.0.tgz"}}}}'
    )
    index = split(key_of("pad"), body)
    assert b'"\0/pad/-/pad-1.0.0.tgz"' in index.fragments[0].body
    located = locate(key_of("pad"), index, "pad-1.0.0.tgz")
    assert located is not None
    assert located.artifact.url == "https://npm.example/pad/-/pad-1.0.0.tgz"


def test_an_object_elsewhere_that_equals_the_versions_is_not_taken_for_them() -> None:
    document = packument("pad", "1.0.0")
    body = encode({"_id": "pad", "x": {"versions": document["versions"]}, **document})
    index = split(key_of("pad"), body)
    assert read_back(body, index) == body
    joined = full(index, index.fragments)
    assert json.loads(joined.replace(BASE, b""))["x"] == {"versions": document["versions"]}


def test_two_releases_never_share_a_file_name() -> None:
    urls = {
        "1.0.0": "https://npm.example/pad/-/pad-2.0.0.tgz",
        "2.0.0": "https://npm.example/pad/-/pad-2.0.0.tgz",
        "3.0.0": "https://npm.example/pad/-/other.zip",
        "4.0.0": "https://npm.example/pad/-/pad-3.0.0.tgz?x=/y.tgz",
        "5.0.0": "https://files.example/x/PAD_5.tgz",
        "6.0.0": "https://npm.example/pad/-/..tgz",
    }
    document = packument("pad", *urls)
    for version, url in urls.items():
        document["versions"][version]["dist"]["tarball"] = url
    index = split(key_of("pad"), encode(document))
    served = {
        v: u.rpartition("/-/")[2] for v, u in tarballs(json.loads(full(index, index.fragments).replace(BASE, b"")))
    }
    assert served == {v: f"pad-{v}.tgz" for v in urls} | {"5.0.0": "PAD_5.tgz"}
    for version, filename in served.items():
        located = locate(key_of("pad"), index, filename)
        assert located is not None
        assert (located.fragment.version, located.artifact.url) == (version, urls[version])


def test_a_version_that_cannot_name_a_file_is_left_out() -> None:
    document = packument("pad", "1.0.0", "../../x", "a/b")
    document["dist-tags"] = {"latest": "1.0.0"}
    for version in ("../../x", "a/b"):
        document["versions"][version]["dist"]["tarball"] = "https://npm.example/pad/-/file"
    index = split(key_of("pad"), encode(document))
    assert [fragment.version for fragment in index.fragments] == ["1.0.0"]


@pytest.mark.parametrize(
    "filename", ["", "pad-2.0.0.tgz", "pad-1.0.0.tgz.sig", "x/pad-1.0.0.tgz", "1.0.0.tgz", "tarball"]
)
def test_no_release_owns_any_other_file(filename: str) -> None:
    assert locate(key_of("pad"), split(key_of("pad"), encode(packument("pad", "1.0.0"))), filename) is None


_UNEVEN = b""" { "name" : "pad" , "versions"
: {	"1.0.0" :{"name":"pad","version":"1.0.0"},
 "1.1.0": {"name" : "pad","version":"1.1.0", "dist": {"x":1, "tarball" :
"https://npm.example/pad-1.1.0.tgz" } } } }
"""


def test_blanks_between_tokens_survive_even_when_they_differ() -> None:
    for body in (
        json.dumps(packument(), indent=2).encode(),
        _UNEVEN,
        b'{"name":"pad","versions":{ }}',
    ):
        assert read_back(body, split(key_of("pad"), body)) == body


def test_equal_digests_mean_equal_documents() -> None:
    one, two = encode(packument()), encode(packument(readme="# Pad"))
    assert split(key_of("pad"), one).digest == split(key_of("pad"), one).digest
    assert split(key_of("pad"), one).digest != split(key_of("pad"), two).digest


@settings(deadline=None)
@given(
    top=st.dictionaries(st.text(max_size=8), json_values, max_size=3),
    chosen=st.lists(versions, unique=True, max_size=4),
    extra=st.dictionaries(st.text(max_size=8), json_values, max_size=3),
    indent=st.sampled_from([None, 1]),
)
def test_unknown_fields_survive_at_every_level(
    top: dict[str, Any], chosen: list[str], extra: dict[str, Any], indent: int | None
) -> None:
    chosen = [version for version in chosen if re.fullmatch("[0-9A-Za-z.+_-]+", version)]
    manifests = {version: {**extra, **manifest("pad", version)} for version in chosen}
    for each in manifests.values():
        each["dist"] = {**extra, **each["dist"]}
    tags = {"latest": chosen[0]} if chosen else {}
    document = {**top, "name": "pad", "versions": manifests, "time": {}, "dist-tags": tags}
    body = json.dumps(document, indent=indent).encode()
    assert read_back(body, split(key_of("pad"), body)) == body


@given(json_values)
def test_any_json_is_split_or_refused(value: object) -> None:
    with pytest.raises(UpstreamBad):
        split(key_of("pad"), json.dumps(value).encode())


@given(st.binary(max_size=60))
def test_any_bytes_are_refused(body: bytes) -> None:
    with pytest.raises(UpstreamBad):
        split(key_of("pad"), body)


@settings(deadline=None)
@given(
    manifests=st.dictionaries(versions, wild_manifests, max_size=4),
    times=json_values,
    tags=json_values | st.dictionaries(st.text(max_size=5), versions | json_values, max_size=4),
)
def test_any_manifest_is_served_and_described_or_left_out(
    manifests: dict[str, Any], times: object, tags: object
) -> None:
    for version, each in manifests.items():
        if isinstance(each, dict):
            each |= {"name": "pad", "version": version}
            if isinstance(each.get("dist"), dict):
                each["dist"]["tarball"] = f"https://npm.example/{version}.tgz"
    body = json.dumps({"name": "pad", "versions": manifests, "time": times, "dist-tags": tags}).encode()
    try:
        index = split(key_of("pad"), body)
    except UpstreamBad:
        assert "\0" in "".join(manifests)
        return
    for form in INDEX.forms.values():
        for fragments in (index.fragments, index.fragments[1:], ()):
            joined = json.loads(form.join(index, fragments).replace(BASE, b"https://our.example/npm"))
            assert list(joined["versions"]) == [fragment.version for fragment in fragments]
    record = INDEX.describe(key_of("pad"), index)
    assert set(record.tags.values()) <= set(record.versions)
    summary = INDEX.summary(key_of("pad"), index)
    assert summary is not None
    assert summary.key.name == "pad"
    assert [record.release(position).version for position in range(len(record.versions))] == list(record.versions)
