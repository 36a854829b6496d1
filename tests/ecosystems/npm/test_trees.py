"""Trees are those that the client builds: recorded ones, lock files, and, where it is installed, asked just now."""

import json
import lzma
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from packhouse.domain.errors import Unresolvable
from packhouse.ecosystems.npm.collation import sort_key
from packhouse.ecosystems.npm.environment import Environment
from packhouse.ecosystems.npm.graphs import lost
from packhouse.ecosystems.npm.lock import render_packages
from packhouse.ecosystems.npm.project import read_project
from packhouse.ecosystems.npm.resolve import Manifest, build_tree
from tests.ecosystems.npm.oracle.grow import Client
from tests.ecosystems.npm.oracle.invent import Inventor
from tests.ecosystems.npm.oracle.keep import shorten
from tests.ecosystems.npm.universe import Records, read_golden, read_requirements, read_universe
from tests.shared import shared_path

CASES = Path(__file__).parent.parent / "cases" / "npm" / "trees"
UNIVERSE = ("data", "npm-universe", "universe-2026-11-21.jsonl.xz")
GOLDEN = ("data", "npm-universe", "golden-locks-npm11.json.xz")
GOLDEN_IDS = ("r1", "r5", "r6", "r9", "r10", "r11", "r12", "r15", "r16", "r19")
NODE = "20.20.2"
"""Under which the client was run; some packages want another one."""
OPTIONS = {
    "force": "force",
    "strictPeerDeps": "strict_peer_deps",
    "legacyPeerDeps": "legacy_peer_deps",
    "preferDedupe": "prefer_dedupe",
}
GIVES_UP = {"ERESOLVE", "EOVERRIDE", "ENDLESS"}
FAILS = {"E404", "ETARGET", "ENOVERSIONS"}
Case = dict[str, Any]


def read_manifest(root: Case) -> Manifest:
    requirements = tuple(read_requirements(root))
    return Manifest(root.get("name", ""), root.get("version", ""), requirements, root.get("overrides") or {})


def build(root: Case, options: Case, records: Records, lock: object = None) -> tuple[dict[str, str], str]:
    """Give the places in their short form and what the client would fail with."""
    settings = {OPTIONS[name]: value for name, value in options.items()}
    files = {"package.json": root} | ({} if lock is None else {"package-lock.json": lock})
    kept = read_project({name: json.dumps(each).encode() for name, each in files.items()}).kept
    try:
        tree = build_tree(read_manifest(root), records, Environment(node_version=NODE, **settings), kept=kept)
    except Unresolvable:
        return {}, "gives up"
    return shorten(render_packages(tree)), "fails" if lost(tree.root) else ""


def told(code: str) -> str:
    if code in GIVES_UP:
        return "gives up"
    return "fails" if code in FAILS else ""


def invented_cases() -> list[Any]:
    with (CASES / "invented.jsonl").open() as lines:
        return [pytest.param(case, id=case["id"]) for case in map(json.loads, lines)]


def real_cases() -> Iterator[Case]:
    with lzma.open(CASES / "real.jsonl.xz", "rt") as lines:
        yield from map(json.loads, lines)


@pytest.mark.parametrize("case", invented_cases())
def test_a_tree_of_invented_packages_is_the_one_that_was_recorded(case: Case) -> None:
    records = Records({document["name"]: document for document in case["universe"]})
    assert build(case["root"], case["options"], records) == (case["packages"], told(case["error"]))


@pytest.mark.parametrize("part", range(4))
def test_a_tree_of_real_packages_is_the_one_that_was_recorded(part: int) -> None:
    records = read_universe(shared_path(*UNIVERSE))
    wrong = [
        case["id"]
        for number, case in enumerate(real_cases())
        if number % 4 == part
        and build(case["root"], case["options"], records) != (case["packages"], told(case["error"]))
    ]
    assert not wrong


