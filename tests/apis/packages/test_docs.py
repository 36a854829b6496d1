"""Guide and reference say what the API does."""

import re
import subprocess
import sys
from pathlib import Path

from packhouse.apis.packages import errors
from packhouse.apis.packages.openapi import build_document
from packhouse.apis.packages.operations import OPERATIONS
from packhouse.domain.errors import (
    NotAllowed,
    NotFound,
    NotTold,
    Refused,
    TooHard,
    TooLarge,
    Unresolvable,
    UpstreamBad,
    UpstreamDenied,
    UpstreamDown,
    UpstreamOff,
)
from packhouse.http.problems import code_of, status_of
from tests.architecture.source import REPOSITORY

GUIDE = (REPOSITORY / "docs" / "guides" / "packages-api.md").read_text()
REFERENCE = REPOSITORY / "docs" / "reference" / "packages-api.md"
RAISED = (
    *(NotFound, NotAllowed, TooLarge, Refused, Unresolvable, TooHard),
    *(NotTold, UpstreamDown, UpstreamOff, UpstreamBad, UpstreamDenied),
)
"""What the services raise beside our own, but for the server's own trouble."""


def test_the_reference_is_made_of_what_the_api_is_made_of() -> None:
    options = ["-P", "-I", str(REPOSITORY / "tools"), "--check", "--diff"]
    command = [str(Path(sys.executable).with_name("cog")), *options, str(REFERENCE)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.returncode == 0, f"{made.stdout}{made.stderr}\nrun `make docs`"
    for name in OPERATIONS:
        assert f"### {name}\n" in REFERENCE.read_text()


def test_the_guide_names_every_operation() -> None:
    for name in OPERATIONS:
        assert f"| `{name}` |" in GUIDE


def test_the_guide_has_every_code_with_its_status() -> None:
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \| (\d+) \|", GUIDE, re.MULTILINE)
    told = {code: int(status) for codes, status in rows for code in re.findall(r"\w+", codes)}
    own = [each for each in vars(errors).values() if isinstance(each, type) and each.__module__ == errors.__name__]
    assert len(own) > 5
    for each in (*own, *RAISED):
        error = each("")
        assert told.pop(code_of(error)) == status_of(error), each
    assert told == {}
    statuses = build_document(())["paths"]["/packages/v1/maintainer"]["post"]["responses"].keys()
    assert {str(status_of(each(""))) for each in (*own, *RAISED)} - {"405", "422"} == set(statuses) - {"200"}


def test_the_tree_of_our_own_errors_is_drawn() -> None:
    drawn = dict(re.findall(r"[├└]── (\w+)\s{2,}(\S.*)", errors.__doc__ or ""))
    own = {name: each for name, each in vars(errors).items() if getattr(each, "__module__", "") == errors.__name__}
    assert drawn.keys() == own.keys()
    for name, sentence in drawn.items():
        assert (own[name].__doc__ or "").removesuffix(".").lower() == sentence.lower()
