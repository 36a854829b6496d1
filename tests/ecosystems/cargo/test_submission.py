"""A release from the body of its request to its line; and bodies that somebody has made to do harm."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packhouse.domain.errors import Invalid, TooLarge
from packhouse.domain.package import Moment
from packhouse.ecosystems.cargo.frame import read_frame, read_metadata
from packhouse.ecosystems.cargo.hosted import EMPTY, add_line
from packhouse.ecosystems.cargo.lines import read_line
from packhouse.ecosystems.cargo.metadata_match import Registries
from packhouse.ecosystems.cargo.publish_rules import PublishLimits, check_metadata
from packhouse.ecosystems.cargo.submission import Opened, Submission, line_of, read_submission
from tests.ecosystems.cargo.crates import key
from tests.ecosystems.cargo.releases import DAY, FRAMES, check_line, pack

LIMITS = PublishLimits(wildcards=True)
RECORDED = sorted(path.stem for path in FRAMES.glob("*.frame"))
PLAIN = '[package]\nname = "pear"\nversion = "1.0.0"\ndescription = "A pear"\nlicense = "MIT"\n'


def framed(metadata: dict[str, Any], crate: bytes) -> bytes:
    """Write the body of a request."""
    text = json.dumps(metadata).encode()
    return b"".join((len(text).to_bytes(4, "little"), text, len(crate).to_bytes(4, "little"), crate))


def submitted(body: bytes) -> Submission:
    """Read a body to its end."""
    frame = read_frame(body)
    metadata = read_metadata(frame.metadata)
    check_metadata(metadata)
    return read_submission(Opened(metadata, frame.crate), LIMITS, Registries())


def check_accepted(body: bytes) -> None:
    """Let a body be refused, or else its line be one that cargo and the index can read."""
    with suppress(Invalid, TooLarge):
        found = submitted(body)
        line = line_of(found, "ab" * 32, Moment(DAY))
        check_line(line)
        assert read_line(line) is not None
        assert len(add_line(key(found.metadata.name), EMPTY, line).fragments) == 1


def test_there_are_recorded_bodies() -> None:
    assert len(RECORDED) == 3


@pytest.mark.parametrize("name", RECORDED)
def test_what_cargo_sends_becomes_a_line(name: str) -> None:
    found = submitted((FRAMES / f"{name}.frame").read_bytes())
    fields = check_line(line_of(found, "ab" * 32, Moment(DAY)))
    assert f"{fields['name']}-{fields['vers']}" == name
    assert found.readme == found.metadata.readme
    assert found.warnings == ()


def test_the_readme_is_that_of_the_archive_and_not_what_the_metadata_says() -> None:
    crate = pack("pear", "1.0.0", {"Cargo.toml": f'{PLAIN}readme = "docs/R.md"'.encode(), "docs/R.md": b"# True"})
    assert submitted(framed({"name": "pear", "vers": "1.0.0", "readme": "# False"}, crate)).readme == "# True"


@pytest.mark.parametrize(
    ("metadata", "manifest"),
    [
        ({"name": "fig"}, PLAIN),
        ({"vers": "1.0.1"}, PLAIN),
        ({}, PLAIN.replace("pear", "fig")),
        ({}, PLAIN.replace("1.0.0", "1.0.0+b")),
        ({"name": "Pear"}, PLAIN),
        ({"name": "pear-1", "vers": "0.0"}, PLAIN),
    ],
)
def test_a_release_is_the_one_of_its_manifest_its_folder_and_its_metadata(
    metadata: dict[str, str], manifest: str
) -> None:
    crate = pack("pear", "1.0.0", {"Cargo.toml": manifest.encode()})
    with pytest.raises(Invalid):
        submitted(framed({"name": "pear", "vers": "1.0.0"} | metadata, crate))


def test_archive_may_be_as_long_as_the_operator_lets_it() -> None:
    crate = pack("pear", "1.0.0", {"Cargo.toml": PLAIN.encode()})
    body = framed({"name": "pear", "vers": "1.0.0"}, crate)
    assert read_frame(body, len(crate)).crate == crate
    with pytest.raises(TooLarge, match="max upload size is"):
        read_frame(body, len(crate) - 1)


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(RECORDED), st.data())
def test_a_damaged_body_is_refused_or_read_and_never_fails_otherwise(name: str, data: st.DataObject) -> None:
    body = bytearray((FRAMES / f"{name}.frame").read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(body) - 1))
        change = data.draw(st.integers(0, 2))
        if change == 0:
            body[at] = data.draw(st.integers(0, 255))
        elif change == 1:
            del body[at : at + data.draw(st.integers(1, 20))]
        else:
            body[at:at] = data.draw(st.binary(max_size=8))
    check_accepted(bytes(body))


_nasty = st.text(st.sampled_from('ab1-_.:/?*^=<>~,+ "\\\n\r\0\x1b\x85\u2028{}[]()é'), max_size=12)


def mostly(*good: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401 (whatever a manifest may hold)
    """Draw what may be there, and seldom what may not."""
    return st.integers(0, 9).flatmap(lambda number: _nasty if number == 0 else st.sampled_from(good))


_feature = mostly("a", "b", "dep:fig", "fig/a", "fig?/a", "c++20", "é")
_names = mostly("fig", "plum", "_c")
_detail = st.fixed_dictionaries(
    {"version": mostly("1", "^1.2, <2", "*", " = 1.0.0-a+b")},
    optional={
        "package": mostly("plum", "Fig"),
        "features": st.lists(_feature, max_size=2),
        "optional": st.booleans(),
        "default-features": st.booleans(),
        "registry-index": mostly("sparse+http://other.example/", "http://other.example/a b"),
        "artifact": mostly("bin", "cdylib", ["bin:a", "staticlib"]),
        "target": mostly("target", "x86-y"),
        "lib": st.booleans(),
        "public": st.booleans(),
    },
)
_table = st.dictionaries(_names, _detail | mostly("1", "*"), max_size=3)
_tables: dict[str, st.SearchStrategy[Any]] = {
    "dependencies": st.dictionaries(st.just("fig"), _detail, min_size=1) | _table,
    "dev-dependencies": _table,
    "build-dependencies": _table,
    "features": st.dictionaries(mostly("a", "b", "c++20", "é"), st.lists(_feature, max_size=2), max_size=3),
    "target": st.dictionaries(
        mostly("cfg(unix)", 'cfg( target_os="é" )', "x86-y"),
        st.fixed_dictionaries({"dependencies": _table}),
        max_size=2,
    ),
}
_fields: dict[str, st.SearchStrategy[Any]] = {
    "rust-version": mostly("1", "1.60", "1.70.1"),
    "edition": mostly("2015", "2024"),
    "links": mostly("z", "é z"),
    "license": mostly("MIT", "MIT/Apache-2.0"),
    "readme": mostly("README.md", "docs/R.md") | st.booleans(),
    "keywords": st.lists(mostly("fruit", "c++"), max_size=5),
    "categories": st.lists(mostly("science", "a::b"), max_size=5),
    "homepage": mostly("http://a.example", "https://b.example/?c"),
    "description": mostly("A pear", "\u2028", "é" * 500),
}


@settings(deadline=None, max_examples=300)
@given(st.fixed_dictionaries({}, optional=_fields), st.fixed_dictionaries({}, optional=_tables))
def test_whatever_a_manifest_says_it_is_refused_or_makes_one_line(
    fields: dict[str, Any], tables: dict[str, dict[str, Any]]
) -> None:
    package = {"name": "pear", "version": "1.0.0", "description": "A pear", "license": "MIT"} | fields
    text = toml({"package": package, **tables})
    crate = pack("pear", "1.0.0", {"Cargo.toml": text.encode()})
    check_accepted(framed({"name": "pear", "vers": "1.0.0"}, crate))


def toml(top: dict[str, Any]) -> str:
    """Write a manifest of inline values: JSON's strings are TOML's, but for a few escapes."""
    return "".join(f"{_key(name)} = {_inline(value)}\n" for name, value in top.items())


def _inline(value: object) -> str:
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_key(name)} = {_inline(each)}' for name, each in value.items() if each is not None)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_inline, value))}]"
    return "1" if value is None else json.dumps(value)


def _key(name: str) -> str:
    return json.dumps(name)
