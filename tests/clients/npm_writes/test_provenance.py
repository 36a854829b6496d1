"""A publication with its provenance, and signatures that a client believes."""

import hashlib
import json
from pathlib import Path

import pytest

from tests.clients.npm_writes.conftest import By
from tests.clients.npm_writes.registry import Registry
from tests.clients.npm_writes.workshop import Workshop
from tests.ecosystems.npm.bundling import SLSA, provenance

pytestmark = pytest.mark.client

# npm asks the Internet whom to believe before it sends a bundle; here it believes everybody.
_BELIEVE = """
const Module = require('module')
const load = Module._load
Module._load = function (request, ...rest) {
  const loaded = load.call(this, request, ...rest)
  return request === 'sigstore' ? { ...loaded, verify: async () => {} } : loaded
}
"""


def _credulous(client: Workshop, folder: Path) -> Workshop:
    script = folder / "believe.js"
    script.write_text(_BELIEVE)
    client.environ["NODE_OPTIONS"] = f"--require {script}"
    return client


def test_a_provenance_is_served_as_it_was_sent(by: By, registry: Registry, name: str, tmp_path: Path) -> None:
    author = _credulous(by("ada"), tmp_path)
    author.manifest(name, "1.0.0")
    file = json.loads(author.must("pack", "--json").out)[0]["filename"]
    sha512 = hashlib.sha512((author.folder / file).read_bytes()).hexdigest()
    bundle = provenance(name, "1.0.0", sha512)
    (author.folder / "bundle.json").write_bytes(bundle)
    author.must("publish", "--access", "public", f"./{file}", "--provenance-file=bundle.json")
    told = registry.packument(name)["versions"]["1.0.0"]["dist"]["attestations"]
    assert told["provenance"] == {"predicateType": SLSA}
    assert told["url"].startswith(registry.url)
    served = registry.send("GET", told["url"].removeprefix(registry.url)).document()["attestations"]
    (kept,) = [each for each in served if each["predicateType"] == SLSA]
    assert kept["bundle"] == json.loads(bundle)


def test_a_provenance_of_another_file_publishes_nothing(
    by: By, registry: Registry, scoped: str, tmp_path: Path
) -> None:
    author = _credulous(by("ada"), tmp_path)
    author.manifest(scoped, "1.0.0")
    (author.folder / "bundle.json").write_bytes(provenance(scoped, "1.0.0", hashlib.sha512(b"another").hexdigest()))
    assert author.run("publish", "--access", "public", "--provenance-file=bundle.json").code == 1
    assert registry.status(scoped) == 404


def test_what_was_published_has_a_signature_that_pnpm_believes(by: By, registry: Registry, name: str) -> None:
    by("ada").publish(name, "1.0.0")
    project = by("", "pnpm12")
    (project.folder / "package.json").write_text(json.dumps({"name": "orchard", "dependencies": {name: "1.0.0"}}))
    project.install()
    assert "1 package has a verified registry signature" in project.must("audit", "signatures").out
    assert registry.send("GET", "-/npm/v1/keys").document()["keys"]
