"""For which machine and which client a tree is resolved."""

from msgspec import Struct

from packhouse.domain.package import Moment


class Environment(Struct, frozen=True):
    """The client's settings that change what is chosen or where it is put."""

    node_version: str = "22.22.0"
    npm_version: str = "11.19.1"
    os: str = "linux"
    cpu: str = "x64"
    libc: str = "glibc"
    before: Moment | None = None
    """Choose only what was published up to this moment."""
    default_tag: str = "latest"
    strict_peer_deps: bool = False
    legacy_peer_deps: bool = False
    """Take no notice of peers, as versions of the client before 7 did."""
    force: bool = False
    prefer_dedupe: bool = False
    omit: tuple[str, ...] = ()
    """dev, optional, peer: what is needed only for these is resolved, but left out of the answer."""


DEFAULT = Environment()
