"""`packhouse use nuget`: the user's NuGet.Config, and nothing else of it."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from packhouse.domain.errors import ConfigError
from packhouse.ecosystems.nuget.client import current, undo, use

OURS = "http://127.0.0.1:7225/nuget/"
INDEX = f"{OURS}v3/index.json"
GALLERY = "https://packages.nuget.test/v3/index.json"
WRITTEN = f"""\ufeff<?xml version="1.0" encoding="utf-8"?>
<configuration>
  <!-- <packageSources> in a comment -->
  <packageSources>
    <add key="farm" value="https://farm.example/v3/index.json" />
    <add key='gallery' value='{GALLERY}' protocolVersion="3" ></add>
  </packageSources>
  <packageSourceMapping><packageSource key="gallery"><package pattern="*" /></packageSource></packageSourceMapping>
  <packageSourceCredentials><farm><add key="Username" value="a&amp;b" /></farm></packageSourceCredentials>
</configuration>
"""
SWITCHED_OFF = f"""<configuration>
  <packageSources><add key="g" value="{GALLERY}" /></packageSources>
  <disabledPackageSources><add key="g" value="true" /></disabledPackageSources>
</configuration>
"""


def config(home: Path) -> Path:
    return home / ".nuget" / "NuGet" / "NuGet.Config"


def write(home: Path, text: str) -> Path:
    path = config(home)
    path.parent.mkdir(parents=True)
    path.write_bytes(text.encode())
    return path


def sources(path: Path) -> dict[str, str]:
    root = ET.fromstring(path.read_bytes())  # noqa: S314 (we have written it)
    return {each.attrib["key"]: each.attrib["value"] for each in root.findall("packageSources/add")}


def test_without_a_file_there_is_one_with_our_source(tmp_path: Path) -> None:
    assert INDEX in use(OURS, tmp_path, {})
    assert sources(config(tmp_path)) == {"packhouse": INDEX}
    assert b'allowInsecureConnections="true"' in config(tmp_path).read_bytes()
    assert current(tmp_path, {}) == OURS
    undo(tmp_path, {})
    assert not config(tmp_path).exists()
    assert current(tmp_path, {}) == ""


def test_the_gallerys_source_leads_to_us_under_its_own_key_and_all_else_stays(tmp_path: Path) -> None:
    path = write(tmp_path, WRITTEN)
    use(OURS, tmp_path, {})
    assert sources(path) == {"farm": "https://farm.example/v3/index.json", "gallery": INDEX}
    before, after = WRITTEN.encode().splitlines(), path.read_bytes().splitlines()
    assert [line for line in after if line not in before] == [after[5]]
    assert len(before) == len(after)
    assert current(tmp_path, {}) == OURS


def test_undo_restores_the_file_byte_for_byte(tmp_path: Path) -> None:
    path = write(tmp_path, WRITTEN)
    use(OURS, tmp_path, {})
    use("http://127.0.0.1:9999/nuget", tmp_path, {})
    assert "as it was before" in undo(tmp_path, {})
    assert path.read_bytes() == WRITTEN.encode()
    assert list(path.parent.iterdir()) == [path]
    assert "nothing to undo" in undo(tmp_path, {})


def test_what_was_added_meanwhile_stays_after_undo(tmp_path: Path) -> None:
    path = write(tmp_path, WRITTEN)
    use(OURS, tmp_path, {})
    new = '    <add key="new" value="https://new.example/index.json" />\n  </packageSources>'
    path.write_text(path.read_text().replace("  </packageSources>", new, 1))
    undo(tmp_path, {})
    assert sources(path) == {
        "farm": "https://farm.example/v3/index.json",
        "gallery": GALLERY,
        "new": "https://new.example/index.json",
    }


def test_a_second_use_of_an_edited_file_still_leads_the_gallery_to_us(tmp_path: Path) -> None:
    path = write(tmp_path, WRITTEN)
    use("http://127.0.0.1:9999/nuget", tmp_path, {})
    path.write_text(path.read_text() + "<!-- mine -->\n")
    use(OURS, tmp_path, {})
    assert sources(path) == {"farm": "https://farm.example/v3/index.json", "gallery": INDEX}
    undo(tmp_path, {})
    assert path.read_text() == WRITTEN + "<!-- mine -->\n"


@pytest.mark.parametrize(
    "text",
    [
        "<configuration></configuration>",
        "<configuration>\n  <packageSources/>\n</configuration>\n",
        "<configuration><packageSources></packageSources></configuration>",
        '<configuration><packageSources><add key="farm" value="https://farm.example/"/></packageSources></configuration>',
        SWITCHED_OFF,
        "",
    ],
)
def test_a_file_without_the_gallery_gets_a_source_of_ours(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, text)
    use(OURS, tmp_path, {})
    assert sources(path)["packhouse"] == INDEX
    undo(tmp_path, {})
    assert path.read_text() == text


def test_a_source_that_was_added_goes_from_an_edited_file(tmp_path: Path) -> None:
    path = write(tmp_path, "<configuration>\n</configuration>\n")
    use(OURS, tmp_path, {})
    path.write_text(path.read_text() + "<!-- mine -->\n")
    undo(tmp_path, {})
    assert sources(path) == {}
    assert "mine" in path.read_text()


def test_nuget_exe_under_mono_is_pointed_at_us_where_it_has_a_file(tmp_path: Path) -> None:
    mono = tmp_path / ".config" / "NuGet" / "NuGet.Config"
    mono.parent.mkdir(parents=True)
    mono.write_bytes(WRITTEN.encode())
    assert str(mono) in use(OURS, tmp_path, {})
    assert sources(mono)["gallery"] == INDEX
    assert sources(config(tmp_path)) == {"packhouse": INDEX}
    undo(tmp_path, {})
    assert mono.read_bytes() == WRITTEN.encode()


@pytest.mark.parametrize(
    ("environ", "path"),
    [
        ({"DOTNET_CLI_HOME": "elsewhere"}, "elsewhere/.nuget/NuGet/NuGet.Config"),
        ({"APPDATA": "roaming"}, "roaming/NuGet/NuGet.Config"),
    ],
)
def test_the_environment_may_name_another_home(tmp_path: Path, environ: dict[str, str], path: str) -> None:
    there = {name: str(tmp_path / value) for name, value in environ.items()}
    use(OURS, tmp_path, there)
    assert sources(tmp_path / path) == {"packhouse": INDEX}


@pytest.mark.parametrize(
    "text",
    [
        "<configuration>",
        "nothing",
        "<other></other>",
        "<configuration/>",
        '<!DOCTYPE a [<!ENTITY b "c">]><configuration></configuration>',
        "<configuration>\0</configuration>",
    ],
)
def test_a_file_that_nuget_could_not_read_is_left_alone(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigError):
        use(OURS, tmp_path, {})
    assert path.read_text() == text
    assert list(path.parent.iterdir()) == [path]


def test_an_address_is_written_as_xml(tmp_path: Path) -> None:
    path = write(tmp_path, WRITTEN)
    use('https://a.example/x?"<&>/nuget', tmp_path, {})
    assert sources(path)["gallery"] == 'https://a.example/x?"<&>/nuget/v3/index.json'


def test_a_file_with_passwords_stays_private(tmp_path: Path) -> None:
    path = write(tmp_path, WRITTEN)
    path.chmod(0o600)
    use(OURS, tmp_path, {})
    assert {each.stat().st_mode & 0o777 for each in path.parent.iterdir()} == {0o600}


def test_a_damaged_copy_is_told(tmp_path: Path) -> None:
    path = write(tmp_path, WRITTEN)
    path.with_name("NuGet.Config.before-packhouse").write_text("{")
    with pytest.raises(ConfigError, match="damaged"):
        undo(tmp_path, {})
