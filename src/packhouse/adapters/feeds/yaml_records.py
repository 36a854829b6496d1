"""Records in YAML, as JSON."""

from collections.abc import Iterable
from typing import Any

import msgspec

from packhouse.adapters.feeds.streams import BadFile

_MAX_DEPTH = 40
_MAX_BYTES = 256 << 10
"""The reader of YAML is slow, and no advisory is as long."""


def yaml_as_json(body: bytes, path: str) -> bytes:
    """Read a record and add the path of its file; raise BadFile."""
    import yaml  # noqa: PLC0415 (start-up time)

    if len(body) > _MAX_BYTES:
        raise BadFile(f"a record in YAML is larger than {_MAX_BYTES >> 10} KiB")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        fault = _fault(yaml.parse(body, Loader=loader))
        read: Any = None if fault else yaml.load(body, Loader=loader)  # noqa: S506 (both are safe)
        made = msgspec.json.encode({"path": path, **read}) if isinstance(read, dict) else b""
    except (yaml.YAMLError, ValueError, TypeError, msgspec.MsgspecError, RecursionError, OverflowError) as error:
        raise BadFile(f"it is no YAML that can be read: {error}") from error
    if not made:
        raise BadFile(fault or "it is no record")
    return made


def _fault(events: Iterable[object]) -> str:
    """Look for what makes a reader of YAML run for ever; stop at the first."""
    depth = 0
    for event in events:
        kind = type(event).__name__
        # Each use of an anchor is written out in JSON, so that a few hundred bytes would make terabytes.
        if kind == "AliasEvent":
            return "a record in YAML may have no aliases"
        depth += kind.endswith("StartEvent") - kind.endswith("EndEvent")
        if depth > _MAX_DEPTH:
            return f"a record in YAML is at most {_MAX_DEPTH} levels deep"
    return ""
