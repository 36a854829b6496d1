"""The real nuget.exe installs through the server."""

from pathlib import Path

import pytest

from tests.clients.nuget.conftest import MakeWorkspace
from tests.clients.nuget.feed import Feed
from tests.clients.nuget.server import serving_nuget

pytestmark = [pytest.mark.client, pytest.mark.timeout(300)]

TREE = {
    "Cider-Press.1.4.0": "Cider-Press 1.4.0",
    "Farm.Basket.2.1.0": "Farm.Basket 2.1.0",
    "Farm.Plum.1.2.0": "Farm.Plum 1.2.0",
    "Rope.0.3.0": "Rope 0.3.0",
}


def test_an_install_is_the_same_directly_cold_warm_and_without_upstream(
    upstream: Feed, tmp_path: Path, make_workspace: MakeWorkspace
) -> None:
    direct = make_workspace(upstream.index)
    done = direct.install("Cider-Press")
    assert direct.installed() == TREE, done.said
    with serving_nuget(tmp_path / "server", upstream.index) as server:
        through = make_workspace(server.index)
        done = through.install("Cider-Press")
        assert through.installed() == TREE, done.said
        through.forget()
        upstream.asked.clear()
        through.install("Cider-Press")
        assert through.installed() == TREE
        assert upstream.asked == []
        server.switch_off()
        through.forget()
        done = through.install("Cider-Press")
        assert through.installed() == TREE, done.said
