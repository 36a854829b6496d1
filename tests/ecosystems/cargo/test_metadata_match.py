"""Metadata beside an archive, held against its manifest."""

import msgspec
import pytest

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.cargo.frame import Metadata, MetadataDependency
from packhouse.ecosystems.cargo.metadata_match import Registries, match_metadata
from tests.ecosystems.cargo.releases import manifest_of, recorded_release

HERE = "sparse+http://crates.example/cargo/index/"
OTHER = "sparse+http://other.example/index/"
PUBLIC = "http://public.example/index"
KNOWN = Registries(own=frozenset({HERE}), public=PUBLIC)
TWO = f"""
[dependencies]
fig = "1"
[dependencies.plums]
package = "plum"
version = "= 2.0"
registry-index = "{OTHER}"
[target.'cfg( unix )'.build-dependencies.fig]
version = "1"
registry-index = "{HERE}"
features = ["b", "a"]
"""


def said(**changes: object) -> Metadata:
    """Write what cargo says of the manifest above."""
    plain = Metadata(
        name="pear",
        vers="1.0.0",
        deps=[
            MetadataDependency("fig", "^1", kind="build", target="cfg(unix)", features=["a", "b"]),
            MetadataDependency("plum", "=2.0", kind="normal", registry=OTHER, explicit_name_in_toml="plums"),
            MetadataDependency("fig", "^1", kind="normal", registry=PUBLIC),
        ],
        features={},
        license="MIT",
    )
    return msgspec.structs.replace(plain, **changes)


@pytest.mark.parametrize("name", ["Pear_Tree-1.2.3", "fig-1.2.3", "plum-0.1.0-alpha.1+build.5"])
def test_what_cargo_says_is_what_its_manifest_says(name: str) -> None:
    _, metadata, _, manifest = recorded_release(name)
    assert match_metadata(metadata, manifest, KNOWN) == (None,) * len(manifest.dependencies)


def test_a_dependency_is_in_the_registry_that_manifest_and_metadata_name() -> None:
    assert match_metadata(said(), manifest_of(TWO), KNOWN) == (PUBLIC, OTHER, None)


def test_without_dependencies_in_the_metadata_the_manifest_alone_tells() -> None:
    assert match_metadata(Metadata("pear", "1.0.0"), manifest_of(TWO), KNOWN) == (PUBLIC, OTHER, None)
    assert match_metadata(Metadata("pear", "1.0.0"), manifest_of(TWO), Registries()) == (None, OTHER, HERE)


def test_our_own_index_is_known_by_each_of_its_addresses() -> None:
    own = Registries(frozenset({"http://other.example/index", HERE, PUBLIC}))
    assert match_metadata(said(), manifest_of(TWO), own) == (None, None, None)


def test_a_registry_that_is_not_allowed_is_refused() -> None:
    with pytest.raises(Invalid, match="Dependency `plums \\(plum\\)` is hosted on another registry"):
        match_metadata(said(), manifest_of(TWO), Registries(KNOWN.own, PUBLIC, frozenset()))
    allowed = Registries(KNOWN.own, PUBLIC, frozenset({OTHER.rstrip("/")}))
    assert match_metadata(said(), manifest_of(TWO), allowed) == (PUBLIC, OTHER, None)


@pytest.mark.parametrize(
    "address", ["file:///etc", "sparse+ftp://a.example", "sparse+http://a.example/\u2028", "http://a b/", "http://a\n"]
)
def test_a_registry_without_an_address_on_the_web_is_refused(address: str) -> None:
    manifest = manifest_of("")
    dependency = manifest_of('[dependencies]\nfig = "1"').dependencies[0]
    manifest = msgspec.structs.replace(manifest, dependencies=(msgspec.structs.replace(dependency, registry=address),))
    with pytest.raises(Invalid, match="no address of a registry"):
        match_metadata(Metadata("pear", "1.0.0"), manifest, KNOWN)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "Pear"}, "metadata name `Pear` does not match manifest name `pear`"),
        ({"vers": "1.0.1"}, "metadata version `1.0.1` does not match manifest version `1.0.0`"),
        ({"license": "Apache-2.0"}, "metadata license 'Apache-2.0' does not match the manifest"),
        ({"links": "z"}, "metadata links 'z' does not match the manifest"),
        ({"rust_version": "1.60"}, "metadata rust_version '1.60' does not match the manifest"),
        ({"features": {"a": []}}, "metadata features do not match the manifest"),
        ({"deps": []}, "metadata of dependency `fig` does not match the manifest"),
    ],
)
def test_a_contradiction_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(Invalid) as caught:
        match_metadata(said(**changes), manifest_of(TWO), KNOWN)
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("position", "changes"),
    [
        (0, {"target": "cfg(windows)"}),
        (0, {"features": ["a"]}),
        (0, {"kind": "dev"}),
        (1, {"version_req": "^2"}),
        (1, {"explicit_name_in_toml": None}),
        (1, {"explicit_name_in_toml": "prunes"}),
        (1, {"name": "prune"}),
        (1, {"registry": "sparse+http://evil.example/index/"}),
        (2, {"registry": "http://evil.example/index"}),
        (2, {"optional": True}),
        (2, {"default_features": False}),
        (2, {"name": "figs"}),
    ],
)
def test_a_dependency_that_is_another_than_in_the_manifest_is_refused(
    position: int, changes: dict[str, object]
) -> None:
    deps = said().deps or []
    deps[position] = msgspec.structs.replace(deps[position], **changes)
    with pytest.raises(Invalid, match=r"^metadata of dependency"):
        match_metadata(said(deps=deps), manifest_of(TWO), KNOWN)


def test_what_the_metadata_leaves_out_is_no_contradiction() -> None:
    manifest = manifest_of('links = "z"\nrust-version = "1.60"\n[features]\na = []')
    assert match_metadata(Metadata("pear", "1.0.0"), manifest, KNOWN) == ()


def test_twins_of_a_dependency_are_told_apart_by_nothing_and_yet_counted() -> None:
    text = "[target.'cfg(unix)'.dependencies]\nfig = '1'\n[target.'cfg( unix )'.dependencies]\nfig = '1'"
    twin = MetadataDependency("fig", "^1", target="cfg(unix)")
    metadata = said(deps=[twin, twin], features=None)
    assert match_metadata(metadata, manifest_of(text), KNOWN) == (None, None)
    with pytest.raises(Invalid):
        match_metadata(said(deps=[twin], features=None), manifest_of(text), KNOWN)
