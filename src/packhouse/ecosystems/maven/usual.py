"""The environment that resolving takes for granted; a module of its own, as it is read at start-up."""

from collections.abc import Mapping

USUAL: Mapping[str, str] = {"jdk": "17", "os.name": "Linux", "os.arch": "amd64", "os.version": "6.1"}
"""Names of the environment, with what they usually are."""
