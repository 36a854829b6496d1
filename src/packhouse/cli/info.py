"""`packhouse info`."""

from collections.abc import Iterator, Sequence
from typing import Annotated

from cyclopts import Parameter

from packhouse.apis.packages.messages import Facts, Package, Person, Version
from packhouse.apis.packages.questions import PackageQuestion, VersionQuestion
from packhouse.cli.asking import ask
from packhouse.cli.configured import configured
from packhouse.cli.showing import Row, day, print_facts, print_heading, print_json, print_warning
from packhouse.cli.subject import parse_subject
from packhouse.config import Config


@configured("host", "port", "public_url", "data", "offline")
def info(
    config: Config,
    what: Annotated[str, Parameter(help="ecosystem/name, ecosystem/name@version, or a package URL.")],
    /,
    *,
    server: Annotated[str | None, Parameter(help="Ask the server at this address.")] = None,
    json: Annotated[bool, Parameter(help="Print the answer of the API.", negative=())] = False,
) -> int:
    """Tell all about a package, or about one of its versions; works without a running server, too."""
    subject = parse_subject(what)
    answer: Package | Version
    if subject.version is None:
        about = PackageQuestion(registry=subject.registry, package=subject.package)
        answer = ask(config, server, "package", about, Package)
    else:
        one = VersionQuestion(registry=subject.registry, package=subject.package, version=subject.version)
        answer = ask(config, server, "version", one, Version)
    if json:
        print_json(answer)
    else:
        _show(answer)
    return 0


def _show(answer: Package | Version) -> None:
    version = answer.version if isinstance(answer, Version) else answer.latest
    print_heading(answer.package, version, answer.description)
    if answer.deprecated is not None:
        successor = f" Use {answer.successor} instead." if answer.successor else ""
        print_warning(f"deprecated: {answer.deprecated}{successor}")
    if answer.yanked is not None:
        print_warning(f"yanked: {answer.yanked or 'no reason is given'}")
    own = _of_package(answer) if isinstance(answer, Package) else _of_version(answer)
    print_facts([*own, *_facts(answer), ("from", _sources(answer)), ("install", "\n".join(answer.install))])


def _of_package(answer: Package) -> Iterator[Row]:
    yield "published", day(answer.latest_published_at)
    yield "pre-release", answer.latest_prerelease
    yield "versions", str(answer.version_count)
    yield "tags", ", ".join(f"{tag} {version}" for tag, version in answer.tags.items())


def _of_version(answer: Version) -> Iterator[Row]:
    marks = ("latest" if answer.latest else "", "pre-release" if answer.prerelease else "", *answer.tags)
    yield "published", day(answer.published_at)
    yield "is", ", ".join(dict.fromkeys(mark for mark in marks if mark))
    yield "files", "\n".join(f"{each.filename} {_size(each.size_bytes)}" for each in answer.files)


def _facts(answer: Facts) -> Iterator[Row]:
    yield "licence", answer.license
    for link in answer.links:
        yield link.label, link.url
    yield "authors", _people(answer.authors)
    yield "maintainers", _people(answer.maintainers)
    yield "keywords", ", ".join(answer.keywords)
    yield "runs on", ", ".join(f"{name} {range_}" for name, range_ in answer.runtimes.items())
    yield "package URL", answer.purl


def _people(people: Sequence[Person]) -> str:
    return ", ".join(each.name or each.email or each.url or "" for each in people)


def _sources(answer: Package | Version) -> str:
    return ", ".join(answer.sources) + (" (as of the last time that it answered)" if answer.stale else "")


def _size(size_bytes: int | None) -> str:
    return "" if size_bytes is None else f"({size_bytes:,} bytes)"
