"""`packhouse use go`: the line GOPROXY of go's own file."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from packhouse.domain.errors import ConfigError
from packhouse.ecosystems.golang.client import current, undo, use

URL = "http://127.0.0.1:7225/go/"
ADDRESS = "http://127.0.0.1:7225/go"


@pytest.fixture
def env(tmp_path: Path) -> Path:
    """Make the folder of go's file."""
    path = tmp_path / "mine" / "go.env"
    path.parent.mkdir()
    return path


@pytest.mark.parametrize(
    "before",
    [
        None,
        "",
        "GOPRIVATE=x\n",
        "GOPROXY=https://other.example,direct\nGOFLAGS=-v\n",
        "# mine\nGOPROXY=https://first.example\nGOPROXY=https://other.example\n\nGOFLAGS=-v",
        "GOPROXY=\r\nGOFLAGS=-v\r\n",
        " GOPROXY=not a line of it\n#GOPROXY=neither\n",
    ],
)
def test_undo_restores_the_file_to_the_byte(env: Path, before: str | None) -> None:
    if before is not None:
        env.write_bytes(before.encode())
    environ = {"GOENV": str(env)}
    assert ADDRESS in use(URL, env.parent, environ)
    assert current(env.parent, environ) == ADDRESS
    use("http://127.0.0.1:7226/go", env.parent, environ)
    assert current(env.parent, environ) == "http://127.0.0.1:7226/go"
    written = env.read_text()
    assert all(line in written for line in (before or "").splitlines() if not line.startswith("GOPROXY="))
    undo(env.parent, environ)
    assert (env.read_bytes().decode() if env.exists() else None) == before
    assert "nothing to undo" in undo(env.parent, environ)
    assert [path.name for path in env.parent.iterdir()] == ([] if before is None else [env.name])


def test_a_last_line_without_an_end_gets_one(env: Path) -> None:
    env.write_text("GOFLAGS=-v")
    use(URL, env.parent, {"GOENV": str(env)})
    assert env.read_text() == f"GOFLAGS=-v\nGOPROXY={ADDRESS}\n"


def test_what_was_written_meanwhile_stays(env: Path) -> None:
    environ = {"GOENV": str(env)}
    use(URL, env.parent, environ)
    env.write_text(env.read_text() + "GOFLAGS=-v\n")
    undo(env.parent, environ)
    assert env.read_text() == "GOFLAGS=-v\n"
    use(URL, env.parent, environ)
    env.write_text("GOPROXY=https://mine.example\n")
    undo(env.parent, environ)
    assert env.read_text() == "GOPROXY=https://mine.example\n"


def test_the_sentence_names_what_counts_more_or_goes_past_us(env: Path) -> None:
    env.write_text("GOPRIVATE=corp.example/*\nGONOPROXY=\n")
    said = use(URL, env.parent, {"GOENV": str(env), "GOPROXY": "x"})
    assert "variable GOPROXY" in said
    assert "GOPRIVATE" in said
    assert "GONOPROXY" not in said
    assert "GOPRIVATE" not in use(URL, env.parent, {"GOENV": str(env), "GONOPROXY": "none"})
    assert current(env.parent, {"GOENV": str(env), "GOPROXY": "https://a.example|direct"}) == "https://a.example"


def test_a_file_that_is_switched_off_or_damaged_is_left_alone(env: Path) -> None:
    with pytest.raises(ConfigError):
        use(URL, env.parent, {"GOENV": "off"})
    env.write_bytes(b"GOPROXY=\xff\n")
    with pytest.raises(ConfigError):
        use(URL, env.parent, {"GOENV": str(env)})
    assert env.read_bytes() == b"GOPROXY=\xff\n"
    env.write_text("")
    env.with_name("go.env.before-packhouse").write_text("{")
    with pytest.raises(ConfigError):
        undo(env.parent, {"GOENV": str(env)})


def test_a_link_stays_a_link_and_the_mode_stays(env: Path, tmp_path: Path) -> None:
    real = tmp_path / "dotfiles"
    real.write_text("GOFLAGS=-v\n")
    real.chmod(0o640)
    env.symlink_to(real)
    use(URL, env.parent, {"GOENV": str(env)})
    assert env.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(sys.platform != "linux", reason="go keeps its file elsewhere")
@pytest.mark.parametrize("xdg", [False, True])
def test_the_go_command_reads_what_is_written(tmp_path: Path, xdg: bool) -> None:  # noqa: FBT001 (a case)
    go = shutil.which("go")
    if go is None:
        pytest.skip("go is not installed")
    environ = {"XDG_CONFIG_HOME": str(tmp_path / "settings")} if xdg else {}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GO", "XDG"))}

    def said() -> str:
        whole = kept | {"HOME": str(tmp_path)} | environ
        return subprocess.run(
            [go, "env", "GOPROXY"], env=whole, capture_output=True, text=True, check=True
        ).stdout.strip()

    default = said()
    use(URL, tmp_path, environ)
    assert said() == ADDRESS
    undo(tmp_path, environ)
    assert said() == default
