"""The pull-through cache: freshness, outages, files, many at once."""

import asyncio

import pytest

from packhouse.adapters.memory.blobs import MemoryBlobs
from packhouse.adapters.memory.store import MemoryStore
from packhouse.adapters.memory.upstream import MemoryUpstream
from packhouse.domain.errors import NotFound, UpstreamBad, UpstreamDenied, UpstreamDown, UpstreamOff
from packhouse.domain.index import BASE
from packhouse.domain.package import Moment
from packhouse.domain.upstream import UpstreamAnswer, UpstreamRegistry, UpstreamRequest
from packhouse.domain.view import View
from packhouse.services.documents import Documents
from packhouse.services.gathering import Gatherer
from packhouse.services.notices import Notices
from packhouse.services.ports import Stores
from packhouse.services.recent import Recent
from packhouse.services.sources.cached import Cached, Freshness
from packhouse.services.sources.remote import Coalesced, Remote
from packhouse.services.sources.source import Download
from tests.toy import HOST, TOY, document, toy_key

pytestmark = pytest.mark.anyio

KEY = toy_key("thing")
URL = f"{HOST}/thing"
FILE = f"{HOST}/files/thing-1.0.zip"
VIEW = View()
MINUTE = 60_000


class Bench:
    """A cache over a memory upstream, with a clock that the test moves."""

    def __init__(self, answers: dict[str, bytes]) -> None:
        self.now = 1_000_000
        self.store = MemoryStore()
        self.blobs = MemoryBlobs()
        self.upstream = MemoryUpstream(answers)
        self.on = True
        self.changed: list[str] = []
        self.restart()

    def restart(self) -> None:
        """Begin again with what is stored."""
        registry = UpstreamRegistry("toys", "toy", HOST)
        notices = Notices()
        notices.subscribe(lambda key: self.changed.append(str(key)))
        origin = Coalesced(Remote(TOY, registry, self.upstream, Gatherer(self.upstream, self.clock)))
        stores = Stores(self.store, self.store, self.blobs)
        self.source = Cached(TOY, origin, stores, Recent(), notices, self.clock, Freshness())
        self.documents = Documents(TOY, self.source, self.store, 1 << 20, self.clock)

    def clock(self) -> Moment:
        """Tell the test's time."""
        return Moment(self.now)

    async def versions(self) -> list[str]:
        """List the versions that the cache shows."""
        snapshot = await self.source.snapshot(VIEW, KEY)
        return [fragment.version for fragment in (await self.source.index(VIEW, snapshot)).fragments]

    async def file(self, filename: str = "thing-1.0.zip") -> bytes:
        """Read a whole file."""
        located = await self.source.locate(VIEW, KEY, filename)
        return await read(await self.source.download(VIEW, KEY, located))

    def asked(self, url: str = URL) -> int:
        """Count the requests for an address."""
        return sum(request.url == url for _, request in self.upstream.requests)

    def set(self, url: str, answer: object) -> None:
        """Change what the upstream answers."""
        self.upstream.answers[url] = answer  # type: ignore[assignment]


async def read(download: Download) -> bytes:
    """Read all chunks."""
    return b"".join([chunk async for chunk in download.chunks(0, download.size_bytes)])


def _bench(content: bytes = b"content") -> Bench:
    return Bench({URL: document("thing", {"1.0": content}), FILE: content})


async def test_a_fresh_document_is_served_without_asking() -> None:
    bench = _bench()
    for _ in range(5):
        assert await bench.versions() == ["1.0"]
    bench.now += MINUTE - 1
    await bench.versions()
    assert bench.asked() == 1


async def test_an_older_document_is_served_at_once_and_confirmed_in_the_background() -> None:
    bench = _bench()
    await bench.versions()
    bench.set(URL, document("thing", {"1.0": b"content", "1.1": b"new"}))
    bench.now += 2 * MINUTE
    assert await bench.versions() == ["1.0"]
    await bench.source.idle()
    assert await bench.versions() == ["1.0", "1.1"]
    assert bench.upstream.requests[-1][1].background


