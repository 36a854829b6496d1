"""What every store of further documents promises."""

import pytest
from msgspec.structs import replace

from packhouse.domain.further import FurtherKey
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.services.ports import StoredFurther
from tests.ports.conftest import Store

pytestmark = pytest.mark.anyio

PAGE = FurtherKey(PackageKey("toy", NormalName("thing")), "api")
STORED = StoredFurther(b"\0one\xff", "text/plain", '"1"', None, Moment(10), Moment(10))


async def test_a_document_comes_back_as_it_was_written(store: Store) -> None:
    assert await store.find_further("here", PAGE) is None
    await store.write_further("here", PAGE, STORED)
    assert await store.find_further("here", PAGE) == STORED


async def test_a_document_is_told_apart_by_origin_package_and_path(store: Store) -> None:
    await store.write_further("here", PAGE, STORED)
    whole = FurtherKey(PackageKey("toy", NormalName("")), "api")
    for origin, further in (("there", PAGE), ("here", replace(PAGE, path="other")), ("here", whole)):
        assert await store.find_further(origin, further) is None
        await store.write_further(origin, further, replace(STORED, body=further.path.encode()))
    assert await store.find_further("here", PAGE) == STORED


async def test_a_changed_document_replaces_the_older_one(store: Store) -> None:
    await store.write_further("here", PAGE, STORED)
    changed = replace(STORED, body=b"two" * 200_000, etag=None, last_modified="Thu", changed_at=Moment(20))
    await store.write_further("here", PAGE, changed)
    assert await store.find_further("here", PAGE) == changed


async def test_a_confirmed_document_keeps_its_bytes(store: Store) -> None:
    await store.write_further("here", PAGE, STORED)
    confirmed = replace(STORED, body=b"", checked_at=Moment(99), etag='"2"')
    await store.write_further_state("here", PAGE, confirmed)
    assert await store.find_further("here", PAGE) == replace(confirmed, body=STORED.body)


async def test_what_is_not_stored_is_neither_confirmed_nor_an_error_to_drop(store: Store) -> None:
    await store.write_further_state("here", PAGE, STORED)
    await store.drop_further("here", PAGE)
    assert await store.find_further("here", PAGE) is None


async def test_a_dropped_document_is_gone(store: Store) -> None:
    await store.write_further("here", PAGE, STORED)
    await store.drop_further("here", PAGE)
    assert await store.find_further("here", PAGE) is None
