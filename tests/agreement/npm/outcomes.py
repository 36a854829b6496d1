"""Our trees beside the recorded ones of npm's own tree builder.

The records are those of `tests/ecosystems/cases/npm/trees` and of the shared universe; `tests/ecosystems/npm/oracle`
holds the scripts that make them again.
"""

import json
import lzma
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.agreement.report import Group, Outcome, compare
from tests.ecosystems.npm.test_trees import CASES, GOLDEN, GOLDEN_IDS, UNIVERSE, build, told
from tests.ecosystems.npm.universe import Records, read_golden, read_universe
from tests.shared import shared_path

_CLIENT = "npm 11.19.1, 2026-11-21"
Case = dict[str, Any]


def groups() -> Iterator[Group]:
    """Build again what was recorded: whole lock files, real packages, invented ones."""
    universe = read_universe(shared_path(*UNIVERSE))
    locks = read_golden(shared_path(*GOLDEN))
    yield Group(f"npm, lock files ({_CLIENT})", tuple(_locked(name, locks[name], universe) for name in GOLDEN_IDS))
    with lzma.open(CASES / "real.jsonl.xz", "rt") as lines:
        real = [json.loads(line) for line in lines]
    yield Group(f"npm, real packages ({_CLIENT})", tuple(_outcomes(real, lambda _: universe)))
    with (CASES / "invented.jsonl").open() as lines:
        invented = [json.loads(line) for line in lines]
    yield Group(f"npm, invented packages ({_CLIENT})", tuple(_outcomes(invented, _own)))


def _own(case: Case) -> Records:
    return Records({document["name"]: document for document in case["universe"]})


def _outcomes(cases: list[Case], records_of: Callable[[Case], Records]) -> Iterator[Outcome]:
    for case in cases:
        ours, failure = build(case["root"], case["options"], records_of(case))
        theirs = _lines(case["packages"])
        yield compare(str(case["id"]), sorted([*theirs, told(case["error"])]), sorted([*_lines(ours), failure]), theirs)


def _locked(name: str, lock: Case, records: Records) -> Outcome:
    ours, _ = build(lock["root"], {}, records)
    theirs = {path: entry["version"] for path, entry in lock["packages"].items() if path}
    return compare(
        name, sorted(_lines(theirs)), sorted(_lines({path: each.split(" ")[0] for path, each in ours.items()}))
    )


def _lines(places: Mapping[str, str]) -> list[str]:
    return [f"{path} {version}" for path, version in places.items()]
