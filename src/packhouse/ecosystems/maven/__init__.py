"""Maven: the repository protocol of mvn, Gradle and all that reads Maven repositories."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from packhouse.domain.ecosystem import ClientSetting, Ecosystem, Insight, ResolutionRun
from packhouse.domain.further import FurtherKey
from packhouse.domain.insight import Hits
from packhouse.domain.package import PackageKey
from packhouse.domain.release import Release
from packhouse.domain.upstream import Gathering, UpstreamRegistry
from packhouse.ecosystems.maven import gradle, settings_xml
from packhouse.ecosystems.maven.index import INDEX, document, gather_date, gather_further, is_lasting, release_page
from packhouse.ecosystems.maven.names import parse_name, purl_name, split_name, to_purl
from packhouse.ecosystems.maven.ranges import matches
from packhouse.ecosystems.maven.record import default_version
from packhouse.ecosystems.maven.routes import build_mount
from packhouse.ecosystems.maven.usual import USUAL
from packhouse.ecosystems.maven.versions import version_key

# What a record needs of the POM is read when the first one is asked for: start-up time is a feature.


def _complete(
    key: PackageKey, release: Release, documents: Mapping[FurtherKey, bytes | None]
) -> Release | frozenset[FurtherKey]:
    from packhouse.ecosystems.maven.complete import complete  # noqa: PLC0415

    return complete(key, release, documents)


def _requirements_wire(release: Release) -> dict[str, Any]:
    from packhouse.ecosystems.maven.requirements_wire import requirements_wire  # noqa: PLC0415

    return requirements_wire(release)


def _search(registry: UpstreamRegistry, text: str, offset: int, limit: int) -> Gathering[Hits]:
    from packhouse.ecosystems.maven.insight import search  # noqa: PLC0415

    return search(registry, text, offset, limit)


def _credentials(url: str, home: Path, environ: Mapping[str, str]) -> str | None:
    from packhouse.ecosystems.maven.credentials import find_authorization  # noqa: PLC0415

    return find_authorization(url, home, environ)


def _begin_resolution(key: PackageKey, version: str, environment: Mapping[str, str]) -> ResolutionRun:
    from packhouse.ecosystems.maven.resolve import Run  # noqa: PLC0415

    return Run(key, version, environment)


def _begin_manifest(files: Mapping[str, bytes], environment: Mapping[str, str]) -> ResolutionRun:
    from packhouse.ecosystems.maven.resolve import begin_manifest  # noqa: PLC0415

    return begin_manifest(files, environment)


def _install_hint(base: str, name: str, version: str) -> Sequence[str]:
    group, artifact = split_name(name)
    wanted = version or "LATEST"
    return (
        f"mvn dependency:get -Dartifact={group}:{artifact}:{wanted} -DremoteRepositories={base}/",
        f"<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>{wanted}</version></dependency>",
    )


def _setup_hint(base: str) -> Sequence[str]:
    return (
        "packhouse use maven",
        "packhouse use gradle",
        f"<mirror><id>packhouse</id><mirrorOf>*</mirrorOf><url>{base}/</url></mirror>",
    )


ECOSYSTEM = Ecosystem(
    key="maven",
    title="Maven",
    system="MAVEN",
    aliases=("java", "mvn", "gradle"),
    mount="maven",
    osv=("Maven",),
    parse_name=parse_name,
    version_key=version_key,
    matches=matches,
    purl=to_purl,
    purl_name=purl_name,
    index=INDEX,
    document=document,
    release_page=release_page,
    default_version=default_version,
    requirements_wire=_requirements_wire,
    begin_resolution=_begin_resolution,
    environment=USUAL,
    manifests=("pom.xml",),
    begin_manifest=_begin_manifest,
    install_hint=_install_hint,
    setup_hint=_setup_hint,
    clients=(
        ClientSetting("maven", settings_xml.use, settings_xml.undo, settings_xml.current, program="mvn"),
        ClientSetting("gradle", gradle.use, gradle.undo, gradle.current),
    ),
    further=gather_further,
    complete=_complete,
    lasting=is_lasting,
    date=gather_date,
    digests="first-use",
    files_without_index=True,
    locates_by_path=True,
    merges=True,
    insight=Insight(search=_search),
    credentials=_credentials,
    sample_version="1.0",
)

__all__ = ["ECOSYSTEM", "build_mount"]
