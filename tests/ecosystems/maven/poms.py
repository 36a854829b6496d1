"""Real POMs with all their parents and imported lists, recorded from a public repository."""

import lzma
import re
import tarfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from packhouse.ecosystems.maven.effective import Builder
from packhouse.ecosystems.maven.pom import Coordinates, Pom

CASES = Path(__file__).resolve().parents[1] / "cases" / "maven"


@cache
def recorded() -> dict[str, bytes]:
    """Read all of them, by path."""
    with tarfile.open(CASES / "poms.tar.xz") as archive:
        return {member.name: _body(archive, member) for member in archive.getmembers()}


@cache
def answers() -> dict[str, list[str]]:
    """Read what Maven 3.8.7 made of the roots: lines of an effective model by `group:artifact:version`."""
    return read_answers(lzma.decompress((CASES / "effective.txt.xz").read_bytes()).decode())


def read_answers(text: str) -> dict[str, list[str]]:
    """Take the output of the oracle apart; a version that is managed twice counts where it stands first."""
    found: dict[str, list[str]] = {}
    for block in text.split("= ")[1:]:
        name, *lines = block.splitlines()
        found[name] = list(dict.fromkeys(lines))
    return found


def path_of(place: Coordinates) -> str:
    """Write where a POM stands."""
    folder = f"{place.group.replace('.', '/')}/{place.artifact}/{place.version}"
    return f"{folder}/{place.artifact}-{place.version}.pom"


def build(name: str) -> Pom:
    """Build the effective POM of `group:artifact:version` from the recorded ones."""
    builder = Builder(lambda place: recorded().get(path_of(place)))
    pom = builder.build(Coordinates(*name.split(":")))
    assert pom is not None
    assert not builder.absent
    return pom


def show(pom: Pom) -> list[str]:
    """Write a POM as the oracle does."""
    lines = [_line("id", pom.group, pom.artifact, pom.version, pom.packaging), _line("name", pom.name)]
    lines += [_line("description", pom.description), _line("url", pom.url)]
    lines += [_line("licence", *each) for each in pom.licences]
    lines += [_line("developer", each.id, each.name, each.email, each.url) for each in pom.developers]
    if pom.organization is not None:
        lines.append(_line("organization", *pom.organization))
    if pom.scm is not None:
        lines.append(_line("scm", pom.scm.url, pom.scm.connection, pom.scm.developer_connection))
    if pom.issues is not None:
        lines.append(_line("issues", pom.issues[1]))
    for kind, dependencies in (("dependency", pom.dependencies), ("managed", pom.management)):
        for each in dependencies:
            optional = "optional" if each.optional == "true" else ""
            excluded = (f"{group}:{artifact}" for group, artifact in each.exclusions)
            fields: Iterable[str | None] = (each.version, each.type, each.classifier, each.scope, optional, *excluded)
            lines.append(_line(kind, each.group, each.artifact, *fields))
    return list(dict.fromkeys(lines))


def _line(*fields: str | None) -> str:
    return "\t".join(re.sub(r"[ \t\n\v\f\r]+", " ", (field or "").strip()) for field in fields)


def _body(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    assert file is not None
    return file.read()
