"""What we know, as messages."""

from packhouse.apis.depsdev import answers
from packhouse.domain.graph import Edge, Graph, Node
from packhouse.domain.package import NormalName, PackageKey


def _node(name: str, version: str, path: str, *, bundled: bool = False) -> Node:
    return Node(PackageKey("toy", NormalName(name)), version, path, bundled=bundled)


def test_a_bundled_node_is_named_by_who_brings_it() -> None:
    nodes = (
        _node("root", "9.0.0", ""),
        _node("a", "1.2.3", "in/a"),
        _node("b", "2.0.0", "in/a/in/b", bundled=True),
        _node("@s/c", "3.0.0", "in/a/in/b/in/@s/c", bundled=True),
        _node("own", "4.0.0", "in/own", bundled=True),
    )
    edges = (Edge(0, 1, "*"), Edge(1, 2, "*"), Edge(2, 3, "*"), Edge(0, 4, "*"))
    found = answers.dependencies(str.upper, Graph(nodes, edges)).nodes
    assert [(node.version_key.name, node.version_key.version, node.bundled) for node in found] == [
        ("root", "9.0.0", False),
        ("a", "1.2.3", False),
        ("a>1.2.3>b", "2.0.0", True),
        ("a>1.2.3>b>@s/c", "3.0.0", True),
        ("root>9.0.0>own", "4.0.0", True),
    ]


def test_what_is_needed_directly_and_further_down_is_direct() -> None:
    nodes = (_node("root", "1", ""), _node("a", "1", "a"), _node("b", "1", "b"))
    graph = Graph(nodes, (Edge(0, 1, "*"), Edge(0, 2, "*"), Edge(1, 2, "^1")), "half of it is missing")
    answer = answers.dependencies(str.upper, graph)
    assert [node.relation for node in answer.nodes] == ["SELF", "DIRECT", "DIRECT"]
    assert answer.error == "half of it is missing"
    assert answer.nodes[1].version_key.system == "TOY"
