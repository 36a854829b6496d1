"""`packhouse use go`: the line GOPROXY of go's own file."""

from pathlib import Path

import pytest

from packhouse.domain.errors import ConfigError
from packhouse.ecosystems.golang.client import current, undo, use

URL = "http://127.0.0.1:7225/go/"


@pytest.mark.parametrize(
    "before", [None, "", "GOPRIVATE=x\n", "GOPROXY=https://other.example,direct\nGOFLAGS=-v", "GOFLAGS=-v"]
)
def test_undo_restores_the_line_and_leaves_the_rest(tmp_path: Path, before: str | None) -> None:
    path = tmp_path / ".config" / "go" / "env"
    if before is not None:
        path.parent.mkdir(parents=True)
        path.write_text(before)
    assert "http://127.0.0.1:7225/go" in use(URL, tmp_path, {})
    use("http://127.0.0.1:7226/go", tmp_path, {})
    assert current(tmp_path, {}) == "http://127.0.0.1:7226/go"
    assert set((before or "").splitlines()) - {"GOPROXY=https://other.example,direct"} <= set(
        path.read_text().splitlines()
    )
    undo(tmp_path, {})
    after = path.read_text() if path.exists() else ""
    assert set(after.splitlines()) == set((before or "").splitlines())
    assert "nothing to undo" in undo(tmp_path, {})


def test_a_proxy_chosen_meanwhile_stays(tmp_path: Path) -> None:
    use(URL, tmp_path, {})
    path = tmp_path / ".config" / "go" / "env"
    path.write_text("GOPROXY=https://mine.example\n")
    undo(tmp_path, {})
    assert path.read_text() == "GOPROXY=https://mine.example\n"


def test_the_file_that_go_is_told_to_read_is_the_one_that_is_written(tmp_path: Path) -> None:
    environ = {"GOENV": str(tmp_path / "mine")}
    use(URL, tmp_path, environ)
    assert (tmp_path / "mine").read_text() == "GOPROXY=http://127.0.0.1:7225/go\n"
    assert current(tmp_path, environ | {"GOPROXY": "https://a.example|direct"}) == "https://a.example"
    assert "variable GOPROXY" in use(URL, tmp_path, environ | {"GOPROXY": "x"})
    with pytest.raises(ConfigError):
        use(URL, tmp_path, {"GOENV": "off"})
