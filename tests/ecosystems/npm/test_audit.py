"""What audits are answered, in both forms, and what is refused."""

import gzip
import json
import zlib
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from packhouse.domain.errors import Invalid, TooLarge
from packhouse.domain.package import NormalName
from packhouse.ecosystems.npm.audit import (
    MAX_VERSIONS,
    Cvss,
    Finding,
    asked_by,
    bulk_answer,
    read_bulk,
    tree_answer,
)
from packhouse.ecosystems.npm.audit_tree import MAX_NODES, read_tree
from packhouse.ecosystems.npm.request_bodies import unpack_body

ROT = Finding(
    id=1101,
    name=NormalName("apple"),
    versions=("1.0.0", "1.1.0"),
    url="https://advisories.example/1101",
    title="Apples rot",
    severity="high",
    range="<1.2.0",
    patched=">=1.2.0",
    cwe=("CWE-1321",),
    cvss=Cvss(7.5, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"),
    aliases=("GHSA-aaaa-bbbb-cccc", "CVE-2026-0001"),
    overview="They do.",
    recommendation="Eat them.",
)
WORM = Finding(7, NormalName("apple"), ("1.0.0",), "https://advisories.example/7", "A worm", "low", "*")

TREE: dict[str, Any] = {
    "name": "orchard",
    "version": "1.0.0",
    "requires": {"apple": "^1.0.0"},
    "install": [],
    "remove": [],
    "metadata": {"node_version": "v12"},
    "dependencies": {
        "apple": {"version": "1.0.0", "integrity": "sha512-x", "requires": {"core": "1"}},
        "@farm/basket": {
            "version": "2.0.0",
            "dev": True,
            "dependencies": {"apple": {"version": "1.1.0", "dev": True, "optional": True, "bundled": True}},
        },
        "box": {"version": "1.0.0", "optional": True, "dependencies": {"apple": {"version": "1.0.0"}}},
    },
}


def encode(value: object) -> bytes:
    return json.dumps(value).encode()


def test_the_bulk_question_is_names_with_versions_each_once() -> None:
    asked = read_bulk(encode({"apple": ["1.0.0", "1.0.0", "2.0.0"], "@farm/pear": ["1.0.0"], "none": []}))
    assert asked == {"apple": ("1.0.0", "2.0.0"), "@farm/pear": ("1.0.0",)}


def test_what_can_be_no_package_is_not_looked_for() -> None:
    names = ["__proto__", "_x", "..", "../../etc/passwd", "a/b", "a\0b", "", "x" * 300, "node_modules", "file:../x"]
    asked = read_bulk(encode({name: ["1.0.0"] for name in names} | {"constructor": ["1.0.0"], "pad": ["", "9" * 300]}))
    assert asked == {"constructor": ("1.0.0",)}


def test_the_bulk_answer_has_just_what_clients_read() -> None:
    asked = read_bulk(encode({"apple": ["1.0.0"], "pear": ["1.0.0"]}))
    answer = json.loads(msgspec.json.encode(bulk_answer(asked, [ROT, WORM])))
    assert answer == {
        "apple": [
            {
                "id": 1101,
                "url": "https://advisories.example/1101",
                "title": "Apples rot",
                "severity": "high",
                "vulnerable_versions": "<1.2.0",
                "cwe": ["CWE-1321"],
                "cvss": {"score": 7.5, "vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"},
            },
            {
                "id": 7,
                "url": "https://advisories.example/7",
                "title": "A worm",
                "severity": "low",
                "vulnerable_versions": "*",
                "cwe": [],
                "cvss": {"score": 0.0, "vectorString": None},
            },
        ]
    }
    assert bulk_answer(asked, []) == {}


def test_an_answer_never_speaks_of_what_was_not_asked_for() -> None:
    other = msgspec.structs.replace(ROT, name=NormalName("@secret/plan"))
    assert bulk_answer({NormalName("apple"): ("9.9.9",)}, [ROT, WORM, other]) == {}
    assert bulk_answer({NormalName("apple"): ("1.0.0",)}, [ROT, ROT])[NormalName("apple")] == bulk_answer(
        {NormalName("apple"): ("1.0.0",)}, [ROT]
    ).get(NormalName("apple"))


def test_a_tree_is_asked_for_like_the_bulk_form() -> None:
    assert asked_by(read_tree(encode(TREE))) == {
        "apple": ("1.0.0", "1.1.0"),
        "@farm/basket": ("2.0.0",),
        "box": ("1.0.0",),
    }


def test_the_answer_to_a_tree_has_the_whole_old_shape() -> None:
    answer = json.loads(msgspec.json.encode(tree_answer(read_tree(encode(TREE)), [ROT, WORM])))
    assert list(answer) == ["actions", "advisories", "metadata", "muted"]
    assert answer["muted"] == []
    assert answer["metadata"] == {
        "vulnerabilities": {"info": 0, "low": 2, "moderate": 0, "high": 3, "critical": 0},
        "dependencies": 2,
        "devDependencies": 2,
        "optionalDependencies": 2,
        "totalDependencies": 5,
    }
    assert answer["advisories"]["1101"] == {
        "id": 1101,
        "title": "Apples rot",
        "module_name": "apple",
        "severity": "high",
        "vulnerable_versions": "<1.2.0",
        "patched_versions": ">=1.2.0",
        "findings": [
            {"version": "1.0.0", "paths": ["apple", "box>apple"]},
            {"version": "1.1.0", "paths": ["@farm/basket>apple"]},
        ],
        "url": "https://advisories.example/1101",
        "cves": ["CVE-2026-0001"],
        "cwe": ["CWE-1321"],
        "cvss": {"score": 7.5, "vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"},
        "overview": "They do.",
        "recommendation": "Eat them.",
        "github_advisory_id": "GHSA-aaaa-bbbb-cccc",
        "access": "public",
    }
    assert answer["advisories"]["7"]["patched_versions"] == "<0.0.0"
    (action,) = answer["actions"]
    assert (action["action"], action["module"]) == ("review", "apple")
    assert [each for each in action["resolves"] if each["id"] == 1101] == [
        {"id": 1101, "path": "apple", "dev": False, "optional": False, "bundled": False},
        {"id": 1101, "path": "box>apple", "dev": False, "optional": False, "bundled": False},
        {"id": 1101, "path": "@farm/basket>apple", "dev": True, "optional": True, "bundled": True},
    ]


def test_a_tree_without_findings_has_the_same_shape() -> None:
    answer = json.loads(msgspec.json.encode(tree_answer(read_tree(b"{}"), [])))
    assert answer["actions"] == answer["muted"] == []
    assert answer["advisories"] == {}
    assert set(answer["metadata"]["vulnerabilities"].values()) == {0}


def test_projects_of_a_workspace_stand_in_the_paths_and_are_not_looked_for() -> None:
    tree = {"dependencies": {".": {"version": "0.0.0", "dependencies": {"apple": {"version": "1.0.0"}}}}}
    read = read_tree(encode(tree))
    assert asked_by(read) == {"apple": ("1.0.0",)}
    (found,) = tree_answer(read, [ROT]).advisories["1101"].findings
    assert found.paths == [".>apple"]


@pytest.mark.parametrize("read", [read_bulk, read_tree])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"\xff",
        b'{"a":',
        b'{"a":1}' * 2,
        b'{"dependencies":{"a":{"dependencies":' * 100_000,
        b'{"dependencies":' + b'{"a":{"dependencies":' * 90_000 + b"{}" + b"}}" * 90_000 + b"}",
        b'{"dependencies":[' + b"[" * 500_000 + b"]" * 500_000 + b"]}",
        b'{"dependencies":{"a":NaN}}',
        b'{"dependencies":{"\\ud800":["1"]}}',
    ],
)
def test_what_cannot_be_read_is_invalid(read: Any, body: bytes) -> None:  # noqa: ANN401 (either reader)
    with pytest.raises(Invalid):
        read(body)


