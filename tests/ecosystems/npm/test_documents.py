"""The documents that are served when releases are missing, and the short one for installs."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from packhouse.domain.index import BASE, Fragment, Index
from packhouse.ecosystems.npm.documents import tags_document
from packhouse.ecosystems.npm.index import INDEX, version_document
from packhouse.ecosystems.npm.packument import split
from tests.ecosystems.npm.packuments import encode, key_of, manifest, packument, recorded, tarballs

ALLOWED_TOP = ["name", "modified", "dist-tags", "versions", "time"]
ALLOWED = {
    *("name", "version", "deprecated", "dependencies", "acceptDependencies", "optionalDependencies"),
    *("devDependencies", "bundleDependencies", "peerDependencies", "peerDependenciesMeta", "bin", "directories"),
    *("dist", "engines", "_hasShrinkwrap", "hasInstallScript", "funding", "cpu", "os", "libc"),
}


def joined(form: str, index: Index, *dropped: str) -> dict[str, Any]:
    left = [fragment for fragment in index.fragments if fragment.version not in dropped]
    document: dict[str, Any] = json.loads(INDEX.forms[form].join(index, left).replace(BASE, b"https://our.example/npm"))
    return document


def without(document: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in names}


def test_a_dropped_release_leaves_versions_times_tags_and_attachments_and_nothing_else_changes() -> None:
    attachments = {f"pad-{version}.tgz": {"length": 7} for version in ("1.0.0", "1.1.0")} | {"logo.png": {}}
    document = packument(_attachments=attachments, users={"1.1.0": True}, description="pad")
    index = split(key_of("pad"), encode(document))
    left = joined("full", index, "1.1.0")
    changed = ("versions", "time", "dist-tags", "_attachments")
    assert without(left, *changed) == without(document, *changed)
    assert list(left) == list(document)
    assert list(left["versions"]) == ["1.0.0"]
    assert left["time"] == without(document["time"], "1.1.0")
    assert left["dist-tags"] == {"latest": "1.0.0"}
    assert left["_attachments"] == {"pad-1.0.0.tgz": {"length": 7}, "logo.png": {}}


def test_dropping_every_release_leaves_a_document_without_versions_and_tags() -> None:
    for form in INDEX.forms:
        left = joined(form, split(key_of("pad"), encode(packument())), "1.0.0", "1.1.0")
        assert left["versions"] == left["dist-tags"] == {}
        assert set(left["time"]) == {"created", "modified"}


def test_times_of_releases_that_upstream_withdrew_stay() -> None:
    document = packument()
    document["time"]["0.9.0"] = "2019-01-01T00:00:00.000Z"
    assert "0.9.0" in joined("full", split(key_of("pad"), encode(document)), "1.1.0")["time"]


def test_a_tag_that_dangles_upstream_does_not_dangle_here() -> None:
    document = packument("pad", "1.0.0", "1.1.0", **{"dist-tags": {"latest": "1.2.0", "next": "9.0.0", "odd": None}})
    index = split(key_of("pad"), encode(document))
    for form in INDEX.forms:
        assert joined(form, index)["dist-tags"] == {"latest": "1.1.0"}


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_any_subset_of_a_real_document_has_no_dangling_tag_and_only_its_own_times(data: st.DataObject) -> None:
    body = recorded()[data.draw(st.sampled_from([file for file, body in recorded().items() if len(body) < 120_000]))]
    document = json.loads(body)
    index = split(key_of(document["name"]), body)
    dropped = data.draw(st.sets(st.sampled_from(list(document["versions"]))))
    for form in INDEX.forms:
        left = joined(form, index, *dropped)
        assert list(left["versions"]) == [version for version in document["versions"] if version not in dropped]
        assert set(left["dist-tags"].values()) <= set(left["versions"])
        assert not dropped & set(left.get("time", {}))
        for version, made in left["versions"].items():
            ours = {"tarball": 0, "attestations": 0}
            assert made["dist"] | ours == document["versions"][version]["dist"] | ours


def test_the_same_releases_give_the_same_bytes_from_another_tuple() -> None:
    index = split(key_of("pad"), encode(packument()))
    copies = [Fragment(fragment.version, fragment.body) for fragment in index.fragments]
    for form in INDEX.forms.values():
        assert form.join(index, copies) == form.join(index, index.fragments)


def test_blanks_that_differ_between_versions_do_not_break_a_smaller_document() -> None:
    body = (
        b'{"name":"pad","versions": { "1.0.0" :{"name":"pad","version":"1.0.0"},\n"1.1.0":'
        b'{"name":"pad","version":"1.1.0"} , "1.2.0":{"name":"pad","version":"1.2.0"}}}'
    )
    index = split(key_of("pad"), body)
    assert list(joined("full", index, "1.0.0")["versions"]) == ["1.1.0", "1.2.0"]
    assert list(joined("full", index, "1.1.0", "1.2.0")["versions"]) == ["1.0.0"]


def test_the_abbreviated_document_has_the_fields_of_an_install_and_upstreams_values() -> None:
    for body in recorded().values():
        document = json.loads(body)
        index = split(key_of(document["name"]), body)
        short = joined("abbreviated", index)
        assert list(short) == [name for name in ALLOWED_TOP if name in short]
        assert short["name"] == document["name"]
        assert short["dist-tags"] == document["dist-tags"]
        assert short.get("time") == document.get("time")
        assert list(short["versions"]) == list(document["versions"])
        for version, made in short["versions"].items():
            given = document["versions"][version]
            assert set(given) & ALLOWED | {"hasInstallScript"} == set(made) | {"hasInstallScript"}
            assert all(made[field] == given[field] for field in set(made) - {"dist", "hasInstallScript"})
        full = joined("full", index)
        assert dict(tarballs(short)) == dict(tarballs(full))


def test_modified_is_that_of_the_times_or_of_an_abbreviated_upstream() -> None:
    index = split(key_of("pad"), encode(packument()))
    assert joined("abbreviated", index)["modified"] == "2020-02-01T00:00:00.000Z"
    body = encode(without(packument(), "time", "_id", "_rev", "readme") | {"modified": "2020-03-01T00:00:00.000Z"})
    index = split(key_of("pad"), body)
    short = joined("abbreviated", index)
    assert short["modified"] == "2020-03-01T00:00:00.000Z"
    assert short == joined("full", index)


def test_install_scripts_are_announced_also_where_only_the_full_document_names_them() -> None:
    for scripts, announced in (
        ({"preinstall": "x"}, True),
        ({"install": "x"}, True),
        ({"postinstall": "x"}, True),
        ({"test": "npm install"}, None),
        ({"install": ""}, None),
        ({"uninstall": "x"}, None),
        (["install"], None),
        ("install", None),
        (7, None),
    ):
        made = manifest("pad", "1.0.0", scripts=scripts)
        index = split(key_of("pad"), encode(packument("pad", "1.0.0", versions={"1.0.0": made})))
        short = joined("abbreviated", index)["versions"]["1.0.0"]
        assert short.get("hasInstallScript") is announced
        assert "scripts" not in short
    made = manifest("pad", "1.0.0", scripts={"install": "x"}, hasInstallScript=False)
    index = split(key_of("pad"), encode(packument("pad", "1.0.0", versions={"1.0.0": made})))
    assert joined("abbreviated", index)["versions"]["1.0.0"]["hasInstallScript"] is False


def test_a_versions_document_is_its_manifest_and_the_tags_are_those_of_what_is_left() -> None:
    document = packument()
    index = split(key_of("pad"), encode(document))
    made = json.loads(version_document(index, index.fragments[0]).replace(BASE, b"https://npm.example"))
    assert made == document["versions"]["1.0.0"]
    assert json.loads(tags_document(index, index.fragments)) == {"latest": "1.1.0"}
    assert json.loads(tags_document(index, index.fragments[:1])) == {"latest": "1.0.0"}
    assert json.loads(tags_document(index, ())) == {}


def test_names_that_mean_something_in_javascript_are_names_like_others() -> None:
    odd = ("__proto__", "constructor", "prototype", "toString", "hasOwnProperty")
    document = packument("constructor", "1.0.0", **{each: {"x": 1} for each in odd})
    document["dist-tags"] |= dict.fromkeys(odd, "1.0.0")
    document["versions"]["1.0.0"]["dependencies"] = dict.fromkeys(odd, "^1.0.0")
    body = encode(document)
    index = split(key_of("constructor"), body)
    full = joined("full", index)
    assert without(full, "versions") == without(json.loads(body), "versions")
    assert joined("abbreviated", index)["dist-tags"] == document["dist-tags"]
    record = INDEX.describe(key_of("constructor"), index)
    release = record.release(0)
    assert [requirement.name for requirement in release.requirements] == list(odd)
    assert record.tags == document["dist-tags"]
    assert joined("full", index, "1.0.0")["dist-tags"] == {}
