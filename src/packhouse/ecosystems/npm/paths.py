"""Addresses of npm documents."""

from urllib.parse import quote


def document_path(name: str) -> str:
    """Write a name as the path of its packument: only the slash behind the scope is escaped, as npm does."""
    return quote(name, safe="@").replace("%2F", "%2f")


def release_page(base_url: str, name: str, version: str) -> str:
    """Write the address of one version's manifest."""
    return f"{base_url}/{quote(name, safe='@')}/{quote(version, safe='')}"
