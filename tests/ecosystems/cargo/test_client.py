"""cargo's own configuration, as `packhouse use cargo` changes it and changes it back."""

import stat
import tomllib
from pathlib import Path
from typing import Any

import pytest

from packhouse.domain.errors import ConfigError
from packhouse.ecosystems.cargo.client import current, undo, use
from packhouse.ecosystems.cargo.credentials import find

URL = "http://127.0.0.1:7225/cargo/"
OTHER = "http://127.0.0.1:9/cargo/"

CONFIGS = [
    None,
    b"",
    b"# my settings\n[build]\njobs = 2 # not more\n",
    b'[net]\r\ngit-fetch-with-cli = true\r\n\r\n[registries.acme]\r\nindex = "sparse+https://crates.acme.example/"\r\n',
    b'[source.crates-io]\nreplace-with = "mirror"\n\n[source.mirror]\nregistry = "sparse+https://mirror.example/"\n',
    b'source.crates-io.replace-with = "mirror"\nsource.mirror.local-registry = "/srv/crates"\n[term]\nquiet = true\n',
    b'[source]\nvendored = { directory = "vendor" }\n',
    b'[source.packhouse]\ndirectory = "vendor"\n[build]\njobs = 1\n[source.other]\ngit = "https://git.example/x"\n',
    b'source = { crates-io = { replace-with = "mirror" }, mirror = { directory = "x" } }',
    b'[source.crates-io]\n[alias]\nb = "build"',
]


def _file(home: Path) -> Path:
    return home / ".cargo" / "config.toml"


def _written(home: Path, before: bytes | None) -> dict[str, Any]:
    if before is not None:
        _file(home).parent.mkdir(exist_ok=True)
        _file(home).write_bytes(before)
    use(URL, home, {})
    return tomllib.loads(_file(home).read_text())


@pytest.mark.parametrize("before", CONFIGS)
def test_the_default_source_is_replaced_and_everything_else_stays(tmp_path: Path, before: bytes | None) -> None:
    written = _written(tmp_path, before)
    assert written["source"]["crates-io"]["replace-with"] == "packhouse"
    expected = tomllib.loads((before or b"").decode())
    expected.setdefault("source", {}).setdefault("crates-io", {})["replace-with"] = "packhouse"
    # A source of that name would count instead of the registry.
    expected["source"].pop("packhouse", None)
    expected.setdefault("registries", {})["packhouse"] = {"index": "sparse+http://127.0.0.1:7225/cargo/index/"}
    assert written == expected
    assert current(tmp_path, {}) == URL


@pytest.mark.parametrize("before", CONFIGS)
def test_undo_restores_the_file_byte_for_byte(tmp_path: Path, before: bytes | None) -> None:
    _written(tmp_path, before)
    undo(tmp_path, {})
    file = _file(tmp_path)
    assert (file.read_bytes() if file.exists() else None) == before
    assert [each.name for each in file.parent.iterdir()] == ([file.name] if before is not None else [])


@pytest.mark.parametrize("before", CONFIGS)
def test_undo_keeps_what_was_added_meanwhile(tmp_path: Path, before: bytes | None) -> None:
    _written(tmp_path, before)
    file = _file(tmp_path)
    file.write_bytes(file.read_bytes() + b"\n[added]\nlater = 1\n")
    undo(tmp_path, {})
    expected = tomllib.loads((before or b"").decode()) | {"added": {"later": 1}}
    left = tomllib.loads(file.read_text())
    # A table that was empty may be gone.
    assert _without_empty(left) == _without_empty(expected)


def _without_empty(table: dict[str, Any]) -> dict[str, Any]:
    plain = {name: _without_empty(each) if isinstance(each, dict) else each for name, each in table.items()}
    return {name: each for name, each in plain.items() if each != {}}


def test_comments_stay_where_they_are(tmp_path: Path) -> None:
    _written(tmp_path, b"# mine\n[build]\njobs = 2 # not more\n")
    assert _file(tmp_path).read_text().startswith("# mine\n[build]\njobs = 2 # not more\n")


