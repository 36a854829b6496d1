"""Graphs over a whole server in memory: pages and metadata are fetched as resolving asks for them."""

import pytest

from packhouse.adapters.memory.upstream import MemoryAnswer
from packhouse.domain.errors import Invalid
from packhouse.domain.upstream import UpstreamAnswer, UpstreamRegistry
from packhouse.domain.view import View
from packhouse.ecosystems.pypi import ECOSYSTEM, build_mount
from packhouse.ecosystems.pypi.catalogue import package_key
from packhouse.ecosystems.pypi.index import JSON
from tests.agreement.pypi.recorded import File, make_page
from tests.assembled import Assembled

pytestmark = pytest.mark.anyio

_FILES = "https://files.example"


def _server() -> Assembled:
    answers: dict[str, MemoryAnswer] = {}
    for name, versions in {"apple": {"1": "pear<2", "2": "pear>=9"}, "pear": {"1": "", "2": ""}}.items():
        files = [File(f"{name}-{version}-py3-none-any.whl") for version in versions]
        page = make_page(name, files, _FILES)
        answers[f"https://pypi.example/simple/{name}/"] = UpstreamAnswer(200, page, content_type=JSON)
        for version, asked in versions.items():
            lines = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
            body = f"{lines}Requires-Dist: {asked}\n" if asked else lines
            answers[f"{_FILES}/{name}-{version}-py3-none-any.whl.metadata"] = body.encode()
    registry = UpstreamRegistry("pypi", "pypi", "https://pypi.example", extra_hosts=("files.example",))
    return Assembled(ECOSYSTEM, build_mount, answers, (registry,))


@pytest.mark.parametrize("client", ["pip", "uv"])
async def test_a_release_is_resolved_from_pages_and_metadata_alone(client: str) -> None:
    server = _server()
    graph = await server.services.resolver.resolve(View(), package_key("apple"), "1", {"client": client})
    assert [(node.package.name, node.version) for node in graph.nodes] == [("apple", "1"), ("pear", "1")]
    assert [(edge.from_node, edge.to_node, edge.requirement) for edge in graph.edges] == [(0, 1, "<2")]


async def test_a_release_whose_needs_cannot_be_met_says_so_on_its_node() -> None:
    graph = await _server().services.resolver.resolve(View(), package_key("apple"), "2")
    assert "pear" in graph.error
    assert graph.nodes[0].version == "2"
    assert graph.nodes[0].errors


async def test_a_project_is_resolved_from_its_files() -> None:
    files = {"requirements.txt": b"apple\n"}
    graph = await _server().services.resolver.resolve_manifest(View(), files)
    assert [(node.package.name, node.version) for node in graph.nodes[1:]] == [("apple", "1"), ("pear", "1")]


async def test_an_unknown_environment_is_refused() -> None:
    with pytest.raises(Invalid):
        await _server().services.resolver.resolve(View(), package_key("apple"), "1", {"client": "easy_install"})
