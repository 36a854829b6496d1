"""Write the definitions of the deps.dev API for gRPC from tables of names and numbers, and compile them.

    python tools/depsdev_definitions.py TABLES.md

The tables are those of messages, enums and methods with their numbers; what is said about them is ours.
"""

import sys
from collections.abc import Iterator, Sequence
from importlib import resources
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

TARGET = Path(__file__).resolve().parents[1] / "src/packhouse/apis/depsdev/definitions"
EDITIONS = {"v3": "S", "v3alpha": "A"}

FURTHER_SYSTEMS = ((101, "PACKAGIST"), (102, "PUB"))
"""Systems that are served here and that the API's own definition does not have."""

_SAID = {
    "GetPackage": "A package with all its versions.",
    "GetVersion": "All that is known of one version.",
    "GetVersionBatch": "GetVersion for up to 5000 versions; a miss has no version.",
    "GetFindings": "What speaks against a package or a version.",
    "GetFindingsBatch": "GetFindings for up to 5000 packages and versions.",
    "GetRequirements": "What a version says that it needs, in the words of its system.",
    "GetDependencies": "The graph that comes of installing a version.",
    "GetDependents": "How many packages depend on a version.",
    "GetCapabilities": "What the code of a version is able to do.",
    "GetProject": "A source repository.",
    "GetProjectBatch": "GetProject for up to 5000 repositories; a miss has no project.",
    "GetProjectPackageVersions": "The versions that come from a repository, 1500 at most.",
    "GetAdvisory": "A security advisory by its OSV id.",
    "GetSimilarlyNamedPackages": "Packages whose names may be taken for this one.",
    "Query": "Versions by the hash of a file, by name, or by both; 1000 at most.",
    "PurlLookup": "The package or version that a package URL means.",
    "PurlLookupBatch": "PurlLookup for up to 5000 package URLs with a version.",
    "QueryContainerImages": "Container images with a layer's chain id; 1000 at most.",
}


class Field(NamedTuple):
    """A row of the table of messages."""

    message: str
    editions: str
    number: int
    name: str
    kind: str
    label: str


class Tables(NamedTuple):
    """What the tables say."""

    fields: Sequence[Field]
    enums: Sequence[tuple[str, str, tuple[tuple[int, str], ...]]]
    """Editions, name and values."""
    methods: Sequence[tuple[str, str, str, str]]
    """Editions, name, request and answer."""


class Shapes(NamedTuple):
    """Messages and enums of one edition by their paths, outer before inner."""

    members: dict[str, list[Field]]
    enums: dict[str, tuple[tuple[int, str], ...]]


def read_tables(text: str) -> Tables:
    """Read the three tables."""
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines() if line[:1] == "|"]
    fields = [
        Field(row[0], row[1], int(row[2]), row[3], row[5].removesuffix(" (enum)"), row[6])
        for row in (_clean(each) for each in rows)
        if len(row) == 7 and row[2].isdigit()
    ]
    enums = [
        (row[0], row[1], tuple((int(each.split("=")[0]), each.split("=")[1]) for each in row[2].split(", ")))
        for row in (_clean(each) for each in rows)
        if len(row) == 3 and "=" in row[2] and row[2][:1].isdigit()
    ]
    methods = {
        row[1]: (row[0], row[1], row[2], row[3])
        for row in (_clean(each) for each in rows)
        if len(row) == 7 and row[4] in ("GET", "POST") and " " not in row[1]
    }
    return Tables(fields, enums, list(methods.values()))


def write_definition(tables: Tables, edition: str) -> str:
    """Write one edition as a .proto file."""
    mark = EDITIONS[edition]
    lines = [
        f"// The deps.dev API, {edition}, as Packhouse serves it over gRPC.",
        "// Written by tools/depsdev_definitions.py: change that.",
        'syntax = "proto3";',
        "",
        f"package deps_dev.{edition};",
        "",
        'import "google/protobuf/timestamp.proto";',
        "",
        "service Insights {",
    ]
    for editions, name, request, answer in tables.methods:
        if mark in editions.split():
            lines += [f"  // {_SAID[name]}", f"  rpc {name}({request}) returns ({answer});"]
    lines += ["}"]
    shapes = _shapes(tables, mark)
    for name, values in shapes.enums.items():
        if "." not in name:
            lines += ["", *_enum(name, values, 0)]
    for path in shapes.members:
        if "." not in path:
            lines += ["", *_message(path, shapes, 0)]
    return "\n".join(lines) + "\n"


def compile_definition(proto: Path, target: Path) -> None:
    """Compile a .proto file to a set of descriptors."""
    from grpc_tools import protoc  # noqa: PLC0415 (only for this)

    included = resources.files("grpc_tools") / "_proto"
    arguments = ["protoc", f"-I{proto.parent}", f"-I{included}", f"--descriptor_set_out={target}", str(proto)]
    if protoc.main(arguments) != 0:
        raise SystemExit(f"{proto} does not compile")


def _clean(row: Sequence[str]) -> list[str]:
    """Take the marks off a row: who differs says so in the column of editions."""
    return [cell.strip().strip("`").replace("**DIFF**", "").strip() for cell in row]


def _shapes(tables: Tables, mark: str) -> Shapes:
    """Gather what one edition has."""
    members: dict[str, list[Field]] = {}
    for field in tables.fields:
        if mark not in field.editions.split():
            continue
        parts = field.message.split(".")
        for depth in range(1, len(parts) + 1):
            members.setdefault(".".join(parts[:depth]), [])
        members[field.message].append(field)
    return Shapes(members, {name: values for editions, name, values in tables.enums if mark in editions.split()})


def _message(path: str, shapes: Shapes, depth: int) -> Iterator[str]:
    pad = "  " * depth
    yield f"{pad}message {path.rpartition('.')[2]} {{"
    for name, values in shapes.enums.items():
        if name.rpartition(".")[0] == path:
            yield from _enum(name.rpartition(".")[2], values, depth + 1)
    for inner in shapes.members:
        if inner.rpartition(".")[0] == path:
            yield from _message(inner, shapes, depth + 1)
    yield from _fields(shapes.members[path], pad)
    yield f"{pad}}}"


def _fields(members: Sequence[Field], pad: str) -> Iterator[str]:
    for group, fields in groupby(members, key=lambda field: field.label.partition("oneof ")[2]):
        inside = f"{pad}    " if group else f"{pad}  "
        if group:
            yield f"{pad}  oneof {group} {{"
        for field in fields:
            repeated = "repeated " if field.label == "repeated" else ""
            yield f"{inside}{repeated}{field.kind} {field.name} = {field.number};"
        if group:
            yield f"{pad}  }}"


def _enum(name: str, values: Sequence[tuple[int, str]], depth: int) -> Iterator[str]:
    pad = "  " * depth
    yield f"{pad}enum {name} {{"
    further = FURTHER_SYSTEMS if name == "System" else ()
    for number, word in (*values, *further):
        yield f"{pad}  {word} = {number};"
    yield f"{pad}}}"


def main() -> None:
    """Write and compile both editions."""
    tables = read_tables(Path(sys.argv[1]).read_text(encoding="utf-8"))
    TARGET.mkdir(exist_ok=True)
    for edition in EDITIONS:
        proto = TARGET / f"{edition}.proto"
        proto.write_text(write_definition(tables, edition), encoding="utf-8")
        compile_definition(proto, proto.with_suffix(".binpb"))


if __name__ == "__main__":
    main()
