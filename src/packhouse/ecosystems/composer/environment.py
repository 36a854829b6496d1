"""What can be told of an environment, with what holds where it is not."""

from collections.abc import Mapping

USUAL: Mapping[str, str] = {
    "php": "8.2.35",
    "platform": "*",
    "minimum-stability": "stable",
    "prefer-stable": "false",
    "prefer-lowest": "false",
}
