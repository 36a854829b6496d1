"""What a resolver answers: the releases chosen and which requirement led to which."""

from typing import Literal

from msgspec import Struct

from packhouse.domain.package import PackageKey

EdgeKind = Literal["runtime", "dev", "peer", "optional", "peer-optional", "build"]


class Node(Struct, frozen=True, omit_defaults=True):
    """One chosen release in one place."""

    package: PackageKey
    version: str
    path: str = ""
    """Where it is installed, e.g. node_modules/a/node_modules/b; empty for the root and where places mean nothing."""
    errors: tuple[str, ...] = ()
    """Requirements of this node that could not be met, one sentence each."""
    bundled: bool = False
    optional: bool = False
    dev: bool = False
    peer: bool = False
    """True where only peer requirements lead to it."""
    why: str = ""
    """Why this version and no other, in a sentence, where the edges that lead here do not tell it all."""


class Edge(Struct, frozen=True, omit_defaults=True):
    """A requirement of one node that another node meets."""

    from_node: int
    to_node: int
    requirement: str
    """The range as written."""
    kind: EdgeKind = "runtime"
    indirect: bool = False
    """True where it is written down only for what other nodes need, so that it is no dependency of its own."""


class Graph(Struct, frozen=True, omit_defaults=True):
    """A resolved dependency graph; `nodes[0]` is the root."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    error: str = ""
    """Why the whole could not be resolved; empty where it could."""
