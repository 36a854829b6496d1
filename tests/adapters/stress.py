"""Writes without end and says what was acknowledged; `test_crash.py` kills it.

Usage: stress.py FOLDER SEED. A line is printed only after the store has acknowledged what it names.
"""

import asyncio
import random
import sys
from pathlib import Path

from packhouse.adapters.blobs.disk import DiskBlobs
from packhouse.adapters.sql.store import SqlStore
from packhouse.domain.package import Moment
from packhouse.services.ports import Rendered, StoredArtifact
from tests.ports.samples import ORIGIN, event, index, key, record, state, summary


def content(name: str) -> bytes:
    """Make the bytes of a file of its name alone."""
    source = random.Random(name)
    return source.randbytes(source.choice([10, 5_000, 300_000]))


def body(name: str) -> bytes:
    """Make the bytes of an answer of its name alone."""
    return random.Random(name).randbytes(3_000)


async def write_documents(store: SqlStore, seed: str) -> None:
    """Write documents, their records and answers."""
    for number in range(1_000_000):
        name = f"{seed}-{number}"
        events = [event("package_seen", name)]
        known = await store.write_index(state(name), index(name, 1 + number % 40), events, summary(name))
        _say("index", name, str(1 + number % 40))
        await store.write_record(ORIGIN, known.generation, record(name))
        _say("record", name)
        await store.write_rendered(
            ORIGIN, key(name), known.generation, "v", Rendered(body(name), "gzip", '"e"', Moment(1))
        )
        _say("rendered", name)


async def write_files(store: SqlStore, blobs: DiskBlobs, seed: str) -> None:
    """Write blobs and say which files they are."""
    for number in range(1_000_000):
        name = f"{seed}-{number}.tgz"
        whole = content(name)
        writer = await blobs.writer()
        for start in range(0, len(whole), 65536):
            await writer.write(whole[start : start + 65536])
            await asyncio.sleep(0)
        await writer.finish()
        blob = await writer.commit()
        _say("blob", name, blob.value)
        stored = StoredArtifact(name, "1.0.0", blob, writer.size_bytes, writer.digests, Moment(1))
        await store.write_artifact(ORIGIN, key(seed), stored)
        _say("artifact", name, blob.value)


async def main(folder: Path, seed: str) -> None:
    """Write from several sides at once."""
    store = SqlStore.open(folder / "packhouse.sqlite3")
    blobs = DiskBlobs(folder / "blobs", durable=False)
    _say("ready", seed)
    await asyncio.gather(
        write_documents(store, f"{seed}a"),
        write_documents(store, f"{seed}b"),
        write_files(store, blobs, f"{seed}c"),
        write_files(store, blobs, f"{seed}d"),
    )


def _say(*words: str) -> None:
    sys.stdout.write(" ".join(words) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
