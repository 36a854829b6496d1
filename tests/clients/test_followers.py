"""The programs that follow a registry's changes, as they come from npm, against the feeds."""

import asyncio
import json
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn

from packhouse.http.protocol import protocol_for
from packhouse.http.ready import Ready
from tests.assembled import Assembled
from tests.clients.programs import _KEPT, _fetch
from tests.ecosystems.npm.test_publishing import document, publish, server

COMMON = """
const [library, registry, token, change, hidden] = process.argv.slice(1)
const follower = require(library)
const send = (name, body) => fetch(registry + name, {
  method: 'PUT', body, headers: { authorization: 'Bearer ' + token, 'content-type': 'application/json' },
})
const publish = async () => { await send('@farm%2fhidden', hidden); await send('plum', change) }
const seen = []
const take = each => {
  seen.push([each.id, each.seq, each.doc ? Object.keys(each.doc.versions) : null])
  if (seen.length === 2) publish()
  return seen.length === 3
}
const done = told => { console.log(JSON.stringify(told || seen)); process.exit(0) }
"""

SCRIPTS = {
    "changes-stream": """
const changes = new follower({ db: registry, since: 0, include_docs: true, heartbeat: 1000 })
changes.on('data', each => take(each) && done())
""",
    "concurrent-couch-follower": """
follower((each, next) => { next(); take(each) && done() }, {
  db: registry, since: 0, concurrency: 1, heartbeat: 1000, sequence: (seq, saved) => setImmediate(saved),
})
""",
    "follow": """
const feed = new follower.Feed({ db: registry.slice(0, -1), since: 0, include_docs: true, heartbeat: 2000 })
feed.on('change', each => take(each) && done())
feed.on('error', error => { console.error(error); process.exit(1) })
feed.follow()
""",
    "nano": """
const { origin } = new URL(registry)
const reader = follower(origin).use('npm').changesReader.start({ since: 0, includeDocs: true, batchSize: 1 })
reader.on('change', each => take(each) && done())
reader.on('error', error => { console.error(error); process.exit(1) })
""",
}

LISTS = """
const { origin } = new URL(registry)
const db = follower(origin).use('npm')
const spooled = new Promise(resolve => {
  const batches = []
  const spool = db.changesReader.spool({ since: 0 })
  spool.on('batch', batch => batches.push(...batch)).on('end', seq => resolve([batches, seq]))
})
const main = async () => ({
  info: await db.info(),
  all: await db.list(),
  last: await db.list({ descending: true, limit: 1 }),
  documents: await db.list({ include_docs: true, startkey: 'pear', endkey: 'pear\\ufff0' }),
  fetched: await db.fetch({ keys: ['pear', 'nothing'] }),
  changes: await db.changes({ since: 0 }),
  refused: await db.changes({ since: 'x' }).catch(error => [error.statusCode, error.error, error.reason]),
  spooled: await spooled,
})
main().then(done, error => { console.error(error); process.exit(1) })
"""


@contextmanager
def serving(ours: Assembled) -> Iterator[str]:
    """Put a server in memory on the loopback interface, and give its address."""
    config = uvicorn.Config(
        ours._site, http=protocol_for(Ready(0)), lifespan="off", log_config=None, access_log=False, ws="none"
    )
    running = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/npm/"
        finally:
            running.should_exit = True
            thread.join(20)
            assert not thread.is_alive(), "a feed keeps the server from stopping"


async def farm() -> tuple[Assembled, str]:
    """Publish two packages; give the token of whoever did."""
    ours = server()
    ada = await ours.token("ada")
    await publish(ours, ada, "pear", "1.0.0")
    await publish(ours, ada, "fig", "1.0.0")
    return ours, ada


def follow(name: str, script: str) -> Any:  # noqa: ANN401 (any JSON)
    """Run a program until it has seen what it waits for."""
    library = _KEPT / name / "node_modules" / name
    if not library.exists():
        _fetch(name, name)
    ours, ada = asyncio.run(farm())
    hidden = document("@farm/hidden", "1.0.0", access="restricted")
    with serving(ours) as registry:
        told = [str(library), registry, ada, json.dumps(document("plum", "1.0.0")), json.dumps(hidden)]
        command = ["node", "--no-deprecation", "-e", COMMON + script, *told]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_follower_is_told_of_each_change_once_and_of_the_next_as_it_comes(name: str) -> None:
    seen = follow(name, SCRIPTS[name])
    assert [each[0] for each in seen] == ["pear", "fig", "plum"]
    numbers = [each[1] for each in seen]
    assert numbers == sorted(numbers)
    assert [each[2] for each in seen] == [["1.0.0"]] * 3


def test_a_client_of_couchdb_reads_the_lists() -> None:
    told = follow("nano", LISTS)
    assert told["info"]["db_name"] == "registry"
    assert [row["id"] for row in told["all"]["rows"]] == ["fig", "pear"]
    assert [row["id"] for row in told["last"]["rows"]] == ["pear"]
    assert [row["doc"]["name"] for row in told["documents"]["rows"]] == ["pear"]
    assert [row.get("error", row.get("id")) for row in told["fetched"]["rows"]] == ["pear", "not_found"]
    assert [row["id"] for row in told["changes"]["results"]] == ["pear", "fig"]
    assert told["changes"]["last_seq"] == told["info"]["update_seq"]
    assert told["changes"]["pending"] == 0
    assert told["refused"] == [400, "bad_request", "Malformed sequence supplied in 'since' parameter."]
    batches, last = told["spooled"]
    assert [each["id"] for each in batches] == ["pear", "fig"]
    assert last == told["changes"]["last_seq"]
