"""`packhouse provenance`: where releases come from."""

from collections.abc import Iterator
from typing import Annotated

from cyclopts import App, Parameter

from packhouse.apis.packages.messages import Provenance, Statement
from packhouse.apis.packages.questions import ProvenanceQuestion
from packhouse.cli.asking import ask
from packhouse.cli.configured import configured
from packhouse.cli.showing import Row, print_facts, print_heading, print_json, print_note, print_warning
from packhouse.cli.subject import parse_subject
from packhouse.config import Config

app = App(name="provenance", help="Tell where a version comes from, by what is signed about it.")

_NOT_VERIFIED = 1


@app.command
@configured("host", "port", "public_url", "data", "offline", "provenance.trusted_root")
def show(
    config: Config,
    what: Annotated[str, Parameter(help="ecosystem/name@version, or a package URL; the latest version by default.")],
    /,
    *,
    server: Annotated[str | None, Parameter(help="Ask the server at this address.")] = None,
    json: Annotated[bool, Parameter(help="Print the answer of the API.", negative=())] = False,
) -> int:
    """Print each statement about a version, and why one is not believed; the status is 1 if none is verified."""
    subject = parse_subject(what)
    question = ProvenanceQuestion(registry=subject.registry, package=subject.package, version=subject.version)
    answer = ask(config, server, "provenance", question, Provenance)
    if json:
        print_json(answer)
    else:
        _show(answer)
    return 0 if answer.verified else _NOT_VERIFIED


def _show(answer: Provenance) -> None:
    print_heading(answer.package, answer.version, None)
    if not answer.statements:
        print_note("nothing is signed about it that its registry tells of")
    for statement in answer.statements:
        if not statement.verified:
            print_warning(f"not verified: {statement.reason}")
        print_facts(_rows(statement))


def _rows(statement: Statement) -> Iterator[Row]:
    claimed = "" if statement.verified else " (claimed)"
    yield "verified", "yes" if statement.verified else "no"
    yield "file", statement.filename
    yield "says", statement.type
    yield f"built from{claimed}", statement.repository
    yield f"commit{claimed}", statement.commit
    yield "workflow", statement.workflow
    yield "run", statement.run
    yield "signed by", statement.signer
    yield "known to", statement.issuer
    yield "see", statement.url
