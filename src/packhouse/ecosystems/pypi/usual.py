"""What resolving takes to be usual: the environment, where nothing else is told, and the files of a project."""

import sys
from collections.abc import Mapping

USUAL: Mapping[str, str] = {
    "client": "pip",
    "python": f"{sys.version_info.major}.{sys.version_info.minor}",
    "platform": "linux_x86_64",
    "implementation": "cpython",
    "resolution": "highest",
    "prereleases": "usual",
    "extras": "",
    "groups": "",
}
MANIFESTS = (
    "pyproject.toml", "requirements*.txt", "requirements*.in", "constraints*.txt", "pylock*.toml", "uv.lock",
    "poetry.lock",
)  # fmt: skip
"""The manifests, then the lock files."""
