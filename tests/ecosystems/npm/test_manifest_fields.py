"""Fields of manifests that have a grammar of their own: links, licences, hashes, people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.digest import Digest
from packhouse.domain.release import Licence, Person
from packhouse.ecosystems.npm.integrity import read_digests
from packhouse.ecosystems.npm.licences import read_licences
from packhouse.ecosystems.npm.links import browsable, repository_address, web_address
from packhouse.ecosystems.npm.people import read_people
from packhouse.formats.licences import to_spdx

SHA1 = "da39a3ee5e6b4b0d3255bfef95601890afd80709"
SHA1_BASE64 = "2jmj7l5rSw0yVb/vlWAYkK/YBwk="
ZERO_512 = f"sha512-{'A' * 86}=="


@pytest.mark.parametrize(
    ("written", "kept", "page"),
    [
        ("u/r", "git+https://github.com/u/r.git", "https://github.com/u/r"),
        ("github:u/r#main", "git+https://github.com/u/r.git", "https://github.com/u/r"),
        ("gitlab:u/r", "git+https://gitlab.com/u/r.git", "https://gitlab.com/u/r"),
        ("gist:11081aaa281", "git+https://gist.github.com/11081aaa281.git", "https://gist.github.com/11081aaa281"),
        ("git+https://github.com/u/r.git", "git+https://github.com/u/r.git", "https://github.com/u/r"),
        ("git+ssh://git@github.com/u/r.git", "git+ssh://git@github.com/u/r.git", "https://github.com/u/r"),
        ("git://github.com/u/r.git#x", "git://github.com/u/r.git#x", "https://github.com/u/r"),
        ("git@github.com:u/r.git", "git@github.com:u/r.git", "https://github.com/u/r"),
        ("ssh://git@host.example:22/u/r", "ssh://git@host.example:22/u/r", "https://host.example/u/r"),
        ("http://host.example:8080/u/r", "http://host.example:8080/u/r", "http://host.example:8080/u/r"),
        (
            "https://github.com/u/r/tree/main/x",
            "https://github.com/u/r/tree/main/x",
            "https://github.com/u/r/tree/main/x",
        ),
    ],
)
def test_a_repository_keeps_its_text_and_has_a_page(written: str, kept: str, page: str) -> None:
    assert repository_address(written) == repository_address({"type": "git", "url": written}) == kept
    assert browsable(kept) == page


@pytest.mark.parametrize(
    "written",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "https://a b",
        f"https://x.example/{'a' * 3000}",
        "nobody",
        "",
        " ",
        None,
        7,
        [],
        {},
    ],
)
def test_what_is_no_safe_address_is_no_link(written: object) -> None:
    assert repository_address(written) is None
    assert web_address(written) is None
    assert web_address('https://x.example/"onclick=') is None


@pytest.mark.parametrize(
    ("text", "spdx"),
    [
        ("MIT", "MIT"),
        ("mit", "MIT"),
        ("GPL-3.0", "GPL-3.0"),
        ("LGPL-2.1+", "LGPL-2.1+"),
        ("mpl-2.0+", "MPL-2.0+"),
        ("(MIT OR Apache-2.0)", "(MIT OR Apache-2.0)"),
        ("(mit or (bsd-3-clause and isc))", "(MIT OR (BSD-3-Clause AND ISC))"),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"),
        *((text, None) for text in ("UNLICENSED", "SEE LICENSE IN LICENSE.md", "BSD", "Apache 2", "MIT/X11", "MIT OR")),
        *((text, None) for text in ("", "()", "(MIT", "MIT)", "MIT MIT", "AND", "MIT WITH", "MIT WITH MIT", "((((")),
    ],
)
def test_licences_are_spelled_as_spdx_where_they_are(text: str, spdx: str | None) -> None:
    assert to_spdx(text) == spdx


@pytest.mark.parametrize(
    ("licence", "licences", "expected"),
    [
        ("MIT", ["ISC"], ("MIT",)),
        ({"type": "MIT", "url": "https://x.example"}, None, ("MIT",)),
        ({"name": "MIT"}, None, ("MIT",)),
        (None, [{"type": "MIT", "url": "x"}, "Apache 2", {"url": "x"}, 7, "MIT"], ("MIT", "Apache 2")),
        (["MIT", "ISC"], None, ("MIT", "ISC")),
        (None, {"type": "MIT"}, ("MIT",)),
        ("SEE LICENSE IN X", None, ("SEE LICENSE IN X",)),
        ("", [], ()),
        (7, True, ()),
        ({"type": {"type": "x"}}, [[["MIT"]]], ()),
    ],
)
def test_licences_of_today_and_of_old(licence: object, licences: object, expected: tuple[str, ...]) -> None:
    assert tuple(found.raw for found in read_licences(licence, licences)) == expected


def test_a_licence_that_is_not_spdx_keeps_its_text() -> None:
    assert read_licences("UNLICENSED", None) == (Licence("UNLICENSED", None),)


@given(st.text())
def test_any_text_is_spdx_or_not(text: str) -> None:
    spdx = to_spdx(text)
    assert spdx is None or to_spdx(spdx) == spdx


@pytest.mark.parametrize(
    ("integrity", "shasum", "expected"),
    [
        (ZERO_512, SHA1, [("sha512", "0" * 128), ("sha1", SHA1)]),
        (f"sha1-{SHA1_BASE64} {ZERO_512}?opt", None, [("sha512", "0" * 128), ("sha1", SHA1)]),
        (f"sha1-{SHA1_BASE64}", "f" * 40, [("sha1", SHA1)]),
        (None, SHA1.upper(), [("sha1", SHA1)]),
        ("sha512-short", SHA1, [("sha1", SHA1)]),
        ("md5-AAAAAAAAAAAAAAAAAAAAAA==", None, []),
        ("sha512", "abc", []),
        ("sha512-é", "é" * 40, []),
        ({"sha512": "x"}, 7, []),
        (["sha512-x"], None, []),
    ],
)
def test_hashes_are_read_or_are_none(integrity: object, shasum: object, expected: list[tuple[str, str]]) -> None:
    assert list(read_digests(integrity, shasum)) == [Digest(algorithm, value) for algorithm, value in expected]


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("Ann <ann@x.example> (https://x.example)", [Person("Ann", "ann@x.example", "https://x.example")]),
        ("Ann", [Person("Ann")]),
        ("<ann@x.example>", [Person(None, "ann@x.example")]),
        ({"name": "Ann", "url": "javascript:x"}, [Person("Ann")]),
        ([{"name": "Ann"}, {"email": 7}, "", None], [Person("Ann")]),
        (None, []),
        (7, []),
    ],
)
def test_people_are_objects_or_texts(field: object, expected: list[Person]) -> None:
    assert list(read_people(field)) == expected
