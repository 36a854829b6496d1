"""What every store of signing keys promises."""

import msgspec
import pytest

from packhouse.domain.package import Moment
from packhouse.services.ports import StoredSigningKey
from packhouse.services.signing import SigningKeys
from tests.ports.conftest import Store

pytestmark = pytest.mark.anyio

FIRST = StoredSigningKey("SHA256:b", b"\x00secret", b"public", Moment(1_000))
SECOND = StoredSigningKey("SHA256:a", b"other", b"public too", Moment(2_000), Moment(9_000))
TWIN = StoredSigningKey("SHA256:c", b"twin", b"third", Moment(2_000))


async def test_keys_are_listed_whole_and_oldest_first(store: Store) -> None:
    assert list(await store.list_signing_keys()) == []
    for key in (TWIN, SECOND, FIRST):
        await store.write_signing_key(key)
    assert list(await store.list_signing_keys()) == [FIRST, SECOND, TWIN]


async def test_a_key_that_ends_stays_one_key(store: Store) -> None:
    await store.write_signing_key(FIRST)
    ended = msgspec.structs.replace(FIRST, expires_at=Moment(5_000))
    await store.write_signing_key(ended)
    assert list(await store.list_signing_keys()) == [ended]


async def test_a_server_signs_and_rotates_with_it(store: Store) -> None:
    keys = SigningKeys(store)
    before = await keys.sign(b"text", Moment(1_000))
    fresh = await keys.rotate(Moment(2_000))
    again = SigningKeys(store)
    assert (await again.sign(b"text", Moment(3_000))).keyid == fresh.keyid != before.keyid
    assert [key.keyid for key in await again.public()] == [before.keyid, fresh.keyid]
    assert await store.check(deep=True) == []
