"""Durations and sizes as people write them: 90s, 5m, 72h; 512KB, 2GB."""

import re
from typing import NoReturn

_QUANTITY = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)", re.ASCII)
_SECONDS = {"": 1, "ms": 0.001, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}
# Decimal units mean powers of ten and the IEC ones (IEC 80000-13) powers of two.
_BYTES = {
    "": 1,
    "b": 1,
    "kb": 10**3,
    "mb": 10**6,
    "gb": 10**9,
    "tb": 10**12,
    "kib": 2**10,
    "mib": 2**20,
    "gib": 2**30,
    "tib": 2**40,
}


def parse_duration(text: str) -> float:
    """Read a duration as seconds; raise ValueError if it is none."""
    number, unit = _split(text)
    return number * _SECONDS[unit] if unit in _SECONDS else _refuse(text)


def parse_size(text: str) -> int:
    """Read a size as bytes; raise ValueError if it is none."""
    number, unit = _split(text)
    return round(number * _BYTES[unit.lower()]) if unit.lower() in _BYTES else _refuse(text)


def _split(text: str) -> tuple[float, str]:
    match = _QUANTITY.fullmatch(text.strip())
    return (float(match[1]), match[2]) if match else _refuse(text)


def _refuse(text: str) -> NoReturn:
    raise ValueError(text)
