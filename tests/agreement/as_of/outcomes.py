"""Our answers as of a moment beside those of npm and uv, through a server of ours."""

import json
import lzma
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.agreement.as_of import ours
from tests.agreement.as_of.record import RECORDED
from tests.agreement.as_of.worlds import make, serving
from tests.agreement.report import Group, Outcome, compare

_OPTIONS = {"npm": "npm --before", "pypi": "uv --exclude-newer"}


def groups() -> Iterator[Group]:
    """Answer again what was recorded."""
    recorded = json.loads(lzma.decompress(RECORDED.read_bytes()))
    asked = [(make(each["kind"], each["seed"]), each) for each in recorded["answers"]]
    found: dict[str, list[Outcome]] = {kind: [] for kind in _OPTIONS}
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(world for world, _ in asked) as upstream,
        ours.server_of(upstream, Path(folder)) as port,
    ):
        for world, each in asked:
            outcome = compare(f"{world.kind} {each['seed']}", each["answer"], ours.ask(world, port), each["answer"])
            found[world.kind].append(outcome)
    for kind, outcomes in found.items():
        version = recorded["clients"]["npm" if kind == "npm" else "uv"]
        yield Group(f"as of a date, {_OPTIONS[kind]} ({version}, {recorded['date']})", tuple(outcomes))
