"""Ask npm and uv anew and write down what they say.

Usage: python -m tests.agreement.as_of.record COUNT
"""

import json
import lzma
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

from tests.agreement.as_of.client import ask, version_of_npm
from tests.agreement.as_of.worlds import Kind, make, serving
from tests.agreement.pypi import client as python_clients

RECORDED = Path(__file__).parent / "recorded.json.xz"


def main(count: int) -> None:
    """Record answers about worlds of both kinds."""
    kinds: tuple[Kind, ...] = get_args(Kind)
    worlds = [make(kind, seed) for kind in kinds for seed in range(count)]
    with tempfile.TemporaryDirectory() as folder, serving(worlds) as address:
        answers = [
            {
                "kind": world.kind,
                "seed": seed % count,
                "answer": ask(world, address, Path(folder) / world.kind / str(seed)),
            }
            for seed, world in enumerate(worlds)
        ]
    clients = {"npm": version_of_npm(), "uv": python_clients.versions()["uv"]}
    told = {"clients": clients, "date": datetime.now(UTC).date().isoformat(), "answers": answers}
    RECORDED.write_bytes(lzma.compress(json.dumps(told).encode(), preset=9))


if __name__ == "__main__":
    main(int(sys.argv[1]))
