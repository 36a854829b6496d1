"""The settings of gem and bundler, as `packhouse use` changes them and changes them back."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from packhouse.domain.errors import ConfigError
from packhouse.ecosystems.gem.client import (
    current_bundler,
    current_gem,
    undo_bundler,
    undo_gem,
    use_bundler,
    use_gem,
)
from packhouse.ecosystems.gem.credentials import find

URL = "http://127.0.0.1:7225/gem/"
OTHER = "https://packages.example/gem/"

GEMRCS = [
    None,
    b"",
    b"---\n:backtrace: false\n:bulk_threshold: 1000\n:sources:\n- https://rubygems.example/\n:verbose: true\n",
    b"# mine\ngem: --no-document # quick\n",
    b":sources: [https://index.rubygems.example]\r\ngem: --no-document\r\n",
    b'---\n:sources:\n  - "https://rubygems.example"\n\n  # ours\n  - https://gems.acme.example/x/\n# end\ngem: -N\n',
    b":ssl_verify_mode: 0\n:concurrent_downloads: 2",
]
CONFIGS = [
    None,
    b'---\nBUNDLE_JOBS: "4"\nBUNDLE_GEMS__ACME__EXAMPLE: "user:secret"\n',
    b'---\nBUNDLE_MIRROR__ALL: "https://mirror.example/"\nBUNDLE_WITHOUT: "development:test"\n',
    b'---\nBUNDLE_BUILD__PUMA:\n- --with\n- --without\nBUNDLE_HTTPS://GEMS__ACME__EXAMPLE/X/: "u:p"\n',
]


def _put(path: Path, before: bytes | None) -> Path:
    if before is not None:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(before)
    return path


def _sources(path: Path) -> list[str]:
    lines = path.read_text().splitlines()
    start = lines.index(":sources:") + 1
    return [line[2:] for line in lines[start:] if line.startswith("- ")]


@pytest.mark.parametrize("before", GEMRCS)
def test_undo_restores_the_gemrc_byte_for_byte(tmp_path: Path, before: bytes | None) -> None:
    path = _put(tmp_path / ".gemrc", before)
    use_gem(URL, tmp_path, {})
    assert current_gem(tmp_path, {}) == URL
    assert _sources(path)[0] == URL
    use_gem(OTHER, tmp_path, {})
    assert current_gem(tmp_path, {}) == OTHER
    undo_gem(tmp_path, {})
    assert (path.read_bytes() if path.exists() else None) == before
    assert [each.name for each in tmp_path.iterdir()] == ([".gemrc"] if before is not None else [])


@pytest.mark.parametrize("before", CONFIGS)
def test_undo_restores_bundlers_settings_byte_for_byte(tmp_path: Path, before: bytes | None) -> None:
    path = _put(tmp_path / ".bundle" / "config", before)
    was = current_bundler(tmp_path, {})
    use_bundler(URL, tmp_path, {})
    assert current_bundler(tmp_path, {}) == URL
    assert path.read_text().count(f'BUNDLE_MIRROR__ALL: "{URL}"\n') == 1
    undo_bundler(tmp_path, {})
    assert (path.read_bytes() if path.exists() else None) == before
    assert current_bundler(tmp_path, {}) == was


def test_the_public_source_is_replaced_and_a_private_one_stays(tmp_path: Path) -> None:
    path = _put(tmp_path / ".gemrc", GEMRCS[5])
    assert "1 other source in it stayed" in use_gem(URL, tmp_path, {})
    assert _sources(path) == [URL, "https://gems.acme.example/x/"]
    assert path.read_text().endswith("# end\ngem: -N\n")


def test_what_is_not_ours_stays_where_it_is(tmp_path: Path) -> None:
    gemrc = _put(tmp_path / ".gemrc", b"# mine\ngem: --no-document # quick\n")
    use_gem(URL, tmp_path, {})
    assert gemrc.read_bytes() == b"# mine\ngem: --no-document # quick\n:sources:\n- %b\n" % URL.encode()
    config = _put(tmp_path / ".bundle" / "config", CONFIGS[3])
    use_bundler(URL, tmp_path, {})
    assert config.read_bytes() == (CONFIGS[3] or b"") + b'BUNDLE_MIRROR__ALL: "%b"\n' % URL.encode()


def test_undo_keeps_what_was_added_meanwhile(tmp_path: Path) -> None:
    gemrc = _put(tmp_path / ".gemrc", GEMRCS[2])
    use_gem(URL, tmp_path, {})
    gemrc.write_bytes(gemrc.read_bytes() + b"gem: --no-document\n")
    undo_gem(tmp_path, {})
    assert gemrc.read_bytes() == (GEMRCS[2] or b"") + b"gem: --no-document\n"


def test_a_file_that_was_not_there_is_removed_unless_something_was_added(tmp_path: Path) -> None:
    config = tmp_path / ".bundle" / "config"
    use_bundler(URL, tmp_path, {})
    config.write_bytes(config.read_bytes() + b'BUNDLE_JOBS: "2"\n')
    undo_bundler(tmp_path, {})
    assert config.read_bytes() == b'---\nBUNDLE_JOBS: "2"\n'


def test_another_choice_made_meanwhile_is_respected(tmp_path: Path) -> None:
    use_bundler(URL, tmp_path, {})
    chosen = b'---\nBUNDLE_MIRROR__ALL: "https://mirror.example/"\n'
    (tmp_path / ".bundle" / "config").write_bytes(chosen)
    undo_bundler(tmp_path, {})
    assert (tmp_path / ".bundle" / "config").read_bytes() == chosen


def test_undo_without_use_changes_nothing(tmp_path: Path) -> None:
    assert "nothing to undo" in undo_gem(tmp_path, {})
    assert "nothing to undo" in undo_bundler(tmp_path, {})
    assert list(tmp_path.iterdir()) == []


def test_the_newer_place_of_gems_settings_and_bundlers_own_home_are_found(tmp_path: Path) -> None:
    new = tmp_path / "xdg" / "gem" / "gemrc"
    new.parent.mkdir(parents=True)
    new.write_text("gem: --no-document\n")
    use_gem(URL, tmp_path, {"XDG_CONFIG_HOME": str(tmp_path / "xdg")})
    assert URL in new.read_text()
    use_bundler(URL, tmp_path, {"BUNDLE_USER_HOME": str(tmp_path / "elsewhere")})
    assert URL in (tmp_path / "elsewhere" / "config").read_text()
    assert not (tmp_path / ".gemrc").exists()
    assert not (tmp_path / ".bundle").exists()


@pytest.mark.parametrize(
    "before",
    [
        b"{sources: []}\n",
        b"- a\n- b\n---\n:x: 1\n",
        b"sources:\n- a\n:sources:\n- b\n",
        b"just words\n",
        b"a: 1\n...\n",
    ],
)
def test_a_file_that_cannot_be_understood_is_left_alone(tmp_path: Path, before: bytes) -> None:
    path = _put(tmp_path / ".gemrc", before)
    with pytest.raises(ConfigError):
        use_gem(URL, tmp_path, {})
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == [".gemrc"]
    assert current_gem(tmp_path, {}) == ""


def test_what_is_new_is_for_its_owner_only_and_an_old_mode_stays(tmp_path: Path) -> None:
    use_gem(URL, tmp_path, {})
    path = tmp_path / ".gemrc"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    use_gem(OTHER, tmp_path, {})
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_variables_that_override_the_files_are_named(tmp_path: Path) -> None:
    environ = {"BUNDLE_MIRROR__ALL": "https://mirror.example/", "GEMRC": "/etc/other"}
    assert "BUNDLE_MIRROR__ALL" in use_bundler(URL, tmp_path, environ)
    assert current_bundler(tmp_path, environ) == "https://mirror.example/"
    assert "GEMRC" in use_gem(URL, tmp_path, environ)


@pytest.mark.client
@pytest.mark.parametrize("before", GEMRCS)
def test_the_programs_read_what_was_written(tmp_path: Path, before: bytes | None) -> None:
    if shutil.which("gem") is None or shutil.which("bundle") is None:
        reason = "gem and bundle are needed: they are not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    _put(tmp_path / ".gemrc", before)
    use_gem(URL, tmp_path, {})
    use_bundler(URL, tmp_path, {})
    environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}

    def run(*command: str) -> str:
        done = subprocess.run(
            command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=True, timeout=60
        )
        return done.stdout

    assert URL in run("gem", "sources", "--list").splitlines()
    assert run("bundle", "config", "get", "mirror.all", "--parseable").strip() == f"mirror.all={URL}"


def test_credentials_are_found_by_address_or_host_in_the_environment_first(tmp_path: Path) -> None:
    _put(tmp_path / ".bundle" / "config", CONFIGS[3])
    with (tmp_path / ".bundle" / "config").open("ab") as file:
        file.write(b'BUNDLE_GEMS__OTHER___ONE__EXAMPLE: "user:se%3Acret"\n')
    assert find("https://gems.acme.example/x", tmp_path, {}) == "Basic dTpw"
    assert find("https://gems.other-one.example", tmp_path, {}) == "Basic dXNlcjpzZTpjcmV0"
    assert find("https://gems.other-one.example", tmp_path, {"BUNDLE_GEMS__OTHER___ONE__EXAMPLE": "t"}) == "Basic dDo="
    assert find("https://nobody.example", tmp_path, {}) is None
    assert find("https://nobody.example", tmp_path / "empty", {}) is None
