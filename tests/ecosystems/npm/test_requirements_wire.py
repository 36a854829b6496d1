"""Requirements in deps.dev's own shape, compared with what it answered."""

import json
from typing import Any

from packhouse.ecosystems.npm.index import INDEX
from packhouse.ecosystems.npm.packument import split
from packhouse.ecosystems.npm.requirements_wire import requirements_wire
from tests.ecosystems.npm.packuments import encode, key_of, manifest, packument
from tests.shared import shared_path

FIELDS = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")


def wire(name: str, version: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 (any JSON)
    document = packument(name, version, versions={version: manifest(name, version, **fields)})
    return requirements_wire(INDEX.describe(key_of(name), split(key_of(name), encode(document))).release(0))


def test_the_answer_for_pino_equals_the_recorded_one() -> None:
    recorded = [
        each["response"]["npm"]
        for each in json.loads(shared_path("data", "depsdev", "real-answers.json").read_text())
        if each["call"] == "GetRequirements npm pino 6.14.0"
    ]
    assert len(recorded) == 2
    for expected in recorded:
        given = {
            field: {each["name"]: each["requirement"] for each in expected["dependencies"][field]} for field in FIELDS
        }
        ours = wire("pino", "6.14.0", **given)
        # The client that recorded it did not know the other fields, and wrote its own capital.
        assert {field: ours["dependencies"][field] for field in expected["dependencies"]} == expected["dependencies"]
        assert ours["bundled"] == expected["Bundled"]


def test_every_field_is_written_as_the_manifest_has_it() -> None:
    assert wire(
        "pad",
        "1.0.0",
        dependencies={"a": "npm:real@^2", "b": " ^1.0.0 "},
        devDependencies={"c": "github:u/r"},
        optionalDependencies={"b": " ^1.0.0 "},
        peerDependencies={"d": "*", "e": ""},
        peerDependenciesMeta={"d": {"optional": True}},
        bundleDependencies=["a"],
        os=["linux"],
        cpu=["!arm"],
    ) == {
        "dependencies": {
            "dependencies": [{"name": "a", "requirement": "npm:real@^2"}, {"name": "b", "requirement": " ^1.0.0 "}],
            "devDependencies": [{"name": "c", "requirement": "github:u/r"}],
            "optionalDependencies": [{"name": "b", "requirement": " ^1.0.0 "}],
            "peerDependencies": [{"name": "d", "requirement": "*"}, {"name": "e", "requirement": ""}],
            "bundleDependencies": ["a"],
            "peerDependencyMetadata": [{"name": "d", "optional": True}],
        },
        "bundled": [],
        "os": ["linux"],
        "cpu": ["!arm"],
    }


def test_defaults_are_written_out() -> None:
    answer = wire("pad", "1.0.0")
    assert answer == {
        "dependencies": {field: [] for field in (*FIELDS, "bundleDependencies", "peerDependencyMetadata")},
        "bundled": [],
        "os": [],
        "cpu": [],
    }


def test_requirements_are_listed_by_name_whatever_order_the_manifest_has() -> None:
    given = {field: {"b": "1", "@z/a": "npm:c@2", "a": "3"} for field in FIELDS}
    listed = wire("thing", "1.0.0", **given)["dependencies"]
    for field in FIELDS:
        assert [each["name"] for each in listed[field]] == ["@z/a", "a", "b"]
