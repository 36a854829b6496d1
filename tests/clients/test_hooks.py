"""libnpmhook, which `npm hook` was made of, against the door of hooks."""

import asyncio
import json
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from packhouse.adapters.delivery.allowance import Allowance
from packhouse.adapters.delivery.poster import HttpPoster
from tests.clients.programs import _KEPT, _fetch
from tests.ecosystems.npm.hooking import ENDPOINT, Hooked

SCRIPT = """
const hooks = require(process.argv[1])
const opts = JSON.parse(process.argv[2])
const failed = promise => promise.then(() => 'none', error => error.code)
const main = async () => {
  const made = await hooks.add('@acme/pad', opts.endpoint, 'sesame', opts)
  const scope = await hooks.add('@acme', opts.endpoint, 'sesame', opts)
  const owner = await hooks.add('~ada', opts.endpoint, 'sesame', opts)
  const updated = await hooks.update(made.id, 'https://other.example/', 'open', opts)
  const streamed = []
  for await (const each of hooks.ls.stream({ ...opts, limit: 2, offset: 1 })) streamed.push(each)
  return {
    made, scope, owner, updated, streamed,
    found: await hooks.find(made.id, opts),
    all: await hooks.ls(opts),
    one: await hooks.ls({ ...opts, package: '@acme/pad' }),
    removed: await hooks.rm(made.id, opts),
    again: await hooks.rm(made.id, opts),
    missing: await failed(hooks.find(made.id, opts)),
    refused: await failed(hooks.add('pad', 'http://user:secret@ci.example/', 'x', opts)),
    inner: await failed(hooks.add('pad', 'http://169.254.169.254/latest/meta-data/', 'x', opts)),
    nobody: await failed(hooks.ls({ ...opts, forceAuth: { token: 'npm_0' } })),
  }
}
main().then(told => console.log(JSON.stringify(told)))
"""


@contextmanager
def serving(hooked: Hooked) -> Iterator[str]:
    """Put a server in memory on the loopback interface, and give its address."""
    config = uvicorn.Config(hooked.server._site, lifespan="off", log_config=None, access_log=False)
    running = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/npm/"
        finally:
            running.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Let the library do everything that it can do, and give what it was told."""
    library = _KEPT / "libnpmhook" / "node_modules" / "libnpmhook"
    if not library.exists():
        _fetch("libnpmhook", "libnpmhook@11")
    hooked = Hooked(sender=HttpPoster(Allowance(), "packhouse-test", environ={}))
    token = asyncio.run(hooked.server.token("ada"))
    with serving(hooked) as registry:
        options = {"registry": registry, "endpoint": ENDPOINT, "forceAuth": {"token": token}, "fetchRetries": 0}
        options["cache"] = str(tmp_path_factory.mktemp("cache"))
        command = ["node", "-e", SCRIPT, str(library), json.dumps(options)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=Path(library))
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_hooks_of_every_kind_are_made(told: dict[str, Any]) -> None:
    kinds = [(told[each]["type"], told[each]["name"]) for each in ("made", "scope", "owner")]
    assert kinds == [("package", "@acme/pad"), ("scope", "@acme"), ("owner", "ada")]
    assert told["made"]["username"] == "ada"
    assert told["made"]["status"] == "active"


def test_a_hook_is_changed_found_and_listed(told: dict[str, Any]) -> None:
    assert (told["updated"]["endpoint"], told["updated"]["secret"]) == ("https://other.example/", "open")
    assert told["found"] == told["updated"]
    assert {each["id"] for each in told["all"]} == {told[each]["id"] for each in ("made", "scope", "owner")}
    assert told["one"] == [told["updated"]]
    assert told["streamed"] == told["all"][1:3]


def test_a_hook_is_removed_once(told: dict[str, Any]) -> None:
    assert told["removed"] == told["updated"] | {"deleted": True}
    assert told["again"] is None
    assert told["missing"] == "E404"


def test_what_is_refused_has_its_code(told: dict[str, Any]) -> None:
    assert told["nobody"] == "E401"
    assert (told["refused"], told["inner"]) == ("E400", "E400")
