"""go.mod files, read as the go command reads them."""

import base64
import json
import random
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.golang.gomod import GoMod, Require, Retraction, parse_go_mod
from packhouse.ecosystems.golang.versions import canonical
from tests.ecosystems.golang.asking import ask, find_go

FILE = b"""// Deprecated: use example.com/new
// instead.
module example.com/old // a comment

go 1.21

toolchain go1.22.0

require example.com/single v1.0.0

require (
\texample.com/one v1.2.3
\t"example.com/quoted" v0.1.0 // indirect
\texample.com/two v2.0.0+incompatible // indirect; for tests
\t// example.com/away v1.0.0
)

exclude example.com/bad v1.0.1
replace example.com/one => ../one

retract v1.0.0 // published by mistake
// broken on
// old machines
retract [v1.1.0, v1.1.9]
retract (
\tv1.3.0 // leaks
\t[v1.4.0, v1.4.2]
)

future thing (
\twhatever
)
"""


def test_every_directive_that_counts_for_others_is_read() -> None:
    assert parse_go_mod(FILE) == GoMod(
        module="example.com/old",
        go="1.21",
        deprecated="use example.com/new\ninstead.\na comment",
        requires=(
            Require("example.com/single", "v1.0.0"),
            Require("example.com/one", "v1.2.3"),
            Require("example.com/quoted", "v0.1.0", indirect=True),
            Require("example.com/two", "v2.0.0+incompatible", indirect=True),
        ),
        retractions=(
            Retraction("v1.0.0", "v1.0.0", "published by mistake"),
            Retraction("v1.1.0", "v1.1.9", "broken on\nold machines"),
            Retraction("v1.3.0", "v1.3.0", "leaks"),
            Retraction("v1.4.0", "v1.4.2", ""),
        ),
    )


def test_the_go_command_reads_the_same(tmp_path: Path) -> None:
    go = find_go()
    (tmp_path / "go.mod").write_bytes(FILE[: FILE.index(b"future")])
    done = subprocess.run([go, "mod", "edit", "-json"], cwd=tmp_path, capture_output=True, check=True)
    read = json.loads(done.stdout)
    ours = parse_go_mod(FILE)
    assert (read["Module"]["Path"], read["Go"]) == (ours.module, ours.go)
    assert read["Module"]["Deprecated"] == ours.deprecated
    assert [Require(each["Path"], each["Version"], each.get("Indirect", False)) for each in read["Require"]] == list(
        ours.requires
    )
    assert [Retraction(each["Low"], each["High"], each.get("Rationale", "")) for each in read["Retract"]] == list(
        ours.retractions
    )


_PATHS = [
    *("example.com/one", "example.com/two/v2", '"example.com/quoted"', "`example.com/raw`", "gopkg.in/yaml.v2"),
    *(
        '"example.com/\\x41\\u0042"',
        "example.com/a//comment",
        "example.com/b,c",
        "é.example/x",
        "example.com/un'quoted",
    ),
]
_VERSIONS = [
    *("v1.2.3", "v0.1.0", "v1.0", "v1", "v2.0.0+incompatible", "v1.0.0-rc.1", '"v1.1.1"', "v1.0.0+meta", "master"),
    *("v0.0.0-20191109021931-daa7c04131f5", "v2.1.0", "v01.0.0"),
]
_COMMENTS = [
    *("", "", "", "// indirect", "// indirect; said why", "//indirect", "// Deprecated: no more", "// two // slashes"),
    *("//", "// not indirect", "// (", "// Deprecated:", "/* no */"),
]
_SPACES = [" ", "  ", "\t", " \t", "\r "]


def _line(chance: random.Random, verb: str) -> str:
    """Invent the words behind a verb."""
    path, version, other = chance.choice(_PATHS), *chance.choices(_VERSIONS, k=2)
    match verb:
        case "module":
            return path
        case "go":
            return chance.choice(["1.21", "1.22.3", "1.23rc1", "1.9", "1.22.x", "v1.14.0", "2", "1.20 "])
        case "retract":
            return chance.choice([version, f"[{version}, {other}]", f"[{version},{other}] later", f"[{version}", "()"])
        case "replace":
            return f"{path} => ../{version}"
    return chance.choice([f"{path}{chance.choice(_SPACES)}{version}"] * 9 + [path, f"{path} {version} {version}"])


def _file(chance: random.Random) -> bytes:
    """Invent a file."""
    lines = [f"module {chance.choice(_PATHS)} {chance.choice(_COMMENTS)}"] if chance.random() < 0.8 else []
    if chance.random() < 0.5:
        lines.insert(
            0, chance.choice(["// Deprecated: use another", "// a\n//\n// Deprecated:  b\n// c", "// x\n", ""])
        )
    for _ in range(chance.randint(0, 4)):
        verb = chance.choice(["require", "require", "retract", "retract", "go", "exclude", "replace", "future", "tool"])
        above = [chance.choice([*_COMMENTS, "\n"]) for _ in range(chance.randint(0, 2))]
        count = chance.randint(0, 3)
        inside = [f"\t{_line(chance, verb)}{chance.choice(_SPACES)}{chance.choice(_COMMENTS)}" for _ in range(count)]
        for at in range(chance.randint(0, 2)):
            inside.insert(at, chance.choice([*_COMMENTS, ""]))
        if chance.random() < 0.5:
            lines += [*above, f"{verb} ({chance.choice(_COMMENTS)}", *inside, f") {chance.choice(_COMMENTS)}"]
        else:
            lines += [*above, f"{verb} {_line(chance, verb)} {chance.choice(_COMMENTS)}"]
    return chance.choice(["\n", "\n", "\r\n"]).join(lines).encode()


def _retractions(said: Iterable[dict[str, str]]) -> Iterator[Retraction]:
    """Write versions whole, which the go command leaves for later, and leave out what is none."""
    for each in said:
        with suppress(Invalid):
            yield Retraction(canonical(each["Low"]), canonical(each["High"]), each["Rationale"])


def test_invented_files_are_read_as_the_go_command_reads_them() -> None:
    chance = random.Random(7225)
    files = [_file(chance) for _ in range(20_000)]
    answers = ask([("mod", base64.b64encode(body).decode()) for body in files])
    understood = [(body, json.loads(answer)) for body, answer in zip(files, answers, strict=True) if answer != "null"]
    assert len(understood) > 3000
    for body, said in understood:
        assert parse_go_mod(body) == GoMod(
            module=said["Module"],
            go=said["Go"],
            deprecated=said["Deprecated"] or None,
            requires=tuple(Require(each["Path"], each["Version"], each["Indirect"]) for each in said["Requires"] or ()),
            retractions=tuple(_retractions(said["Retractions"] or ())),
        ), body


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_passed_over(body: bytes) -> None:
    assert isinstance(parse_go_mod(body), GoMod)
    assert isinstance(parse_go_mod(b"require (\n" + body), GoMod)
