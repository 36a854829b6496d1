"""RubyGems: the compact index and the API of gem and bundler."""

from collections.abc import Sequence

from packhouse.domain.ecosystem import ClientSetting, Ecosystem, Insight
from packhouse.ecosystems.gem import client, credentials, insight
from packhouse.ecosystems.gem.gatherings import date, document, further, gather, lasting, release_page
from packhouse.ecosystems.gem.index import INDEX
from packhouse.ecosystems.gem.mount import build_mount
from packhouse.ecosystems.gem.names import identity, parse_name, purl_name, to_purl
from packhouse.ecosystems.gem.ranges import satisfies
from packhouse.ecosystems.gem.record import complete, default_version
from packhouse.ecosystems.gem.requirements_wire import requirements_wire
from packhouse.ecosystems.gem.ruby_advisories import to_osv
from packhouse.ecosystems.gem.versions import version_key


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
    lasting=lasting,
    complete=complete,
    date=date,
    release_page=release_page,
    default_version=default_version,
    requirements_wire=requirements_wire,
    install_hint=_install_hint,
    setup_hint=_setup_hint,
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
