"""What the stores need of a database, so that each store is written once."""

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar

from packhouse.adapters.sql.fresh_words import FreshWords
from packhouse.adapters.sql.texts import Texts

T = TypeVar("T")

Parameters: TypeAlias = Mapping[str, Any]
Row: TypeAlias = tuple[Any, ...]
Statement: TypeAlias = tuple[str, Parameters]
Work: TypeAlias = Generator[Statement, Sequence[Row], T]
"""One transaction: yields statements, is sent the rows of each, returns what it was for.

So the same code runs in SQLite's writer thread and awaited on an asynchronous driver; and as it touches nothing
else, it can be run again when the transaction that it was part of is rolled back.
"""


class Executor(Protocol):
    """Runs statements on one kind of database; every method may raise a StorageError."""

    text: Texts
    fresh: FreshWords
    """Of what was left for later."""

    async def one(self, sql: str, parameters: Parameters) -> Row | None:
        """Read one row by its key; must be fast enough for the event loop."""

    async def several(self, sql: str, parameters: Sequence[Parameters]) -> Sequence[Row | None]:
        """Do the same look-up for many keys."""

    async def each(self, sql: str, parameters: Sequence[Parameters]) -> Sequence[Sequence[Row]]:
        """Run the same query for many keys, each of which has few rows."""

    async def scan(self, sql: str, parameters: Parameters) -> Sequence[Row]:
        """Run a query that may take long, beside the event loop."""

    async def scan_apart(self, sql: str, parameters: Parameters) -> Sequence[Row]:
        """Run a query that takes a second or more, so that no other waits for it."""

    async def write(self, work: Callable[[], Work[T]], *, durable: bool = False, rests: bool = False) -> T:
        """Run a transaction; when this returns, it is committed, and a durable one survives a power cut.

        `rests`: it leaves something to do that `catch_up` does, or the executor by itself, soon.
        """

    async def catch_up(self) -> None:
        """Do what writes have left for later, so that what is read next has it."""

    async def check(self, *, deep: bool) -> list[str]:
        """List damage of the database itself, a sentence each."""

    def close(self) -> None:
        """Finish the writes that wait, then let go of the database."""
