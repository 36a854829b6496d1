"""Documents that clients send back: what they mean, and what they may not."""

import json
from typing import Any

import pytest

from packhouse.domain.errors import Conflict, Invalid, PackhouseError, Refused, TooLarge
from packhouse.domain.index import Index
from packhouse.domain.package import Moment
from packhouse.ecosystems.npm.change_kinds import (
    Change,
    Deprecate,
    Maintainers,
    Nothing,
    Publish,
    RemoveReleases,
    Star,
    Tags,
    apply_change,
)
from packhouse.ecosystems.npm.changes import check_revision, read_change
from packhouse.ecosystems.npm.hosted import deprecate, revision, tombstone, with_stars, with_tags
from tests.ecosystems.npm.hosted_documents import PUBLIC, START, bodies, hosted, served, served_text
from tests.ecosystems.npm.packuments import encode

LATER = Moment(START + 60_000)


def read(index: Index, document: dict[str, Any], rev: str | None = None, actor: str = "ann") -> Change:
    """Read a document as the door does."""
    return read_change(index, encode(document), rev, actor, base=PUBLIC)


def without(index: Index, *versions: str) -> dict[str, Any]:
    """Take versions out of the document as the client does that unpublishes them."""
    document = served(index)
    for version in versions:
        del document["versions"][version]
    document["dist-tags"] = {tag: at for tag, at in document["dist-tags"].items() if at not in versions}
    if "latest" not in document["dist-tags"]:
        document["dist-tags"]["latest"] = next(reversed(document["versions"]))
    del document["_attachments"]
    return document


def test_the_document_as_it_was_served_changes_nothing() -> None:
    index = hosted()
    assert read_change(index, served_text(index), None, "ann", base=PUBLIC) == Nothing()
    assert read_change(index, served_text(index), revision(index), "bob") == Nothing()


def test_neither_the_order_of_keys_nor_blanks_nor_escapes_are_a_change() -> None:
    index = hosted()
    document = json.dumps(json.loads(served_text(index)), sort_keys=True, indent=2).encode()
    assert read_change(index, document, revision(index), "ann", base=PUBLIC) == Nothing()


def test_what_is_not_decided_here_changes_nothing() -> None:
    index = hosted()
    for change in (Nothing(), Publish(), Tags({"latest": "1.0.0"})):
        assert apply_change(index, change, "ann", LATER) is index


def test_a_document_with_an_archive_is_a_publication_whatever_else_it_says() -> None:
    index = hosted()
    archive = {"_attachments": {"@farm/pad-3.0.0.tgz": {"data": "AAAA", "length": 3}}}
    fresh = {"versions": {"3.0.0": {"deprecated": "at once"}}}
    assert read(index, served(index) | archive | fresh) == Publish()
    assert read_change(None, encode(archive), None, "ann") == Publish()
    assert read_change(tombstone(index, LATER, "ann"), encode(archive), None, "ann") == Publish()


def test_attachments_without_data_are_no_publication() -> None:
    index = hosted()
    stubs = {"_attachments": {"pad-1.0.0.tgz": {"stub": True, "length": 3}}}
    assert read(index, served(index) | stubs) == Nothing()


def test_a_new_package_is_not_made_by_a_document_without_an_archive() -> None:
    for index in (None, tombstone(hosted(), LATER, "ann")):
        with pytest.raises(Refused, match="needs an archive"):
            read_change(index, encode(served(hosted())), None, "ann")


def test_deprecated_texts_that_differ_are_a_deprecation_and_an_empty_one_takes_it_back() -> None:
    index = deprecate(hosted(), {"1.1.0": "old"}, LATER)
    document = served(index)
    document["versions"]["1.0.0"]["deprecated"] = "very old"
    document["versions"]["1.1.0"]["deprecated"] = ""
    document["versions"]["2.0.0-beta.1"]["deprecated"] = ""
    change = read(index, document)
    assert change == Deprecate({"1.0.0": "very old", "1.1.0": ""})
    after = served(apply_change(index, change, "ann", LATER))["versions"]
    assert {version: each.get("deprecated") for version, each in after.items()} == {
        "1.0.0": "very old",
        "1.1.0": None,
        "2.0.0-beta.1": None,
    }


