"""Versions and specifiers mean what `packaging` says; names and file names are read as the specifications say."""

import json
import random
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.pypi.names import parse_name, purl_name, to_purl, version_of
from packhouse.ecosystems.pypi.specifiers import parse_specifiers, satisfies
from packhouse.ecosystems.pypi.versions import VersionKey, is_prerelease, version_key
from tests.shared import shared_path

_PRE = ["a", "b", "rc", "c", "alpha", ".beta", "-pre", "_preview", "-rc.", "RC"]


def _version(chance: random.Random) -> str:
    """Invent a version, nearly always a valid one in some spelling."""

    def maybe(share: float, *choices: str) -> str:
        return chance.choice(choices) if chance.random() < share else ""

    def number() -> str:
        return chance.choice(["", "0", "1", "2"])

    text = maybe(0.1, "v", " ", "V") + maybe(0.1, "1!", "0!")
    text += ".".join(chance.choice(["0", "1", "2", "10", "01"]) for _ in range(chance.randint(1, 4)))
    if chance.random() < 0.35:
        text += chance.choice(_PRE) + number()
    if chance.random() < 0.2:
        text += chance.choice([".post", "-1", "post", "-r", ".rev"]) + number()
    if chance.random() < 0.2:
        text += chance.choice([".dev", "dev", "-dev", "_dev."]) + number()
    return text + maybe(0.15, "+local", "+1", "+1.2", "+a.1", "+ubuntu-1", "+1_b") + maybe(0.03, "x", "..", "-", " ")


def _ours(version: str) -> VersionKey | None:
    try:
        return version_key(version)
    except Invalid:
        return None


def _theirs(version: str) -> Version | None:
    try:
        return Version(version)
    except InvalidVersion:
        return None


def test_invented_versions_are_versions_and_ordered_where_packaging_says_so() -> None:
    chance = random.Random(7225)
    versions = [_version(chance) for _ in range(4000)]
    assert [version for version in versions if (_ours(version) is None) != (_theirs(version) is None)] == []
    valid = [(Version(version), version_key(version)) for version in versions if _theirs(version) is not None]
    assert all(theirs.is_prerelease == is_prerelease(ours) for theirs, ours in valid)
    for _ in range(10_000):
        one, other = chance.choice(valid), chance.choice(valid)
        assert (one[0] < other[0], one[0] == other[0]) == (one[1] < other[1], one[1] == other[1]), (one, other)


def test_invented_specifiers_admit_what_packaging_admits() -> None:
    chance = random.Random(7225)
    versions = [version for version in (_version(chance) for _ in range(3000)) if _theirs(version) is not None]

    def specifier() -> str:
        operator = chance.choice(["==", "!=", ">=", "<=", "<", ">", "~=", "==="])
        star = ".*" if operator in {"==", "!="} and chance.random() < 0.4 else ""
        return f"{operator}{chance.choice(['', ' '])}{chance.choice(versions).strip()}{star}"

    asked = 0
    for _ in range(15_000):
        text = ",".join(specifier() for _ in range(chance.choice([1, 1, 2])))
        try:
            theirs = SpecifierSet(text)
        except InvalidSpecifier:
            with pytest.raises(Invalid):
                parse_specifiers(text)
            continue
        version = chance.choice(versions)
        asked += 1
        assert satisfies(version, text) == theirs.contains(Version(version), prereleases=True), (version, text)
    assert asked > 5000


def test_collected_orderings_hold() -> None:
    with tarfile.open(shared_path("data", "fixtures", "version-ordering.tar.xz")) as archive:
        lines = []
        for name in ("sem/pypi-versions.txt", "sem/pypi-versions-generated.txt"):
            file = archive.extractfile(name)
            assert file is not None
            lines += [line.split(" ") for line in file.read().decode().splitlines() if line and line[0] not in "#/"]
    asked = 0
    for left, sign, right in lines:
        one, other = _ours(left), _ours(right)
        if one is None or other is None:
            assert _theirs(left) is None or _theirs(right) is None  # legacy versions, which are on the wire only
            continue
        asked += 1
        assert {"<": one < other, ">": one > other, "=": one == other}[sign], (left, sign, right)
    assert asked > 1000


def test_a_version_alone_means_just_that_version() -> None:
    assert satisfies("1.0", "1.0")
    assert satisfies("1.0.0", "1.0")
    assert not satisfies("1.0.1", "1.0")
    assert satisfies("1.0rc1", "")


@given(st.text(max_size=40))
def test_any_text_is_a_version_or_a_specifier_or_refused(text: str) -> None:
    assert (_ours(text) is None) == (_theirs(text) is None)
    try:
        satisfies("1.0", text)
    except Invalid:
        return


@given(st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,20}[A-Za-z0-9])?", fullmatch=True))
def test_names_are_normalised_as_packaging_does(raw: str) -> None:
    assert str(parse_name(raw)) == str(canonicalize_name(raw))


@pytest.mark.parametrize("raw", ["", "-a", "a-", "a b", "../x", "ä", "a/b", "a\0", "a" * 300, "a\n"])
def test_what_is_no_name_is_refused(raw: str) -> None:
    with pytest.raises(Invalid):
        parse_name(raw)


@pytest.mark.parametrize(
    ("name", "filename", "version"),
    [
        ("flask", "flask-3.0.0-py3-none-any.whl", "3.0.0"),
        ("numpy", "numpy-1.26.4-1-cp311-cp311-manylinux_2_17_x86_64.whl", "1.26.4"),
        ("flask", "Flask-0.1.tar.gz", "0.1"),
        ("zope-interface", "zope.interface-3.3.0.tar.gz", "3.3.0"),
        ("foo-bar", "foo-bar-1.0-beta.zip", "1.0-beta"),
        ("foo", "foo-1.0-py2.7.egg", "1.0"),
        ("foo", "foo-1.0.win32-py2.7.exe", "1.0"),
        ("foo", "foo-1.0-1.noarch.rpm", "1.0"),
        ("foo", "other-1.0.tar.gz", None),
        ("foo", "foo.whl", None),
        ("foo", "foo-.tar.gz", None),
    ],
)
def test_a_files_name_tells_its_version(name: str, filename: str, version: str | None) -> None:
    assert version_of(name, filename) == version


def test_package_urls_are_written_and_read_as_the_collected_cases_have_them() -> None:
    with tarfile.open(shared_path("data", "fixtures", "vers-purl-tests.tar.xz")) as archive:
        file = archive.extractfile("package-url/purl-spec/tests/types/pypi-test.json")
        assert file is not None
        cases = json.load(file)["tests"]
    asked = 0
    for case in cases:
        parts = case["expected_output"] if case["test_type"] == "parse" else case["input"]
        if case["expected_failure"] or not isinstance(parts, dict) or parts["qualifiers"] or parts["subpath"]:
            continue
        asked += 1
        purl = case["expected_output"] if case["test_type"] == "build" else case["input"]
        written = to_purl(purl_name(parts["namespace"] or "", parts["name"]), parts["version"] or "")
        assert written == purl.lower().replace("_", "-")
    assert asked >= 2
    with pytest.raises(Invalid):
        purl_name("someone", "thing")
