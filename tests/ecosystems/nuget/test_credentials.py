"""Passwords in NuGet's own store."""

import base64
from pathlib import Path

import pytest

from packhouse.domain.errors import ConfigError
from packhouse.ecosystems.nuget import ECOSYSTEM

URL = "https://farm.example/v3/index.json"
CONFIG = """<configuration>
  <packageSources><add key="The Farm" value="https://farm.example/v3/index.json" /></packageSources>
  <packageSourceCredentials>
    <other><add key="Username" value="x" /><add key="ClearTextPassword" value="y" /></other>
    <The_x0020_Farm><add key="Username" value="ann" /><add key="ClearTextPassword" value="%SECRET%" /></The_x0020_Farm>
  </packageSourceCredentials>
</configuration>
"""


def find(home: Path, url: str = URL, **environ: str) -> str | None:
    assert ECOSYSTEM.credentials is not None
    return ECOSYSTEM.credentials(url, home, environ)


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    path = tmp_path / ".nuget" / "NuGet" / "NuGet.Config"
    path.parent.mkdir(parents=True)
    path.write_text(CONFIG)
    return tmp_path


def test_a_password_is_found_by_the_address_of_its_source(home: Path) -> None:
    assert find(home, SECRET="s:cret") == basic("ann:s:cret")
    assert find(home) == basic("ann:%SECRET%")
    assert find(home, url=f"{URL}/") == basic("ann:%SECRET%")


def test_the_environment_counts_first(home: Path) -> None:
    environ = {"NuGetPackageSourceCredentials_The Farm": "Username=bob; Password=p=q;ValidAuthenticationTypes=Basic"}
    assert find(home, **environ) == basic("bob:p=q")
    assert find(home, **{"NuGetPackageSourceCredentials_The Farm": "Username=bob"}) == basic("ann:%SECRET%")


def test_another_address_has_no_password(home: Path, tmp_path: Path) -> None:
    assert find(home, url="https://other.example/v3/index.json") is None
    assert find(tmp_path / "nobody") is None


@pytest.mark.parametrize("section", ["", '<The_x0020_Farm><add key="Username" value="a" /></The_x0020_Farm>'])
def test_a_source_without_a_readable_password_has_none(home: Path, section: str) -> None:
    path = home / ".nuget" / "NuGet" / "NuGet.Config"
    begin, end = CONFIG.index("    <other>"), CONFIG.index("  </packageSourceCredentials>")
    path.write_text(CONFIG[:begin] + section + CONFIG[end:])
    assert find(home) is None


def test_a_file_that_cannot_be_read_is_told(home: Path) -> None:
    (home / ".nuget" / "NuGet" / "NuGet.Config").write_text("<configuration>")
    with pytest.raises(ConfigError):
        find(home)
