"""Invent small universes full of peers, circles, options, aliases and conflicts, and projects to resolve in them.

    python invent.py FIRST_SEED COUNT FOLDER

writes FOLDER/universe.jsonl and FOLDER/roots.jsonl, as `trees.cjs` reads them. A seed always gives the same universe.
"""

import json
import random
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

STEMS = ("a", "b", "b-b", "b_b", "B", "c", "c.c", "d", "e", "@s/a", "@s/f", "g", "h1", "h10", "i")
VERSIONS = ("1.0.0", "1.1.0", "1.2.0-rc.1", "2.0.0", "2.1.0", "3.0.0-beta.2", "3.0.0")
RANGES = (
    "*",
    "^1.0.0",
    "^1.1.0",
    "1.0.0",
    "~1.0.0",
    "1 || 2",
    "^2.0.0",
    ">=2",
    "2.x",
    ">=1.1 <3",
    "^3.0.0",
    "",
    "next",
    "<2",
)
Document = dict[str, Any]


class Inventor:
    """One universe and its projects, out of one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.seed = seed
        self.names = [f"{stem}.{seed}" for stem in self.random.sample(STEMS, self.random.randint(4, len(STEMS)))]
        # Each universe has its own temper.
        self.appetite = self.random.choice((0.8, 1.2, 2.0))
        self.peers = self.random.choice((0.0, 0.3, 0.9))
        self.rarities = self.random.choice((0.0, 0.15))

    def documents(self) -> list[Document]:
        return [self._document(name) for name in self.names]

    def roots(self, count: int) -> list[Document]:
        return [{"id": f"{self.seed}-{number}", **self._task()} for number in range(count)]

    def _document(self, name: str) -> Document:
        chosen = sorted(self.random.sample(VERSIONS, self.random.randint(1, len(VERSIONS))), key=VERSIONS.index)
        plain = [version for version in chosen if "-" not in version]
        tags = {"latest": (plain or chosen)[-1]}
        if self._now(0.15):
            tags["latest"] = self.random.choice(chosen)
        if self._now(0.4):
            tags["next"] = self.random.choice(chosen)
        return {"name": name, "dist-tags": tags, "versions": {version: self._release(name) for version in chosen}}

    def _release(self, name: str) -> Document:
        release: Document = {}
        others = [each for each in self.names if each != name or self._now(0.05)]
        self._fill(release, "dependencies", others, self.appetite)
        self._fill(release, "peerDependencies", others, self.peers)
        self._fill(release, "optionalDependencies", others, self.rarities * 2)
        if "peerDependencies" in release:
            optional = [each for each in release["peerDependencies"] if self._now(0.25)]
            if optional:
                release["peerDependenciesMeta"] = {each: {"optional": True} for each in optional}
        if self._now(self.rarities):
            release["deprecated"] = "old"
        if self._now(self.rarities):
            release["engines"] = {"node": self.random.choice((">=4", "<10", ">=99"))}
        return release

    def _fill(self, owner: Document, field: str, names: list[str], mean: float) -> None:
        count = min(len(names), int(self.random.expovariate(1 / mean)) if mean else 0)
        wanted = {}
        for name in self.random.sample(names, count):
            if self._now(0.08):
                wanted[f"alias-{self.random.choice('xyz')}"] = f"npm:{name}@{self._range()}"
            else:
                wanted[name] = self._range()
        if self._now(self.rarities / 4):
            wanted[f"missing.{self.seed}"] = "^1.0.0"
        if wanted:
            owner[field] = wanted

    def _task(self) -> Document:
        root: Document = {"name": "root", "version": "1.0.0"}
        self._fill(root, "dependencies", self.names, 2.5)
        for field in ("devDependencies", "optionalDependencies", "peerDependencies"):
            if self._now(0.25):
                self._fill(root, field, self.names, 1.0)
        if self._now(0.3):
            root["overrides"] = {
                key: value for _ in range(self.random.randint(1, 3)) for key, value in [self._override(root)]
            }
        return {"root": root, "options": self._options()}

    def _override(self, root: Mapping[str, Any]) -> tuple[str, Any]:
        direct = root.get("dependencies", {})
        name = self.random.choice(self.names)
        key = f"{name}@{self._range()}" if self._now(0.3) else name
        if self._now(0.4):
            inner: Document = {self.random.choice(self.names): self._range() or "*"}
            if self._now(0.3):
                inner["."] = self._range()
            return key.replace("@next", "").rstrip("@") or name, inner
        if direct and self._now(0.3):
            return name, f"${self.random.choice(sorted(direct))}"
        return key.replace("@next", "").rstrip("@") or name, self._range() or "*"

    def _options(self) -> Document:
        chance = self.random.random()
        if chance < 0.25:
            return {"force": True}
        if chance < 0.32:
            return {"strictPeerDeps": True}
        if chance < 0.37:
            return {"legacyPeerDeps": True}
        if chance < 0.43:
            return {"preferDedupe": True}
        return {}

    def _range(self) -> str:
        return self.random.choice(RANGES)

    def _now(self, chance: float) -> bool:
        return self.random.random() < chance


def main() -> None:
    first, count, folder = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "universe.jsonl").open("w") as universe, (folder / "roots.jsonl").open("w") as roots:
        for seed in range(first, first + count):
            inventor = Inventor(seed)
            universe.writelines(json.dumps(each, separators=(",", ":")) + "\n" for each in inventor.documents())
            roots.writelines(json.dumps(each, separators=(",", ":")) + "\n" for each in inventor.roots(4))


if __name__ == "__main__":
    main()
