"""Go: the module proxy protocol of the go command."""

from collections.abc import Mapping, Sequence
from typing import Any

from packhouse.domain.capability import Analyser, Analysis, CapableRelease
from packhouse.domain.ecosystem import ClientSetting, Ecosystem, Insight, LicenceFiles, ResolutionRun
from packhouse.domain.errors import Invalid
from packhouse.domain.package import PackageKey
from packhouse.domain.release import Release
from packhouse.domain.requirement import Requirement
from packhouse.ecosystems.golang import client
from packhouse.ecosystems.golang.gatherings import document, find_date, further, gather, is_lasting
from packhouse.ecosystems.golang.index import INDEX, archive_name
from packhouse.ecosystems.golang.licence_files import is_licence
from packhouse.ecosystems.golang.names import escape, parse_name, purl_name, to_purl
from packhouse.ecosystems.golang.osv import osv_name, osv_version
from packhouse.ecosystems.golang.ranges import satisfies
from packhouse.ecosystems.golang.record import INDIRECT, complete
from packhouse.ecosystems.golang.routes import build_mount
from packhouse.ecosystems.golang.site import search
from packhouse.ecosystems.golang.standing import choose_default
from packhouse.ecosystems.golang.versions import version_key


def _release_page(base_url: str, name: str, version: str) -> str:
    return f"{base_url}/{escape(name)}/@v/{escape(version)}.info"


def _requirements_wire(release: Release) -> dict[str, Any]:
    """List direct and indirect requirements as deps.dev does."""
    direct = [_requirement(each) for each in release.requirements if each.marker != INDIRECT]
    indirect = [_requirement(each) for each in release.requirements if each.marker == INDIRECT]
    return {"directDependencies": direct, "indirectDependencies": indirect}


def _requirement(requirement: Requirement) -> dict[str, str]:
    return {"name": requirement.name, "requirement": requirement.raw or requirement.range}


def _install_hint(base: str, name: str, version: str) -> Sequence[str]:
    return (f"GOPROXY={base} go get {name}@{version or 'latest'}",)


def _setup_hint(base: str) -> Sequence[str]:
    return ("packhouse use go", f"go env -w GOPROXY={base}")


def _begin_resolution(key: PackageKey, version: str, environment: Mapping[str, str]) -> ResolutionRun:
    from packhouse.ecosystems.golang.resolve import Run  # noqa: PLC0415 (start-up time)

    del environment  # a build list is the same everywhere
    return Run(key, version)


def _begin_manifest(files: Mapping[str, bytes], environment: Mapping[str, str]) -> ResolutionRun:
    from packhouse.ecosystems.golang.main_module import read_main  # noqa: PLC0415 (start-up time)
    from packhouse.ecosystems.golang.resolve import ManifestRun  # noqa: PLC0415 (start-up time)

    del environment
    if "go.mod" not in files:
        raise Invalid("there is no go.mod", "a go.sum alone does not say what the module asks for")
    return ManifestRun(read_main(files["go.mod"]))


def _read_capslock(body: bytes, name: str) -> Sequence[CapableRelease]:
    from packhouse.ecosystems.golang.capslock import read_capslock  # noqa: PLC0415 (start-up time)

    return read_capslock(body, name)


def _plan_analysis(base_url: str, name: str, version: str) -> Analysis:
    from packhouse.ecosystems.golang.capslock import plan  # noqa: PLC0415 (start-up time)

    return plan(base_url, name, version)


ECOSYSTEM = Ecosystem(
    key="golang",
    title="Go",
    system="GO",
    aliases=("go",),
    mount="go",
    osv=("Go",),
    osv_name=osv_name,
    osv_version=osv_version,
    parse_name=parse_name,
    version_key=version_key,
    matches=satisfies,
    purl=to_purl,
    purl_name=purl_name,
    index=INDEX,
    document=document,
    gather=gather,
    further=further,
    complete=complete,
    lasting=is_lasting,
    date=find_date,
    digests="first-use",
    files_without_index=True,
    locates_by_path=True,
    release_page=_release_page,
    default_version=choose_default,
    requirements_wire=_requirements_wire,
    begin_resolution=_begin_resolution,
    manifests=("go.mod", "go.sum"),
    begin_manifest=_begin_manifest,
    analyser=Analyser(_read_capslock, _plan_analysis),
    licence_files=LicenceFiles(archive_name, is_licence),
    install_hint=_install_hint,
    setup_hint=_setup_hint,
    clients=(ClientSetting("go", client.use, client.undo, client.current, version=("version",)),),
    insight=Insight(search=search),
    sample_version="v0.0.0",
)

__all__ = ["ECOSYSTEM", "build_mount"]
