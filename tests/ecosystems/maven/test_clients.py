import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from packhouse.domain.errors import ConfigError
from packhouse.ecosystems.maven import gradle, settings_xml
from packhouse.ecosystems.maven.elements import parse_elements

URL = "http://127.0.0.1:7225/maven/"
SERVER = b"<servers><server><id>own</id><password>secret</password></server></servers>"
MIRROR = b"<mirror><id>own</id><mirrorOf>*</mirrorOf><url>https://own.example/</url></mirror>"

SETTINGS = [
    None,
    b"",
    b"<settings/>",
    b"<settings></settings>",
    b'<?xml version="1.0"?>\r\n<settings xmlns="http://maven.apache.org/SETTINGS/1.2.0">\r\n\t'
    + SERVER
    + b"</settings>\r\n",
    b"<settings>\n  <!-- <mirrors></mirrors> -->\n  <mirrors>\n    "
    + MIRROR
    + b"\n  </mirrors>\n"
    + SERVER
    + b"</settings>",
    b"<settings><mirrors/></settings>",
    b'<settings a="/>"><mirrors a=\'>\' /><x:unknown xmlns:x="urn:x"><mirrors>1</mirrors></x:unknown></settings>',
    b"\xef\xbb\xbf<settings><mirrors></mirrors></settings>",
]


@pytest.mark.parametrize("before", SETTINGS)
def test_undo_restores_the_settings_byte_for_byte(tmp_path: Path, before: bytes | None) -> None:
    path = tmp_path / ".m2" / "settings.xml"
    if before is not None:
        path.parent.mkdir()
        path.write_bytes(before)
    settings_xml.use(URL, tmp_path, {})
    assert settings_xml.current(tmp_path, {}) == URL
    settings_xml.undo(tmp_path, {})
    assert (path.read_bytes() if path.exists() else None) == before
    assert [each.name for each in path.parent.iterdir()] == (["settings.xml"] if before is not None else [])


@pytest.mark.parametrize("before", SETTINGS[4:])
def test_everything_that_was_there_stays_in_use(tmp_path: Path, before: bytes) -> None:
    path = tmp_path / ".m2" / "settings.xml"
    path.parent.mkdir()
    path.write_bytes(before)
    settings_xml.use(URL, tmp_path, {})
    written = path.read_bytes()
    mirrors = parse_elements(written).find("mirrors")
    assert mirrors is not None
    assert mirrors.children[0].read("url") == URL
    assert (SERVER in written, MIRROR in written) == (SERVER in before, MIRROR in before)


@pytest.mark.parametrize("before", SETTINGS[3:])
def test_what_was_added_meanwhile_stays_after_undo(tmp_path: Path, before: bytes) -> None:
    path = tmp_path / ".m2" / "settings.xml"
    path.parent.mkdir()
    path.write_bytes(before)
    settings_xml.use(URL, tmp_path, {})
    path.write_bytes(path.read_bytes().replace(b"</settings>", b"<offline>true</offline></settings>"))
    settings_xml.undo(tmp_path, {})
    assert path.read_bytes() == before.replace(b"</settings>", b"<offline>true</offline></settings>")


def test_a_mirror_that_was_changed_meanwhile_stays(tmp_path: Path) -> None:
    settings_xml.use(URL, tmp_path, {})
    path = tmp_path / ".m2" / "settings.xml"
    path.write_bytes(path.read_bytes().replace(b"external:*", b"*"))
    assert "changed meanwhile" in settings_xml.undo(tmp_path, {})
    assert settings_xml.current(tmp_path, {}) == URL


@pytest.mark.parametrize("before", [b"<settings>", b"<project/>", b"<!DOCTYPE a><settings/>", b"\xff\xfe<settings/>"])
def test_settings_that_cannot_be_read_are_left_alone(tmp_path: Path, before: bytes) -> None:
    path = tmp_path / ".m2" / "settings.xml"
    path.parent.mkdir()
    path.write_bytes(before)
    with pytest.raises(ConfigError, match="by hand"):
        settings_xml.use(URL, tmp_path, {})
    assert [(each.name, each.read_bytes()) for each in path.parent.iterdir()] == [("settings.xml", before)]


@given(st.lists(st.sampled_from([MIRROR, SERVER, b"<mirrors/>", b"<!-- x -->", b"\n", b"<proxies/>"]), max_size=5))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_undo_restores_any_settings(tmp_path: Path, parts: list[bytes]) -> None:
    path = tmp_path / ".m2" / "settings.xml"
    path.parent.mkdir(exist_ok=True)
    before = b"<settings>" + b"".join(parts) + b"</settings>"
    path.write_bytes(before)
    settings_xml.use(URL, tmp_path, {})
    settings_xml.use("https://other.example/?a&b", tmp_path, {})
    assert settings_xml.current(tmp_path, {}) == "https://other.example/?a&b"
    settings_xml.undo(tmp_path, {})
    assert path.read_bytes() == before


@pytest.mark.parametrize("covers", ["*,!central", "own", "*,!x", "external:*", "central"])
def test_the_mirror_of_the_central_repository_is_told(tmp_path: Path, covers: str) -> None:
    path = tmp_path / ".m2" / "settings.xml"
    path.parent.mkdir()
    mirror = f"<mirror><mirrorOf>{covers}</mirrorOf><url>{URL}</url></mirror>"
    path.write_text(f"<settings><mirrors>{mirror}</mirrors></settings>")
    assert settings_xml.current(tmp_path, {}) == ("" if covers in {"*,!central", "own"} else URL)


@pytest.mark.parametrize("before", [None, b"// mine\n"])
def test_undo_restores_the_script_of_gradle(tmp_path: Path, before: bytes | None) -> None:
    path = tmp_path / ".gradle" / "init.d" / "packhouse.gradle"
    if before is not None:
        path.parent.mkdir(parents=True)
        path.write_bytes(before)
    gradle.use(URL, tmp_path, {})
    assert gradle.current(tmp_path, {}) == URL
    gradle.undo(tmp_path, {})
    assert (path.read_bytes() if path.exists() else None) == before
    assert gradle.current(tmp_path, {}) == ""


def test_the_home_of_gradle_that_the_environment_names_is_used(tmp_path: Path) -> None:
    gradle.use(URL, tmp_path, {"GRADLE_USER_HOME": str(tmp_path / "other")})
    assert (tmp_path / "other" / "init.d" / "packhouse.gradle").exists()


def test_a_script_that_was_changed_meanwhile_stays(tmp_path: Path) -> None:
    gradle.use(URL, tmp_path, {})
    path = tmp_path / ".gradle" / "init.d" / "packhouse.gradle"
    path.write_text("// mine now\n")
    assert "changed meanwhile" in gradle.undo(tmp_path, {})
    assert path.read_text() == "// mine now\n"


def test_an_address_that_would_end_the_text_in_the_script_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        gradle.use("http://a.example/'+x+'", tmp_path, {})


@pytest.mark.parametrize("undo", [settings_xml.undo, gradle.undo])
def test_undo_without_use_says_so(tmp_path: Path, undo: Callable[..., str]) -> None:
    assert "nothing to undo" in undo(tmp_path, {})


def test_nobody_else_can_read_the_passwords_that_are_kept(tmp_path: Path) -> None:
    path = tmp_path / ".m2" / "settings.xml"
    path.parent.mkdir()
    path.write_bytes(b"<settings>" + SERVER + b"</settings>")
    path.chmod(0o644)
    settings_xml.use(URL, tmp_path, {})
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    assert modes == {"settings.xml": 0o644, "settings.xml.before-packhouse": 0o600}
