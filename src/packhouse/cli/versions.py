"""`packhouse versions`."""

from typing import Annotated

from cyclopts import Parameter

from packhouse.apis.packages.messages import Listed, Versions
from packhouse.apis.packages.questions import VersionsQuestion
from packhouse.cli.asking import ask
from packhouse.cli.configured import configured
from packhouse.cli.showing import day, print_json, print_note, print_table
from packhouse.cli.subject import from_one, parse_subject
from packhouse.config import Config


@configured("host", "port", "public_url", "data", "offline")
def versions(
    config: Config,
    what: Annotated[str, Parameter(help="ecosystem/name, or a package URL.")],
    /,
    *,
    page: Annotated[int, Parameter(help="Which page, from 1.")] = 1,
    page_size: Annotated[int, Parameter(help="Versions a page, 250 at most.")] = 50,
    server: Annotated[str | None, Parameter(help="Ask the server at this address.")] = None,
    json: Annotated[bool, Parameter(help="Print the answer of the API.", negative=())] = False,
) -> int:
    """List the versions of a package, newest first; works without a running server, too."""
    subject = parse_subject(what)
    question = VersionsQuestion(
        registry=subject.registry, package=subject.package, page=from_one(page), page_size=from_one(page_size)
    )
    answer = ask(config, server, "versions", question, Versions)
    if json:
        print_json(answer)
        return 0
    print_table(
        ("version", "published", "notes"),
        ((each.version, day(each.published_at), _notes(each)) for each in answer.versions),
    )
    print_note(f"{answer.total} versions, page {answer.page} of {answer.pages}")
    return 0


def _notes(listed: Listed) -> str:
    notes = [*(["latest"] if listed.latest else []), *(tag for tag in listed.tags if tag != "latest")]
    if listed.prerelease:
        notes.append("pre-release")
    if listed.deprecated is not None:
        notes.append(f"deprecated: {listed.deprecated}")
    if listed.yanked is not None:
        notes.append(f"yanked: {listed.yanked}" if listed.yanked else "yanked")
    return ", ".join(notes)
