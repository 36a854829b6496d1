"""gem and bundler against us, beside the same clients against the upstream itself."""

from pathlib import Path

import pytest

from tests.clients.gem.conftest import QUICK, MakeOrchard, gem_server
from tests.clients.gem.gems import Gems
from tests.clients.gem.orchard import DEFAULT
from tests.faults.server import serving

pytestmark = pytest.mark.client

WHOLE = {"Press-1.4", "basket-2-go-2.0", "plum-1.2.3", "rope-0.3.0"}


def test_bundler_installs_what_it_would_install_from_the_upstream_cold_warm_and_without_it(
    gems: Gems, tmp_path: Path, make_orchard: MakeOrchard
) -> None:
    with gem_server(tmp_path / "server", gems.url) as server:
        ours, theirs = make_orchard(server.source), make_orchard(f"{gems.url}/")
        for orchard in (ours, theirs):
            orchard.want('gem "Press"')
            orchard.must_bundle("install")
            assert orchard.bundled() == WHOLE
        assert ours.locked() == theirs.locked()
        assert ours.kept_list() == theirs.kept_list()
        files = [path for path in gems.asked if path.startswith("/gems/")]
        ours.forget(lock=True)
        ours.must_bundle("install")
        assert ours.bundled() == WHOLE
        assert [path for path in gems.asked if path.startswith("/gems/")] == files
    gems.asked.clear()
    settings = server.settings
    settings.write_text("offline = true\n" + settings.read_text())
    with serving(settings) as (_, port):
        ours = make_orchard(f"http://127.0.0.1:{port}/gem/")
        ours.want('gem "Press"')
        ours.must_bundle("install")
        assert ours.bundled() == WHOLE
    assert gems.asked == []


def test_gem_installs_what_it_would_install_from_the_upstream_cold_and_warm(
    gems: Gems, tmp_path: Path, make_orchard: MakeOrchard
) -> None:
    with gem_server(tmp_path / "server", gems.url) as server:
        for source in (server.source, server.source, f"{gems.url}/"):
            orchard = make_orchard(source)
            orchard.must_gem("install", "Press", "--no-document", "--clear-sources", "--source", source)
            assert orchard.installed() == WHOLE
        assert [path for path in gems.asked if path.endswith("Press-1.4.gem")] == ["/gems/Press-1.4.gem"] * 2


def test_a_gem_is_the_very_file_of_the_upstream(gems: Gems, tmp_path: Path, make_orchard: MakeOrchard) -> None:
    with gem_server(tmp_path / "server", gems.url) as server:
        orchard = make_orchard(server.source)
        for full, more in (("rope-0.3.0-java", ["--platform", "java"]), ("basket-2-go-2.0", [])):
            name = full.partition("-0")[0].removesuffix("-2.0")
            orchard.must_gem("fetch", name, *more, "--clear-sources", "--source", server.source)
            assert (orchard.folder / f"{full}.gem").read_bytes() == gems.file(full)


def test_bundler_asks_only_for_what_was_added_to_the_list(
    gems: Gems, tmp_path: Path, make_orchard: MakeOrchard
) -> None:
    with gem_server(tmp_path / "server", gems.url, QUICK) as server:
        ours, theirs = make_orchard(server.source), make_orchard(f"{gems.url}/")
        for orchard in (ours, theirs):
            orchard.want('gem "plum", "~> 1.0"')
            orchard.must_bundle("lock")
        gems.publish({"name": "plum", "version": "1.3.0"}, {"name": "rope", "version": "0.4.0"})
        for orchard in (ours, theirs):
            said = orchard.must_bundle("lock", "--update", "--verbose")
            assert f"HTTP 206 Partial Content {orchard.source}versions" in said.all
            assert f"HTTP 206 Partial Content {orchard.source}info/plum" in said.all
            assert orchard.locked() == {"plum": "1.3.0"}
            said = orchard.must_bundle("lock", "--update", "--verbose")
            assert f"HTTP 304 Not Modified {orchard.source}versions" in said.all
            assert "/info/" not in said.all
        assert ours.kept_list() == theirs.kept_list()
        gems.begin_list_anew()
        for orchard in (ours, theirs):
            orchard.must_bundle("lock", "--update")
        assert ours.kept_list() == theirs.kept_list()


