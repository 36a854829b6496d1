"""`packhouse use pip` and `packhouse use uv`."""

import tomllib
from configparser import ConfigParser
from pathlib import Path

import pytest

from packhouse.domain.errors import ConfigError
from packhouse.ecosystems.pypi.client import current_pip, current_uv, undo_pip, undo_uv, use_pip, use_uv

URL = "http://127.0.0.1:7225/pypi/"
INDEX = "http://127.0.0.1:7225/pypi/simple/"
ELSEWHERE = "[global]\ntimeout = 5\nindex-url = https://other.example/simple\n[install]\nuser = yes\n"
PIP = [None, "", ELSEWHERE, "[list]\nformat=json"]
UV = [None, "", 'offline = false\n\n[[index]]\nname = "mine"\nurl = "https://mine.example"\ndefault = true\n']


def _pip(home: Path) -> Path:
    return home / ".config" / "pip" / "pip.conf"


def _uv(home: Path) -> Path:
    return home / ".config" / "uv" / "uv.toml"


def _written(path: Path, text: str | None) -> None:
    path.parent.mkdir(parents=True)
    if text is not None:
        path.write_text(text)


@pytest.mark.parametrize("before", PIP)
def test_undo_restores_the_file_byte_for_byte(tmp_path: Path, before: str | None) -> None:
    _written(_pip(tmp_path), before)
    use_pip("http://127.0.0.1:1/pypi", tmp_path, {})
    assert INDEX in use_pip(URL, tmp_path, {})
    read = ConfigParser()
    read.read(_pip(tmp_path))
    assert read["global"]["index-url"] == INDEX
    assert current_pip(tmp_path, {}) == URL
    if before and "timeout" in before:
        assert read["global"]["timeout"] == "5"
        assert read["install"]["user"] == "yes"
    undo_pip(tmp_path, {})
    assert (_pip(tmp_path).read_text() if _pip(tmp_path).exists() else None) == (before or None)
    assert "nothing to undo" in undo_pip(tmp_path, {})


@pytest.mark.parametrize("before", UV)
def test_undo_restores_the_settings_of_uv_byte_for_byte(tmp_path: Path, before: str | None) -> None:
    _written(_uv(tmp_path), before)
    use_uv("http://127.0.0.1:1/pypi", tmp_path, {})
    assert INDEX in use_uv(URL, tmp_path, {})
    read = tomllib.loads(_uv(tmp_path).read_text())
    assert [each["url"] for each in read["index"] if each.get("default")] == [INDEX]
    assert current_uv(tmp_path, {}) == URL
    undo_uv(tmp_path, {})
    assert (_uv(tmp_path).read_text() if _uv(tmp_path).exists() else None) == (before or None)


def test_what_was_added_meanwhile_stays_after_undo(tmp_path: Path) -> None:
    _written(_pip(tmp_path), None)
    use_pip(URL, tmp_path, {})
    with _pip(tmp_path).open("a") as file:
        file.write("[install]\nuser = yes\n")
    undo_pip(tmp_path, {})
    assert INDEX not in _pip(tmp_path).read_text()
    assert "user = yes" in _pip(tmp_path).read_text()
    use_uv(URL, tmp_path, {})
    _uv(tmp_path).write_text("offline = true\n" + _uv(tmp_path).read_text())
    undo_uv(tmp_path, {})
    assert tomllib.loads(_uv(tmp_path).read_text()) == {"offline": True}


def test_a_variable_that_counts_more_is_pointed_out(tmp_path: Path) -> None:
    assert "PIP_INDEX_URL" in use_pip(URL, tmp_path, {"PIP_INDEX_URL": "https://other.example/simple"})
    assert current_pip(tmp_path, {"PIP_INDEX_URL": "https://other.example/simple"}) == "https://other.example/"


def test_a_file_that_is_not_toml_is_left_alone(tmp_path: Path) -> None:
    _written(_uv(tmp_path), "[[")
    with pytest.raises(ConfigError):
        use_uv(URL, tmp_path, {})
    assert _uv(tmp_path).read_text() == "[["
