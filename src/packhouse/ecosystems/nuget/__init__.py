"""NuGet: the V3 protocol of nuget.exe, dotnet and Visual Studio."""

from collections.abc import Sequence

from packhouse.domain.ecosystem import ClientSetting, Ecosystem, Insight
from packhouse.ecosystems.nuget.deferred import deferred
from packhouse.ecosystems.nuget.door import build_mount
from packhouse.ecosystems.nuget.index import INDEX
from packhouse.ecosystems.nuget.names import parse_name, purl_name, to_purl
from packhouse.ecosystems.nuget.usual import MANIFESTS, USUAL


def _release_page(base_url: str, name: str, version: str) -> str:
    del name, version  # where a release stands is told by the service index alone
    return base_url


def _install_hint(base: str, name: str, version: str) -> Sequence[str]:
    wanted = f"{name} --version {version}" if version else name
    return (f"dotnet add package {wanted} --source {base}/v3/index.json",)


def _setup_hint(base: str) -> Sequence[str]:
    return (
        "packhouse use nuget",
        "# or, for one project, in its nuget.config:",
        "<configuration><packageSources><clear />",
        f'  <add key="packhouse" value="{base}/v3/index.json" protocolVersion="3" />',
        "</packageSources></configuration>",
    )


ECOSYSTEM = Ecosystem(
    key="nuget",
    title="NuGet",
    system="NUGET",
    aliases=("dotnet", "csharp"),
    mount="nuget",
    osv=("NuGet",),
    parse_name=parse_name,
    version_key=deferred("versions", "version_key"),
    matches=deferred("ranges", "matches"),
    purl=to_purl,
    purl_name=purl_name,
    index=INDEX,
    document=deferred("gatherings", "document"),
    gather=deferred("gatherings", "gather"),
    further=deferred("gatherings", "further"),
    lasting=deferred("gatherings", "lasting"),
    complete=deferred("record", "complete"),
    date=deferred("gatherings", "date"),
    release_page=_release_page,
    default_version=deferred("record", "default_version"),
    requirements_wire=deferred("requirements_wire", "requirements_wire"),
    begin_resolution=deferred("resolve", "Run"),
    environment=USUAL,
    manifests=MANIFESTS,
    begin_manifest=deferred("project_file", "begin"),
    install_hint=_install_hint,
    setup_hint=_setup_hint,
    clients=(
        ClientSetting("nuget", deferred("client", "use"), deferred("client", "undo"), deferred("client", "current")),
    ),
    # The protocol tells digests in the catalog alone, one document a release.
    digests="first-use",
    credentials=deferred("credentials", "find"),
    insight=Insight(
        downloads=deferred("insight", "count_downloads"),
        owners=deferred("insight", "list_owners"),
        packages_of=deferred("insight", "list_packages"),
        search=deferred("insight", "search"),
    ),
)

__all__ = ["ECOSYSTEM", "build_mount"]
