"""The tree that old clients send to be audited: the installed packages, each with those below it.

npm 6 and Yarn 1 send their lock file; pnpm up to 10 puts each project of a workspace in place of a package.
"""

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from packhouse.domain.errors import Invalid, TooLarge

MAX_NODES = 100_000
_MAX_DEPTH = 200
"""npm's own trees have some twenty levels."""
_MAX_NAME = 1_000


class Node(Struct, frozen=True):
    """One installed package."""

    name: str
    version: str
    above: int
    """The place in the tree of what it stands below; -1 at the top."""
    dev: bool
    optional: bool
    bundled: bool


class Tree(Struct, frozen=True):
    """All of a tree, a parent before what is below it."""

    nodes: tuple[Node, ...]

    def path(self, at: int) -> str:
        """Write the way to a node as clients print it."""
        names: list[str] = []
        while at >= 0:
            node = self.nodes[at]
            names.append(node.name)
            at = node.above
        return ">".join(reversed(names))


class _Node(Struct):
    version: str | None = None
    dependencies: "dict[str, _Node] | None" = None
    dev: bool | None = None
    optional: bool | None = None
    bundled: bool | None = None


_decode = msgspec.json.Decoder(_Node).decode


def read_tree(body: bytes) -> Tree:
    """Read a tree; raise Invalid or TooLarge."""
    try:
        root = _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Invalid(f"the audit cannot be read: {error}", "send the tree of a lock file") from error
    except RecursionError:
        raise Invalid("the tree of the audit is nested too deeply") from None
    nodes: list[Node] = []
    level: list[tuple[int, Mapping[str, _Node]]] = [(-1, root.dependencies or {})]
    # Level by level, so that the depth of a tree is no depth of calls.
    for _ in range(_MAX_DEPTH):
        if not level:
            return Tree(tuple(nodes))
        level = [below for above, members in level for below in _append(nodes, above, members)]
    raise Invalid(f"the tree of the audit has more than {_MAX_DEPTH} levels")


def _append(nodes: list[Node], above: int, members: Mapping[str, _Node]) -> list[tuple[int, Mapping[str, _Node]]]:
    """Add what stands below a node, and return what stands below that."""
    if len(nodes) + len(members) > MAX_NODES:
        raise TooLarge(f"an audit may have {MAX_NODES} packages")
    below: list[tuple[int, Mapping[str, _Node]]] = []
    for name, node in members.items():
        if len(name) > _MAX_NAME:
            raise Invalid("a name in the audit is too long")
        if node.dependencies:
            below.append((len(nodes), node.dependencies))
        flags = bool(node.dev), bool(node.optional), bool(node.bundled)
        nodes.append(Node(name, node.version or "", above, *flags))
    return below
