"""Where a release runs, as the client reads `os`, `cpu`, `libc` and `engines`."""

from collections.abc import Mapping

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.npm.facts import NpmFacts
from packhouse.ecosystems.npm.ranges import satisfies


def runs_on(facts: NpmFacts, os: str, cpu: str, libc: str) -> bool:
    """Tell whether a release is meant for a platform."""
    if facts.libc and not libc:
        return False
    return _admits(facts.os, os) and _admits(facts.cpu, cpu) and _admits(facts.libc, libc)


def suits_engines(engines: Mapping[str, str], node_version: str, npm_version: str) -> bool:
    """Tell whether the versions of node and npm are ones that a release asks for."""
    return _suits(engines.get("node"), node_version) and _suits(engines.get("npm"), npm_version)


def _suits(wanted: str | None, version: str) -> bool:
    if not wanted or not version or wanted == "*":
        return True
    try:
        return satisfies(version, wanted, include_prerelease=True, loose=False)
    except Invalid:
        return False


def _admits(entries: tuple[str, ...], value: str) -> bool:
    if not entries or entries == ("any",):
        return True
    refused = [entry[1:] for entry in entries if entry.startswith("!")]
    if value in refused:
        return False
    return len(refused) == len(entries) or value in entries