def test_a_question_has_a_size() -> None:
    many = {f"p{number}": ["1.0.0"] for number in range(MAX_VERSIONS)}
    assert len(read_bulk(encode(many))) == MAX_VERSIONS
    with pytest.raises(TooLarge):
        read_bulk(encode(many | {"one-more": ["1.0.0"]}))
    with pytest.raises(TooLarge):
        read_bulk(encode({"apple": ["1"] * (MAX_VERSIONS + 1)}))
    nodes = {f"p{number}": {"version": "1.0.0"} for number in range(MAX_NODES // 2)}
    tree = {"dependencies": {"apple": {"dependencies": nodes}, "pear": {"dependencies": nodes}}}
    with pytest.raises(TooLarge):
        read_tree(encode(tree))


def test_a_tree_is_no_deeper_and_its_names_no_longer_than_any_real_one() -> None:
    tree: dict[str, Any] = {}
    for _ in range(201):
        tree = {"dependencies": {"a": {"version": "1.0.0"} | tree}}
    with pytest.raises(Invalid, match="levels"):
        read_tree(encode(tree))
    with pytest.raises(Invalid, match="too long"):
        read_tree(encode({"dependencies": {"a" * 1_001: {}}}))


def test_every_version_has_a_path_however_many_there_are() -> None:
    versions = {f"v{number}": {"version": f"{number}.0.0"} for number in range(300)}
    deep: dict[str, Any] = {
        f"{name}".rjust(900, "x"): {"version": "1.0.0", "dependencies": {"apple": node}}
        for name, node in versions.items()
    }
    for level in range(30):
        deep = {f"{level}".rjust(1_000, "x"): {"version": "1.0.0", "dependencies": deep}}
    every = msgspec.structs.replace(ROT, versions=tuple(f"{number}.0.0" for number in range(300)))
    found = tree_answer(read_tree(encode({"dependencies": deep})), [every]).advisories["1101"].findings
    assert len(found) == 300
    assert all(len(each.paths) == 1 for each in found)
    assert found[0].paths[0].endswith(">apple")
    assert found[-1].paths == ["apple"]


def test_a_package_that_everything_needs_does_not_make_the_answer_endless() -> None:
    # 40,000 places of one version, each with a path of 60,000 characters: 2.4 GB if all were written.
    deep: dict[str, Any] = {f"p{number}": {"version": "1.0.0"} for number in range(40_000)}
    deep = {name: {"version": "1.0.0", "dependencies": {"apple": {"version": "1.0.0"}}} for name in deep}
    for level in range(60):
        deep = {f"{level}".rjust(1_000, "x"): {"version": "1.0.0", "dependencies": deep}}
    tree = read_tree(encode({"dependencies": deep}))
    answer = tree_answer(tree, [ROT])
    assert len(msgspec.json.encode(answer)) < 32 << 20
    assert answer.metadata.vulnerabilities["high"] == 40_000
    assert 0 < len(answer.advisories["1101"].findings[0].paths) < 40_000


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["dependencies", "version", "dev", "apple", "__proto__"]) | st.text(max_size=4),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(_JSON.map(encode) | st.binary(max_size=80))
@example(b'{"dependencies":{"apple":{"version":"1.0.0","dependencies":{"apple":{"version":"1.0.0"}}}}}')
def test_whatever_is_sent_it_is_answered_or_invalid(body: bytes) -> None:
    with suppress(Invalid):
        msgspec.json.encode(tree_answer(read_tree(body), [ROT, WORM]))
    with suppress(Invalid):
        msgspec.json.encode(bulk_answer(read_bulk(body), [ROT, WORM]))


def test_a_body_may_be_compressed() -> None:
    body = encode({"apple": ["1.0.0"]})
    for coding in ("gzip", "GZIP ", "x-gzip"):
        assert unpack_body(gzip.compress(body, mtime=0), coding, 1 << 20) == body
    for coding in ("", "identity"):
        assert unpack_body(body, coding, 1 << 20) == body


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        (b"{}", "gzip"),
        (b"", "gzip"),
        (gzip.compress(b"{}", mtime=0)[:-1], "gzip"),
        (gzip.compress(b"{}", mtime=0) + b"{}", "gzip"),
        (gzip.compress(b"{}", mtime=0) * 2, "gzip"),
        (zlib.compress(b"{}"), "gzip"),
        (gzip.compress(gzip.compress(b"{}", mtime=0), mtime=0), "gzip, gzip"),
        (b"{}", "br"),
    ],
)
def test_a_body_that_is_not_one_whole_stream_is_invalid(body: bytes, coding: str) -> None:
    with pytest.raises(Invalid):
        unpack_body(body, coding, 1 << 20)


def test_a_bomb_is_stopped_before_it_goes_off() -> None:
    with pytest.raises(TooLarge):
        unpack_body(gzip.compress(b" " * (3 << 20)), "gzip", 2 << 20)
    # Within the limit, but 1,000 times as large as it came.
    with pytest.raises(TooLarge):
        unpack_body(gzip.compress(b" " * (8 << 20)), "gzip", 16 << 20)
    with pytest.raises(TooLarge):
        unpack_body(b" " * 101, "", 100)
