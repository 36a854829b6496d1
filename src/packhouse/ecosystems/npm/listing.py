"""What the lists of the registry's first API say of a package."""

from collections.abc import Iterable
from datetime import UTC, datetime
from html import escape
from typing import Any

from packhouse.domain.index import Summary
from packhouse.domain.package import Moment


def entry(summary: Summary, changed_at: Moment) -> dict[str, Any]:
    """Write a package as the first API lists it."""
    listed: dict[str, Any] = {
        "name": summary.key.name,
        "description": summary.description,
        "dist-tags": {"latest": summary.version} if summary.version else {},
        "maintainers": [{"name": name} for name in summary.maintainers],
        "keywords": list(summary.keywords),
        "time": {"modified": _iso(changed_at)},
        "versions": {summary.version: "latest"} if summary.version else {},
    }
    if summary.licence:
        listed["license"] = summary.licence
    for label in ("homepage", "repository", "bugs"):
        if label in summary.links:
            listed[label] = summary.links[label]
    return listed


def news(base: str, packages: Iterable[tuple[Summary, Moment]]) -> bytes:
    """Write what has changed as RSS 2.0."""
    items = "".join(_item(base, summary, changed_at) for summary, changed_at in packages)
    head = f"<title>Packages</title><link>{escape(base)}/</link><description>What changed</description>"
    text = f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>{head}{items}</channel></rss>'
    return text.encode("utf-8", "replace")


def _item(base: str, summary: Summary, changed_at: Moment) -> str:
    title = f"{_plain(summary.key.name)}@{_plain(summary.version)}"
    when = datetime.fromtimestamp(changed_at / 1000, UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    return (
        f"<item><title>{title}</title><link>{escape(base)}/{_plain(summary.key.name)}</link>"
        f'<guid isPermaLink="false">{title}</guid><description>{_plain(summary.description)}</description>'
        f"<pubDate>{when}</pubDate></item>"
    )


def _plain(words: str) -> str:
    """Leave out what XML 1.0 section 2.2 allows in no spelling, with all else that nobody can see."""
    return escape("".join(letter for letter in words if letter.isprintable()))


def _iso(moment: Moment) -> str:
    return datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
