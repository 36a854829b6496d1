"""People for tests: quick passwords, one clock, the memory store."""

from collections.abc import Callable

from packhouse.adapters.memory.store import MemoryStore
from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.package import Moment
from packhouse.services.access import Access, AccessRules, Namespaces
from packhouse.services.passwords import Passwords
from packhouse.services.people import People, people

QUICK = Passwords(memory_kib=8, passes=1)
"""Hashes in a moment; never to be used outside of tests."""


def some_people(store: MemoryStore, clock: Callable[[], Moment], *, registration: bool = True) -> People:
    """Build every service about people on a store."""
    return people(store, b"the key of a test server, 32 b.", clock, registration=registration, passwords=QUICK)


def open_access(ecosystem: Ecosystem, store: MemoryStore | None = None) -> Access:
    """Let everybody read everything, and whoever has signed in publish."""
    store = store or MemoryStore()
    return Access(ecosystem, store, AccessRules(), Namespaces(store))
