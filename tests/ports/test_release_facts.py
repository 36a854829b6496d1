"""Facts of releases, and images, whoever keeps them."""

import pytest

from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.services.fact_ports import ReleaseFact
from packhouse.services.image_ports import ImageEntry, ImageRepository
from tests.ports.conftest import Store

pytestmark = pytest.mark.anyio

KEY = PackageKey("plain", NormalName("pear"))
CHAIN, OTHER = bytes(32), bytes(range(32))


async def test_a_fact_is_of_one_release_and_kind_and_a_later_one_replaces_it(store: Store) -> None:
    first = ReleaseFact(KEY, "1.0.0", "licences", b"MIT", "sha256:aa", Moment(5))
    await store.write_facts([first, ReleaseFact(KEY, "1.0.0", "capabilities", b"[]")])
    assert await store.find_fact(KEY, "1.0.0", "licences") == first
    later = ReleaseFact(KEY, "1.0.0", "licences", b"ISC", "sha256:bb", Moment(6))
    await store.write_facts([later])
    assert await store.find_fact(KEY, "1.0.0", "licences") == later
    assert await store.find_fact(KEY, "2.0.0", "licences") is None
    await store.write_facts([])


async def test_repositories_are_found_by_the_chains_of_their_images(store: Store) -> None:
    pear, plum = ImageRepository("library/pear"), ImageRepository("plum", "registry.example")
    assert await store.write_images([ImageEntry(pear, (CHAIN, OTHER)), ImageEntry(plum, (CHAIN,))]) == 3
    assert await store.write_images([ImageEntry(pear, (CHAIN,))]) == 0
    assert await store.list_images(CHAIN, 10) == [pear, plum]
    assert await store.list_images(CHAIN, 1) == [pear]
    assert await store.list_images(OTHER, 10) == [pear]
    assert await store.list_images(bytes(31), 10) == []


async def test_what_is_known_of_a_repository_stays_until_more_is_said(store: Store) -> None:
    told = ImageRepository("library/pear", stars=3, pulls=2**40, official=True, updated_at=Moment(7))
    await store.write_images([ImageEntry(told, (CHAIN,))])
    await store.write_images([ImageEntry(ImageRepository("library/pear"), (OTHER,))])
    assert await store.list_images(OTHER, 10) == [told]
