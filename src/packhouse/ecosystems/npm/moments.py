"""When releases were published, from the packument's `time`."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import Raw

from packhouse.domain.package import Moment
from packhouse.ecosystems.npm.members import decode_any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_decode_times = msgspec.json.Decoder(dict[str, datetime]).decode


def parse_moments(times: Raw) -> Mapping[str, Moment]:
    """Read the moments by version; those that are missing or cannot be read are left out."""
    try:
        moments = _decode_times(times)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _parse_each(decode_any(times))
    return {version: moment for version, at in moments.items() if (moment := _moment(at)) is not None}


def _parse_each(times: object) -> dict[str, Moment]:
    """Read what can be read: `unpublished` holds an object, and a stranger may write anything."""
    if not isinstance(times, dict):
        return {}
    found = {}
    for version, text in times.items():
        try:
            moment = _moment(datetime.fromisoformat(text))
        except (TypeError, ValueError):
            continue
        if moment is not None:
            found[version] = moment
    return found


def _moment(at: datetime) -> Moment | None:
    # A time without a zone could be any of 26 hours.
    if at.tzinfo is None:
        return None
    return Moment((at - _EPOCH) // _MILLISECOND)