async def test_a_new_release_is_visible_within_five_minutes_of_the_last_look() -> None:
    bench = _bench()
    await bench.versions()
    bench.set(URL, document("thing", {"1.0": b"content", "1.1": b"new"}))
    bench.now += 5 * MINUTE
    assert await bench.versions() == ["1.0", "1.1"]


async def test_a_confirmed_answer_is_asked_for_even_if_the_stored_one_is_fresh() -> None:
    bench = _bench()
    await bench.versions()
    bench.set(URL, document("thing", {"1.0": b"content", "1.1": b"new"}))
    await bench.source.snapshot(VIEW, KEY, "confirmed")
    assert await bench.versions() == ["1.0", "1.1"]


async def test_what_the_upstream_confirms_keeps_its_generation() -> None:
    bench = _bench()
    first = await bench.source.snapshot(VIEW, KEY)
    bench.now += 10 * MINUTE
    second = await bench.source.snapshot(VIEW, KEY)
    assert bench.asked() == 2
    assert bench.upstream.requests[-1][1].etag is not None
    assert (first.generation, first.changed_at) == (second.generation, second.changed_at)


@pytest.mark.parametrize("error", [UpstreamDown("down"), UpstreamBad("html"), UpstreamOff("off")])
async def test_a_document_of_any_age_is_served_while_the_upstream_is_no_help(error: Exception) -> None:
    bench = _bench()
    await bench.versions()
    bench.set(URL, error)
    bench.now += 1_000 * MINUTE
    snapshot = await bench.source.snapshot(VIEW, KEY)
    assert snapshot.stale
    assert await bench.versions() == ["1.0"]
    bench.set(URL, document("thing", {"1.0": b"content", "2.0": b"new"}))
    assert await bench.versions() == ["1.0", "2.0"]


async def test_a_refusal_of_our_credentials_is_not_hidden_behind_an_old_document() -> None:
    bench = _bench()
    await bench.versions()
    bench.set(URL, UpstreamDenied("who are you"))
    bench.now += 10 * MINUTE
    with pytest.raises(UpstreamDenied):
        await bench.versions()


async def test_a_package_that_the_upstream_removed_is_gone_but_its_stored_files_stay() -> None:
    bench = _bench()
    await bench.file()
    del bench.upstream.answers[URL]
    bench.now += 10 * MINUTE
    with pytest.raises(NotFound):
        await bench.versions()
    assert await bench.file() == b"content"
    kinds = [event.kind for event in await bench.store.list_events(0, 100)]
    assert kinds.count("package_gone") == 1


async def test_a_removed_package_comes_back_when_the_upstream_has_it_again() -> None:
    bench = _bench()
    await bench.versions()
    body = bench.upstream.answers.pop(URL)
    bench.now += 10 * MINUTE
    with pytest.raises(NotFound):
        await bench.versions()
    bench.set(URL, body)
    bench.now += MINUTE
    assert await bench.versions() == ["1.0"]
    assert "package_back" in [event.kind for event in await bench.store.list_events(0, 100)]


async def test_a_package_that_never_was_is_not_asked_for_again_at_once() -> None:
    bench = Bench({})
    for _ in range(3):
        with pytest.raises(NotFound):
            await bench.versions()
    assert bench.asked() == 1
    bench.now += MINUTE
    with pytest.raises(NotFound):
        await bench.versions()
    assert bench.asked() == 2


async def test_many_who_want_one_cold_document_cause_one_request() -> None:
    bench = _bench()
    await asyncio.gather(*(bench.versions() for _ in range(64)))
    assert bench.asked() == 1


async def test_many_who_want_one_cold_file_cause_one_request() -> None:
    bench = _bench(b"x" * 3_000_000)
    contents = await asyncio.gather(*(bench.file() for _ in range(64)))
    assert bench.asked(FILE) == 1
    assert set(contents) == {b"x" * 3_000_000}


