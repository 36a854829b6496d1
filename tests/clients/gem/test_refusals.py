"""What the server refuses, as gem and bundler meet it."""

from pathlib import Path

import pytest

from tests.clients.gem.conftest import QUICK, MakeOrchard, gem_server
from tests.clients.gem.gems import Gems

pytestmark = pytest.mark.client

SENTENCE = "on the list of denied packages"
DENIED = '[policy]\ndeny = ["gem/plum@= 1.2.3", "gem/rope"]\n'


def test_a_refused_release_is_not_chosen(gems: Gems, tmp_path: Path, make_orchard: MakeOrchard) -> None:
    with gem_server(tmp_path / "server", gems.url, DENIED) as server:
        orchard = make_orchard(server.source)
        orchard.want('gem "plum"')
        orchard.must_bundle("install")
        assert orchard.bundled() == {"plum-1.2.0"}
        orchard.must_gem("install", "plum", "--no-document", "--clear-sources", "--source", server.source)
        assert orchard.installed() == {"plum-1.2.0"}
        assert not any("plum-1.2.3.gem" in path for path in gems.asked)


def test_a_client_that_keeps_the_index_is_told_once_what_was_refused(
    gems: Gems, tmp_path: Path, make_orchard: MakeOrchard
) -> None:
    with gem_server(tmp_path / "server", gems.url, DENIED) as server:
        orchard = make_orchard(server.source)
        orchard.want('gem "plum"')
        orchard.must_bundle("lock")
        before = orchard.kept_list()
        orchard.must_bundle("lock", "--update")
        after = orchard.kept_list()
        assert after.startswith(before)
        assert after[len(before) :].startswith(b"plum -1.2.3 ")
        orchard.must_bundle("lock", "--update")
        assert orchard.kept_list() == after
        assert orchard.locked() == {"plum": "1.2.0"}


def test_a_refused_release_in_a_lock_file_stops_the_install(
    gems: Gems, tmp_path: Path, make_orchard: MakeOrchard
) -> None:
    with gem_server(tmp_path / "server", gems.url, DENIED) as server:
        orchard = make_orchard(server.source)
        orchard.want('gem "plum"')
        (orchard.folder / "Gemfile.lock").write_text(
            f"GEM\n  remote: {server.source}\n  specs:\n    plum (1.2.3)\n\nPLATFORMS\n  ruby\n\nDEPENDENCIES\n  plum\n"
        )
        said = orchard.bundle("install")
        assert "plum-1.2.3" not in orchard.bundled()
        assert said.code != 0
        assert "plum" in said.all
        said = orchard.gem("install", "plum", "-v", "1.2.3", "--clear-sources", "--source", server.source)
        assert said.code != 0
        assert orchard.installed() == set()


def test_a_gem_that_is_refused_altogether_stops_the_install(
    gems: Gems, tmp_path: Path, make_orchard: MakeOrchard
) -> None:
    with gem_server(tmp_path / "server", gems.url, DENIED) as server:
        orchard = make_orchard(server.source)
        orchard.want('gem "basket-2-go"')
        said = orchard.bundle("install")
        assert said.code != 0
        assert "rope" in said.all
        orchard.want('gem "rope"')
        assert SENTENCE in " ".join(orchard.bundle("install").all.split())
        said = orchard.gem("install", "basket-2-go", "--no-document", "--clear-sources", "--source", server.source)
        assert said.code != 0
        assert "rope" in said.all
        assert orchard.installed() | orchard.bundled() <= {"plum-1.2.0"}


def test_refused_releases_are_not_listed_once_they_are_known(
    gems: Gems, tmp_path: Path, make_orchard: MakeOrchard
) -> None:
    with gem_server(tmp_path / "server", gems.url, DENIED) as server:
        orchard = make_orchard(server.source)
        here = ("--clear-sources", "--source", server.source)
        orchard.must_gem("install", "plum", "--no-document", *here)
        assert "plum (1.2.0, 1.0.0)" in orchard.must_gem("list", "--remote", "--all", "plum", *here).out
        assert "plum (1.2.0)" in orchard.must_gem("list", "--remote", "plum", *here).out


def test_a_release_that_is_too_young_is_not_chosen(gems: Gems, tmp_path: Path, make_orchard: MakeOrchard) -> None:
    gems.publish({"name": "plum", "version": "1.3.0", "created_at": "2999-01-01T00:00:00Z"})
    with gem_server(tmp_path / "server", gems.url, '[policy]\nminimum_age = "3d"\n' + QUICK) as server:
        orchard = make_orchard(server.source)
        orchard.want('gem "plum"')
        orchard.must_bundle("lock")
        assert orchard.locked() == {"plum": "1.2.3"}


def test_a_view_of_the_past_knows_nothing_newer(gems: Gems, tmp_path: Path, make_orchard: MakeOrchard) -> None:
    gems.publish({"name": "plum", "version": "1.3.0", "created_at": "2021-01-01T00:00:00Z", "dated": False})
    with gem_server(tmp_path / "server", gems.url) as server:
        orchard = make_orchard(server.source.replace("/gem/", "/@2020-06-01/gem/"))
        orchard.want('gem "plum"')
        orchard.must_bundle("install")
        assert orchard.bundled() == {"plum-1.2.3"}


def test_a_file_changed_upstream_is_neither_installed_nor_kept(
    gems: Gems, tmp_path: Path, make_orchard: MakeOrchard
) -> None:
    with gem_server(tmp_path / "server", gems.url) as server:
        changed = gems.file("plum-1.2.0")
        mark = changed[512:700]  # compressed metadata: nothing else is like it
        gems.instead["/gems/plum-1.2.3.gem"] = changed
        orchard = make_orchard(server.source)
        orchard.want('gem "plum"')
        assert orchard.bundle("install").code != 0
        assert orchard.bundled() == set()
        kept = [file for file in (server.folder / "data").rglob("*") if file.is_file()]
        assert kept
        assert not any(mark in file.read_bytes() for file in kept)
        del gems.instead["/gems/plum-1.2.3.gem"]
        orchard.must_bundle("install")
        assert orchard.bundled() == {"plum-1.2.3"}