def test_another_choice_made_meanwhile_is_respected(tmp_path: Path) -> None:
    _written(tmp_path, None)
    chosen = b'[source.crates-io]\nreplace-with = "mirror"\n[source.mirror]\ndirectory = "x"\n'
    _file(tmp_path).write_bytes(chosen)
    undo(tmp_path, {})
    assert _file(tmp_path).read_bytes() == chosen


def test_using_another_address_keeps_what_was_there_first(tmp_path: Path) -> None:
    before = b'[source.crates-io]\nreplace-with = "mirror"\n'
    _written(tmp_path, before)
    use(OTHER, tmp_path, {})
    assert current(tmp_path, {}) == OTHER
    undo(tmp_path, {})
    assert _file(tmp_path).read_bytes() == before


def test_undo_without_use_changes_nothing(tmp_path: Path) -> None:
    assert "nothing to undo" in undo(tmp_path, {})
    assert list(tmp_path.iterdir()) == []


def test_the_old_file_name_and_a_home_of_its_own_are_found(tmp_path: Path) -> None:
    home = tmp_path / "elsewhere"
    home.mkdir()
    (home / "config").write_text("")
    use(URL, tmp_path, {"CARGO_HOME": str(home)})
    assert "packhouse" in (home / "config").read_text()
    assert not (home / "config.toml").exists()
    assert not (tmp_path / ".cargo").exists()


@pytest.mark.parametrize(
    "before", [b"[source", b"\xff\xfe", b"source = 3\n", b'source.crates-io = "x"\n', b"registries = []\n"]
)
def test_a_file_that_cannot_be_understood_is_left_alone(tmp_path: Path, before: bytes) -> None:
    with pytest.raises(ConfigError):
        _written(tmp_path, before)
    assert _file(tmp_path).read_bytes() == before
    assert [each.name for each in _file(tmp_path).parent.iterdir()] == ["config.toml"]


def test_what_is_new_is_for_its_owner_only_and_an_old_mode_stays(tmp_path: Path) -> None:
    _written(tmp_path, None)
    assert stat.S_IMODE(_file(tmp_path).stat().st_mode) == 0o600
    _file(tmp_path).chmod(0o644)
    use(OTHER, tmp_path, {})
    assert stat.S_IMODE(_file(tmp_path).stat().st_mode) == 0o644


def test_a_variable_that_overrides_the_file_is_named(tmp_path: Path) -> None:
    environ = {"CARGO_SOURCE_CRATES_IO_REPLACE_WITH": "mirror"}
    assert "CARGO_SOURCE_CRATES_IO_REPLACE_WITH" in use(URL, tmp_path, environ)
    assert current(tmp_path, environ) == ""


def test_another_source_in_use_is_told_by_its_own_address(tmp_path: Path) -> None:
    _file(tmp_path).parent.mkdir()
    _file(tmp_path).write_text(
        '[source.crates-io]\nreplace-with = "m"\n[source.m]\nregistry = "sparse+https://mirror.example/index/"\n'
    )
    assert current(tmp_path, {}) == "https://mirror.example/index/"


def test_a_token_is_found_by_the_address_of_its_index(tmp_path: Path) -> None:
    folder = tmp_path / ".cargo"
    folder.mkdir()
    (folder / "config.toml").write_text('[registries.acme-two]\nindex = "sparse+https://crates.acme.example/index/"\n')
    (folder / "credentials.toml").write_text('[registries.acme-two]\ntoken = "Bearer secret"\n')
    url = "https://crates.acme.example/index"
    assert find(url, tmp_path, {}) == "Bearer secret"
    assert find("https://other.example/index", tmp_path, {}) is None
    assert find(url, tmp_path, {"CARGO_REGISTRIES_ACME_TWO_TOKEN": "newer"}) == "newer"


def test_a_registry_that_only_the_environment_names_is_found(tmp_path: Path) -> None:
    environ = {"CARGO_REGISTRIES_ACME_INDEX": "sparse+https://a.example/", "CARGO_REGISTRIES_ACME_TOKEN": "t"}
    assert find("https://a.example", tmp_path, environ) == "t"
    assert find("https://a.example", tmp_path, {}) is None


def test_a_store_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / ".cargo").mkdir()
    (tmp_path / ".cargo" / "config.toml").write_text("[[[")
    with pytest.raises(ConfigError):
        find("https://a.example", tmp_path, {})
