"""What mvn itself would send, read from its own file."""

from base64 import b64encode
from pathlib import Path

import pytest

from packhouse.ecosystems.maven.credentials import find_authorization

PAIR = f"Basic {b64encode('ann:päss'.encode()).decode()}"
MIRROR = "<mirrors><mirror><id>team</id><url>https://acme.example/maven/</url></mirror></mirrors>"
PROFILE = (
    "<profiles><profile><repositories><repository><id>team</id><url>https://acme.example/maven</url></repository>"
    "</repositories></profile></profiles>"
)


def server(password: str, name: str = "team") -> str:
    return (
        f"<servers><server><id>other</id></server><server><id>{name}</id><username>ann</username>"
        f"<password>{password}</password></server></servers>"
    )


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (MIRROR + server("päss"), PAIR),
        (PROFILE + server("päss"), PAIR),
        (PROFILE + server("${env.PASS}"), PAIR),
        (PROFILE + server("{COQLCE6DU6GtcS5P=}"), None),
        (PROFILE + server("päss", "another"), None),
        (server("päss"), None),
        (MIRROR, None),
        ("<broken>", None),
    ],
)
def test_the_server_of_the_address_counts(tmp_path: Path, settings: str, expected: str | None) -> None:
    path = tmp_path / ".m2" / "settings.xml"
    path.parent.mkdir()
    path.write_text(f"<settings>{settings}</settings>", encoding="utf-8")
    assert find_authorization("https://acme.example/maven", tmp_path, {"PASS": "päss"}) == expected


def test_another_address_gets_nothing(tmp_path: Path) -> None:
    path = tmp_path / ".m2" / "settings.xml"
    path.parent.mkdir()
    path.write_text(f"<settings>{MIRROR}{server('secret')}</settings>")
    for url in ("https://acme.example", "https://acme.example/maven/other", "http://acme.example/maven"):
        assert find_authorization(url, tmp_path, {}) is None


def test_without_settings_there_is_nothing(tmp_path: Path) -> None:
    assert find_authorization("https://acme.example/maven", tmp_path, {}) is None
