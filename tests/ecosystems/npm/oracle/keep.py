"""Keep trees that the client built as cases for the tests, in their short form.

    python keep.py ROOTS.jsonl TREES.jsonl [UNIVERSE.jsonl] < IDS > CASES.jsonl

With a universe, each case holds the part of it whose names end like the case's id: `invent.py` names them so.
"""

import json
import sys
from pathlib import Path
from typing import Any

FLAGS = ("dev", "optional", "peer", "devOptional", "extraneous")
Case = dict[str, Any]


def shorten(packages: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Write each place as one text: the version, then the real name behind an alias and the flags."""
    return {path: _shorten(entry) for path, entry in packages.items() if "version" in entry or "link" in entry}


def _shorten(entry: dict[str, Any]) -> str:
    if entry.get("link"):
        return "link"
    parts = [entry["version"]]
    if "name" in entry:
        parts.append(f"={entry['name']}")
    return " ".join([*parts, *(flag for flag in FLAGS if entry.get(flag))])


def _by_id(path: str) -> dict[str, Case]:
    with Path(path).open() as lines:
        return {case["id"]: case for case in map(json.loads, lines)}


def _universe(path: str) -> list[Case]:
    with Path(path).open() as lines:
        return [json.loads(line) for line in lines]


def main() -> None:
    roots, trees = _by_id(sys.argv[1]), _by_id(sys.argv[2])
    universe = _universe(sys.argv[3]) if len(sys.argv) > 3 else []
    for identity in sys.stdin.read().split():
        tree = trees[identity]
        case: Case = {"id": identity, "root": roots[identity]["root"], "options": roots[identity].get("options") or {}}
        if universe:
            end = "." + identity.partition("-")[0]
            case["universe"] = [document for document in universe if document["name"].endswith(end)]
        case["packages"] = shorten(tree.get("packages", {}))
        case["error"] = tree.get("error", {}).get("code", "")
        sys.stdout.write(json.dumps(case, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
