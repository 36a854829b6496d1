"""Whatever is sent: a change or a refusal, and never another manifest than the one that was published."""

import json
from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from packhouse.domain.errors import Conflict, Invalid, Refused, TooLarge
from packhouse.domain.index import Index
from packhouse.domain.package import Moment
from packhouse.ecosystems.npm.change_kinds import Change, Deprecate, Publish, apply_change
from packhouse.ecosystems.npm.changes import read_change
from packhouse.ecosystems.npm.hosted import revision, with_stars, with_tags
from tests.ecosystems.npm.hosted_documents import PUBLIC, START, bodies, hosted, served
from tests.ecosystems.npm.packuments import encode

INDEX = with_tags(with_stars(hosted(), ["bob"]), {"next": "2.0.0-beta.1"}, START)
LATER = Moment(START + 60_000)

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["1.0.0", "1.1.0", "latest", "ann", "", "1.x", "../x", revision(INDEX), "1-abc"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=8) | st.sampled_from(["1.0.0", "ann", "deprecated", "data"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)
fields = st.sampled_from(
    ["_id", "_rev", "name", "versions", "dist-tags", "users", "maintainers", "time", "readme", "_attachments", "x"]
)
revisions = st.sampled_from([None, revision(INDEX), "1-abc", ""])
REMOVE = object()


@st.composite
def damaged(draw: st.DrawFn) -> dict[str, Any]:
    """Take the document that is served, and change it in some places, at any depth."""
    document = served(INDEX)
    for _ in range(draw(st.integers(0, 4))):
        place: Any = document
        while True:
            field = draw(st.sampled_from(sorted(place)) | st.text(max_size=5))
            if isinstance(place.get(field), dict) and place[field] and draw(st.booleans()):
                place = place[field]
                continue
            value = draw(st.just(REMOVE) | values)
            if value is REMOVE:
                place.pop(field, None)
            else:
                place[field] = value
            break
    return document


def change_of(body: bytes, rev: str | None, base: str) -> Change | None:
    """Read a change; None where it is refused in one of the ways that are foreseen."""
    with suppress(Invalid, Conflict, Refused, TooLarge):
        return read_change(INDEX, body, rev, "ann", base=base)
    return None


def check_what_is_published(before: Index, change: Change) -> None:
    """Check that a change leaves every manifest that it does not remove as it was, warnings aside."""
    after = apply_change(before, change, "ann", LATER)
    published = bodies(before)
    for version, body in bodies(after).items():
        if isinstance(change, Deprecate) and version in change.messages:
            assert _unwarned(body) == _unwarned(published[version])
        else:
            assert body == published[version]
    assert served(after)["users"].keys() - {"ann"} == served(before)["users"].keys() - {"ann"}


@settings(max_examples=400, deadline=None)
@given(damaged(), revisions, st.sampled_from(["", PUBLIC]))
def test_a_damaged_document_is_a_change_or_refused_and_no_manifest_becomes_another(
    document: dict[str, Any], rev: str | None, base: str
) -> None:
    change = change_of(json.dumps(document).encode(errors="surrogatepass"), rev, base)
    if change is not None and not isinstance(change, Publish):
        check_what_is_published(INDEX, change)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(fields, values, max_size=5) | values, revisions)
def test_any_json_is_a_change_or_refused(document: object, rev: str | None) -> None:
    change = change_of(json.dumps(document).encode(), rev, PUBLIC)
    if change is not None and not isinstance(change, Publish):
        check_what_is_published(INDEX, change)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=40), st.integers(0, 2000), st.integers(0, 40))
def test_any_bytes_are_a_change_or_refused(noise: bytes, at: int, cut: int) -> None:
    whole = encode(served(INDEX))
    change_of(whole[:at] + noise + whole[at + cut :], None, PUBLIC)
    change_of(noise, None, "")


def _unwarned(body: bytes) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(body.replace(b"\0", b""))
    manifest.pop("deprecated", None)
    return manifest
