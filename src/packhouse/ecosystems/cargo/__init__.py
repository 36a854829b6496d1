"""cargo: the sparse index and the Web API of cargo's registries."""

from collections.abc import Mapping, Sequence

from packhouse.domain.ecosystem import ClientSetting, Ecosystem, Insight, ResolutionRun
from packhouse.domain.package import PackageKey
from packhouse.ecosystems.cargo import client, credentials, insight
from packhouse.ecosystems.cargo.gatherings import date, document, further, gather, lasting, release_page
from packhouse.ecosystems.cargo.index import INDEX
from packhouse.ecosystems.cargo.names import identity, parse_name, purl_name, to_purl
from packhouse.ecosystems.cargo.owning import OWNING
from packhouse.ecosystems.cargo.ranges import satisfies
from packhouse.ecosystems.cargo.record import complete, default_version
from packhouse.ecosystems.cargo.requirements_wire import requirements_wire
from packhouse.ecosystems.cargo.routes import build_mount
from packhouse.ecosystems.cargo.versions import version_key


def _begin_resolution(key: PackageKey, version: str, environment: Mapping[str, str]) -> ResolutionRun:
    from packhouse.ecosystems.cargo.catalogue import read_environment  # noqa: PLC0415 (start-up time)
    from packhouse.ecosystems.cargo.planning import Run  # noqa: PLC0415 (start-up time)

    return Run(key, version, read_environment(environment))


def _begin_manifest(files: Mapping[str, bytes], environment: Mapping[str, str]) -> ResolutionRun:
    from packhouse.ecosystems.cargo.project import begin  # noqa: PLC0415 (start-up time)

    return begin(files, environment)


def _install_hint(base: str, name: str, version: str) -> Sequence[str]:
    del base  # cargo takes it from its settings alone
    return (f"cargo add {name}@{version}" if version else f"cargo add {name}",)


def _setup_hint(base: str) -> Sequence[str]:
    return (
        "packhouse use cargo",
        "# or, in ~/.cargo/config.toml:",
        "[source.crates-io]",
        'replace-with = "packhouse"',
        "[registries.packhouse]",
        f'index = "sparse+{base}/index/"',
    )


ECOSYSTEM = Ecosystem(
    key="cargo",
    title="Cargo",
    system="CARGO",
    aliases=("rust", "crates", "crates.io"),
    mount="cargo",
    osv=("crates.io",),
    parse_name=parse_name,
    identity=identity,
    version_key=version_key,
    matches=satisfies,
    purl=to_purl,
    purl_name=purl_name,
    index=INDEX,
    document=document,
    gather=gather,
    further=further,
    lasting=lasting,
    complete=complete,
    date=date,
    release_page=release_page,
    begin_resolution=_begin_resolution,
    manifests=("Cargo.toml", "Cargo.lock"),
    begin_manifest=_begin_manifest,
    environment={"target": "x86_64-unknown-linux-gnu", "rust": "", "resolver": "2"},
    default_version=default_version,
    requirements_wire=requirements_wire,
    install_hint=_install_hint,
    setup_hint=_setup_hint,
    clients=(ClientSetting("cargo", client.use, client.undo, client.current),),
    credentials=credentials.find,
    owning=OWNING,
    insight=Insight(
        downloads=insight.downloads,
        owners=insight.owners,
        packages_of=insight.packages_of,
        search=insight.search,
    ),
)

__all__ = ["ECOSYSTEM", "build_mount"]
