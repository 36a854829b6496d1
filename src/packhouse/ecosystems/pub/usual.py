"""What resolving packages of pub takes the environment to be, where nothing else is told."""

from collections.abc import Mapping

USUAL: Mapping[str, str] = {"dart": "3.10.0", "flutter": "3.38.1"}
"""SDKs of the end of 2025; an empty `flutter` stands for a machine that has none."""
