"""npm as a stop watch sees it: with a home of its own, and no settings but ours."""

import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.rig.servers import LOAD_CORE


def environ(home: Path) -> dict[str, str]:
    """Make the environment of an npm that knows nothing yet."""
    inherited = ("PATH", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "HTTPS_PROXY", "https_proxy")
    return {
        **{name: os.environ[name] for name in inherited if name in os.environ},
        "HOME": str(home),
        "NO_PROXY": "127.0.0.1",
        "npm_config_cache": str(home / "npm-cache"),
        "npm_config_audit": "false",
        "npm_config_fund": "false",
        "npm_config_update_notifier": "false",
    }


def timed(folder: Path, registry: str, *arguments: str) -> float:
    """Run npm in a folder, and return how many seconds it took."""
    command = ["taskset", "-c", LOAD_CORE, "npm", *arguments, f"--registry={registry}"]
    begun = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environ(folder), check=False, capture_output=True, text=True)
    seconds = time.perf_counter() - begun
    if done.returncode:
        sys.exit(f"npm failed:\n{done.stderr}")
    return seconds


def make_project(folder: Path, dependencies: str = "{}") -> Path:
    """Make a folder that asks for some packages."""
    folder.mkdir(parents=True)
    manifest = f'{{"name": "orchard", "version": "1.0.0", "private": true, "dependencies": {dependencies}}}'
    (folder / "package.json").write_text(manifest)
    return folder
