"""Licences as manifests name them, today's and those of ten years ago."""

from collections.abc import Iterator

from packhouse.domain.release import Licence
from packhouse.formats.licences import to_spdx

_MAX_LICENCES = 50


def read_licences(licence: object, licences: object) -> tuple[Licence, ...]:
    """Read the field `license` and, where that says nothing, the older `licenses`."""
    for field in (licence, licences):
        found = tuple(dict.fromkeys(_texts(field)))[:_MAX_LICENCES]
        if found:
            return tuple(Licence(text, to_spdx(text)) for text in found)
    return ()


def _texts(field: object) -> Iterator[str]:
    if isinstance(field, str):
        if field.strip():
            yield field.strip()
    elif isinstance(field, dict):
        # {"type": "MIT", "url": ...}; some write the type as name.
        yield from _texts(next((field[key] for key in ("type", "name") if isinstance(field.get(key), str)), None))
    elif isinstance(field, list):
        for each in field:
            if isinstance(each, (str, dict)):
                yield from _texts(each)