async def test_a_file_is_kept_and_served_with_the_upstream_off() -> None:
    bench = _bench()
    assert await bench.file() == b"content"
    bench.set(URL, UpstreamOff("off"))
    bench.set(FILE, UpstreamOff("off"))
    bench.now += 1_000 * MINUTE
    bench.restart()
    assert await bench.file() == b"content"
    assert bench.asked(FILE) == 1


@pytest.mark.parametrize("size", [7, 3_000_000])
async def test_a_wrong_file_is_neither_handed_out_whole_nor_stored(size: int) -> None:
    bench = _bench(b"x" * size)
    bench.set(FILE, b"y" * size)
    with pytest.raises(UpstreamBad):
        await bench.file()
    assert not bench.blobs.files
    bench.set(FILE, b"x" * size)
    assert await bench.file() == b"x" * size


async def test_the_end_of_a_large_wrong_file_never_leaves_the_server() -> None:
    bench = _bench(b"x" * 3_000_000)
    bench.set(FILE, b"y" * 3_000_000)
    received = 0

    async def receive() -> None:
        nonlocal received
        located = await bench.source.locate(VIEW, KEY, "thing-1.0.zip")
        download = await bench.source.download(VIEW, KEY, located)
        async for chunk in download.chunks(0, download.size_bytes):
            received += len(chunk)

    with pytest.raises(UpstreamBad):
        await receive()
    assert received < 3_000_000


async def test_a_file_without_a_digest_is_refused() -> None:
    bench = _bench()
    bench.set(URL, document("thing", {"1.0": b"content"}).replace(b"sha256=", b"nothing="))
    with pytest.raises((UpstreamBad, KeyError)):
        await bench.file()
    assert not bench.blobs.files


async def test_a_broken_download_of_a_small_file_is_tried_once_more() -> None:
    bench = _bench()
    bench.upstream.breaks_after[FILE] = (3, UpstreamDown("broke off"))
    with pytest.raises(UpstreamDown):
        await bench.file()
    assert bench.asked(FILE) == 2
    del bench.upstream.breaks_after[FILE]
    assert await bench.file() == b"content"


async def test_a_stored_file_that_vanished_is_fetched_again() -> None:
    bench = _bench()
    await bench.file()
    bench.blobs.files.clear()
    assert await bench.file() == b"content"
    assert bench.asked(FILE) == 2


async def test_a_client_that_gives_up_does_not_end_the_download_for_others() -> None:
    bench = _bench(b"x" * 3_000_000)
    first = asyncio.create_task(bench.file())
    second = asyncio.create_task(bench.file())
    await asyncio.sleep(0)
    first.cancel()
    assert await second == b"x" * 3_000_000


async def test_a_release_unknown_here_is_looked_for_upstream_before_its_file_is_denied() -> None:
    bench = _bench()
    await bench.versions()
    bench.set(URL, document("thing", {"1.0": b"content", "1.1": b"newer"}))
    bench.set(f"{HOST}/files/thing-1.1.zip", b"newer")
    assert await bench.file("thing-1.1.zip") == b"newer"
    with pytest.raises(NotFound):
        await bench.file("thing-9.9.zip")


async def test_another_packages_document_is_not_taken() -> None:
    bench = _bench()
    bench.set(URL, document("other", {"1.0": b"content"}))
    with pytest.raises(UpstreamBad):
        await bench.versions()
    assert await bench.store.find_state("upstream:toys", KEY) is None


async def test_every_change_is_an_event() -> None:
    bench = _bench()
    await bench.versions()
    bench.set(URL, document("thing", {"1.1": b"new"}))
    bench.now += 10 * MINUTE
    await bench.versions()
    events = [(event.kind, event.version) for event in await bench.store.list_events(0, 100)]
    assert events == [
        ("package_seen", ""),
        ("release_seen", "1.1"),
        ("release_removed", "1.0"),
        ("tag_moved", "1.1"),
    ]
    assert bench.changed == ["toy/thing", "toy/thing"]


