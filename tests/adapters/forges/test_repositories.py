"""Whatever a forge answers is a repository, or is refused."""

import json
from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.adapters.forges.github_batch import read_answer
from packhouse.adapters.forges.repositories import APIS, read_repository
from packhouse.domain.errors import UpstreamBad, UpstreamError
from packhouse.domain.project import Repository

HOST = "git.example"
FIELDS = [
    "full_name",
    "path_with_namespace",
    "stargazers_count",
    "star_count",
    "license",
    "description",
    "visibility",
    "data",
    "errors",
    "r0",
    "nameWithOwner",
    "path",
    "type",
]
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.just("orchard/crate"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=6),
    max_leaves=12,
)
bodies = values.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=80)


@given(st.sampled_from(sorted(APIS)), bodies)
def test_an_answer_is_a_repository_or_bad(kind: str, body: bytes) -> None:
    with suppress(UpstreamBad):
        found = read_repository(APIS[kind], HOST, body)  # type: ignore[index]
        assert isinstance(found, Repository)
        assert found.id.startswith("git.example/")
        assert msgspec.json.encode(found)


@given(bodies)
def test_an_answer_about_many_tells_of_each_or_is_refused(body: bytes) -> None:
    with suppress(UpstreamError):
        assert list(read_answer(HOST, ["orchard/crate", "a/b"], body)) == ["orchard/crate", "a/b"]


@pytest.mark.parametrize(
    "body", [b'{"full_name":"\xff/a"}', b"[" * 100_000, b'{"full_name":"a/b","license":' + b"[" * 9999]
)
def test_broken_bytes_are_refused(body: bytes) -> None:
    for api in APIS.values():
        with pytest.raises(UpstreamBad):
            read_repository(api, HOST, body)
    with pytest.raises(UpstreamBad):
        read_answer(HOST, ["a/b"], body)
