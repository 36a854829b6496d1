"""Manifests that come back from a client: what is a difference, and what only looks like one."""

import json

from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from packhouse.ecosystems.npm.manifest_difference import differing_fields, same

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


def test_numbers_are_those_of_javascript() -> None:
    assert same(1, 1.0)
    assert same(2**53 + 1, 2**53)
    assert same(10**400, 10**401)
    assert not same(10**400, -(10**400))
    assert not same([1], [True])
    assert not same([0], [False])
    assert not same("1", 1)


@given(values)
def test_a_value_is_the_same_after_a_client_wrote_it(value: object) -> None:
    assert same(value, json.loads(json.dumps(value, sort_keys=True)))


@given(values, values)
def test_what_is_the_same_is_so_both_ways(left: object, right: object) -> None:
    assert same(left, right) == same(right, left)


def test_a_release_without_a_file_can_come_back_too() -> None:
    assert differing_fields(b'{"name":"a"}', Raw(b'{ "name": "a" }'), "https://x.example") == {}
    assert differing_fields(b'{"name":"a","dist":{}}', Raw(b'{ "name": "a", "dist": {} }'), "https://x.example") == {}
    assert differing_fields(b'{"name":"a"}', Raw(b'{"name":"a","dist":{}}'), "") == {"dist": {}}


def test_not_to_warn_is_written_in_several_ways() -> None:
    for left in (b"{}", b'{"deprecated":""}', b'{"deprecated":null}', b'{"deprecated":false}'):
        for right in (b"{ }", b'{"deprecated" :""}', b'{"deprecated" :false}'):
            assert differing_fields(left, Raw(right), "") == {}
    assert differing_fields(b'{"deprecated":"old"}', Raw(b"{}"), "") == {"deprecated": None}
