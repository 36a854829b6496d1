"""What is told beside the index: downloads by a service of their own, owners by the JSON document."""

import msgspec

from packhouse.domain.ecosystem import Insight
from packhouse.domain.errors import Invalid, NotFound, NotTold, UpstreamBad
from packhouse.domain.insight import Downloads, Owner
from packhouse.domain.package import PackageKey
from packhouse.domain.upstream import Gathering, UpstreamRegistry, UpstreamRequest
from packhouse.ecosystems.pypi.record import read_document

PERIODS = ("last-month", "last-week", "last-day")
"""The periods that are counted, the default first."""


def count_downloads(registry: UpstreamRegistry, key: PackageKey, period: str) -> Gathering[Downloads]:
    """Tell the downloads of the last day, week and month; raise Invalid for another period."""
    if period and period not in PERIODS:
        raise Invalid(f"{period[:40]!r} is no period that is counted", f"choose {', '.join(sorted(PERIODS))}")
    if "stats" not in registry.urls:
        raise NotTold(f"the upstream {registry.name} counts no downloads", "set urls.stats of the upstream")
    url = f"{registry.urls['stats']}/api/packages/{key.name}/recent"
    (answer,) = yield (UpstreamRequest(url, "application/json"),)
    if answer.status == 404:
        raise NotFound(f"no downloads of {key} are counted")
    try:
        found = msgspec.json.decode(answer.body, type=_Recent).data
    except (msgspec.MsgspecError, RecursionError) as error:
        raise UpstreamBad(f"the answer with the downloads of {key} cannot be read: {error}") from error
    counts = {name.replace("_", "-"): count for name, count in found.items()}
    wanted = (period,) if period else PERIODS
    return Downloads({name: counts[name] for name in wanted if name in counts})


class _Recent(msgspec.Struct):
    data: dict[str, int]


def list_owners(registry: UpstreamRegistry, key: PackageKey) -> Gathering[tuple[Owner, ...]]:
    """Read the roles of the JSON document."""
    root = registry.url.removesuffix("/simple").removesuffix("/+simple")
    (answer,) = yield (UpstreamRequest(f"{root}/pypi/{key.name}/json", "application/json"),)
    if answer.status == 404:
        raise NotFound(f"{key} does not exist")
    ownership = read_document(answer.body).get("ownership")
    if not isinstance(ownership, dict):
        raise NotTold(f"the upstream {registry.name} does not tell who owns {key}")
    organization = ownership.get("organization")
    roles = ownership.get("roles")
    owners = [Owner(organization, kind="organization")] if isinstance(organization, str) and organization else []
    owners += [
        Owner(each["user"])
        for each in (roles if isinstance(roles, list) else [])
        if isinstance(each, dict) and isinstance(each.get("user"), str)
    ]
    return tuple(owners)


INSIGHT = Insight(downloads=count_downloads, periods=PERIODS, owners=list_owners)
