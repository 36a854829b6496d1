"""For which machine and which client a tree is resolved."""

from collections.abc import Mapping
from datetime import UTC, datetime

from msgspec import Struct

from packhouse.domain.errors import Invalid
from packhouse.domain.package import Moment
from packhouse.ecosystems.npm.versions import version_key


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
_PEERS = ("usual", "strict", "legacy", "force")
_OMITTED = ("dev", "optional", "peer")


def read_environment(told: Mapping[str, str]) -> Environment:
    """Read what is told of node, npm, os, cpu, libc, peers, before and omit (with commas); raise Invalid."""
    node, npm = told.get("node", DEFAULT.node_version), told.get("npm", DEFAULT.npm_version)
    for each in (node, npm):
        version_key(each)
    peers = told.get("peers", "usual")
    if peers not in _PEERS:
        raise Invalid(f"peers cannot be {peers!r}", f"they may be {', '.join(_PEERS)}")
    omitted = tuple(each for each in told.get("omit", "").split(",") if each)
    if not set(omitted).issubset(_OMITTED):
        raise Invalid(f"{told['omit']!r} cannot be omitted", f"what can be is {', '.join(_OMITTED)}")
    return Environment(
        node_version=node,
        npm_version=npm,
        os=told.get("os", DEFAULT.os),
        cpu=told.get("cpu", DEFAULT.cpu),
        libc=told.get("libc", DEFAULT.libc),
        before=_moment(told.get("before", "")),
        strict_peer_deps=peers == "strict",
        legacy_peer_deps=peers == "legacy",
        force=peers == "force",
        omit=omitted,
    )


def _moment(text: str) -> Moment | None:
    """Read a date as the client's `--before` does, of which the begin counts, in UTC."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(f"before cannot be {text[:40]!r}", "write it as 2026-08-11 or 2026-08-11T12:00:00Z") from None
    return Moment(round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000))


USUAL = {
    "node": DEFAULT.node_version,
    "npm": DEFAULT.npm_version,
    "os": DEFAULT.os,
    "cpu": DEFAULT.cpu,
    "libc": DEFAULT.libc,
    "peers": "usual",
    "before": "",
    "omit": "",
}
"""What may be told of an environment, with what is usual."""
