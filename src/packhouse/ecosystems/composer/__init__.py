"""Composer: the repository protocol of PHP's composer."""

from collections.abc import Mapping, Sequence

from packhouse.domain.ecosystem import ClientSetting, Ecosystem, ResolutionRun
from packhouse.domain.package import PackageKey
from packhouse.domain.upstream import UpstreamRequest
from packhouse.ecosystems.composer import client
from packhouse.ecosystems.composer.constraints import satisfies
from packhouse.ecosystems.composer.environment import USUAL
from packhouse.ecosystems.composer.friends_of_php import to_osv
from packhouse.ecosystems.composer.gatherings import further, gather
from packhouse.ecosystems.composer.index import INDEX, default_version
from packhouse.ecosystems.composer.insight import INSIGHT
from packhouse.ecosystems.composer.names import package_of, parse_name, purl_name, to_purl
from packhouse.ecosystems.composer.requirements_wire import requirements_wire
from packhouse.ecosystems.composer.routes import build_mount
from packhouse.ecosystems.composer.versions import version_key


def _identity(name: str) -> str:
    """Take a document of branches for that of its package: rules and claims name packages."""
    return package_of(name)


def _document(base_url: str, key: PackageKey) -> UpstreamRequest:
    return UpstreamRequest(f"{base_url}/p2/{key.name}.json", "application/json")


def _release_page(base_url: str, name: str, version: str) -> str:
    del version
    return f"{base_url}/p2/{name}.json"


def _install_hint(base: str, name: str, version: str) -> Sequence[str]:
    wanted = f"{name}:{version}" if version else name
    return (f"composer config repositories.packagist.org composer {base}", f"composer require {wanted}")


def _setup_hint(base: str) -> Sequence[str]:
    return ("packhouse use composer", f"composer config -g repositories.packagist.org composer {base}")


def _begin_resolution(key: PackageKey, version: str, environment: Mapping[str, str]) -> ResolutionRun:
    from packhouse.ecosystems.composer.platform import read_environment  # noqa: PLC0415 (start-up time)
    from packhouse.ecosystems.composer.resolve import Run  # noqa: PLC0415 (start-up time)

    return Run(key, version, read_environment(environment))


def _begin_manifest(files: Mapping[str, bytes], environment: Mapping[str, str]) -> ResolutionRun:
    from packhouse.ecosystems.composer.manifest import begin  # noqa: PLC0415 (start-up time)

    return begin(files, environment)


ECOSYSTEM = Ecosystem(
    key="composer",
    title="Composer",
    system="PACKAGIST",
    aliases=("php",),
    mount="composer",
    osv=("Packagist",),
    to_osv=to_osv,
    parse_name=parse_name,
    version_key=version_key,
    matches=satisfies,
    purl=to_purl,
    purl_name=purl_name,
    identity=_identity,
    index=INDEX,
    document=_document,
    gather=gather,
    further=further,
    # Archives that code hosts make have no digest in the index.
    digests="first-use",
    release_page=_release_page,
    default_version=default_version,
    requirements_wire=requirements_wire,
    begin_resolution=_begin_resolution,
    environment=USUAL,
    manifests=("composer.json", "composer.lock"),
    begin_manifest=_begin_manifest,
    install_hint=_install_hint,
    setup_hint=_setup_hint,
    clients=(ClientSetting("composer", client.use, client.undo, client.current),),
    insight=INSIGHT,
)

__all__ = ["ECOSYSTEM", "build_mount"]
