"""npm: the registry protocol of npm, pnpm and yarn."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from packhouse.domain.ecosystem import Attesting, ClientSetting, Ecosystem, ResolutionRun
from packhouse.domain.package import PackageKey
from packhouse.domain.provenance import Presented
from packhouse.domain.release import Artifact, PackageRecord, Release
from packhouse.domain.upstream import UpstreamRequest
from packhouse.ecosystems.npm import client
from packhouse.ecosystems.npm.environment import USUAL, read_environment
from packhouse.ecosystems.npm.gatherings import further
from packhouse.ecosystems.npm.index import INDEX
from packhouse.ecosystems.npm.insight import INSIGHT
from packhouse.ecosystems.npm.names import parse_name, split_scope, to_purl
from packhouse.ecosystems.npm.node_advisories import to_osv
from packhouse.ecosystems.npm.paths import document_path, release_page
from packhouse.ecosystems.npm.ranges import satisfies
from packhouse.ecosystems.npm.requirements_wire import requirements_wire
from packhouse.ecosystems.npm.routes import build_mount
from packhouse.ecosystems.npm.versions import version_key
from packhouse.services.assembly import Services
from packhouse.services.hook_ports import Teller


def _document(base_url: str, key: PackageKey) -> UpstreamRequest:
    # The full document: the abbreviated one has no dates, and everything else can be derived from the full one.
    return UpstreamRequest(url=f"{base_url}/{document_path(key.name)}", accept="application/json")


def _default_version(record: PackageRecord) -> str:
    return record.tags.get("latest", "")


def _begin_resolution(key: PackageKey, version: str, environment: Mapping[str, str]) -> ResolutionRun:
    from packhouse.ecosystems.npm.planning import Run  # noqa: PLC0415 (start-up time)

    return Run(key, version, read_environment(environment))


def _begin_manifest(files: Mapping[str, bytes], environment: Mapping[str, str]) -> ResolutionRun:
    from packhouse.ecosystems.npm.project import begin  # noqa: PLC0415 (start-up time)

    return begin(files, read_environment(environment))


def _presented(key: PackageKey, release: Release, artifact: Artifact, body: bytes) -> Sequence[Presented]:
    from packhouse.ecosystems.npm.presented import presented  # noqa: PLC0415 (start-up time)

    return presented(key, release, artifact, body)


def _credentials(url: str, home: Path, environ: Mapping[str, str]) -> str | None:
    from packhouse.ecosystems.npm.credentials import find_authorization  # noqa: PLC0415 (start-up time)

    return find_authorization(url, home, environ)


def build_teller(services: Services) -> Teller:
    """Make what words events for hooks."""
    from packhouse.ecosystems.npm.hook_payload import HookPayloads  # noqa: PLC0415 (start-up time)

    return HookPayloads(services).tell


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


ECOSYSTEM = Ecosystem(
    key="npm",
    title="npm",
    system="NPM",
    aliases=("node", "nodejs", "javascript"),
    mount="npm",
    osv=("npm",),
    to_osv=to_osv,
    parse_name=parse_name,
    version_key=version_key,
    matches=satisfies,
    purl=to_purl,
    index=INDEX,
    document=_document,
    release_page=release_page,
    default_version=_default_version,
    requirements_wire=requirements_wire,
    install_hint=_install_hint,
    setup_hint=_setup_hint,
    clients=(ClientSetting("npm", client.use, client.undo, client.current),),
    begin_resolution=_begin_resolution,
    dating="before",
    environment=USUAL,
    manifests=("package.json", "npm-shrinkwrap.json", "package-lock.json"),
    begin_manifest=_begin_manifest,
    further=further,
    attestations=Attesting(_presented, lists_slsa=True),
    credentials=_credentials,
    namespace=lambda name: split_scope(name)[0].removeprefix("@"),
    insight=INSIGHT,
)

__all__ = ["ECOSYSTEM", "build_mount", "build_teller"]
