"""Resolving as of a date: what npm does with `--before` and uv with `--exclude-newer`."""