@pytest.mark.parametrize("text", [True, 1, 0, {}, [], "x" * 5000, "red \x1b[31m", "\u202egpj.exe"])
def test_a_warning_that_cannot_be_printed_is_refused(text: object) -> None:
    index = hosted()
    document = served(index)
    document["versions"]["1.0.0"]["deprecated"] = text
    with pytest.raises(Invalid, match=r"deprecated of version 1\.0\.0"):
        read(index, document)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("dependencies", {"evil": "*"}),
        ("scripts", {"postinstall": "sh"}),
        ("bin", "x.js"),
        ("name", "other"),
        ("version", "9.9.9"),
        ("hasInstallScript", True),
        ("dist.integrity", "sha512-x"),
        ("dist.shasum", "1" * 40),
        ("dist.tarball", "https://evil.example/@farm/pad/-/pad-1.0.0.tgz"),
        ("dist.tarball", f"{PUBLIC}/@farm/pad/-/pad-1.1.0.tgz"),
        ("dist.unpackedSize", 3),
        ("dist", None),
    ],
)
@pytest.mark.parametrize("rev", ["none", "body", "path", "stale"])
def test_nothing_of_a_published_version_changes_but_its_warning_and_the_field_is_named(
    path: str, value: object, rev: str
) -> None:
    index = hosted()
    document = served(index)
    place = document["versions"]["1.0.0"]
    place["deprecated"] = "smuggles"
    *parents, field = path.split(".")
    for parent in parents:
        place = place[parent]
    place[field] = value
    document["_rev"] = {"none": None, "stale": "1-abc"}.get(rev, document["_rev"])
    with pytest.raises(Refused, match=f"^{path} of version 1.0.0 cannot be changed"):
        read(index, document, revision(index) if rev == "path" else None)


def test_a_field_that_is_left_out_of_a_version_is_a_change_too() -> None:
    index = hosted()
    document = served(index)
    del document["versions"]["1.1.0"]["dependencies"]
    with pytest.raises(Refused, match=r"dependencies of version 1\.1\.0"):
        read(index, document)


def test_what_a_document_says_of_our_signatures_counts_for_nothing() -> None:
    index = hosted()
    document = served(index)
    document["versions"]["1.0.0"]["dist"]["signatures"] = [{"keyid": "SHA256:mine", "sig": "forged"}]
    document["versions"]["1.0.0"]["dist"]["attestations"] = {"url": "https://evil.example/../"}
    del document["versions"]["1.1.0"]["dist"]["signatures"]
    assert read(index, document) == Nothing()


def test_the_addresses_of_one_document_have_one_base_even_where_ours_is_not_known() -> None:
    index = hosted()
    body = served_text(index).replace(PUBLIC.encode(), b"http://10.0.0.7:4873/x/npm")
    assert read_change(index, body, None, "ann") == Nothing()
    document = json.loads(body)
    document["versions"]["1.1.0"]["dist"]["tarball"] = f"{PUBLIC}/@farm/pad/-/pad-1.1.0.tgz"
    with pytest.raises(Refused, match=r"dist\.tarball of version 1\.1\.0"):
        read_change(index, encode(document), None, "ann")


def test_a_version_without_its_archive_is_refused() -> None:
    index = hosted()
    document = served(index)
    document["versions"]["9.0.0"] = document["versions"]["1.0.0"] | {"version": "9.0.0"}
    for rev in (None, revision(index)):
        with pytest.raises(Refused, match=r"'9\.0\.0' comes without its archive"):
            read(index, document, rev)


def test_a_version_that_was_removed_meanwhile_is_a_conflict_and_not_an_attempt_to_publish() -> None:
    document = served(hosted("1.0.0", "1.1.0"))
    with pytest.raises(Conflict):
        read(hosted("1.0.0"), document | {"_rev": "1-abc"})


def test_versions_are_removed_by_the_present_revision_and_tags_go_along() -> None:
    index = with_tags(hosted(), {"next": "2.0.0-beta.1"}, LATER)
    change = read(index, without(index, "1.0.0", "2.0.0-beta.1"), revision(index))
    assert change == RemoveReleases(frozenset({"1.0.0", "2.0.0-beta.1"}), {"latest": "1.1.0"})
    after = apply_change(index, change, "ann", LATER)
    assert list(bodies(after)) == ["1.1.0"]
    assert served(after)["dist-tags"] == {"latest": "1.1.0"}


def test_latest_stays_where_the_document_forgets_it() -> None:
    index = hosted()
    document = without(index, "1.0.0") | {"dist-tags": {}}
    assert read(index, document, revision(index)) == RemoveReleases(frozenset({"1.0.0"}), {"latest": "1.1.0"})


