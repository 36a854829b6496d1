"""pub: the hosted repository protocol of dart and flutter."""

from collections.abc import Mapping, Sequence

from packhouse.domain.ecosystem import Ecosystem, ResolutionRun
from packhouse.domain.errors import NotFound
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import PackageKey
from packhouse.domain.release import PackageRecord
from packhouse.domain.upstream import Gathered, Gathering, UpstreamRegistry, UpstreamRequest, gather_one
from packhouse.ecosystems.pub.index import CONTENT_TYPE, INDEX
from packhouse.ecosystems.pub.insight import INSIGHT
from packhouse.ecosystems.pub.names import parse_name, purl_name, to_purl
from packhouse.ecosystems.pub.ranges import satisfies
from packhouse.ecosystems.pub.record import complete
from packhouse.ecosystems.pub.requirements_wire import requirements_wire
from packhouse.ecosystems.pub.routes import build_mount
from packhouse.ecosystems.pub.usual import USUAL
from packhouse.ecosystems.pub.versions import version_key

_OF_PACKAGE = frozenset({"advisories", "score", "publisher", "options", "metrics", "likes"})
_OF_ALL = ("package-names", "package-name-completion-data")


def _document(base_url: str, key: PackageKey) -> UpstreamRequest:
    return UpstreamRequest(url=f"{base_url}/api/packages/{key.name}", accept=CONTENT_TYPE)


def _further(registry: UpstreamRegistry, further: FurtherKey) -> Gathering[Gathered]:
    if further.key.name and further.path in _OF_PACKAGE:
        url = f"{registry.url}/api/packages/{further.key.name}/{further.path}"
    elif not further.key.name and further.path.partition("?")[0] in _OF_ALL:
        url = f"{registry.url}/api/{further.path}"
    else:
        raise NotFound(f"there is no {further}")
    return gather_one(UpstreamRequest(url, accept=f"{CONTENT_TYPE}, application/json"))


def _release_page(base_url: str, name: str, version: str) -> str:
    return f"{base_url}/packages/{name}/versions/{version}"


def _default_version(record: PackageRecord) -> str:
    return record.tags.get("latest", "")


def _begin_resolution(key: PackageKey, version: str, environment: Mapping[str, str]) -> ResolutionRun:
    from packhouse.ecosystems.pub.environment import read_environment  # noqa: PLC0415 (start-up time)
    from packhouse.ecosystems.pub.resolve import Run  # noqa: PLC0415 (start-up time)

    return Run(key, version, read_environment(environment))


def _begin_manifest(files: Mapping[str, bytes], environment: Mapping[str, str]) -> ResolutionRun:
    from packhouse.ecosystems.pub.pubspec import begin  # noqa: PLC0415 (start-up time)

    return begin(files, environment)


def _install_hint(base: str, name: str, version: str) -> Sequence[str]:
    wanted = f"{name}:{version}" if version else name
    return (f"PUB_HOSTED_URL={base} dart pub add {wanted}",)


def _setup_hint(base: str) -> Sequence[str]:
    return (f"export PUB_HOSTED_URL={base}",)


ECOSYSTEM = Ecosystem(
    key="pub",
    title="pub",
    system="PUB",
    aliases=("dart", "flutter", "pub.dev"),
    mount="pub",
    osv=("Pub",),
    parse_name=parse_name,
    version_key=version_key,
    matches=satisfies,
    purl=to_purl,
    purl_name=purl_name,
    index=INDEX,
    document=_document,
    further=_further,
    complete=complete,
    release_page=_release_page,
    default_version=_default_version,
    requirements_wire=requirements_wire,
    install_hint=_install_hint,
    setup_hint=_setup_hint,
    insight=INSIGHT,
    begin_resolution=_begin_resolution,
    environment=USUAL,
    manifests=("pubspec.yaml", "pubspec.lock", "pubspec_overrides.yaml"),
    begin_manifest=_begin_manifest,
)

__all__ = ["ECOSYSTEM", "build_mount"]
