"""go.mod files, read as the go command reads them."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.ecosystems.golang.gomod import GoMod, Require, Retraction, parse_go_mod

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
        toolchain="go1.22.0",
        deprecated="use example.com/new instead. a comment",
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
        replaces=("example.com/one => ../one",),
        excludes=("example.com/bad v1.0.1",),
    )


def test_the_go_command_reads_the_same(tmp_path: Path) -> None:
    go = shutil.which("go")
    if go is None:
        pytest.skip("go is not installed: its own answers are not compared")
    (tmp_path / "go.mod").write_bytes(FILE[: FILE.index(b"future")])
    done = subprocess.run([go, "mod", "edit", "-json"], cwd=tmp_path, capture_output=True, check=True)
    read = json.loads(done.stdout)
    ours = parse_go_mod(FILE)
    assert (read["Module"]["Path"], read["Go"], read["Toolchain"]) == (ours.module, ours.go, ours.toolchain)
    assert read["Module"]["Deprecated"].replace("\n", " ") == ours.deprecated
    assert [Require(each["Path"], each["Version"], each.get("Indirect", False)) for each in read["Require"]] == list(
        ours.requires
    )
    assert [Retraction(each["Low"], each["High"], each.get("Rationale", "")) for each in read["Retract"]] == list(
        ours.retractions
    )


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_passed_over(body: bytes) -> None:
    assert isinstance(parse_go_mod(body), GoMod)
    assert isinstance(parse_go_mod(b"require (\n" + body), GoMod)