def test_a_pre_release_does_not_become_the_latest_because_the_latest_is_removed() -> None:
    index = hosted("1.0.0", "1.1.0", "2.0.0-beta.1")
    document = without(index, "1.0.0") | {"dist-tags": {"latest": "2.0.0-beta.1"}}
    assert read(index, document, revision(index)) == RemoveReleases(frozenset({"1.0.0"}), {"latest": "1.1.0"})


def test_a_document_without_any_version_does_not_remove_the_package() -> None:
    index = hosted()
    with pytest.raises(Refused, match="no version would be left"):
        read(index, served(index) | {"versions": {}}, revision(index))


@pytest.mark.parametrize("rev", [None, "1-abc", "", "undefined"])
def test_without_the_present_revision_nothing_is_removed(rev: str | None) -> None:
    index = hosted()
    document = without(index, "1.0.0")
    for own in (document["_rev"], "1-abc", None):
        with pytest.raises(Conflict):
            read(index, document | {"_rev": own}, rev)


def test_a_stale_document_is_merged_it_deprecates_and_removes_nothing() -> None:
    before = hosted("1.0.0")
    document = served(before)
    document["versions"]["1.0.0"]["deprecated"] = "old"
    meanwhile = with_stars(with_tags(hosted("1.0.0", "1.1.0"), {"next": "1.1.0"}, LATER), ["bob"])
    change = read(meanwhile, document)
    assert change == Deprecate({"1.0.0": "old"})
    after = apply_change(meanwhile, change, "ann", LATER)
    assert list(bodies(after)) == ["1.0.0", "1.1.0"]
    assert served(after)["dist-tags"] == {"latest": "1.0.0", "next": "1.1.0"}
    assert served(after)["users"] == {"bob": True}


def test_a_path_with_a_stale_revision_is_a_conflict_even_for_a_publication() -> None:
    index = hosted()
    archive = {"_attachments": {"@farm/pad-3.0.0.tgz": {"data": "AAAA", "length": 3}}}
    for document in (served(index), archive):
        with pytest.raises(Conflict, match="Document update conflict"):
            read(index, document, "1-abc")
    with pytest.raises(Conflict):
        read(index, served(index) | {"_rev": "1-abc"}, revision(index))
    with pytest.raises(Conflict):
        check_revision(index, "1-abc")
    check_revision(index, revision(index))


def test_a_star_is_the_actors_own() -> None:
    index = with_stars(hosted(), ["bob"])
    rev = revision(index)
    assert read(index, {"_id": "@farm/pad", "_rev": rev, "users": {"bob": True, "ann": True}}) == Star(starred=True)
    assert read(index, {"_rev": rev, "users": {}}, actor="bob") == Star(starred=False)
    assert read(index, served(index) | {"users": {}}, rev, actor="bob") == Star(starred=False)
    assert read(index, {"_rev": rev, "users": {"bob": True}}) == Nothing()


@pytest.mark.parametrize(
    "users", [{"ann": True}, {"bob": True, "carl": True}, {"ann": True, "bob": True, "carl": True}]
)
def test_the_stars_of_others_cannot_be_changed(users: dict[str, bool]) -> None:
    index = with_stars(hosted(), ["bob"])
    with pytest.raises(Refused, match="is not yours to change"):
        read(index, {"_rev": revision(index), "users": users})


def test_a_stale_star_leaves_those_of_others_as_they_are() -> None:
    index = with_stars(hosted(), ["bob"])
    change = read(index, {"_rev": "1-abc", "users": {"ann": True, "carl": True}})
    assert change == Star(starred=True)
    assert served(apply_change(index, change, "ann", LATER))["users"] == {"ann": True, "bob": True}
    with pytest.raises(Refused, match="'carl' of users"):
        read(index, {"users": {"ann": True, "carl": True}})


def test_maintainers_change_by_their_own_form_and_the_present_revision() -> None:
    index = hosted()
    people = [{"name": "ann", "email": "ann@packages.example"}, {"name": "bob", "email": "b@x.example"}]
    form = {"_id": "@farm/pad", "_rev": revision(index), "maintainers": people}
    change = read(index, form, revision(index))
    assert change == Maintainers((("ann", "ann@packages.example"), ("bob", "b@x.example")))
    assert served(apply_change(index, change, "ann", LATER))["maintainers"] == people
    for stale in ("1-abc", None):
        with pytest.raises(Conflict):
            read(index, form | {"_rev": stale})
    with pytest.raises(Refused, match="with the whole document"):
        read(index, served(index) | {"maintainers": people}, revision(index))


