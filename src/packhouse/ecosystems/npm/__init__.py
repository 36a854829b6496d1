"""npm: the registry protocol of npm, pnpm and yarn."""

from collections.abc import Mapping, Sequence

from packhouse.domain.ecosystem import ClientSetting, Ecosystem, Resolution
from packhouse.domain.graph import Graph
from packhouse.domain.package import PackageKey
from packhouse.domain.release import PackageRecord
from packhouse.domain.upstream import UpstreamRequest
from packhouse.ecosystems.npm import client
from packhouse.ecosystems.npm.index import INDEX
from packhouse.ecosystems.npm.names import parse_name, to_purl
from packhouse.ecosystems.npm.paths import document_path
from packhouse.ecosystems.npm.ranges import satisfies
from packhouse.ecosystems.npm.requirements_wire import requirements_wire
from packhouse.ecosystems.npm.routes import build_mount
from packhouse.ecosystems.npm.versions import version_key
from packhouse.resolver.universe import NotLoaded

Loaded = Mapping[PackageKey, PackageRecord | None]


def _document(base_url: str, key: PackageKey) -> UpstreamRequest:
    # The full document: the abbreviated one has no dates, and everything else can be derived from the full one.
    return UpstreamRequest(url=f"{base_url}/{document_path(key.name)}", accept="application/json")


def _default_version(record: PackageRecord) -> str:
    return record.tags.get("latest", "")


def _resolve(key: PackageKey, version: str, records: Loaded) -> Graph:
    from packhouse.ecosystems.npm.resolve import resolve_release  # noqa: PLC0415 (start-up time)

    return resolve_release(key, version, _Universe(records))


def _needed(key: PackageKey, version: str, records: Loaded) -> frozenset[PackageKey]:
    from packhouse.ecosystems.npm.resolve import needed  # noqa: PLC0415 (start-up time)

    return needed(key, version, _Universe(records))


def _install_hint(base: str, name: str, version: str) -> Sequence[str]:
    wanted = f"{name}@{version}" if version else name
    return (f"npm install {wanted} --registry={base}/",)


def _setup_hint(base: str) -> Sequence[str]:
    return (
        "packhouse use npm",
        f"npm config set registry {base}/",
        f"pnpm config set registry {base}/",
        f"yarn config set registry {base}/",
        f"yarn config set npmRegistryServer {base}/",
    )


class _Universe:
    """The records loaded so far, as the resolver asks for them."""

    def __init__(self, records: Loaded) -> None:
        self._records = records

    def find(self, key: PackageKey) -> PackageRecord | None:
        """Return a record, None for a package that does not exist; raise NotLoaded for one that nobody asked for."""
        try:
            return self._records[key]
        except KeyError:
            raise NotLoaded(frozenset((key,))) from None


ECOSYSTEM = Ecosystem(
    key="npm",
    title="npm",
    system="NPM",
    aliases=("node", "nodejs", "javascript"),
    mount="npm",
    parse_name=parse_name,
    version_key=version_key,
    matches=satisfies,
    purl=to_purl,
    index=INDEX,
    document=_document,
    default_version=_default_version,
    requirements_wire=requirements_wire,
    install_hint=_install_hint,
    setup_hint=_setup_hint,
    clients=(ClientSetting("npm", client.use, client.undo, client.current),),
    resolution=Resolution(_resolve, _needed),
)

__all__ = ["ECOSYSTEM", "build_mount"]
