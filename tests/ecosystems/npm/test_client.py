import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from packhouse.domain.errors import ConfigError
from packhouse.ecosystems.npm.client import current, undo, use

URL = "http://127.0.0.1:7225/npm/"

NPMRCS = [
    None,
    b"",
    b"registry=https://npm.example/\n",
    b"  registry = https://npm.example/  \r\nsave-exact=true",
    b'"registry"="https://npm.example/"\n; a comment\n//npm.example/:_authToken=secret\n@team:registry=https://team.example/\n',
    b"color=always\nregistry=https://a.example\nregistry=https://b.example\n[section]\nregistry=https://c.example\n",
    b"\xef\xbb\xbfregistry=https://npm.example/\n\xff\xfe",
]


@pytest.mark.parametrize("before", NPMRCS)
def test_undo_restores_the_npmrc_byte_for_byte(tmp_path: Path, before: bytes | None) -> None:
    npmrc = tmp_path / ".npmrc"
    if before is not None:
        npmrc.write_bytes(before)
    use(URL, tmp_path, {})
    assert current(tmp_path, {}) == URL
    undo(tmp_path, {})
    assert (npmrc.read_bytes() if npmrc.exists() else None) == before
    assert [each.name for each in tmp_path.iterdir()] == ([".npmrc"] if before is not None else [])


@given(
    before=st.binary(max_size=80)
    | st.lists(st.sampled_from(NPMRCS[1:]), max_size=4).map(lambda parts: b"".join(filter(None, parts)))
)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_undo_restores_any_file(tmp_path: Path, before: bytes) -> None:
    (tmp_path / ".npmrc").write_bytes(before)
    use(URL, tmp_path, {})
    assert current(tmp_path, {}) == URL
    undo(tmp_path, {})
    assert (tmp_path / ".npmrc").read_bytes() == before


def test_everything_but_the_registry_stays_in_use(tmp_path: Path) -> None:
    npmrc = tmp_path / ".npmrc"
    npmrc.write_bytes(b"color=always\nregistry=https://npm.example/\n//npm.example/:_authToken=secret\n")
    use(URL, tmp_path, {})
    assert npmrc.read_text().splitlines() == [f"registry={URL}", "color=always", "//npm.example/:_authToken=secret"]


def test_using_another_address_keeps_what_was_there_first(tmp_path: Path) -> None:
    npmrc = tmp_path / ".npmrc"
    npmrc.write_bytes(b"registry=https://npm.example/\n")
    use(URL, tmp_path, {})
    use("https://packages.example/npm/", tmp_path, {})
    assert current(tmp_path, {}) == "https://packages.example/npm/"
    undo(tmp_path, {})
    assert npmrc.read_bytes() == b"registry=https://npm.example/\n"


def test_what_was_added_meanwhile_stays_after_undo(tmp_path: Path) -> None:
    npmrc = tmp_path / ".npmrc"
    npmrc.write_bytes(b"registry=https://npm.example/")
    use(URL, tmp_path, {})
    npmrc.write_bytes(npmrc.read_bytes() + b"save-exact=true\n")
    undo(tmp_path, {})
    assert npmrc.read_bytes() == b"registry=https://npm.example/\nsave-exact=true\n"


def test_a_registry_that_was_chosen_meanwhile_stays_after_undo(tmp_path: Path) -> None:
    npmrc = tmp_path / ".npmrc"
    use(URL, tmp_path, {})
    npmrc.write_bytes(b"registry=https://other.example/\n")
    undo(tmp_path, {})
    assert npmrc.read_bytes() == b"registry=https://other.example/\n"


def test_undo_without_use_says_so(tmp_path: Path) -> None:
    assert "nothing to undo" in undo(tmp_path, {})


def test_the_file_that_npm_is_told_to_read_is_the_one_that_is_written(tmp_path: Path) -> None:
    other = tmp_path / "elsewhere" / "npmrc"
    use(URL, tmp_path, {"NPM_CONFIG_USERCONFIG": str(other)})
    assert other.read_text() == f"registry={URL}\n"
    assert not (tmp_path / ".npmrc").exists()


def test_a_variable_that_overrides_the_file_is_pointed_out(tmp_path: Path) -> None:
    environ = {"npm_config_registry": "https://npm.example/"}
    assert "npm_config_registry still overrides it" in use(URL, tmp_path, environ)
    assert current(tmp_path, environ) == "https://npm.example/"


def test_nobody_else_can_read_the_tokens_that_are_kept(tmp_path: Path) -> None:
    npmrc = tmp_path / ".npmrc"
    npmrc.write_bytes(b"//npm.example/:_authToken=secret\n")
    npmrc.chmod(0o644)
    use(URL, tmp_path, {})
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()}
    assert modes == {".npmrc": 0o644, ".npmrc.before-packhouse": 0o600}


def test_a_link_to_the_npmrc_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "dotfiles").mkdir()
    (tmp_path / ".npmrc").symlink_to(tmp_path / "dotfiles" / "npmrc")
    use(URL, tmp_path, {})
    assert (tmp_path / ".npmrc").is_symlink()
    assert (tmp_path / "dotfiles" / "npmrc").read_text() == f"registry={URL}\n"


def test_a_damaged_copy_of_the_old_file_is_not_restored(tmp_path: Path) -> None:
    use(URL, tmp_path, {})
    (tmp_path / ".npmrc.before-packhouse").write_text("{")
    with pytest.raises(ConfigError, match="damaged"):
        undo(tmp_path, {})
    assert current(tmp_path, {}) == URL
