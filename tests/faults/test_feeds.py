"""Feeds that never end by themselves, over a socket: what happens when one of the two goes."""

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from urllib.parse import urlsplit

import pytest

from packhouse.ecosystems.npm import change_feed
from tests.assembled import Assembled
from tests.clients.test_followers import farm, serving

LASTING = "feed=continuous&heartbeat=1000"


@contextmanager
def opened(registry: str, query: str) -> Iterator[bytes]:
    """Begin to read a feed, and give what comes within a moment."""
    address = urlsplit(registry)
    with socket.create_connection((str(address.hostname), address.port or 80), 20) as client:
        client.sendall(f"GET /npm/_changes?{query} HTTP/1.1\r\nhost: {address.netloc}\r\n\r\n".encode())
        begun = client.recv(65_536)
        time.sleep(0.2)
        client.settimeout(0)
        with suppress(BlockingIOError):
            begun += client.recv(65_536)
        yield begun


def ours() -> Assembled:
    """Serve two packages."""
    return asyncio.run(farm())[0]


@pytest.mark.parametrize("feed", ["continuous", "eventsource", "longpoll"])
def test_a_server_that_stops_waits_for_no_follower(feed: str) -> None:
    with ExitStack() as following:
        with serving(ours()) as registry:
            following.enter_context(opened(registry, f"feed={feed}&heartbeat=1000&since=now"))
            stopped = time.monotonic()
        assert time.monotonic() - stopped < 5


def test_a_follower_that_goes_makes_room_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(change_feed, "_WAITING", 2)
    with serving(ours()) as registry:
        with opened(registry, LASTING) as first, opened(registry, LASTING) as second:
            assert b'"id":"pear"' in first
            assert b'"id":"fig"' in second
            with opened(registry, LASTING) as third:
                assert third.startswith(b"HTTP/1.1 429")
        time.sleep(0.7)
        with opened(registry, LASTING) as fourth:
            assert fourth.startswith(b"HTTP/1.1 200")
