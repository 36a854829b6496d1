"""The manifest of a crate, read."""

import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packhouse.domain.errors import Invalid, TooLarge
from packhouse.ecosystems.cargo.crate_manifest import CrateDependency, CrateManifest, read_manifest
from tests.ecosystems.cargo.releases import manifest_of, recorded_release

PACKAGE = '[package]\nname = "pear"\nversion = "1.0.0"\n'


def test_a_manifest_that_cargo_has_normalised_is_read_whole() -> None:
    manifest = recorded_release("Pear_Tree-1.2.3")[3]
    dependencies = manifest.dependencies
    index = dependencies[0].registry
    assert index is not None
    assert index.startswith("sparse+http://127.0.0.1:")
    assert dependencies == (
        CrateDependency("fig", "fig", "1.2", optional=True, registry=index),
        CrateDependency(
            "plum-alias", "plum", ">=0.1.0-alpha, <2", optional=True, default_features=False, registry=index
        ),
        CrateDependency("fig", "fig", "*", "dev", registry=index),
        CrateDependency("fig", "fig", "1.*", "build", registry=index),
        CrateDependency("fig", "fig", "= 1.2.3", target='cfg(any(unix, target_os = "none"))', registry=index),
        CrateDependency("plum", "plum", "~0.1.0-alpha.1", "build", "x86_64-pc-windows-gnu", registry=index),
    )
    assert manifest == CrateManifest(
        name="Pear_Tree",
        version="1.2.3",
        edition="2021",
        rust_version="1.70",
        description="A pear\nwith two lines",
        license="MIT OR Apache-2.0",
        homepage="https://home.example/",
        documentation="https://docs.example/",
        repository="https://code.example/pear",
        readme="README.md",
        authors=("Ann <ann@home.example>",),
        keywords=("fruit", "tree"),
        categories=("science", "algorithms::x"),
        badges={"maintenance": {"status": "actively-developed"}},
        features={
            "default": ("std",),
            "more": ("plum-alias/std", "tree"),
            "std": (),
            "tree": ("dep:fig", "plum-alias?/std"),
        },
        dependencies=dependencies,
        has_lib=True,
        binaries=("one", "two"),
    )


def test_what_is_not_said_has_the_meaning_that_cargo_gives_it() -> None:
    manifest = recorded_release("fig-1.2.3")[3]
    assert (manifest.edition, manifest.links, manifest.readme, manifest.dependencies) == ("2015", "fig", None, ())
    manifest = recorded_release("plum-0.1.0-alpha.1+build.5")[3]
    assert (manifest.edition, manifest.license, manifest.license_file) == ("2024", None, "LICENCE")


def test_fields_are_read_as_old_versions_of_cargo_wrote_them() -> None:
    manifest = manifest_of(
        '[project]\nname = "pear"\nversion = "1.0.0"\n[dependencies]\nfig = "1"\n'
        '[dev_dependencies.plum]\nversion = "2"\ndefault_features = false\n[build_dependencies]\ncc = "1"'
    )
    assert manifest.dependencies == (
        CrateDependency("fig", "fig", "1"),
        CrateDependency("plum", "plum", "2", "dev", default_features=False),
        CrateDependency("cc", "cc", "1", "build"),
    )
    both = manifest_of('[dev-dependencies]\na = "1"\n[dev_dependencies]\nb = "1"')
    assert [each.alias for each in both.dependencies] == ["a"]


def test_a_dependency_without_a_version_is_one_on_any() -> None:
    assert manifest_of('[dependencies.fig]\ngit = "https://code.example/fig"').dependencies[0].requirement == "*"


def test_a_dependency_that_is_a_program_says_for_which_platform() -> None:
    manifest = manifest_of('[dependencies.fig]\nversion = "1"\nartifact = ["bin:a", "cdylib"]\ntarget = "target"')
    assert manifest.dependencies[0].artifact == ("bin:a", "cdylib")
    assert manifest.dependencies[0].bindep_target == "target"


@pytest.mark.parametrize(
    ("text", "files", "readme"),
    [
        ("", ("README.md", "README"), "README.md"),
        ("", ("README.txt", "README"), "README.txt"),
        ("", ("readme.md",), None),
        ("readme = true", (), "README.md"),
        ("readme = false", ("README.md",), None),
        ('readme = "./docs/intro.md"', ("README.md",), "docs/intro.md"),
    ],
)
def test_the_readme_is_the_one_that_cargo_would_take(text: str, files: tuple[str, ...], readme: str | None) -> None:
    assert manifest_of(text, *files).readme == readme


