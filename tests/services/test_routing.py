"""Which upstreams are asked for a package."""

from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.upstream import UpstreamRegistry
from packhouse.services.routing import Routing

PUBLIC = UpstreamRegistry("public", "toy", "https://public.example")
SECOND = UpstreamRegistry("second", "toy", "https://second.example")
ACME = UpstreamRegistry("acme", "toy", "https://acme.example", packages=("@acme/*", "acme-*"))
TOOLS = UpstreamRegistry("tools", "toy", "https://tools.example", packages=("@acme/tools-*",))
ROUTING = Routing((PUBLIC, ACME, SECOND, TOOLS))


def _asked(name: str) -> list[str]:
    return [registry.name for registry in ROUTING.upstreams_of(PackageKey("toy", NormalName(name)))]


def test_a_package_that_nobody_claims_is_asked_of_all_that_claim_nothing_in_order() -> None:
    assert _asked("thing") == ["public", "second"]


def test_a_claimed_package_is_asked_for_there_and_nowhere_else() -> None:
    assert _asked("@acme/thing") == ["acme"]
    assert _asked("acme-thing") == ["acme"]


def test_the_longest_pattern_counts() -> None:
    assert _asked("@acme/tools-x") == ["tools"]


def test_a_document_about_a_whole_registry_is_that_of_those_that_claim_nothing() -> None:
    assert _asked("") == ["public", "second"]


def test_a_name_that_only_begins_like_a_claim_is_not_claimed() -> None:
    assert _asked("@acmeevil/thing") == ["public", "second"]
    assert _asked("x@acme/thing") == ["public", "second"]


def test_a_claim_holds_for_every_spelling_of_a_name() -> None:
    routing = Routing((PUBLIC, ACME), lambda name: name.lower().replace("_", "-"))
    for name in ("acme-thing", "acme_thing", "ACME_Thing"):
        assert routing.upstreams_of(PackageKey("toy", NormalName(name))) == (ACME,)
    assert Routing((PUBLIC, ACME)).upstreams_of(PackageKey("toy", NormalName("acme_thing"))) == (PUBLIC,)