@pytest.mark.parametrize("people", [[], [{}], [{"name": ""}], ["ann"], {}, "ann", 7, [{"name": "b"}, {"name": "b"}]])
def test_maintainers_without_names_are_refused(people: object) -> None:
    index = hosted()
    with pytest.raises(Invalid):
        read(index, {"_rev": revision(index), "maintainers": people}, revision(index))


def test_tags_are_replaced_by_the_present_revision_only() -> None:
    index = with_tags(hosted(), {"next": "2.0.0-beta.1"}, LATER)
    tags = {"latest": "1.1.0", "beta": "2.0.0-beta.1"}
    change = read(index, served(index) | {"dist-tags": tags}, revision(index))
    assert change == Tags(tags)
    assert served(apply_change(index, change, "ann", LATER))["dist-tags"] == tags
    with pytest.raises(Conflict):
        read(index, served(index) | {"dist-tags": tags, "_rev": "1-abc"})


@pytest.mark.parametrize(
    ("tags", "error"),
    [
        ({"latest": "1.0.0", "gone": "9.9.9"}, Refused),
        ({"latest": "1.0.0", "1.x": "1.1.0"}, Invalid),
        ({"latest": "1.0.0", "..": "1.1.0"}, Invalid),
        ({"latest": "1.0.0", "constructor": "1.1.0"}, Invalid),
        ({"latest": 1}, Invalid),
        ([], Invalid),
    ],
)
def test_tags_that_could_not_be_set_one_by_one_are_refused(tags: object, error: type[PackhouseError]) -> None:
    index = hosted()
    for document in (served(index), without(index, "2.0.0-beta.1")):
        with pytest.raises(error):
            read(index, document | {"dist-tags": tags}, revision(index))


def test_latest_cannot_be_taken_away() -> None:
    index = hosted()
    with pytest.raises(Refused, match='must have a "latest" tag'):
        read(index, served(index) | {"dist-tags": {"next": "1.1.0"}}, revision(index))


@pytest.mark.parametrize(
    ("field", "value"),
    [("description", "other"), ("readme", "# evil"), ("time", {"1.0.0": "2001-01-01T00:00:00.000Z"})],
)
def test_what_the_document_repeats_of_its_releases_cannot_be_changed(field: str, value: object) -> None:
    index = hosted()
    with pytest.raises(Refused, match=f"^{field} cannot be changed"):
        read(index, served(index) | {field: value})


def test_one_document_changes_one_thing() -> None:
    index = hosted()
    document = without(index, "1.0.0")
    document["versions"]["1.1.0"]["deprecated"] = "old"
    with pytest.raises(Refused, match="several things at once"):
        read(index, document, revision(index))


def test_a_document_of_another_package_is_refused() -> None:
    index = hosted()
    for field in ("name", "_id"):
        with pytest.raises(Invalid, match="another package"):
            read(index, served(index) | {field: "other"})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b'{"versions":[]}',
        b'{"versions":{"1.0.0":7}}',
        b'{"versions":{"1.0.0":{"a":NaN}}}',
        b'{"versions":{"1.0.0":{"a":1e999}}}',
        b'{"versions":{"1.0.0":{"deprecated":"\\ud800"}}}',
        b'{"versions":{"1.0.0":{"__proto__":{}}}}',
        b'{"versions":{"1.0.0":{},"1.0.0":{}}}',
        b'{"versions":{},"versions":{}}',
        b'{"users":{"ann":"yes"}}',
        b'{"users":{"ann":true,"ann":false}}',
        b'{"_rev":7}',
        b'{"_attachments":[]}',
        b'{"_attachments":{"a.tgz":7}}',
        b'{"readme":"\xff"}',
        b'{"maintainers":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"versions":{"1.0.0":' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}}",
    ],
)
def test_what_is_no_document_is_invalid(body: bytes) -> None:
    with pytest.raises(Invalid):
        read_change(hosted(), body, None, "ann")


def test_a_document_much_longer_than_the_package_is_too_large() -> None:
    with pytest.raises(TooLarge):
        read_change(hosted(), b'{"x":"' + b"x" * 2_000_000 + b'"}', None, "ann")
