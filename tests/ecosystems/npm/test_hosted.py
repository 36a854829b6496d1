"""Packages that are published here: their documents read like any upstream's, and every change is a new revision."""

import json
import time

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from packhouse.domain.index import BASE, Index
from packhouse.domain.package import Moment
from packhouse.domain.release import PackageRecord
from packhouse.ecosystems.npm.hosted import (
    Readme,
    add_release,
    begin,
    deprecate,
    is_tombstone,
    remove_releases,
    replace_manifest,
    revision,
    revived,
    stars_of,
    tombstone,
    with_maintainers,
    with_stars,
    with_tags,
)
from packhouse.ecosystems.npm.index import INDEX, locate
from packhouse.ecosystems.npm.packument import split
from packhouse.ecosystems.npm.tags import tags_of
from tests.ecosystems.npm.hosted_documents import KEY, START, bodies, hosted, served, served_text, stored_manifest

LATER = Moment(START + 60_000)


def read_again(index: Index) -> Index:
    """Take the document apart as if an upstream had sent it."""
    return split(KEY, served_text(index))


def without_addresses(record: PackageRecord) -> PackageRecord:
    """Forget where an upstream has the files, which is all that may differ."""
    releases = []
    for text in record.releases:
        release = msgspec.json.decode(msgspec.json.encode(msgspec.msgpack.decode(text)))
        releases.append(json.dumps(_without_urls(release), sort_keys=True).encode())
    return msgspec.structs.replace(record, releases=tuple(releases))


def _without_urls(value: object) -> object:
    if isinstance(value, dict):
        return {name: _without_urls(each) for name, each in value.items() if name != "url"}
    return [_without_urls(each) for each in value] if isinstance(value, list) else value


def test_the_document_reads_like_one_of_an_upstream() -> None:
    index = deprecate(with_tags(hosted(), {"next": "2.0.0-beta.1"}, LATER), {"1.0.0": "old"}, LATER)
    again = read_again(index)
    assert again.fragments == index.fragments
    assert tags_of(again) == tags_of(index) == {"latest": "1.0.0", "next": "2.0.0-beta.1"}
    assert INDEX.summary(KEY, again) == INDEX.summary(KEY, index)
    assert without_addresses(INDEX.describe(KEY, again)) == without_addresses(INDEX.describe(KEY, index))


def test_every_form_is_that_of_an_upstreams_document() -> None:
    index = hosted()
    for form in INDEX.forms.values():
        for kept in (index.fragments, index.fragments[1:], ()):
            ours, theirs = form.join(index, kept), form.join(read_again(index), kept)
            assert ours == theirs, form.name


def test_a_file_is_found_by_its_name_and_belongs_to_its_release() -> None:
    located = locate(KEY, hosted(), "pad-1.1.0.tgz")
    assert located is not None
    assert (located.fragment.version, located.artifact.filename) == ("1.1.0", "pad-1.1.0.tgz")
    assert locate(KEY, hosted(), "pad-9.9.9.tgz") is None


def test_a_publication_leaves_the_bytes_of_other_releases_alone() -> None:
    index = hosted()
    after = add_release(index, "3.0.0", stored_manifest("3.0.0"), LATER)
    for before, kept in zip(index.fragments, after.fragments, strict=False):
        assert kept is before
    assert after.fragments[-1].published_at == LATER


def test_the_first_release_is_the_latest_and_later_ones_only_when_asked() -> None:
    index = hosted("2.0.0-beta.1", "2.0.0")
    assert tags_of(index) == {"latest": "2.0.0-beta.1"}
    assert tags_of(with_tags(index, {"latest": "2.0.0"}, LATER)) == {"latest": "2.0.0"}


def test_the_document_repeats_what_the_latest_release_says() -> None:
    index = hosted()
    assert served(index)["description"] == "pads 1.0.0"
    assert served(with_tags(index, {"latest": "1.1.0"}, LATER))["description"] == "pads 1.1.0"
    plain = json.loads(stored_manifest("1.0.0").replace(BASE, b""))
    del plain["description"]
    assert "description" not in served(replace_manifest(index, "1.0.0", msgspec.json.encode(plain), LATER))


def test_moments_are_written_as_javascript_does_and_modified_is_the_last() -> None:
    times = served(with_tags(hosted("1.0.0"), {"next": "1.0.0"}, LATER))["time"]
    assert times == {
        "created": "2023-11-14T22:13:20.000Z",
        "modified": "2023-11-14T22:14:20.000Z",
        "1.0.0": "2023-11-14T22:13:21.000Z",
    }


def test_a_removed_latest_release_hands_its_tag_to_the_highest_that_is_left() -> None:
    index = with_tags(hosted("1.0.0", "1.1.0", "1.2.0"), {"latest": "1.2.0", "old": "1.0.0"}, LATER)
    after = remove_releases(index, ["1.2.0"], LATER)
    assert tags_of(after) == {"latest": "1.1.0", "old": "1.0.0"}
    assert served(after)["description"] == "pads 1.1.0"
    assert "1.2.0" not in served(after)["versions"].keys() | served(after)["time"].keys()


def test_a_warning_is_the_only_difference_and_is_taken_back_without_a_trace() -> None:
    index = hosted()
    warned = deprecate(index, {"1.0.0": 'no "longer"\n'}, LATER)
    assert served(warned)["versions"]["1.0.0"] == served(index)["versions"]["1.0.0"] | {"deprecated": 'no "longer"\n'}
    assert bodies(deprecate(warned, {"1.0.0": ""}, LATER)) == bodies(index)


