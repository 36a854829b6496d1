"""`packhouse search`."""

from typing import Annotated

from cyclopts import Parameter

from packhouse.apis.packages.messages import Search
from packhouse.apis.packages.questions import SearchQuestion
from packhouse.cli.asking import ask
from packhouse.cli.configured import configured
from packhouse.cli.showing import day, print_json, print_note, print_table
from packhouse.cli.subject import from_one, parse_subject
from packhouse.config import Config
from packhouse.domain.errors import ConfigError


@configured("host", "port", "public_url", "data", "offline")
def search(
    config: Config,
    what: Annotated[str, Parameter(help="ecosystem/words, or a package URL.")],
    /,
    *,
    page: Annotated[int, Parameter(help="Which page, from 1.")] = 1,
    page_size: Annotated[int, Parameter(help="Packages a page, 250 at most.")] = 20,
    server: Annotated[str | None, Parameter(help="Ask the server at this address.")] = None,
    json: Annotated[bool, Parameter(help="Print the answer of the API.", negative=())] = False,
) -> int:
    """Search the registry of an ecosystem; works without a running server, too."""
    registry, query = _parse(what)
    question = SearchQuestion(registry=registry, query=query, page=from_one(page), page_size=from_one(page_size))
    answer = ask(config, server, "search", question, Search)
    if json:
        print_json(answer)
        return 0
    print_table(
        ("package", "version", "published", "downloads", "description"),
        (
            (
                each.package,
                each.version,
                day(each.published_at),
                None if each.downloads is None else f"{each.downloads:,}",
                each.description,
            )
            for each in answer.packages
        ),
    )
    total = "" if answer.total is None else f"{answer.total:,} found, "
    where = "among what this server knows" if answer.told_by == "here" else f"by {answer.told_by}"
    print_note(f"{total}page {answer.page}, {where}")
    return 0


def _parse(what: str) -> tuple[str, str]:
    if what.startswith("pkg:"):
        subject = parse_subject(what)
        return subject.registry, subject.package
    registry, _, query = what.partition("/")
    if not registry or not query.strip():
        raise ConfigError(f"{what!r} is nothing to search for", "write ecosystem/words")
    return registry, query.strip()