@pytest.mark.parametrize("name", GOLDEN_IDS)
def test_a_lock_file_has_the_same_places_versions_integrity_and_flags(name: str) -> None:
    lock = read_golden(shared_path(*GOLDEN))[name]
    records = read_universe(shared_path(*UNIVERSE))
    tree = build_tree(read_manifest(lock["root"]), records, Environment(node_version=NODE))
    # What the file leaves out that the client wrote: real names, addresses and what is extraneous.
    fields = ("version", "integrity", "dev", "optional", "peer", "devOptional", "dependencies", "peerDependencies")
    found = {path: _chosen(entry, fields) for path, entry in render_packages(tree).items()}
    assert found == {path: _chosen(entry, fields) for path, entry in lock["packages"].items() if path}


@pytest.mark.client
def test_names_stand_in_the_order_of_the_client() -> None:
    names = [
        *read_universe(shared_path(*UNIVERSE)).lines,
        "JSONStream",
        "jsonstream",
        "a_b",
        "a-b",
        "a.b",
        "@A/b",
        "~a",
    ]
    paths = [f"node_modules/{outer}/node_modules/{inner}" for outer, inner in zip(names, reversed(names), strict=True)]
    script = (
        "const {compare} = new Intl.Collator('en');"
        "process.stdout.write(JSON.stringify(JSON.parse(require('fs').readFileSync(0)).sort(compare)))"
    )
    for texts in (names, paths):
        answer = subprocess.run(
            [_node(), "-e", script], input=json.dumps(texts), capture_output=True, text=True, check=True
        )
        assert json.loads(answer.stdout) == sorted(texts, key=sort_key)


@pytest.mark.client
def test_a_tree_of_packages_invented_just_now_is_the_one_that_the_client_builds(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NODE_PATH", str(_npm_modules()))
    inventors = [Inventor(seed) for seed in range(900_000, 900_025)]
    documents = [document for inventor in inventors for document in inventor.documents()]
    tasks = [task for inventor in inventors for task in inventor.roots(3)]
    universe = tmp_path / "universe.jsonl"
    universe.write_text("".join(json.dumps(document, separators=(",", ":")) + "\n" for document in documents))
    records = Records({document["name"]: document for document in documents})
    client = Client(universe)
    try:
        answers = [client.ask(json.dumps(task)) for task in tasks]
    finally:
        client.stop()
    compared = 0
    for task, answer in zip(tasks, answers, strict=True):
        expected = _expected(answer)
        if expected is not None:
            compared += 1
            assert build(task["root"], task["options"], records) == expected, task["id"]
    assert compared > len(tasks) * 0.9


@pytest.mark.client
def test_what_a_lock_file_has_chosen_is_kept_as_the_client_keeps_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NODE_PATH", str(_npm_modules()))
    inventors = [Inventor(seed) for seed in range(910_000, 910_030)]
    documents = [document for inventor in inventors for document in inventor.documents()]
    universe = tmp_path / "universe.jsonl"
    universe.write_text("".join(json.dumps(document, separators=(",", ":")) + "\n" for document in documents))
    records = Records({document["name"]: document for document in documents})
    client = Client(universe)
    compared = 0
    try:
        for inventor in inventors:
            before, after = list(inventor.roots(2))
            first = client.ask(json.dumps({**before, "tell": True}))
            if "error" in first:
                continue  # then the client writes no lock file
            lock = first["lock"]
            expected = _expected(client.ask(json.dumps({**after, "lock": lock})))
            if expected is not None:
                compared += 1
                assert build(after["root"], after["options"], records, lock) == expected, after["id"]
    finally:
        client.stop()
    assert compared > len(inventors) // 4  # npm gives up on many of them


def _expected(answer: Case) -> tuple[dict[str, str], str] | None:
    code = answer.get("error", {}).get("code", "")
    if code in GIVES_UP | FAILS | {"", "EBADPLATFORM"}:
        return shorten(answer.get("packages", {})), told(code)
    # The client itself broke down.
    return None


def _chosen(entry: Case, fields: tuple[str, ...]) -> Case:
    return {field: entry[field] for field in fields if field in entry}


def _node() -> str:
    found = shutil.which("node")
    if found is None:
        pytest.skip("node is not installed")
    return found


def _npm_modules() -> Path:
    _node()
    npm = shutil.which("npm")
    folder = Path(os.path.realpath(npm)).parent.parent / "node_modules" if npm else Path("/nowhere")
    if not (folder / "@npmcli" / "arborist").is_dir():
        pytest.skip("npm is not installed")
    return folder
