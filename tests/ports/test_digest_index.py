"""The index of digests, whoever keeps it."""

import hashlib

import msgspec
import pytest

from packhouse.adapters.sql.digests import rows_of
from packhouse.domain.digest import Digest
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.domain.release import Artifact, Release, build_record
from packhouse.services.hashes import DigestPlace
from packhouse.services.ports import StoredArtifact
from tests.ports.conftest import Store

pytestmark = pytest.mark.anyio

ORIGIN = "upstream:first"


def _key(name: str) -> PackageKey:
    return PackageKey("plain", NormalName(name))


def _digest(algorithm: str, text: str) -> Digest:
    return Digest(algorithm, hashlib.new(algorithm, text.encode()).hexdigest())


def _release(version: str, *digests: Digest) -> Release:
    return Release(version, artifacts=(Artifact(f"a-{version}.tgz", "", digests),))


async def test_a_release_is_found_by_any_digest_of_its_record(store: Store) -> None:
    sha1, sha512 = _digest("sha1", "one"), _digest("sha512", "one")
    record = build_record(_key("a"), [_release("1.0.0", sha1, sha512), _release("2.0.0", _digest("sha1", "two"))])
    await store.write_record(ORIGIN, 1, record)
    for digest in (sha1, sha512):
        assert list(await store.find_digest(digest, 10)) == [DigestPlace(ORIGIN, _key("a"), "1.0.0")]
    assert not await store.find_digest(_digest("sha1", "three"), 10)


async def test_what_a_later_record_adds_is_found_too(store: Store) -> None:
    releases = [_release(f"{number}.0.0", _digest("sha1", str(number))) for number in range(150)]
    for known in (1, 40, 150):
        await store.write_record(ORIGIN, known, build_record(_key("a"), releases[:known]))
        for number in (0, known - 1):
            found = await store.find_digest(_digest("sha1", str(number)), 10)
            assert list(found) == [DigestPlace(ORIGIN, _key("a"), f"{number}.0.0")]


async def test_a_stored_file_is_found_by_all_that_it_hashes_to(store: Store) -> None:
    digests = tuple(_digest(each, "file") for each in ("md5", "sha1", "sha256", "sha512"))
    stored = StoredArtifact("a-1.0.0.tgz", "1.0.0", digests[2], 4, digests, Moment(1))
    await store.write_artifact(ORIGIN, _key("a"), stored)
    for digest in digests:
        assert list(await store.find_digest(digest, 10)) == [DigestPlace(ORIGIN, _key("a"), "1.0.0")]


async def test_the_same_file_in_many_packages_is_found_in_each_up_to_a_limit(store: Store) -> None:
    digest = _digest("sha1", "same")
    for name in "abcde":
        await store.write_record(ORIGIN, 1, build_record(_key(name), [_release("1.0.0", digest)]))
    assert {place.key.name for place in await store.find_digest(digest, 10)} == set("abcde")
    assert len(await store.find_digest(digest, 3)) == 3


def test_a_digest_that_is_none_leads_nowhere() -> None:
    odd = [Digest("sha1", each) for each in ("", "xyz", "AB" * 20, "0" * 31)]
    assert not rows_of("1.0.0", odd)
    assert len(rows_of("1.0.0", [msgspec.structs.replace(odd[0], value="0" * 40)])) == 1
