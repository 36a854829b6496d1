from pathlib import Path

import pytest

from tests.clients.gem.conftest import MakeOrchard, gem_server
from tests.clients.gem.gems import Gems

pytestmark = pytest.mark.client

WHOLE = {"Press-1.4", "basket-2-go-2.0", "plum-1.2.3", "rope-0.3.0"}


def test_bundler_installs_what_it_would_install_from_the_upstream(
    gems: Gems, tmp_path: Path, make_orchard: MakeOrchard
) -> None:
    with gem_server(tmp_path / "server", gems.url) as server:
        ours, theirs = make_orchard(server.source), make_orchard(f"{gems.url}/")
        for orchard in (ours, theirs):
            orchard.want('gem "Press"')
            orchard.must_bundle("install")
            assert orchard.bundled() == WHOLE
        assert ours.locked() == theirs.locked()


def test_gem_installs_what_it_would_install_from_the_upstream(
    gems: Gems, tmp_path: Path, make_orchard: MakeOrchard
) -> None:
    with gem_server(tmp_path / "server", gems.url) as server:
        for source in (server.source, f"{gems.url}/"):
            orchard = make_orchard(source)
            orchard.must_gem("install", "Press", "--no-document", "--clear-sources", "--source", source)
            assert orchard.installed() == WHOLE
