"""How often something may be done, as people write it: `5 then 1/10min`, a burst and then a rate."""

import re

from msgspec import Struct

from packhouse.formats.quantity import parse_duration

_PACE = re.compile(r"(\d{1,7})\s+then\s+(\d{1,7})\s*/\s*(\S{1,20})", re.ASCII)
_LONGEST_S = 366 * 86_400.0


class Pace(Struct, frozen=True):
    """So many at once, and then one after another."""

    burst: int
    every_s: float
    """How long it takes until one more is allowed."""


def parse_pace(text: str) -> Pace | None:
    """Read a pace, None for `off`; raise ValueError if it is neither."""
    plain = text.strip()
    if plain == "off":
        return None
    match = _PACE.fullmatch(plain)
    if match is None:
        raise ValueError(text)
    burst, times, unit = int(match[1]), int(match[2]), match[3]
    # `1/min` means one in one minute.
    period_s = parse_duration(unit if unit[0].isdigit() else f"1{unit}")
    if not burst or not times or not 0 < period_s <= _LONGEST_S:
        raise ValueError(text)
    return Pace(burst, period_s / times)
