"""`packhouse use composer`: the default repository in composer's own file."""

import json
from pathlib import Path

import pytest

from packhouse.domain.errors import ConfigError
from packhouse.ecosystems.composer.client import current, undo, use

URL = "http://127.0.0.1:7225/composer/"
OTHER = '{"config": {"sort-packages": true}, "repositories": [{"type": "vcs", "url": "https://x.example"}]}'


def _file(home: Path) -> Path:
    return home / ".config" / "composer" / "config.json"


@pytest.mark.parametrize("before", [None, "", "{}", OTHER])
def test_undo_restores_the_file_byte_for_byte(tmp_path: Path, before: str | None) -> None:
    path = _file(tmp_path)
    path.parent.mkdir(parents=True)
    if before is not None:
        path.write_text(before)
    use("https://one.example/composer", tmp_path, {})
    assert "127.0.0.1" in use(URL, tmp_path, {})
    assert current(tmp_path, {}) == URL.rstrip("/")
    document = json.loads(path.read_text())
    assert document["config"]["secure-http"] is False
    if before == OTHER:
        assert document["config"]["sort-packages"] is True
        assert document["repositories"]["0"]["url"] == "https://x.example"
    undo(tmp_path, {})
    assert (path.read_text() if path.exists() else None) == (before or None)
    assert "nothing to undo" in undo(tmp_path, {})


def test_what_was_added_meanwhile_stays(tmp_path: Path) -> None:
    use(URL, tmp_path, {})
    path = _file(tmp_path)
    document = json.loads(path.read_text())
    document["repositories"]["mine"] = {"type": "composer", "url": "https://mine.example"}
    path.write_text(json.dumps(document))
    undo(tmp_path, {})
    assert list(json.loads(path.read_text())["repositories"]) == ["mine"]


def test_the_folder_that_composer_is_told_to_use_is_used(tmp_path: Path) -> None:
    use(URL, tmp_path, {"COMPOSER_HOME": str(tmp_path / "home")})
    assert (tmp_path / "home" / "config.json").exists()
    (tmp_path / "home" / "config.json").write_text("[")
    with pytest.raises(ConfigError):
        use(URL, tmp_path, {"COMPOSER_HOME": str(tmp_path / "home")})
