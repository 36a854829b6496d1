"""NuGet: the V3 protocol of nuget.exe, dotnet and Visual Studio."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from packhouse.domain.ecosystem import ClientSetting, Ecosystem
from packhouse.ecosystems.nuget import client
from packhouse.ecosystems.nuget.gatherings import date, document, further, gather, lasting, release_page
from packhouse.ecosystems.nuget.index import INDEX
from packhouse.ecosystems.nuget.insight import INSIGHT
from packhouse.ecosystems.nuget.names import parse_name, purl_name, to_purl
from packhouse.ecosystems.nuget.ranges import matches
from packhouse.ecosystems.nuget.record import complete, default_version
from packhouse.ecosystems.nuget.requirements_wire import requirements_wire
from packhouse.ecosystems.nuget.routes import build_mount
from packhouse.ecosystems.nuget.versions import version_key


def _credentials(url: str, home: Path, environ: Mapping[str, str]) -> str | None:
    from packhouse.ecosystems.nuget.credentials import find  # noqa: PLC0415 (start-up time)

    return find(url, home, environ)


def _install_hint(base: str, name: str, version: str) -> Sequence[str]:
    source = f"--source {base}/v3/index.json"
    return (
        f"dotnet add package {name} --version {version} {source}" if version else f"dotnet add package {name} {source}",
    )


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
    parse_name=parse_name,
    version_key=version_key,
    matches=matches,
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
    default_version=default_version,
    requirements_wire=requirements_wire,
    install_hint=_install_hint,
    setup_hint=_setup_hint,
    clients=(ClientSetting("nuget", client.use, client.undo, client.current),),
    # The protocol tells digests in the catalog alone, one document a release.
    digests="first-use",
    credentials=_credentials,
    insight=INSIGHT,
)

__all__ = ["ECOSYSTEM", "build_mount"]