def test_a_mirror_setting_sends_bundler_here_and_the_gemfile_stays(
    gems: Gems, tmp_path: Path, make_orchard: MakeOrchard
) -> None:
    with gem_server(tmp_path / "server", gems.url) as server:
        orchard = make_orchard(server.source)
        orchard.want('gem "basket-2-go"', source=DEFAULT)
        orchard.must_bundle("config", "set", "--global", "mirror.all", server.source)
        orchard.must_bundle("install")
        assert orchard.bundled() == WHOLE - {"Press-1.4"}
        assert f"remote: {DEFAULT}" in (orchard.folder / "Gemfile.lock").read_text()


def test_outdated_list_and_search_tell_what_they_tell_of_the_upstream(
    gems: Gems, tmp_path: Path, make_orchard: MakeOrchard
) -> None:
    with gem_server(tmp_path / "server", gems.url) as server:
        told = []
        for source in (server.source, f"{gems.url}/"):
            orchard = make_orchard(source)
            orchard.want('gem "plum"')
            (orchard.folder / "Gemfile.lock").write_text(
                f"GEM\n  remote: {source}\n  specs:\n    plum (1.0.0)\n\nPLATFORMS\n  ruby\n\nDEPENDENCIES\n  plum\n"
            )
            orchard.must_bundle("install")
            outdated = orchard.bundle("outdated", "--parseable")
            assert outdated.out.strip().startswith("plum (newest 1.2.3, installed 1.0.0")
            here = ("--clear-sources", "--source", source)
            orchard.must_gem("install", "plum", "--version", "1.2.0", "--no-document", *here)
            told.append(
                (
                    outdated.out,
                    orchard.must_gem("list", "--remote", "--all", "--prerelease", *here).out,
                    orchard.must_gem("search", "plum", *here).out,
                    orchard.must_gem("outdated", *here).out,
                    orchard.must_gem("specification", "basket-2-go", "--remote", *here).out,
                )
            )
        assert told[0] == told[1]
        assert "plum (2.0.0.beta1, 1.2.3, 1.2.0, 1.0.0)" in told[0][1]


def test_old_clients_find_the_compact_index_by_asking_for_the_root_new_ones_for_the_list(
    gems: Gems, tmp_path: Path, make_orchard: MakeOrchard
) -> None:
    with gem_server(tmp_path / "server", gems.url) as server:
        orchard = make_orchard(server.source)
        orchard.must_gem("install", "rope", "--no-document", "--clear-sources", "--source", server.source)
    assert "/info/rope" in gems.asked
    assert not any("specs.4.8" in path for path in gems.asked)


def test_an_unknown_gem_is_named_and_an_upstream_that_is_off_is_not_taken_for_one(
    gems: Gems, tmp_path: Path, make_orchard: MakeOrchard
) -> None:
    with gem_server(tmp_path / "server", gems.url) as server:
        orchard = make_orchard(server.source)
        orchard.want('gem "no-such-fruit"')
        said = orchard.bundle("lock")
        assert said.code != 0
        assert "Could not find gem 'no-such-fruit'" in said.all
        said = orchard.gem("install", "no-such-fruit", "--clear-sources", "--source", server.source)
        assert said.code != 0
        assert "no-such-fruit" in said.all
    settings = server.settings
    settings.write_text("offline = true\n" + settings.read_text())
    with serving(settings) as (_, port):
        source = f"http://127.0.0.1:{port}/gem/"
        said = orchard.gem("install", "Press", "--clear-sources", "--source", source)
        assert said.code != 0
        assert "503" in said.all


def test_a_yanked_release_is_not_chosen_any_more(gems: Gems, tmp_path: Path, make_orchard: MakeOrchard) -> None:
    with gem_server(tmp_path / "server", gems.url, QUICK) as server:
        orchard = make_orchard(server.source)
        orchard.want('gem "plum"')
        orchard.must_bundle("lock")
        assert orchard.locked() == {"plum": "1.2.3"}
        gems.yank("plum", "1.2.3")
        orchard.forget(lock=True, cache=False)
        orchard.must_bundle("lock")
        assert orchard.locked() == {"plum": "1.2.0"}
