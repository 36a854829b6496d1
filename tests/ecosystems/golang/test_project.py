"""Projects as their files say them."""

import pytest

from packhouse.domain.ecosystem import DocumentRun
from packhouse.domain.errors import Invalid
from packhouse.ecosystems.golang import ECOSYSTEM

MAIN = b"module example.test/orchard\n\ngo 1.21\n\nrequire example.test/apple v1.0.0\n"


def test_a_go_mod_is_resolved_as_the_main_module() -> None:
    assert ECOSYSTEM.begin_manifest is not None
    run = ECOSYSTEM.begin_manifest({"go.mod": MAIN, "go.sum": b""}, {})
    assert isinstance(run, DocumentRun)
    (wanted,) = run.wanted()
    run.take({wanted: b"module example.test/apple\n\ngo 1.21\n"})
    graph = run.resolve()
    assert [f"{node.package.name} {node.version}" for node in graph.nodes] == [
        "example.test/orchard ",
        "example.test/apple v1.0.0",
    ]
    assert [(edge.from_node, edge.to_node, edge.requirement) for edge in graph.edges] == [(0, 1, "v1.0.0")]


def test_sums_alone_are_no_project() -> None:
    assert ECOSYSTEM.begin_manifest is not None
    with pytest.raises(Invalid, match=r"there is no go\.mod"):
        ECOSYSTEM.begin_manifest({"go.sum": b""}, {})
