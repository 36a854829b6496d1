"""The environment that is resolved for where nothing else is told."""

import sys
from collections.abc import Mapping

USUAL: Mapping[str, str] = {
    "client": "pip",
    "python": f"{sys.version_info.major}.{sys.version_info.minor}",
    "platform": "linux_x86_64",
    "implementation": "cpython",
    "resolution": "highest",
    "prereleases": "usual",
}
