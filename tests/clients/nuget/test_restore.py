"""The resolver behind `dotnet restore` resolves through the server."""

import base64
import hashlib
from pathlib import Path

import pytest

from tests.clients.nuget.feed import Feed
from tests.clients.nuget.program import need_nuget
from tests.clients.nuget.project import Project, build_restore
from tests.clients.nuget.server import Server, serving_nuget

pytestmark = [pytest.mark.client, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile the driver once."""
    return build_restore(need_nuget(), tmp_path_factory.mktemp("driver"))


@pytest.mark.parametrize(
    ("needs", "resolved"),
    [
        ({"Cider-Press": "[1.4.0, )"}, ["Cider-Press/1.4.0", "Farm.Basket/2.1.0", "Farm.Plum/1.2.0", "Rope/0.3.0"]),
        ({"farm.plum": "1.1.0"}, ["Farm.Plum/1.2.0"]),
        ({"Farm.Plum": "1.*"}, ["Farm.Plum/1.3.0"]),
        ({"Farm.Plum": "*-*"}, ["Farm.Plum/2.0.0-beta.1"]),
        ({"Farm.Basket": "[2.1.0]", "Farm.Plum": "[1.2.1]"}, ["Farm.Basket/2.1.0", "Farm.Plum/1.2.1"]),
    ],
)
def test_a_project_resolves_as_it_does_directly(
    server: Server, upstream: Feed, driver: Path, tmp_path: Path, needs: dict[str, str], resolved: list[str]
) -> None:
    for name, source in (("direct", upstream.index), ("through", server.index)):
        project = Project(tmp_path / name, driver, source, needs)
        done = project.restore()
        assert done.code == 0, done.said
        assert project.resolved() == resolved


def test_the_files_are_the_upstreams_own_to_the_last_byte(
    server: Server, upstream: Feed, driver: Path, tmp_path: Path
) -> None:
    project = Project(tmp_path / "project", driver, server.index, {"Rope": "0.3.0"})
    project.restore()
    digest = base64.b64encode(hashlib.sha512(upstream.nupkg("Rope", "0.3.0")).digest()).decode()
    assert project.hashes() == {"Rope/0.3.0": digest}


def test_a_refused_release_is_not_chosen_and_not_had_by_name(upstream: Feed, driver: Path, tmp_path: Path) -> None:
    settings = '[policy]\ndeny = ["nuget/farm.plum@[1.2.0]"]'
    with serving_nuget(tmp_path / "server", upstream.index, settings) as server:
        project = Project(tmp_path / "range", driver, server.index, {"Farm.Plum": "1.1.0"})
        assert project.restore().code == 0
        assert project.resolved() == ["Farm.Plum/1.2.1"]
        done = Project(tmp_path / "exact", driver, server.index, {"Farm.Plum": "[1.2.0]"}).restore()
        assert done.code != 0
        assert "NU1102" in done.said


def test_a_project_restores_again_without_the_upstream(upstream: Feed, driver: Path, tmp_path: Path) -> None:
    needs = {"Cider-Press": "[1.4.0, )"}
    with serving_nuget(tmp_path / "server", upstream.index) as server:
        cold = Project(tmp_path / "cold", driver, server.index, needs)
        assert cold.restore().code == 0
        server.switch_off()
        again = Project(tmp_path / "again", driver, server.index, needs)
        done = again.restore()
        assert done.code == 0, done.said
        assert again.resolved() == cold.resolved()
        done = Project(tmp_path / "other", driver, server.index, {"Farm.Never": "1.0.0"}).restore()
        assert "NU1101" not in done.said  # an upstream that is off has not said that there is no such package
        assert done.code != 0
