"""Maven: the repository protocol of mvn, Gradle and all that reads Maven repositories."""

from collections.abc import Sequence

from packhouse.domain.ecosystem import Ecosystem
from packhouse.ecosystems.maven.index import INDEX, document, gather_date, gather_further, is_lasting, release_page
from packhouse.ecosystems.maven.names import parse_name, purl_name, split_name, to_purl
from packhouse.ecosystems.maven.ranges import satisfies
from packhouse.ecosystems.maven.record import default_version
from packhouse.ecosystems.maven.requirements_wire import requirements_wire
from packhouse.ecosystems.maven.routes import build_mount
from packhouse.ecosystems.maven.versions import version_key


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
    parse_name=parse_name,
    version_key=version_key,
    matches=satisfies,
    purl=to_purl,
    purl_name=purl_name,
    index=INDEX,
    document=document,
    release_page=release_page,
    default_version=default_version,
    requirements_wire=requirements_wire,
    install_hint=_install_hint,
    setup_hint=_setup_hint,
    further=gather_further,
    lasting=is_lasting,
    date=gather_date,
    digests="first-use",
    files_without_index=True,
    locates_by_path=True,
    merges=True,
    sample_version="1.0",
)

__all__ = ["ECOSYSTEM", "build_mount"]
