"""The reference pages are complete and current."""

import subprocess
import sys
from pathlib import Path

import pytest

from packhouse.cli.main import build_app
from packhouse.config.settings import SETTINGS, UPSTREAM_SETTINGS
from tests.architecture.source import REPOSITORY

REFERENCE = REPOSITORY / "docs" / "reference"


@pytest.mark.parametrize("page", ["settings.md", "cli.md", "network.md", "ecosystems.md"])
def test_a_generated_page_is_current(page: str) -> None:
    options = ["-P", "-I", str(REPOSITORY / "tools"), "--check", "--diff"]
    # Not `python -m cogapp`: the pages show commands, and cyclopts takes `-m` for a part of them.
    command = [str(Path(sys.executable).with_name("cog")), *options, str(REFERENCE / page)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.returncode == 0, f"{made.stdout}{made.stderr}\nrun `make docs`"


def test_every_setting_is_documented() -> None:
    text = (REFERENCE / "settings.md").read_text()
    for setting in SETTINGS:
        for written in (f"### {setting.name}\n", f"`{setting.flag}`", f"`{setting.variable}`", setting.help):
            assert written in text, setting.name
    for setting in UPSTREAM_SETTINGS:
        assert f"`{setting.name}`" in text


def test_every_command_is_documented() -> None:
    text = (REFERENCE / "cli.md").read_text()
    commands = [name for name in build_app() if not name.startswith("-")]
    assert len(commands) > 1
    for name in commands:
        assert f"packhouse {name}\n" in text or f"packhouse {name} " in text, name


def test_every_setting_is_a_different_flag_and_variable() -> None:
    for written in ("name", "flag", "variable"):
        assert len({getattr(setting, written) for setting in SETTINGS}) == len(SETTINGS)
