"""What the commands about people share: the stores of the data directory, and who is at the keyboard."""

import getpass
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated, TypeVar

from cyclopts import Parameter

from packhouse.config import Config
from packhouse.domain.actor import Actor
from packhouse.domain.errors import ConfigError
from packhouse.domain.package import Moment
from packhouse.services.people import People

T = TypeVar("T")

AsJson = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")]
FromStdin = Annotated[bool, Parameter(name="--password-stdin", negative="", help="Read the password from stdin.")]

OPERATOR = Actor(user="", address="console", administrator=True)
"""Whoever can write the data directory can do everything; the audit log shows no user, and the console."""


@contextmanager
def opened(config: Config) -> Iterator[People]:
    """Open the services about people on the data directory; a running server notices each change at once."""
    from packhouse.app import open_store, server_key
    from packhouse.http.ready import wall_clock
    from packhouse.services.people import people

    store = open_store(config)
    try:
        yield people(store, server_key(config), wall_clock, registration=config.access.registration)
    finally:
        store.close()


def ask(config: Config, question: Callable[[People], Awaitable[T]]) -> T:
    """Ask something of the services about people, and close the store again."""
    import anyio

    with opened(config) as people:
        return anyio.run(question, people)


def read_password(*, stdin: bool, twice: bool = True) -> str:
    """Read a password from stdin or the terminal; it never stands among the arguments, where everyone can see it."""
    if stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise ConfigError("there is no terminal to ask for a password at", "send it with --password-stdin")
    password = getpass.getpass("Password: ")
    if twice and getpass.getpass("Again: ") != password:
        raise ConfigError("the two passwords differ", "type the same twice")
    return password


def day(moment: Moment | None) -> str:
    """Write a moment for people."""
    return "" if moment is None else datetime.fromtimestamp(moment / 1000, UTC).strftime("%Y-%m-%d %H:%M")


def in_days(days: int | None) -> Moment | None:
    """Give the moment so many days from now."""
    if days is None:
        return None
    return Moment(int((datetime.now(UTC) + timedelta(days=days)).timestamp() * 1000))
