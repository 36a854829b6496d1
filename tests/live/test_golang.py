"""A real program with more than fifty modules, built through the server from nothing and then without the upstream."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.server import serving

pytestmark = [pytest.mark.live, pytest.mark.client, pytest.mark.timeout(1200)]

PROGRAM = """package main

import (
	"fmt"

	"github.com/gin-gonic/gin"
	"github.com/spf13/viper"
)

func main() { fmt.Println(gin.Version, viper.New()) }
"""


def _build(folder: Path, url: str, build_cache: Path, *lock: Path) -> list[str]:
    """Build in an empty module cache; return the modules."""
    folder.mkdir()
    (folder / "go.mod").write_text("module work.example/me\n\ngo 1.21\n")
    (folder / "main.go").write_text(PROGRAM)
    for file in lock:
        shutil.copy(file, folder)
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GO")} | {
        "GOPROXY": url,
        "GOSUMDB": "off",
        "GOTOOLCHAIN": "local",
        "GOENV": "off",
        "GOFLAGS": "-mod=mod -modcacherw",
        "GOMODCACHE": str(build_cache.parent / f"{folder.name}-modules"),
        "GOCACHE": str(build_cache),
    }
    commands = [["build", "-o", "program", "."], ["list", "-m", "all"]]
    if not lock:
        commands.insert(0, ["mod", "tidy"])
    said = ""
    for command in commands:
        done = subprocess.run(["go", *command], cwd=folder, env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        said = done.stdout
    return said.splitlines()


@pytest.mark.skipif(shutil.which("go") is None, reason="go is not installed")
def test_a_program_with_many_modules_is_built_from_nothing_and_again_without_the_upstream(tmp_path: Path) -> None:
    settings = tmp_path / "packhouse.toml"
    settings.write_text('data = "data"\n')
    with serving(settings) as (_, port):
        modules = _build(tmp_path / "first", f"http://127.0.0.1:{port}/go", tmp_path / "build")
        assert len(modules) > 50
    command = [sys.executable, "-m", "packhouse", "upstream", "off", "golang", "--config", str(settings)]
    subprocess.run(command, check=True, capture_output=True)
    lock = [tmp_path / "first" / "go.mod", tmp_path / "first" / "go.sum"]
    with serving(settings) as (_, port):
        assert _build(tmp_path / "second", f"http://127.0.0.1:{port}/go", tmp_path / "build", *lock) == modules
