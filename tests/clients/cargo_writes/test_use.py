"""`packhouse use cargo` in front of an open and of a closed server, with the real cargo."""

import subprocess
import sys

import pytest

from tests.clients.cargo_writes.conftest import By
from tests.clients.cargo_writes.registry import CrateRegistry

pytestmark = pytest.mark.client
CHOSEN = '[registry]\nglobal-credential-providers = ["cargo:token"]\n'


@pytest.mark.parametrize("before", ["", CHOSEN, "[build]\njobs = 2 # mine\n"])
def test_whoever_uses_the_server_installs_from_it_be_it_closed(by: By, registry: CrateRegistry, before: str) -> None:
    bob = by("bob", signed_in=False)
    settings = bob.home / "config.toml"
    settings.write_text(before)
    port = registry.url.split(":")[2].partition("/")[0]
    use = [sys.executable, "-m", "packhouse", "use", "cargo", "--port", port]
    environ = {"CARGO_HOME": str(bob.home), "HOME": str(bob.home), "PATH": "/usr/bin:/bin", "NO_PROXY": "127.0.0.1"}
    done = subprocess.run(use, check=True, env=environ, capture_output=True, cwd=bob.home, text=True)
    closed = registry.send("GET", "index/config.json").status == 401
    assert ("cargo login --registry packhouse" in done.stdout) == closed
    assert ("credential-provider =" in settings.read_text()) == (closed and before != CHOSEN)
    mill = bob.program("mill", '[dependencies]\nplum = "1"')
    if closed:
        assert bob.run(mill, "generate-lockfile").code != 0
        bob.must(mill, "login", "--registry", "packhouse", typed=f"{registry.tokens['bob']}\n")
    bob.must(mill, "generate-lockfile")
    assert bob.locked(mill) == {"plum": "1.2.3"}
    subprocess.run([*use[:5], "--undo"], check=True, env=environ, capture_output=True, cwd=bob.home)
    assert settings.read_text() == before
