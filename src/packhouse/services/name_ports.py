"""What similar names need of the store."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from packhouse.policy.similarity import KnownName


class NameEntry(Struct, frozen=True):
    """A name as it is written."""

    ecosystem: str
    known: KnownName


class NameCount(Struct, frozen=True):
    """How many names of an ecosystem are known."""

    ecosystem: str
    names: int
    listed: int
    """Those that imported lists have."""


class NameStore(Protocol):
    """Names and the forms under which those are found that may be taken for them."""

    async def find_name(self, ecosystem: str, name: str) -> KnownName | None:
        """Look a name up."""

    async def list_named_alike(self, ecosystem: str, forms: Sequence[int], limit: int) -> Sequence[KnownName]:
        """List the names that are kept under each of these forms, up to a limit the most used of each."""

    async def write_names(self, entries: Sequence[NameEntry], read_to: int | None = None) -> int:
        """Add names, or what a list says of known ones, in one transaction; tell how many were new or changed.

        What is known of a name from a list stays when it is written without being listed. `read_to` is the place in
        the event log up to which all names have been written.
        """

    async def read_named_to(self) -> int:
        """Tell up to which place of the event log all names have been written."""

    async def count_names(self) -> Sequence[NameCount]:
        """Count the names, by ecosystem."""
