"""A database with very many made-up crates that are published here, written without a server."""

import asyncio
import hashlib
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec import Struct

from benchmarks.search import Corpus
from packhouse.adapters.sql.store import SqlStore
from packhouse.domain.accounts import Ownership
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.ecosystems.cargo.crate_document import crate_path
from packhouse.ecosystems.cargo.hosted import EMPTY, add_line
from packhouse.ecosystems.cargo.hosted_summary import summarize_hosted
from packhouse.services.account_ports import HostedChange
from packhouse.services.ports import IndexState, StoredFurther

HUB = "hub"
"""Every third crate depends on it."""
ORIGIN = "hosted:default"
NOW = Moment(1_795_000_000_000)
_DAY_MS = 86_400_000
_AT_ONCE = 500
_EVERY = 3
_CATEGORIES = ("algorithms", "network-programming", "command-line-utilities", "parsing", "web-programming::http-client")


class Crate(Struct, frozen=True):
    """A made-up crate of one release."""

    name: str
    description: str
    keywords: tuple[str, ...]
    requires: tuple[str, ...]
    days_old: int
    downloads: int


def make_crates(count: int, seed: int = 11) -> Iterator[Crate]:
    """Make crates whose words, dependencies and downloads are as uneven as real ones are."""
    chance = random.Random(seed)
    yield Crate(HUB, "What everything stands on", ("core",), (), 4_000, 9_000_000)
    names = [HUB]
    for number, summary in enumerate(Corpus(seed).packages(count - 1)):
        name = summary.key.name.replace("@", "").replace("/", "_")[:64]
        if name in names[-1:] or not name[0].isalpha():
            name = f"c{number}-{name}"[:64]
        # The square of a chance: a few crates are wanted by very many.
        needed = {names[int(chance.random() ** 2 * len(names))] for _ in range(chance.randint(0, 6))}
        if number % _EVERY == 0:
            needed.add(HUB)
        downloads = int(10 ** (chance.random() * 6))
        keywords = tuple(word for word in summary.keywords if word.isascii())[:5]
        yield Crate(name, summary.description, keywords, tuple(sorted(needed)), chance.randint(0, 3_000), downloads)
        names.append(name)


async def fill(path: Path, count: int) -> None:
    """Write the crates and how often they were downloaded."""
    store = SqlStore.open(path)
    waiting: list[Crate] = []
    seen: set[str] = set()
    for crate in make_crates(count):
        if crate.name in seen:
            continue
        seen.add(crate.name)
        waiting.append(crate)
        if len(waiting) == _AT_ONCE:
            await _write(store, waiting)
            waiting = []
    await _write(store, waiting)
    # A server would do it in its first minute.
    await store.age_downloads(datetime.now(UTC).date().isoformat())
    store.close()


async def _write(store: SqlStore, crates: list[Crate]) -> None:
    await asyncio.gather(*(store.commit(_change(crate)) for crate in crates))
    day = datetime.fromtimestamp(NOW / 1000, UTC).date().isoformat()
    await store.add_downloads(day, {("default", _key(each.name), "1.0.0"): each.downloads for each in crates})


def _key(name: str) -> PackageKey:
    return PackageKey("cargo", NormalName(name))


def _change(crate: Crate) -> HostedChange:
    key, at = _key(crate.name), Moment(NOW - crate.days_old * _DAY_MS)
    line = {
        "name": crate.name,
        "vers": "1.0.0",
        "deps": [_dependency(name) for name in crate.requires],
        "cksum": hashlib.sha256(crate.name.encode()).hexdigest(),
        "features": {},
        "yanked": False,
        "pubtime": f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}",
    }
    index = add_line(key, EMPTY, json.dumps(line).encode())
    document = json.dumps(_document(crate, line["pubtime"])).encode()
    owned = Ownership(("gardener",), revision=1)
    stored = StoredFurther(document, "application/json", None, None, at, at)
    return HostedChange(
        state=IndexState(ORIGIN, key, 0, index.digest, at, at),
        expected=0,
        index=index,
        summary=summarize_hosted(key, index, document, owned),
        ownership=owned,
        claims=("1.0.0",),
        further=((FurtherKey(key, crate_path(key.name)), stored),),
    )


def _dependency(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "req": "^1.0",
        "features": [],
        "optional": False,
        "default_features": True,
        "target": None,
        "kind": "normal",
    }


def _document(crate: Crate, at: object) -> dict[str, Any]:
    category = _CATEGORIES[len(crate.name) % len(_CATEGORIES)]
    about = {"description": crate.description, "homepage": f"https://home.example/{crate.name}"}
    release = {"id": 1, "crate": crate.name, "num": "1.0.0", "created_at": at, "updated_at": at, "license": "MIT"}
    return {
        "crate": {
            "id": crate.name,
            "name": crate.name,
            "created_at": at,
            "updated_at": at,
            "keywords": list(crate.keywords),
            "categories": [category],
            "versions": [1],
            **about,
        },
        "versions": [release | about | {"yanked": False, "downloads": 0, "features": {}}],
        "keywords": [{"id": each, "keyword": each} for each in crate.keywords],
        "categories": [{"id": category, "slug": category}],
    }
