"""What may be published, and in which words it is refused."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.cargo.crate_archive import read_crate
from packhouse.ecosystems.cargo.frame import Metadata
from packhouse.ecosystems.cargo.names import parse_name
from packhouse.ecosystems.cargo.publish_rules import (
    PublishLimits,
    check_manifest,
    check_metadata,
    check_spelling,
    check_version_free,
    same_crate,
    warnings_about,
)
from packhouse.ecosystems.cargo.written_names import (
    check_crate_name,
    check_dependency_name,
    check_feature,
    check_feature_name,
)
from tests.ecosystems.cargo.releases import manifest_of, pack, recorded_release

PACKAGE = '[package]\nname = "pear"\nversion = "1.0.0"\n'
PLAIN = PACKAGE + 'description = "A pear"\nlicense = "MIT"\n'
LIMITS = PublishLimits()


def refusal_of(text: str, limits: PublishLimits = LIMITS) -> str:
    """Give the message with which a manifest is refused."""
    with pytest.raises(Invalid) as caught:
        check_manifest(manifest_of(text), limits)
    return caught.value.message


@pytest.mark.parametrize("name", ["fig-1.2.3", "plum-0.1.0-alpha.1+build.5"])
def test_what_cargo_has_packed_may_be_published(name: str) -> None:
    _, metadata, archive, manifest = recorded_release(name)
    check_metadata(metadata)
    check_manifest(manifest, LIMITS)
    assert warnings_about(manifest, archive) == ()


def test_a_dependency_on_any_version_may_be_published_only_where_the_operator_lets_it() -> None:
    _, _, _, manifest = recorded_release("Pear_Tree-1.2.3")
    with pytest.raises(Invalid) as caught:
        check_manifest(manifest, LIMITS)
    assert caught.value.message == (
        "wildcard (`*`) dependency constraints are not allowed on this registry. Crate with this problem: `fig` See"
        " https://doc.rust-lang.org/cargo/faq.html#can-libraries-use--as-a-version-for-their-dependencies for more"
        " information"
    )
    check_manifest(manifest, PublishLimits(wildcards=True))


@pytest.mark.parametrize(
    ("name", "version", "message"),
    [
        ("", "1.0.0", "crate name cannot be empty"),
        ("1pear", "1.0.0", "the name `1pear` cannot be used as a crate name, the name cannot start with a digit"),
        (
            "_pear",
            "1.0.0",
            "invalid character `_` in crate name: `_pear`, the first character must be an ASCII character",
        ),
        (
            "pe.ar",
            "1.0.0",
            (
                "invalid character `.` in crate name: `pe.ar`, characters must be an ASCII alphanumeric characters,"
                " `-`, or `_`"
            ),
        ),
        ("p" * 65, "1.0.0", f"the crate name `{'p' * 65}` is too long (max 64 characters)"),
        ("pear", "1.0", '"1.0" is an invalid semver version'),
        ("pear", "01.0.0", '"01.0.0" is an invalid semver version'),
        ("pear", "1.0.0\n", '"1.0.0\n" is an invalid semver version'),
        ("pear", "1.0.18446744073709551616", '"1.0.18446744073709551616" is an invalid semver version'),
        ("pear", "1.0.0-" + "a" * 145, f"the version `1.0.0-{'a' * 34}...` is longer than 150 characters"),
        ("CON", "1.0.0", "cannot upload a crate with a reserved name"),
        ("proc-macro", "1.0.0", "cannot upload a crate with a reserved name"),
        ("lpt1", "1.0.0", "cannot upload a crate with a reserved name"),
    ],
)
def test_a_name_or_version_that_cannot_be_is_refused(name: str, version: str, message: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_metadata(Metadata(name, version))
    assert caught.value.message == message


def test_the_longest_version_is_accepted() -> None:
    check_metadata(Metadata("p" * 64, "1.0.0-" + "a" * 144))


def test_a_crate_keeps_the_spelling_of_its_first_release() -> None:
    check_spelling("Pear_Tree", "Pear_Tree")
    assert same_crate("Pear_Tree", "pear-tree")
    assert not same_crate("peartree", "pear-tree")
    with pytest.raises(Invalid, match="crate was previously named `Pear_Tree`"):
        check_spelling("pear-tree", "Pear_Tree")


def test_build_metadata_makes_no_other_version() -> None:
    check_version_free("1.0.1", {"1.0.0", "1.0.1-rc.1", "1.0.10"})
    for version in ("1.0.0", "1.0.0+b"):
        for taken in ("1.0.0", "1.0.0+a"):
            with pytest.raises(Invalid, match=r"^crate version `1\.0\.0` is already uploaded"):
                check_version_free(version, {taken})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (PACKAGE, "missing or empty metadata fields: description, license. Please see"),
        (PACKAGE + 'description = ""\nlicense-file = "L"', "missing or empty metadata fields: description. Please see"),
        (PACKAGE + 'description = "A pear"\nlicense = ""', "missing or empty metadata fields: license. Please see"),
        (
            PACKAGE + f'description = "{"é" * 501}"\nlicense = "MIT"',
            "The `description` is too long. A maximum of 1000 characters are currently allowed.",
        ),
        (PACKAGE + 'description = "a"\nlicense = "Mine"', "unknown or invalid license expression; see"),
        (PACKAGE + 'description = "a"\nlicense = "MIT OR"', "unknown or invalid license expression; see"),
        (PACKAGE + 'description = "a"\nlicense-file = "L"\nlicense = ""', "unknown or invalid license expression"),
        (
            PLAIN + 'homepage = "javascript:alert(1)"',
            "URL for field `homepage` must begin with http:// or https:// (url: javascript:alert(1))",
        ),
        (PLAIN + 'documentation = "https:/docs"', "URL for field `documentation` must begin with http:// or https://"),
        (PLAIN + 'repository = "https://"', "`repository` is not a valid url: `https://`"),
        (PLAIN + 'repository = "http://[a"', "`repository` is not a valid url: `http://[a`"),
        (PLAIN + 'repository = "http://a:99999/"', "`repository` is not a valid url: `http://a:99999/`"),
        (PLAIN + 'repository = "http://a b/"', "`repository` is not a valid url: `http://a b/`"),
        (PLAIN + 'repository = "http://a/\\u2028"', "`repository` is not a valid url"),
        (PLAIN + 'rust-version = "^1.60"', "failed to parse `Cargo.toml` manifest file\n\ninvalid `rust-version`"),
        (
            PLAIN + 'rust-version = "1.60.0-beta"',
            "failed to parse `Cargo.toml` manifest file\n\ninvalid `rust-version`",
        ),
        (PLAIN + 'rust-version = "1.60\\n"', "failed to parse `Cargo.toml` manifest file\n\ninvalid `rust-version`"),
        (PLAIN + 'rust-version = ""', "failed to parse `Cargo.toml` manifest file\n\ninvalid `rust-version` value"),
        (PLAIN + 'edition = "1999"', "failed to parse `Cargo.toml` manifest file\n\ninvalid `edition` value"),
        (PLAIN + 'links = "a\\u2028b"', "failed to parse `Cargo.toml` manifest file\n\ninvalid `links` value"),
        (PLAIN + 'links = "a\\nb"', "failed to parse `Cargo.toml` manifest file\n\ninvalid `links` value"),
        (PLAIN + 'links = ""', "failed to parse `Cargo.toml` manifest file\n\ninvalid `links` value"),
        (PLAIN + 'keywords = ["a", "b", "c", "d", "e", "f"]', "expected at most 5 keywords per crate"),
        (
            PLAIN + f'keywords = ["{"a" * 21}"]',
            f'"{"a" * 21}" is an invalid keyword (keywords must have less than 20 characters)',
        ),
        (PLAIN + 'keywords = ["?a"]', '"?a" is an invalid keyword'),
        (PLAIN + 'keywords = ["a b"]', '"a b" is an invalid keyword'),
        (PLAIN + 'keywords = [""]', '"" is an invalid keyword'),
        (PLAIN + 'keywords = ["é"]', '"é" is an invalid keyword'),
        (PLAIN + 'categories = ["a", "b", "c", "d", "e", "f"]', "expected at most 5 categories per crate"),
        (
            PLAIN + 'categories = ["Fruit & Veg"]',
            "The following category slugs are not currently supported on this registry: Fruit & Veg",
        ),
        (PLAIN + '[features]\n"" = []', "feature cannot be empty"),
        (PLAIN + '[features]\n"a/b" = []', "invalid character `/` in feature `a/b`, characters must be Unicode XID"),
        (PLAIN + '[features]\n"a\\u2028b" = []', "invalid character `\\u{2028}` in feature `a\\u{2028}b`"),
        (PLAIN + '[features]\na = ["~b"]', "invalid character `~` in feature `~b`, the first character must be"),
        (PLAIN + '[dependencies]\n"fig+" = "1"', "invalid character `+` in dependency name: `fig+`, characters"),
        (
            PLAIN + '[dependencies]\nfig = { package = "../x", version = "1" }',
            "invalid character `.` in dependency name: `../x`, the first character must be an ASCII character",
        ),
        (PLAIN + '[dependencies]\nfig = "what"', '"what" is an invalid version requirement'),
        (PLAIN + '[dependencies]\nfig = ""', '"" is an invalid version requirement'),
        (PLAIN + '[dependencies]\nfig = "1\\n"', '"1\n" is an invalid version requirement'),
        (PLAIN + '[dependencies]\nfig = " * "', "wildcard (`*`) dependency constraints are not allowed"),
        (PLAIN + '[dev-dependencies]\nfig = "*"', "wildcard (`*`) dependency constraints are not allowed"),
        (PLAIN + '[dependencies]\nfig = { version = "1", features = [""] }', "feature cannot be empty"),
        (
            PLAIN + '[dependencies]\nfig = { version = "1", artifact = "a\\n" }',
            "failed to parse `Cargo.toml` manifest file\n\ndependency `fig` has an invalid `artifact`",
        ),
    ],
)
def test_what_a_manifest_may_not_say_is_refused_in_the_words_of_the_public_registry(text: str, message: str) -> None:
    assert refusal_of(text).startswith(message)


@pytest.mark.parametrize(
    "text",
    [
        PACKAGE + 'description = "a"\nlicense = "MIT/Apache-2.0"',
        PACKAGE + 'description = "a"\nlicense = "MIT OR LicenseRef-Mine-1"',
        PACKAGE + 'description = "a"\nlicense = "(GPL-3.0-only WITH Classpath-exception-2.0) AND Apache-2.0"',
        PACKAGE + 'description = "a"\nlicense-file = "../LICENCE"',
        PACKAGE + f'description = "{"é" * 500}"\nlicense = "MIT"',
        PLAIN + 'homepage = "http://a.example:8080/é?a b#c"\nrepository = "https://user@b.example"',
        PLAIN + 'rust-version = "1"',
        PLAIN + 'rust-version = "1.70.0"\nedition = "2027"',
        PLAIN + 'keywords = ["2d", "c++", "a_b", "a-b", "aaaaaaaaaaaaaaaaaaaa"]',
        PLAIN + 'categories = ["science", "algorithms::x-y"]',
        PLAIN + 'links = "é z"',
        PLAIN + '[dependencies]\n_fig = { package = "fig", version = "1, <2", features = ["c++20", "a/b"] }',
        PLAIN + '[features]\n"1a" = []\n"é.+-" = []',
    ],
)
def test_what_the_public_registry_accepts_is_accepted(text: str) -> None:
    check_manifest(manifest_of(text), LIMITS)


def test_there_are_only_as_many_features_and_dependencies_as_the_operator_allows() -> None:
    limits = PublishLimits(features=2, dependencies=1)
    start = "this registry only allows a maximum number of"
    assert refusal_of(PLAIN + "[features]\na = []\nb = []\nc = []", limits).startswith(
        f"{start} 2 features, but your crate is declaring 3 features."
    )
    assert refusal_of(PLAIN + '[features]\na = ["b", "b", "b"]\nb = []', limits).startswith(
        f"{start} 2 features or dependencies that another feature can enable"
    )
    assert refusal_of(PLAIN + '[dependencies]\na = "1"\n[dev-dependencies]\na = "1"', limits) == (
        f"{start} 1 dependencies."
    )


def test_categories_are_those_of_the_configuration_where_it_names_some() -> None:
    limits = PublishLimits(categories=frozenset({"science"}))
    check_manifest(manifest_of(PLAIN + 'categories = ["science"]'), limits)
    assert refusal_of(PLAIN + 'categories = ["fruit", "science", "trees"]', limits) == (
        "The following category slugs are not currently supported on this registry: fruit, trees"
    )


OPTIONAL = '[dependencies]\nfig = { version = "1", optional = true }\nplum = "1"\n[features]\n'


@pytest.mark.parametrize(
    ("features", "message"),
    [
        ('a = ["b"]', "feature `a` includes `b` which is neither a dependency nor another feature"),
        ('a = ["plum"]', "feature `a` includes `plum`, but `plum` is not an optional dependency"),
        ('a = ["dep:plum"]', "feature `a` includes `dep:plum`, but `plum` is not an optional dependency"),
        ('a = ["dep:b"]', "feature `a` includes `dep:b`, but `b` is not listed as a dependency"),
        ('a = ["b/c"]', "feature `a` includes `b/c`, but `b` is not a dependency"),
        ('a = ["plum?/c"]', "feature `a` includes `plum?/c` with a `?`, but `plum` is not an optional dependency"),
        (
            'a = ["dep:fig", "fig"]',
            "feature `a` includes `fig`, but `fig` is an optional dependency without an implicit feature",
        ),
        ("fig = []", "optional dependency `fig` is not included in any feature"),
    ],
)
def test_a_feature_of_something_that_is_not_there_is_refused_since_cargo_would_pass_over_the_release(
    features: str, message: str
) -> None:
    assert refusal_of(OPTIONAL + features) == f"failed to parse `Cargo.toml` manifest file\n\n{message}"


@pytest.mark.parametrize(
    "features",
    [
        "",
        'a = ["fig", "plum/c", "fig/c", "fig?/c"]',
        'a = ["dep:fig"]',
        'fig = ["dep:fig"]\na = ["fig"]',
        'fig = ["fig?/c"]',
        'plum = []\na = ["plum"]',
        'a = ["b"]\nb = ["a"]',
    ],
)
def test_features_may_switch_on_what_is_there(features: str) -> None:
    check_manifest(manifest_of(OPTIONAL + features), LIMITS)


def test_a_readme_or_licence_that_is_missing_is_told_and_not_refused() -> None:
    body = pack("pear", "1.0.0", {"Cargo.toml": b"", "LICENCE": b"x"})
    archive = read_crate(body, "pear", "1.0.0")
    manifest = manifest_of(PLAIN + 'readme = "R.md"\nlicense-file = "./LICENCE"')
    assert warnings_about(manifest, archive) == ("the readme `R.md` is not in the crate",)
    manifest = manifest_of(PLAIN + 'readme = false\nlicense-file = "../L"')
    assert warnings_about(manifest, archive) == ("the license-file `../L` is not in the crate",)


_name = st.text(st.sampled_from("aZ09_-./?:+ \n\x00é\u2028京"), max_size=6) | st.text(max_size=70)


@given(_name)
def test_every_name_that_may_be_published_is_one_that_can_be_read(name: str) -> None:
    with suppress(Invalid):
        check_crate_name("crate", name)
        assert parse_name(name) == name.lower()
        check_dependency_name(name)
        check_feature_name(name)
        check_feature(f"dep:{name}")
        check_feature(f"{name}?/{name}")
        return
    with pytest.raises(Invalid):
        check_crate_name("crate", name)


@given(_name)
def test_no_feature_has_a_character_that_could_be_syntax(text: str) -> None:
    with suppress(Invalid):
        check_feature_name(text)
        assert not set(text) & set("/:?* \n\r\0\u2028\u2029")


@pytest.mark.parametrize("text", ["dep:foo?/bar", "foo/?bar", "foo?bar", "%/%", "/", "dep:", "dep:0foo", "c++20/wow"])
def test_what_is_no_feature_of_a_dependency_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        check_feature(text)
