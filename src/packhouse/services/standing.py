"""How a package stands beside others: numbers between 0 and 1 that a search adds to how well its words match."""

from math import log

from packhouse.domain.index import Summary
from packhouse.domain.package import Moment

_MANY_DOWNLOADS = 1_000_000
"""Downloads through one server that nobody surpasses by far."""
FORGOTTEN_MS = 3 * 365 * 86_400_000
"""What was published longer ago is not maintained."""


def popularity(downloads: int) -> float:
    """Rate how often a package was downloaded, by orders of magnitude."""
    return min(1.0, log(1 + downloads) / log(1 + _MANY_DOWNLOADS))


def quality_of(summary: Summary) -> float:
    """Rate how well a package is described, and whether its publisher stands by it."""
    links = summary.links
    told = (summary.description, summary.keywords, summary.licence, links.get("repository"), links.get("homepage"))
    described = sum(map(bool, told)) / len(told)
    return described * (0.25 if "deprecated" in summary.flags else 1.0) * (0.75 if "unstable" in summary.flags else 1.0)


def maintenance(published_at: Moment | int, now: Moment) -> float:
    """Rate how lately the version that is shown was published."""
    return max(0.0, min(1.0, 1.0 - (now - published_at) / FORGOTTEN_MS)) if published_at else 0.0
