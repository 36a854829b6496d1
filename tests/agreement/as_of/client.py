"""What npm and uv answer as of a moment."""

import json
import os
import subprocess
from pathlib import Path

from tests.agreement.as_of.worlds import World
from tests.agreement.pypi import client as python_clients

FAILED = "it failed"


def ask(world: World, address: str, folder: Path) -> list[str]:
    """List what would be installed, each as `place version`, or that it failed."""
    folder.mkdir(parents=True, exist_ok=True)
    return _ask_npm(world, f"{address}/npm/", folder) if world.kind == "npm" else _ask_uv(world, address, folder)


def version_of_npm() -> str:
    """Ask npm for its version."""
    return subprocess.run(["npm", "--version"], capture_output=True, text=True, check=True).stdout.strip()


def requirements(world: World) -> list[str]:
    """Write what is asked as lines of requirements.txt."""
    return [f"{name}{wanted}" for name, wanted in world.asked.items()]


def _ask_npm(world: World, registry: str, folder: Path) -> list[str]:
    (folder / "package.json").write_text(json.dumps({"name": "project", "dependencies": world.asked}))
    command = ["npm", "install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund"]
    command += ["--before", world.moment, "--registry", registry, "--cache", str(folder.parent / "cache")]
    kept = {name: value for name, value in os.environ.items() if not name.lower().startswith("npm_config")}
    settings = {"NPM_CONFIG_USERCONFIG": os.devnull, "NPM_CONFIG_UPDATE_NOTIFIER": "false", "HOME": str(folder)}
    run = subprocess.run(
        command, cwd=folder, env=kept | settings, capture_output=True, text=True, check=False, timeout=100
    )
    if run.returncode:
        # Everything else that fails is no answer.
        assert "ETARGET" in run.stderr or "ENOVERSIONS" in run.stderr, run.stderr
        return [FAILED]
    packages = json.loads((folder / "package-lock.json").read_text())["packages"]
    return sorted(f"{path} {entry['version']}" for path, entry in packages.items() if path)


def _ask_uv(world: World, address: str, folder: Path) -> list[str]:
    answer = python_clients.ask("uv", requirements(world), address, folder, newest=world.moment)
    if answer.error:
        assert "unsatisfiable" in answer.error, answer.error
        return [FAILED]
    return sorted(each.replace("==", " ") for each in answer.chosen)
