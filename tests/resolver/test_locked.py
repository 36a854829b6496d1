"""What a lock file has decided is told of the releases that it has, and of no others."""

from packhouse.domain.graph import Graph, Node
from packhouse.domain.package import NormalName, PackageKey
from packhouse.resolver.locked import tell_locked


def node(name: str, version: str, why: str = "") -> Node:
    return Node(PackageKey("toy", NormalName(name)), version, why=why)


def test_a_release_that_the_lock_file_has_says_so_and_keeps_what_it_said_before() -> None:
    graph = Graph((node("root", "1"), node("kept", "1"), node("newer", "2"), node("moved", "3", "it has moved")), ())
    told = tell_locked(graph, {("root", "1"), ("kept", "1"), ("newer", "1"), ("moved", "3")})
    assert [each.why for each in told.nodes] == [
        "",
        "the lock file has it",
        "",
        "it has moved; the lock file has it",
    ]


def test_without_a_lock_file_nothing_is_said() -> None:
    graph = Graph((node("root", "1"), node("new", "1")), ())
    assert tell_locked(graph, ()) is graph
