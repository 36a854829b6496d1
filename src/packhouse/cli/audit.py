"""`packhouse audit`."""

from collections.abc import Sequence
from typing import Annotated

from cyclopts import Parameter

from packhouse.cli.configured import configured
from packhouse.cli.people import AsJson, ask, day
from packhouse.config import Config
from packhouse.domain.accounts import AuditEntry
from packhouse.services.people import People

User = Annotated[str | None, Parameter(help="Of this user only.")]
Subject = Annotated[str | None, Parameter(help="About this only, e.g. `ECOSYSTEM/left-pad@1.0.0`.")]
Limit = Annotated[int, Parameter(help="So many at most.")]


@configured("data")
def audit(
    config: Config, *, user: User = None, subject: Subject = None, limit: Limit = 50, json: AsJson = False
) -> int:
    """Print who changed or tried to change what, newest first."""

    async def work(people: People) -> Sequence[AuditEntry]:
        return await people.audit.list(0, limit, user, subject)

    entries = ask(config, work)
    if json:
        import msgspec

        print(msgspec.json.format(msgspec.json.encode(entries), indent=2).decode())
        return 0
    from packhouse.cli.showing import print_table

    rows = [
        (day(each.at), each.user or each.address, each.action, each.subject, each.outcome, each.detail)
        for each in entries
    ]
    print_table(("when", "who", "what", "of", "outcome", ""), rows)
    return 0
