"""What the value of a setting may be, and how its text is read."""

import sys
from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from packhouse.formats.pace import Pace, parse_pace
from packhouse.formats.quantity import parse_duration, parse_size


class Kind(Struct, frozen=True):
    """What a setting's value may be."""

    form: str
    """What to write, as the hint of an error and in the reference."""
    parse: Callable[[object], Any]
    """Turn a value of TOML, or the text of a flag or variable, into ours; raise ValueError."""
    absent: object = None
    """What a setting is that has neither value nor default."""
    unit: str = ""
    """Suffix of the field that holds the value."""


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(value)
    return value.strip()


def _path(value: object) -> Path:
    return Path(_text(value)).expanduser()


def _number(lowest: int, highest: int = sys.maxsize) -> Callable[[object], int]:
    def parse(value: object) -> int:
        number = int(value) if isinstance(value, str) and value.isascii() else value
        if not isinstance(number, int) or isinstance(number, bool) or not lowest <= number <= highest:
            raise ValueError(value)
        return number

    return parse


def _further_port(value: object) -> int | str | None:
    if value in ("next", "off"):
        return None if value == "off" else "next"
    return _number(0, 65_535)(value)


def _rate(value: object) -> float:
    number = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else 0.0
    if not 0 < number < float("inf"):
        raise ValueError(value)
    return number


def _switch(value: object) -> bool:
    if isinstance(value, bool):
        return value
    try:
        return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}[str(value).lower()]
    except KeyError:
        raise ValueError(value) from None


def _duration(value: object) -> float:
    return parse_duration(str(value))


def _size(value: object) -> int:
    return parse_size(str(value))


def _pace(value: object) -> Pace | None:
    return parse_pace(_text(value))


def _choice(*allowed: str) -> Callable[[object], str]:
    def parse(value: object) -> str:
        if value not in allowed:
            raise ValueError(value)
        return str(value)

    return parse


def _url(value: object) -> str:
    url = _text(value).rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment or "@" in url:
        raise ValueError(value)
    _ = parts.port  # raises ValueError for a port that is none
    return url


def _list(item: Callable[[object], Any]) -> Callable[[object], tuple[Any, ...]]:
    def parse(value: object) -> tuple[Any, ...]:
        items = value.split(",") if isinstance(value, str) else value
        if not isinstance(items, list):
            raise ValueError(value)  # noqa: TRY004 (the one error of a Kind)
        return tuple(item(each) for each in items)

    return parse


def _network(value: object) -> str:
    return str(ip_network(_text(value), strict=False))


def _table(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ValueError(value)  # noqa: TRY004 (the one error of a Kind)
    return {_text(name): _url(each) for name, each in value.items()}


def _denied(value: object) -> str:
    text = _text(value)
    ecosystem, _, name = text.partition("/")
    if not ecosystem.isidentifier() or not name:
        raise ValueError(value)
    return text


TEXT = Kind("text", _text)
FILE = Kind("the path of a file", _path)
DATA = Kind("the path of a directory", _path)
PORT = Kind("a number from 0 to 65535 (0: any free port)", _number(0, 65_535))
FURTHER_PORT = Kind("a number from 0 to 65535 (0: any free port), next for the one above `port`, or off", _further_port)
COUNT = Kind("a whole number from 1", _number(1))
RETRIES = Kind("a whole number from 0", _number(0))
RATE = Kind("a number above 0", _rate)
SWITCH = Kind("true or false", _switch)
DURATION = Kind("a duration such as 90s, 5m, 72h or 7d", _duration, unit="_s")
SIZE = Kind("a size such as 512KB, 32MB or 2GB", _size, unit="_bytes")
PACE = Kind("a burst and a rate such as `30 then 1/min` or `5 then 1/10min`, or off", _pace)
LEVEL = Kind("debug, info, warning or error", _choice("debug", "info", "warning", "error"))
FORMAT = Kind("text or json", _choice("text", "json"))
MALWARE = Kind("refuse or allow", _choice("refuse", "allow"))
READERS = Kind("anyone, users or granted", _choice("anyone", "users", "granted"))
FORGE = Kind(
    "github, gitlab, bitbucket, scorecard or oss-fuzz",
    _choice("github", "gitlab", "bitbucket", "scorecard", "oss-fuzz"),
)
ISSUER = Kind("github or gitlab", _choice("github", "gitlab"))
PUBLISHERS = Kind("users or granted", _choice("users", "granted"))
URL = Kind("an address such as https://packages.example (no user, no query)", _url)
NETWORKS = Kind("networks such as 10.0.0.0/8 or single addresses, in a list", _list(_network), absent=())
TABLE = Kind("a table of addresses by name", _table)
STORE = Kind("netrc or client", _choice("netrc", "client"))
TEXTS = Kind("texts in a list", _list(_text), absent=())
NAMES = Kind("a list of ecosystem/name, in which * stands for any characters", _list(_denied), absent=())
DENIED = Kind("a list of ecosystem/name or ecosystem/name@range", _list(_denied), absent=())
