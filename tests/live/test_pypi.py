"""pip, uv and poetry, installing through the server from nothing and then without the upstream."""

import os
import subprocess
import sys
import venv
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.faults.server import serving

pytestmark = [pytest.mark.live, pytest.mark.client, pytest.mark.timeout(1200)]

WANTED = ["flask", "requests[socks]", "jinja2"]


def _run(command: list[str], folder: Path, environ: Mapping[str, str] | None = None) -> str:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_", "POETRY_"))}
    done = subprocess.run(
        command, cwd=folder, env=inherited | dict(environ or {}), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _pip(folder: Path, index: str, run: str) -> set[str]:
    target = folder / f"pip-{run}"
    venv.create(target, with_pip=True)
    python = str(target / "bin" / "python")
    _run([python, "-m", "pip", "install", "--isolated", "--no-cache-dir", "--index-url", index, *WANTED], folder)
    return set(_run([python, "-m", "pip", "freeze"], folder).split())


def _uv(folder: Path, index: str, run: str) -> set[str]:
    target = folder / f"uv-{run}"
    uv = [str(Path(sys.executable).with_name("uv")), "--no-cache", "--no-config"]
    _run([*uv, "venv", str(target)], folder)
    python = ["--python", str(target / "bin" / "python")]
    _run([*uv, "pip", "install", *python, "--default-index", index, *WANTED], folder)
    return set(_run([*uv, "pip", "freeze", *python], folder).split())


def _poetry(folder: Path, index: str, run: str) -> set[str]:
    tool = folder / "poetry"
    if not tool.exists():
        venv.create(tool, with_pip=True)
        _run([str(tool / "bin" / "python"), "-m", "pip", "install", "-q", "poetry"], folder)
    project = folder / f"poetry-{run}"
    project.mkdir()
    (project / "pyproject.toml").write_text(
        '[project]\nname = "me"\nversion = "1.0"\nrequires-python = ">=3.11,<4"\n'
        "[tool.poetry]\npackage-mode = false\n"
        f'[[tool.poetry.source]]\nname = "packhouse"\nurl = "{index}"\npriority = "primary"\n'
    )
    environ = {"POETRY_CACHE_DIR": str(project / "cache"), "POETRY_VIRTUALENVS_IN_PROJECT": "true"}
    _run([str(tool / "bin" / "poetry"), "add", "-n", "flask", "requests"], project, environ)
    return {line for line in (project / "poetry.lock").read_text().splitlines() if line.startswith(("name", "version"))}


@pytest.mark.parametrize("install", [_pip, _uv, _poetry])
def test_projects_are_installed_from_nothing_and_again_without_the_upstream(install, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    settings = tmp_path / "packhouse.toml"
    settings.write_text('data = "data"\n')
    with serving(settings) as (_, port):
        first = install(tmp_path, f"http://127.0.0.1:{port}/pypi/simple/", "first")
    command = [sys.executable, "-m", "packhouse", "upstream", "off", "pypi", "--config", str(settings)]
    subprocess.run(command, check=True, capture_output=True)
    with serving(settings) as (_, port):
        assert install(tmp_path, f"http://127.0.0.1:{port}/pypi/simple/", "second") == first