def test_maintainers_and_stars_are_whole_lists() -> None:
    index = with_stars(with_maintainers(hosted(), [("bob", "b@x.example")], LATER), ["carl", "ann"])
    assert served(index)["maintainers"] == [{"name": "bob", "email": "b@x.example"}]
    assert served(index)["users"] == {"ann": True, "carl": True}
    assert stars_of(index) == {"ann", "carl"}
    assert stars_of(with_stars(index, [])) == frozenset()


def test_every_change_is_a_new_revision_and_a_new_digest() -> None:
    index = hosted()
    changed = [
        index,
        add_release(index, "3.0.0", stored_manifest("3.0.0"), LATER),
        remove_releases(index, ["1.0.0"], LATER),
        remove_releases(index, ["1.1.0"], LATER),
        with_tags(index, {"next": "1.1.0"}, LATER),
        deprecate(index, {"1.0.0": "old"}, LATER),
        deprecate(index, {"1.1.0": "old"}, LATER),
        replace_manifest(index, "1.1.0", stored_manifest("1.1.0", funding="x"), LATER),
        with_maintainers(index, [("bob", "b@x.example")], LATER),
        with_stars(index, ["bob"]),
        tombstone(index, LATER, "ann"),
    ]
    assert len({each.digest for each in changed}) == len({revision(each) for each in changed}) == len(changed)
    number = int(revision(index).partition("-")[0])
    assert {int(revision(each).partition("-")[0]) for each in changed[1:]} == {number + 1}
    assert all(served(each)["_rev"] == revision(each) for each in changed)


def test_a_tombstone_says_what_there_was_and_has_no_release() -> None:
    gone = tombstone(with_tags(hosted("1.0.0", "1.1.0"), {"next": "1.1.0"}, LATER), LATER, "ann")
    document = served(gone)
    assert gone.fragments == ()
    assert is_tombstone(gone)
    assert not is_tombstone(hosted())
    assert document.keys() == {"_id", "_rev", "name", "time", "_attachments"}
    assert document["time"]["unpublished"] == {
        "name": "ann",
        "time": "2023-11-14T22:14:20.000Z",
        "tags": {"latest": "1.0.0", "next": "1.1.0"},
        "maintainers": [{"name": "ann", "email": "ann@packages.example"}],
        "description": "pads 1.0.0",
        "versions": ["1.0.0", "1.1.0"],
    }
    assert INDEX.describe(KEY, gone).versions == ()
    assert read_again(gone).fragments == ()


def test_a_package_that_begins_again_has_nothing_of_the_old_but_its_count_of_revisions() -> None:
    gone = tombstone(with_stars(hosted(), ["bob"]), LATER, "ann")
    again = add_release(revived(gone, LATER), "3.0.0", stored_manifest("3.0.0"), LATER)
    document = served(again)
    assert list(document["versions"]) == ["3.0.0"]
    assert document["dist-tags"] == {"latest": "3.0.0"}
    assert document["maintainers"] == []
    assert "unpublished" not in document["time"]
    assert int(revision(again).partition("-")[0]) > int(revision(gone).partition("-")[0])


def test_a_package_without_releases_is_a_document_too() -> None:
    index = begin(KEY, START)
    assert read_again(index).fragments == ()
    assert INDEX.describe(KEY, index).versions == ()


def test_a_publication_into_two_thousand_versions_takes_milliseconds() -> None:
    index = begin(KEY, START)
    for patch in range(2000):
        version = f"1.0.{patch}"
        index = add_release(index, version, stored_manifest(version), Moment(START + patch))
    took = []
    for _ in range(5):
        began = time.perf_counter()
        add_release(index, "2.0.0", stored_manifest("2.0.0"), LATER)
        took.append(time.perf_counter() - began)
    assert min(took) < 0.02


edits = st.lists(
    st.tuples(
        st.sampled_from(["publish", "remove", "tag", "untag", "deprecate", "star", "maintain"]),
        st.sampled_from(["1.0.0", "1.0.1", "1.1.0-rc.1", "2.0.0", "10.0.0"]),
        st.text(max_size=6),
    ),
    max_size=12,
)


@settings(max_examples=100, deadline=None)
@given(edits)
def test_after_any_edits_the_document_still_reads_like_an_upstreams(steps: list[tuple[str, str, str]]) -> None:
    index = hosted("0.9.0")
    seen = {index.digest}
    for at, (kind, version, text) in enumerate(steps):
        after = _edited(index, kind, version, text, Moment(LATER + at))
        if after is index:
            continue
        assert after.digest not in seen
        seen.add(after.digest)
        index = after
    again = read_again(index)
    assert again.fragments == index.fragments
    assert tags_of(again) == tags_of(index)
    assert tags_of(index)["latest"] in bodies(index)
    assert served(index)["versions"].keys() == served(index)["time"].keys() - {"created", "modified"}


def _edited(index: Index, kind: str, version: str, text: str, now: Moment) -> Index:
    plain = text.replace("\0", "")
    match (kind, version in bodies(index)):
        case ("publish", False):
            index = add_release(index, version, stored_manifest(version), now, readme=Readme(plain))
        case ("remove", True):
            index = remove_releases(index, [version], now)
        case ("tag" | "untag", True):
            index = with_tags(index, {f"t{len(text)}": version if kind == "tag" else None}, now)
        case ("deprecate", True):
            index = deprecate(index, {version: plain}, now)
        case ("star", _):
            index = with_stars(index, [plain])
        case ("maintain", _):
            index = with_maintainers(index, [(plain, "x@y.example")], now)
    return index
