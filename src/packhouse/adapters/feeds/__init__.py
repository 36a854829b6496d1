"""Reads what other databases give away as files."""
