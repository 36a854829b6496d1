"""RubyGems: the compact index and the API of gem and bundler."""

from collections.abc import Mapping, Sequence

from packhouse.domain.ecosystem import Attesting, ClientSetting, Ecosystem, Insight, ResolutionRun
from packhouse.domain.package import PackageKey
from packhouse.ecosystems.gem import client, credentials, insight
from packhouse.ecosystems.gem.attestations import presented
from packhouse.ecosystems.gem.gatherings import date, document, further, gather, lasting, release_page
from packhouse.ecosystems.gem.index import INDEX
from packhouse.ecosystems.gem.mount import build_mount
from packhouse.ecosystems.gem.names import identity, parse_name, purl_name, to_purl
from packhouse.ecosystems.gem.ranges import satisfies
from packhouse.ecosystems.gem.record import complete, default_version
from packhouse.ecosystems.gem.requirements_wire import requirements_wire
from packhouse.ecosystems.gem.ruby_advisories import to_osv
from packhouse.ecosystems.gem.usual import USUAL
from packhouse.ecosystems.gem.versions import version_key


def _begin_resolution(key: PackageKey, version: str, environment: Mapping[str, str]) -> ResolutionRun:
    from packhouse.ecosystems.gem.environment import read_environment  # noqa: PLC0415 (start-up time)
    from packhouse.ecosystems.gem.resolve import Run  # noqa: PLC0415 (start-up time)

    return Run(key, version, read_environment(environment))


def _begin_manifest(files: Mapping[str, bytes], environment: Mapping[str, str]) -> ResolutionRun:
    from packhouse.ecosystems.gem.gemfile import begin  # noqa: PLC0415 (start-up time)

    return begin(files, environment)


def _install_hint(base: str, name: str, version: str) -> Sequence[str]:
    wanted = f"{name} --version {version}" if version else name
    return (f"gem install {wanted} --clear-sources --source {base}/",)


def _setup_hint(base: str) -> Sequence[str]:
    return (
        "packhouse use gem",
        "packhouse use bundler",
        "# or by hand:",
        f"gem sources --add {base}/",
        f"bundle config set --global mirror.all {base}/",
    )


ECOSYSTEM = Ecosystem(
    key="gem",
    title="RubyGems",
    system="RUBYGEMS",
    aliases=("ruby", "rubygems", "gems", "bundler"),
    mount="gem",
    osv=("RubyGems",),
    to_osv=to_osv,
    parse_name=parse_name,
    version_key=version_key,
    matches=satisfies,
    purl=to_purl,
    purl_name=purl_name,
    identity=identity,
    index=INDEX,
    document=document,
    gather=gather,
    further=further,
    attestations=Attesting(presented, publication="RUBYGEMS_PUBLISH_ATTESTATION"),
    lasting=lasting,
    complete=complete,
    date=date,
    release_page=release_page,
    default_version=default_version,
    requirements_wire=requirements_wire,
    install_hint=_install_hint,
    setup_hint=_setup_hint,
    begin_resolution=_begin_resolution,
    environment=USUAL,
    manifests=("Gemfile", "Gemfile.lock"),
    begin_manifest=_begin_manifest,
    clients=(
        ClientSetting("gem", client.use_gem, client.undo_gem, client.current_gem),
        ClientSetting("bundler", client.use_bundler, client.undo_bundler, client.current_bundler),
    ),
    credentials=credentials.find,
    insight=Insight(
        downloads=insight.downloads,
        owners=insight.owners,
        packages_of=insight.packages_of,
        search=insight.search,
    ),
)

__all__ = ["ECOSYSTEM", "build_mount"]
