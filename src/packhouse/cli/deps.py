"""`packhouse deps`."""

from typing import Annotated

from cyclopts import Parameter

from packhouse.apis.packages.messages import Dependencies, Dependency
from packhouse.apis.packages.questions import DependenciesQuestion
from packhouse.cli.asking import ask
from packhouse.cli.configured import configured
from packhouse.cli.showing import print_heading, print_json, print_note, print_table
from packhouse.cli.subject import parse_subject
from packhouse.config import Config


@configured("host", "port", "public_url", "data", "offline")
def deps(
    config: Config,
    what: Annotated[str, Parameter(help="ecosystem/name, ecosystem/name@version, or a package URL.")],
    /,
    *,
    server: Annotated[str | None, Parameter(help="Ask the server at this address.")] = None,
    json: Annotated[bool, Parameter(help="Print the answer of the API.", negative=())] = False,
) -> int:
    """List what a version requires, the latest if none is named; works without a running server, too."""
    subject = parse_subject(what)
    question = DependenciesQuestion(registry=subject.registry, package=subject.package, version=subject.version)
    answer = ask(config, server, "dependencies", question, Dependencies)
    if json:
        print_json(answer)
        return 0
    print_heading(answer.package, answer.version, None)
    rows = [(scope, each) for scope, found in answer.dependencies.items() for each in found]
    if not rows:
        print_note("requires nothing")
        return 0
    print_table(
        ("scope", "package", "range", "notes"),
        ((scope, each.package, each.range, _notes(each)) for scope, each in rows),
    )
    return 0


def _notes(dependency: Dependency) -> str:
    notes = ["optional"] if dependency.optional else []
    if dependency.alias:
        notes.append(f"as {dependency.alias}")
    if dependency.extras:
        notes.append(f"with {', '.join(dependency.extras)}")
    if dependency.marker:
        notes.append(f"if {dependency.marker}")
    return "; ".join(notes)
