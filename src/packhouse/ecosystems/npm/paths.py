"""Addresses of npm documents."""

from urllib.parse import quote


def document_path(name: str) -> str:
    """Write a name as the path of its packument: only the slash behind the scope is escaped, as npm does."""
    return quote(name, safe="@").replace("%2F", "%2f")
