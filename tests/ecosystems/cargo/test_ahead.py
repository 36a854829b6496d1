"""What is fetched before cargo asks for it."""

import pytest

from packhouse.adapters.memory.upstream import MemoryAnswer
from packhouse.domain.errors import UpstreamDown
from packhouse.domain.view import View
from packhouse.ecosystems.cargo import ECOSYSTEM, build_mount
from packhouse.ecosystems.cargo.ahead import Ahead
from tests.assembled import Assembled
from tests.ecosystems.cargo.crates import CONFIG, INDEX, UPSTREAM, index_file, key, line

pytestmark = pytest.mark.anyio

NEEDS = [
    {"name": "plum", "req": "1"},
    {"name": "alias", "package": "Pear", "req": "1", "kind": "build", "target": "cfg(unix)"},
    {"name": "tests-only", "req": "1", "kind": "dev"},
    {"name": "perhaps", "req": "1", "optional": True},
    {"name": "elsewhere", "req": "1", "registry": "https://other.example/index"},
    {"name": "../odd", "req": "1"},
    {"name": "missing", "req": "1"},
]


def server() -> Assembled:
    answers: dict[str, MemoryAnswer] = {
        f"{INDEX}/config.json": CONFIG,
        f"{INDEX}/pr/es/press": index_file(
            line("press", "0.9.0", deps=[{"name": "oldest", "req": "1"}]),
            line("press", "1.0.0", deps=NEEDS),
            line("press", "1.1.0", deps=[{"name": "yanked-needs", "req": "1"}], yanked=True),
        ),
        f"{INDEX}/pl/um/plum": index_file(line("plum", "1.0.0", deps=[{"name": "seed", "req": "1"}])),
        f"{INDEX}/pe/ar/pear": UpstreamDown("index.example cannot be reached"),
    }
    return Assembled(ECOSYSTEM, build_mount, answers, (UPSTREAM,))


def asked(ours: Assembled) -> list[str]:
    return sorted(each.rpartition("/")[2] for each in ours.asked() if "config" not in each)


async def test_what_the_newest_release_surely_needs_is_fetched_once() -> None:
    ours = server()
    ahead = Ahead(ours.services)
    for _ in range(2):
        await ahead.follow(View(), key("press"))
        await ahead.idle()
    # A step ahead, and no further: `seed` is what comes after `plum`.
    assert asked(ours) == ["missing", "pear", "plum", "press"]
    assert (await ours.get("/cargo/index/pl/um/plum")).status == 200
    assert asked(ours).count("plum") == 1


async def test_nothing_is_fetched_for_what_is_not_there_or_while_the_upstream_is_off() -> None:
    ours = server()
    ahead = Ahead(ours.services)
    await ahead.follow(View(), key("missing"))
    ours.off.add("crates")
    await ahead.follow(View(), key("press"))
    await ahead.idle()
    assert asked(ours) == ["missing"]
