"""What resolving gems takes the environment to be, where nothing else is told."""

from collections.abc import Mapping

USUAL: Mapping[str, str] = {
    "ruby": "3.4.7",
    "rubygems": "3.6.9",
    "bundler": "2.6.9",
    "platform": "x86_64-linux",
}
"""A Ruby of the end of 2025, with what comes with it."""
