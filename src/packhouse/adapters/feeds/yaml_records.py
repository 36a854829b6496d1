"""Records in YAML, as JSON."""

from typing import Any

import msgspec

from packhouse.adapters.feeds.streams import BadFile

_MAX_BYTES = 1 << 20
"""The reader of YAML is slow, and no advisory is as long."""


def yaml_as_json(body: bytes, path: str) -> bytes:
    """Read a record and add the path of its file; raise BadFile."""
    import yaml  # noqa: PLC0415 (start-up time)

    if len(body) > _MAX_BYTES:
        raise BadFile(f"a record in YAML is larger than {_MAX_BYTES >> 20} MiB")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        aliased = any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(body, Loader=loader))
        # Each use of an anchor is written out in JSON, so that a few hundred bytes would make terabytes.
        read: Any = None if aliased else yaml.load(body, Loader=loader)  # noqa: S506 (both are safe)
        made = msgspec.json.encode({"path": path, **read}) if isinstance(read, dict) else b""
    except (yaml.YAMLError, ValueError, TypeError, msgspec.MsgspecError, RecursionError, OverflowError) as error:
        raise BadFile(f"it is no YAML that can be read: {error}") from error
    if not made:
        raise BadFile("a record in YAML may have no aliases" if aliased else "it is no record")
    return made