async def test_a_release_that_was_absent_at_the_last_look_says_so_for_ever() -> None:
    bench = _bench()
    await bench.versions()
    looked_at = bench.now
    for extra in ({"1.1": b"b"}, {"1.1": b"b", "1.2": b"c"}):
        bench.now += 10 * MINUTE
        bench.set(URL, document("thing", {"1.0": b"content"} | extra))
        await bench.versions()
    snapshot = await bench.source.snapshot(VIEW, KEY)
    absent = {each.version: each.absent_at for each in (await bench.source.index(VIEW, snapshot)).fragments}
    assert absent == {"1.0": None, "1.1": looked_at, "1.2": looked_at + 10 * MINUTE}


async def test_a_document_is_addressed_to_us_compressed_and_made_once() -> None:
    bench = _bench()
    plain = await bench.documents.get(VIEW, KEY, "plain", "http://ours.example/toy", "identity")
    again = await bench.documents.get(VIEW, KEY, "plain", "http://ours.example/toy", "identity")
    packed = await bench.documents.get(VIEW, KEY, "plain", "http://ours.example/toy", "gzip")
    other = await bench.documents.get(VIEW, KEY, "plain", "http://theirs.example/toy", "identity")
    assert b"url=http://ours.example/toy/files/thing-1.0.zip" in plain.rendered.body
    assert BASE not in plain.rendered.body
    assert plain.rendered is again.rendered
    assert len({plain.rendered.etag, packed.rendered.etag, other.rendered.etag}) == 3


async def test_an_answer_is_the_same_after_a_restart() -> None:
    bench = _bench()
    before = await bench.documents.get(VIEW, KEY, "plain", "http://ours.example/toy", "gzip")
    await bench.documents.close()
    bench.restart()
    after = await bench.documents.get(VIEW, KEY, "plain", "http://ours.example/toy", "gzip")
    assert (before.rendered.body, before.rendered.etag) == (after.rendered.body, after.rendered.etag)


async def test_validators_that_an_upstream_does_not_send_are_not_invented() -> None:
    bench = _bench()
    bench.set(URL, UpstreamAnswer(200, document("thing", {"1.0": b"content"})))
    await bench.versions()
    bench.now += 10 * MINUTE
    await bench.versions()
    assert [request.etag for _, request in bench.upstream.requests] == [None, None]


async def test_a_client_does_not_wait_for_a_refresh_in_the_background() -> None:
    bench = _bench()
    await bench.versions()
    held = asyncio.Event()
    fetch = bench.upstream.fetch

    async def slow_in_the_background(upstream: str, request: UpstreamRequest) -> UpstreamAnswer:
        if request.background:
            await held.wait()
        return await fetch(upstream, request)

    bench.upstream.fetch = slow_in_the_background  # type: ignore[method-assign]
    bench.set(URL, document("thing", {"1.0": b"content", "1.1": b"new"}))
    bench.now += 2 * MINUTE
    assert await bench.versions() == ["1.0"]
    bench.now += 4 * MINUTE
    assert await asyncio.wait_for(bench.versions(), 1) == ["1.0", "1.1"]
    held.set()
    await bench.source.idle()
    assert await bench.versions() == ["1.0", "1.1"]


async def test_what_is_known_is_not_confirmed_for_a_question_that_is_no_install() -> None:
    bench = _bench()
    await bench.versions()
    bench.now += 30 * MINUTE
    await bench.source.snapshot(VIEW, KEY, "known")
    await bench.source.idle()
    assert bench.asked() == 1
    bench.now += 31 * MINUTE
    await bench.source.snapshot(VIEW, KEY, "known")
    assert bench.asked() == 2


async def test_closing_does_not_wait_for_what_waits_in_the_background() -> None:
    bench = _bench()
    await bench.versions()
    never = asyncio.Event()

    async def hang(upstream: str, request: UpstreamRequest) -> UpstreamAnswer:
        await never.wait()
        raise AssertionError((upstream, request))

    bench.upstream.fetch = hang  # type: ignore[method-assign]
    bench.now += 2 * MINUTE
    await bench.versions()
    await asyncio.sleep(0)
    await asyncio.wait_for(bench.source.close(), 1)