@pytest.mark.parametrize(
    ("text", "files", "library", "binaries"),
    [
        ("", ("src/lib.rs",), True, ()),
        ("", ("src/main.rs", "src/bin/a.rs", "src/bin/b/main.rs", "src/bin/c/other.rs"), False, ("a", "b", "pear")),
        ("autobins = false\nautolib = false", ("src/lib.rs", "src/main.rs"), False, ()),
        ('[[bin]]\nname = "x"', ("src/main.rs",), False, ("x",)),
        ('edition = "2018"\n[[bin]]\nname = "x"', ("src/main.rs",), False, ("pear", "x")),
        ("autobins = true\n[[bin]]\nname = 'x'", ("src/main.rs",), False, ("pear", "x")),
        ('[lib]\npath = "a.rs"\n[[bin]]\npath = "b.rs"', (), True, ()),
    ],
)
def test_libraries_and_programs_are_found_as_cargo_finds_them(
    text: str, files: tuple[str, ...], *, library: bool, binaries: tuple[str, ...]
) -> None:
    manifest = manifest_of(text, *files)
    assert (manifest.has_lib, manifest.binaries) == (library, binaries)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "missing field `package`"),
        ('[package]\nname = "pear"', "missing field `version`"),
        ('[package]\nversion = "1.0.0"', "missing required field `name`"),
        ("[package", "Expected ']'"),
        ("\ufeff[package]", "Invalid statement"),
        ('[package]\nname = "pear"\nname = "fig"', "Cannot overwrite a value"),
        (PACKAGE + "description = 1", "Expected `str | null`, got `int`"),
        (PACKAGE + "[package.license]\nworkspace = true", "Expected `str | null`, got `object`"),
        (PACKAGE + "[features]\na = 1", "Expected `array`, got `int`"),
        (PACKAGE + "[dependencies]\nfig = 1", "Expected `str | object`, got `int`"),
        (PACKAGE + "[dependencies]\nfig = { workspace = true }", "dependency `fig` is inherited from a workspace"),
        (PACKAGE + '[dependencies]\nfig = { registry = "mine" }', "dependency `fig` names a registry"),
        (PACKAGE + 'keywords = "fruit"', "Expected `array`, got `str`"),
        (PACKAGE + "a = " + "9" * 5000, "Exceeds the limit"),
        (PACKAGE + "a = " + "[" * 5000, "recursion"),
    ],
)
def test_what_is_wrong_with_a_manifest_is_said(text: str, message: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_manifest(text.encode(), frozenset())
    assert caught.value.message.startswith("failed to parse `Cargo.toml` manifest file\n\n")
    assert message in caught.value.message


def test_a_target_that_is_none_is_refused() -> None:
    with pytest.raises(Invalid, match="is no target"):
        manifest_of("[target.'cfg(any)'.dependencies]\nfig = \"1\"")
    with pytest.raises(Invalid):
        read_manifest(b"[package]\nname = '\xff'", frozenset())


@pytest.mark.parametrize(
    "text",
    [
        "a." * 200_000 + "a = 1",
        ("a." * 900 + "a = 1\n") * 500,
        "[" + "a." * 200_000 + "a]",
    ],
)
def test_a_manifest_that_would_keep_the_parser_busy_is_refused_at_once(text: str) -> None:
    begun = time.perf_counter()
    with pytest.raises((TooLarge, Invalid)):
        read_manifest(text.encode(), frozenset())
    assert time.perf_counter() - begun < 3


_words = st.sampled_from(
    ["[package]\n", "name", "version", "=", '"a"', "1", "true", "[", "]", "{", "}", "\n", ".", "dependencies", "fig",
     "[dependencies]\n", "[target.'cfg(unix)'.dependencies]\n", "features", "readme", ",", "\u2028", "0x", "'"]
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(_words, max_size=30).map("".join) | st.text(max_size=50))
def test_no_manifest_fails_in_an_unexpected_way(text: str) -> None:
    for each in (text, PACKAGE + text):
        with suppress(Invalid, TooLarge):
            assert read_manifest(each.encode("utf-8", "surrogatepass"), frozenset()).name
