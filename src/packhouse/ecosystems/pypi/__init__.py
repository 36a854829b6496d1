"""PyPI: the Simple API of pip, uv and poetry, and the JSON API."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from packhouse.domain.ecosystem import Attesting, ClientSetting, Ecosystem, ResolutionRun
from packhouse.domain.package import PackageKey
from packhouse.domain.provenance import Presented
from packhouse.domain.release import Artifact, Release
from packhouse.domain.upstream import UpstreamRequest
from packhouse.ecosystems.pypi.gatherings import further, gather, is_lasting
from packhouse.ecosystems.pypi.index import INDEX, JSON, default_version
from packhouse.ecosystems.pypi.insight import INSIGHT
from packhouse.ecosystems.pypi.names import parse_name, purl_name, to_purl
from packhouse.ecosystems.pypi.record import complete, extras_in
from packhouse.ecosystems.pypi.routes import build_mount
from packhouse.ecosystems.pypi.specifiers import satisfies
from packhouse.ecosystems.pypi.usual import MANIFESTS, USUAL
from packhouse.ecosystems.pypi.versions import version_key


def _document(base_url: str, key: PackageKey) -> UpstreamRequest:
    return UpstreamRequest(f"{base_url}/simple/{key.name}/", JSON)


def _release_page(base_url: str, name: str, version: str) -> str:
    return f"{base_url}/project/{name}/{version}/"


def _requirements_wire(release: Release) -> dict[str, Any]:
    """List requirements as deps.dev does: the text, with name, extras, specifier and environment apart."""
    dependencies = [
        {
            "projectName": each.name,
            "extras": ",".join(each.extras),
            "versionSpecifier": each.range,
            "environmentMarker": each.marker or "",
        }
        for each in release.requirements
    ]
    extras = sorted({extra for each in release.requirements for extra in extras_in(each.marker or "")})
    return {
        "dependencies": dependencies,
        "providedExtras": [{"name": extra} for extra in extras],
        "externalDependencies": [],
        "requiredPythonVersion": release.runtimes.get("python", ""),
    }


def _begin_resolution(key: PackageKey, version: str, environment: Mapping[str, str]) -> ResolutionRun:
    from packhouse.ecosystems.pypi.resolve import Run  # noqa: PLC0415 (start-up time)
    from packhouse.ecosystems.pypi.targets import read_target  # noqa: PLC0415 (start-up time)

    return Run(key, version, read_target(environment))


def _begin_manifest(files: Mapping[str, bytes], environment: Mapping[str, str]) -> ResolutionRun:
    from packhouse.ecosystems.pypi.manifest import read_manifest  # noqa: PLC0415 (start-up time)
    from packhouse.ecosystems.pypi.resolve import ManifestRun  # noqa: PLC0415 (start-up time)
    from packhouse.ecosystems.pypi.targets import read_target  # noqa: PLC0415 (start-up time)

    target = read_target(environment)
    return ManifestRun(read_manifest(files, target), target)


def _install_hint(base: str, name: str, version: str) -> Sequence[str]:
    wanted = f"{name}=={version}" if version else name
    return (
        f"pip install --index-url {base}/simple/ {wanted}",
        f"uv pip install --default-index {base}/simple/ {wanted}",
    )


def _setup_hint(base: str) -> Sequence[str]:
    return (
        "packhouse use pip",
        "packhouse use uv",
        f"pip config set global.index-url {base}/simple/",
        f"poetry source add --priority=primary packhouse {base}/simple/",
    )


def _presented(key: PackageKey, release: Release, artifact: Artifact, body: bytes) -> Sequence[Presented]:
    from packhouse.ecosystems.pypi.attestations import presented  # noqa: PLC0415 (start-up time)

    return presented(key, release, artifact, body)


def _use_pip(url: str, home: Path, environ: Mapping[str, str]) -> str:
    from packhouse.ecosystems.pypi import client  # noqa: PLC0415 (start-up time)

    return client.use_pip(url, home, environ)


def _undo_pip(home: Path, environ: Mapping[str, str]) -> str:
    from packhouse.ecosystems.pypi import client  # noqa: PLC0415

    return client.undo_pip(home, environ)


def _current_pip(home: Path, environ: Mapping[str, str]) -> str:
    from packhouse.ecosystems.pypi import client  # noqa: PLC0415

    return client.current_pip(home, environ)


def _use_uv(url: str, home: Path, environ: Mapping[str, str]) -> str:
    from packhouse.ecosystems.pypi import client  # noqa: PLC0415

    return client.use_uv(url, home, environ)


def _undo_uv(home: Path, environ: Mapping[str, str]) -> str:
    from packhouse.ecosystems.pypi import client  # noqa: PLC0415

    return client.undo_uv(home, environ)


def _current_uv(home: Path, environ: Mapping[str, str]) -> str:
    from packhouse.ecosystems.pypi import client  # noqa: PLC0415

    return client.current_uv(home, environ)


ECOSYSTEM = Ecosystem(
    key="pypi",
    title="PyPI",
    system="PYPI",
    aliases=("python", "pip"),
    mount="pypi",
    osv=("PyPI",),
    parse_name=parse_name,
    version_key=version_key,
    matches=satisfies,
    purl=to_purl,
    purl_name=purl_name,
    index=INDEX,
    document=_document,
    gather=gather,
    further=further,
    attestations=Attesting(_presented, publication="PYPI_PUBLISH_ATTESTATION"),
    complete=complete,
    lasting=is_lasting,
    # An old or private index may give no hashes; pip takes such files too.
    digests="first-use",
    release_page=_release_page,
    default_version=default_version,
    requirements_wire=_requirements_wire,
    install_hint=_install_hint,
    setup_hint=_setup_hint,
    clients=(
        ClientSetting("pip", _use_pip, _undo_pip, _current_pip),
        ClientSetting("uv", _use_uv, _undo_uv, _current_uv),
    ),
    insight=INSIGHT,
    begin_resolution=_begin_resolution,
    environment=USUAL,
    manifests=MANIFESTS,
    begin_manifest=_begin_manifest,
)

__all__ = ["ECOSYSTEM", "build_mount"]
