"""What a server of ours answers through its dated view."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from tests.agreement.as_of.client import FAILED, requirements
from tests.agreement.as_of.worlds import World
from tests.faults.server import serving


@contextmanager
def server_of(upstream: str, folder: Path) -> Iterator[int]:
    """Run a server over an upstream; give its port."""
    settings = folder / "packhouse.toml"
    settings.write_text(
        f'data = "data"\n[upstreams.npm]\nurl = "{upstream}/npm"\n[upstreams.pypi]\nurl = "{upstream}"\n'
    )
    with serving(settings) as (_, port):
        yield port


def ask(world: World, port: int) -> list[str]:
    """List what would be installed, each as `place version`, or that it failed."""
    question: dict[str, object] = {"registry": world.kind}
    if world.kind == "npm":
        question["files"] = {"package.json": json.dumps({"name": "project", "dependencies": world.asked})}
    else:
        question["files"] = {"requirements.txt": "".join(f"{line}\n" for line in requirements(world))}
        question["environment"] = {"client": "uv"}
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(
        "POST", f"/@{world.moment}/packages/v1/resolve", json.dumps(question), {"Content-Type": "application/json"}
    )
    answer = json.load(connection.getresponse())
    connection.close()
    if answer["error"] or any(node["errors"] for node in answer["nodes"]):
        return [FAILED]
    return sorted(f"{node['path'] or node['package']} {node['version']}" for node in answer["nodes"][1:])
