"""Where the shared data stands: real packages, advisories and recorded answers, too large for the repository."""

import os
from pathlib import Path

import pytest

LEFT_OUT = "shared data left out: "
"""Begins the reason of every test that is skipped for want of data; the summary at the end looks for it."""

_REPOSITORY = Path(__file__).resolve().parent.parent


def shared_path(*parts: str) -> Path:
    """Find a file below the shared folder, e.g. `data/osv/...`; skip the test where it is missing, fail in CI."""
    path = _root().joinpath(*parts)
    if path.exists():
        return path
    name = "/".join(parts)
    if os.environ.get("CI") == "true":
        pytest.fail(f"{LEFT_OUT}{name}", pytrace=False)
    pytest.skip(f"{LEFT_OUT}{name}")


def _root() -> Path:
    named = os.environ.get("PACKHOUSE_SHARED")
    return Path(named) if named else _REPOSITORY.parent / "shared"
