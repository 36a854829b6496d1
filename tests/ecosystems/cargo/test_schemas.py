"""The schemas of index lines and of config.json are not lax: what is changed in a right one makes it wrong."""

import json
from collections.abc import Callable
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ecosystems.cargo.crates import CASES
from tests.ecosystems.cargo.releases import check_config, check_line

FULL: dict[str, Any] = {
    "name": "pear",
    "vers": "1.0.0-rc.1+build",
    "deps": [
        {
            "name": "alias",
            "req": "^1.2",
            "features": ["std"],
            "optional": True,
            "default_features": False,
            "target": "cfg(unix)",
            "kind": "build",
            "registry": "https://index.example",
            "package": "plum",
            "public": True,
            "artifact": ["bin"],
            "bindep_target": "wasm32-wasip1",
            "lib": True,
        }
    ],
    "cksum": "ab" * 32,
    "features": {"std": ["alias"]},
    "features2": {"new": ["dep:alias"]},
    "yanked": False,
    "links": "pear",
    "rust_version": "1.70",
    "pubtime": "2020-01-01T00:00:00Z",
    "v": 3,
}
CONFIG: dict[str, Any] = {"dl": "https://p.example/dl", "api": "https://p.example", "auth-required": True}
SCHEMAS = ("line", "config")
_LIKE_NOTHING: tuple[Any, ...] = (17.5, "\n", ["\u2028"], {"/": 0})
"""Of each type one that no field may have, but for a type that it cannot have at all."""


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401 (any JSON)
    """List where something stands in a document."""
    found = [path] if path else []
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        found += [each for key, inner in pairs for each in places(inner, (*path, key))]
    return found


def changed(document: dict[str, Any], path: tuple[Any, ...], change: Callable[[Any, Any], None]) -> dict[str, Any]:
    """Change one place in a copy."""
    copy: dict[str, Any] = json.loads(json.dumps(document))
    inner: Any = copy
    for key in path[:-1]:
        inner = inner[key]
    change(inner, path[-1])
    return copy


def is_line(fields: dict[str, Any]) -> bool:
    try:
        check_line(json.dumps(fields).encode())
    except jsonschema_rs.ValidationError:
        return False
    return True


def is_config(fields: dict[str, Any]) -> bool:
    try:
        check_config(fields)
    except jsonschema_rs.ValidationError:
        return False
    return True


def put(value: Any) -> Callable[[Any, Any], None]:  # noqa: ANN401 (any JSON)
    def change(inner: Any, key: Any) -> None:  # noqa: ANN401 (any JSON)
        inner[key] = value

    return change


def remove(inner: Any, key: Any) -> None:  # noqa: ANN401 (any JSON)
    del inner[key]


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_one(name: str) -> None:
    assert jsonschema_rs.meta.is_valid(json.loads((CASES / f"{name}.schema.json").read_text()))


def test_what_has_every_field_is_right() -> None:
    assert is_line(FULL)
    assert is_config(CONFIG)


@pytest.mark.parametrize("path", places(FULL), ids=str)
@pytest.mark.parametrize("value", _LIKE_NOTHING, ids=str)
def test_nothing_in_a_line_may_be_anything(path: tuple[Any, ...], value: object) -> None:
    assert not is_line(changed(FULL, path, put(value)))


@pytest.mark.parametrize("path", places(CONFIG), ids=str)
@pytest.mark.parametrize("value", _LIKE_NOTHING, ids=str)
def test_nothing_in_a_configuration_may_be_anything(path: tuple[Any, ...], value: object) -> None:
    assert not is_config(changed(CONFIG, path, put(value)))


@pytest.mark.parametrize(
    "path", [("name",), ("vers",), ("deps",), ("cksum",), ("v",), ("deps", 0, "name"), ("deps", 0, "req")], ids=str
)
def test_no_line_is_without_what_cargo_must_have(path: tuple[Any, ...]) -> None:
    assert not is_line(changed(FULL, path, remove))


def test_no_configuration_is_without_the_place_of_the_files() -> None:
    assert not is_config(changed(CONFIG, ("dl",), remove))


@given(name=st.text(max_size=12), inner=st.booleans())
def test_no_field_of_a_line_has_another_name(name: str, inner: bool) -> None:  # noqa: FBT001 (a value of the test)
    known = {*FULL, *FULL["deps"][0]}
    path = ("deps", 0, name) if inner else (name,)
    if name not in known:
        assert not is_line(changed(FULL, path, put(None)))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("name",), "1pear"),
        (("name",), "pe ar"),
        (("name",), "p" * 65),
        (("name",), "../pear"),
        (("vers",), "1.0"),
        (("vers",), "01.0.0"),
        (("vers",), "v1.0.0"),
        (("vers",), "1.0.0\n"),
        (("cksum",), "AB" * 32),
        (("cksum",), "ab" * 31),
        (("features",), {"new": ["dep:alias"]}),
        (("features",), {"new": ["alias?/std"]}),
        (("rust_version",), "1.70.0-nightly"),
        (("pubtime",), "2020-01-01T00:00:00+00:00"),
        (("pubtime",), "2020-01-01"),
        (("v",), 2),
        (("v",), 4),
        (("deps", 0, "kind"), "host"),
        (("deps", 0, "registry"), "file:///index"),
        (("deps", 0, "artifact"), []),
        (("deps", 0, "package"), "a/b"),
    ],
)
def test_the_schema_knows_what_cargo_would_not_read(path: tuple[Any, ...], value: object) -> None:
    assert not is_line(changed(FULL, path, put(value)))
