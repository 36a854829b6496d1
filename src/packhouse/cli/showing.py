"""Answers as people read them: tables on a terminal, or the JSON of the API."""

import sys
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from rich.console import Console

Row = tuple[str, "str | None"]


def print_json(answer: msgspec.Struct) -> None:
    """Print an answer as the API gives it."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(answer), indent=2).decode() + "\n")


def print_heading(name: str, version: str | None, description: str | None) -> None:
    """Print what an answer is about."""
    from rich.text import Text

    heading = Text.assemble((harmless(name), "bold"), (f" {harmless(version)}" if version else "", "bold green"))
    _print(heading, *([Text(harmless(description))] if description else []))


def print_warning(sentence: str) -> None:
    """Print what must not be overlooked."""
    from rich.text import Text

    _print(Text(harmless(sentence), "yellow"))


def print_facts(rows: Iterable[Row]) -> None:
    """Print names and values; what has no value is left out."""
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        if value:
            table.add_row(name, Text(harmless(value)))
    _print(table)


def print_table(heads: Sequence[str], rows: Iterable[Sequence[str | None]]) -> None:
    """Print rows under heads."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for head in heads:
        table.add_column(head, overflow="fold")
    for row in rows:
        table.add_row(*(Text(harmless(cell or "")) for cell in row))
    _print(table)


def print_note(sentence: str) -> None:
    """Print what is said beside an answer."""
    from rich.text import Text

    _print(Text(harmless(sentence), "dim"))


def day(moment: datetime | None) -> str | None:
    """Write the day of a moment."""
    return None if moment is None else moment.strftime("%Y-%m-%d")


def harmless(text: str) -> str:
    """Replace what would steer the terminal: a package says what it likes of itself."""
    return "".join("\N{REPLACEMENT CHARACTER}" if _steers(each) else each for each in text)


def _steers(character: str) -> bool:
    # Cc: escapes and other controls; Cf: what turns the direction of text or cannot be seen; Zl, Zp: other line ends.
    return character not in "\n\t" and unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp")


def _print(*shown: object) -> None:
    console = _console()
    for each in shown:
        console.print(each)


def _console() -> "Console":
    from rich.console import Console

    # Rich guesses 80 columns where there is no terminal: a file or a pipe may have long lines.
    return Console(width=None if sys.stdout.isatty() else 160, highlight=False)
