"""Hosted packages, merged and filtered sources."""

import msgspec
import pytest

from packhouse.adapters.memory.blobs import MemoryBlobs
from packhouse.adapters.memory.store import MemoryStore
from packhouse.domain.errors import NotFound, Refused
from packhouse.domain.index import Index, Located
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.view import View
from packhouse.policy.rules.deny import Denied, Deny
from packhouse.services.ports import IndexState, StoredArtifact, Stores
from packhouse.services.recent import Recent
from packhouse.services.snapshot import Need, Snapshot
from packhouse.services.sources.filtered import Filtered
from packhouse.services.sources.hosted import Hosted
from packhouse.services.sources.merged import Merged, Preferred
from packhouse.services.sources.source import Download, Source
from tests.toy import FORMAT, TOY, document, toy_key

pytestmark = pytest.mark.anyio

KEY = toy_key("thing")
NOW = Moment(1_000_000)


def _clock() -> Moment:
    return NOW


class Shelf:
    """A store with packages published in it."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.blobs = MemoryBlobs()

    @property
    def source(self) -> Hosted:
        """The packages as a source."""
        return Hosted(TOY, Stores(self.store, self.store, self.blobs), Recent(), _clock)

    async def publish(self, registry: str, key: PackageKey, releases: dict[str, bytes]) -> None:
        """Put a package with files on the shelf."""
        origin = f"hosted:{registry}"
        index = FORMAT.split(key, document(key.name, releases))
        state = IndexState(origin, key, 0, index.digest, NOW, NOW)
        await self.store.write_index(state, index, [], FORMAT.summary(key, index))
        for version, content in releases.items():
            writer = await self.blobs.writer()
            await writer.write(content)
            await writer.finish()
            blob = await writer.commit()
            filename = f"{key.name}-{version}.zip"
            stored = StoredArtifact(filename, version, blob, len(content), writer.digests, NOW)
            await self.store.write_artifact(origin, key, stored)


async def _versions(source: Source, view: View = View(), key: PackageKey = KEY) -> list[str]:  # noqa: B008
    snapshot = await source.snapshot(view, key)
    return [fragment.version for fragment in (await source.index(view, snapshot)).fragments]


async def _read(download: Download) -> bytes:
    return b"".join([chunk async for chunk in download.chunks(0, download.size_bytes)])


async def test_a_hosted_package_belongs_to_one_registry() -> None:
    shelf = Shelf()
    await shelf.publish("team", KEY, {"1.0": b"one"})
    assert await _versions(shelf.source, View("team")) == ["1.0"]
    with pytest.raises(NotFound):
        await _versions(shelf.source, View("default"))


async def test_a_hosted_file_is_read_back() -> None:
    shelf = Shelf()
    await shelf.publish("default", KEY, {"1.0": b"one"})
    located = await shelf.source.locate(View(), KEY, "thing-1.0.zip")
    assert await _read(await shelf.source.download(View(), KEY, located)) == b"one"
    with pytest.raises(NotFound):
        await shelf.source.locate(View(), KEY, "other-1.0.zip")


async def test_what_is_hosted_hides_a_package_of_the_same_name_elsewhere() -> None:
    here, elsewhere = Shelf(), Shelf()
    await here.publish("default", KEY, {"1.0": b"ours"})
    await elsewhere.publish("default", KEY, {"9.0": b"theirs"})
    source = Preferred(here.source, elsewhere.source)
    assert await _versions(source) == ["1.0"]
    with pytest.raises(NotFound):
        await source.locate(View(), KEY, "thing-9.0.zip")


async def test_what_is_not_hosted_is_asked_elsewhere() -> None:
    here, elsewhere = Shelf(), Shelf()
    await elsewhere.publish("default", KEY, {"9.0": b"theirs"})
    source = Preferred(here.source, elsewhere.source)
    located = await source.locate(View(), KEY, "thing-9.0.zip")
    assert await _read(await source.download(View(), KEY, located)) == b"theirs"


async def _merged() -> Merged:
    first, second = Shelf(), Shelf()
    await first.publish("default", KEY, {"1.0": b"first", "1.1": b"first"})
    await second.publish("default", KEY, {"1.1": b"second", "2.0": b"second"})
    return Merged({"hosted:default": first.source, "second": Renamed(second.source, "second")})


class Renamed:
    """A source whose snapshots carry another origin, as every upstream's do."""

    def __init__(self, inner: Source, origin: str) -> None:
        self._inner = inner
        self._origin = origin

    async def snapshot(self, view: View, key: PackageKey, need: Need = "usual") -> Snapshot:
        """Hand on under the other name."""
        return msgspec.structs.replace(await self._inner.snapshot(view, key, need), origin=self._origin)

    async def index(self, view: View, snapshot: Snapshot) -> Index:
        """Hand on."""
        return await self._inner.index(view, snapshot)

    async def locate(self, view: View, key: PackageKey, filename: str) -> Located:
        """Hand on."""
        return await self._inner.locate(view, key, filename)

    async def download(self, view: View, key: PackageKey, located: Located) -> Download:
        """Hand on."""
        return await self._inner.download(view, key, located)


async def test_merged_sources_show_the_releases_of_all_and_the_earlier_counts() -> None:
    source = await _merged()
    assert await _versions(source) == ["1.0", "1.1", "2.0"]
    located = await source.locate(View(), KEY, "thing-1.1.zip")
    assert await _read(await source.download(View(), KEY, located)) == b"first"
    located = await source.locate(View(), KEY, "thing-2.0.zip")
    assert await _read(await source.download(View(), KEY, located)) == b"second"


async def test_a_package_that_no_source_has_is_not_found() -> None:
    source = await _merged()
    with pytest.raises(NotFound):
        await source.snapshot(View(), toy_key("other"))
    with pytest.raises(NotFound):
        await source.locate(View(), KEY, "thing-3.0.zip")


def _deny(version: str) -> Deny:
    return Deny((Denied(f"toy/thing@{version}", lambda key, candidate: (key, candidate) == (KEY, version)),))


async def test_a_rule_holds_for_the_index_and_for_the_file() -> None:
    shelf = Shelf()
    await shelf.publish("default", KEY, {"1.0": b"one", "1.1": b"bad"})
    source = Filtered(shelf.source, [_deny("1.1")], _clock)
    assert await _versions(source) == ["1.0"]
    with pytest.raises(Refused, match=r"toy/thing@1\.1"):
        await source.locate(View(), KEY, "thing-1.1.zip")
    located = await shelf.source.locate(View(), KEY, "thing-1.1.zip")
    with pytest.raises(Refused):
        await source.download(View(), KEY, located)


async def test_an_index_of_which_nothing_is_left_is_refused_with_the_reason() -> None:
    shelf = Shelf()
    await shelf.publish("default", KEY, {"1.0": b"one"})
    source = Filtered(shelf.source, [_deny("1.0")], _clock)
    with pytest.raises(Refused, match=r"toy/thing@1\.0"):
        await _versions(source)


async def test_a_dated_view_sees_only_what_was_published_by_then() -> None:
    shelf = Shelf()
    await shelf.publish("default", KEY, {"1.0": b"one"})  # published at 1000
    source = Filtered(shelf.source, [], _clock)
    assert await _versions(source, View(as_of=Moment(1000))) == ["1.0"]
    assert await _versions(source, View(as_of=Moment(999))) == []
    with pytest.raises(Refused):
        await source.locate(View(as_of=Moment(999)), KEY, "thing-1.0.zip")
