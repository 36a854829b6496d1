"""A file that is still on its way from the upstream."""

import hashlib
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.clients.maven.repository import Repository, serving_repository
from tests.clients.maven.server import serving_maven

pytestmark = [pytest.mark.client, pytest.mark.timeout(120)]

JAR = "org/example/melon/1.0/melon-1.0.jar"


def read(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 (our own server)
        return bytes(answer.read())


def test_while_a_large_file_arrives_its_checksum_is_the_upstreams(tmp_path: Path) -> None:
    repository = Repository()
    body = bytes(range(256)) * 16_384
    sha1 = hashlib.sha1(body, usedforsecurity=False).hexdigest()
    repository.files |= {JAR: body, f"{JAR}.sha1": f"{sha1}  melon-1.0.jar\n".encode()}
    arrived = repository.held[JAR] = threading.Event()
    with serving_repository(repository), serving_maven(tmp_path / "server", repository.url) as server:
        with ThreadPoolExecutor() as pool:
            whole = pool.submit(read, f"{server.url}{JAR}")
            try:
                assert read(f"{server.url}{JAR}.sha1") == f"{sha1}  melon-1.0.jar\n".encode()
                assert not whole.done()
            finally:
                arrived.set()
            assert whole.result() == body
        assert read(f"{server.url}{JAR}.md5") == hashlib.md5(body, usedforsecurity=False).hexdigest().encode()
        assert read(f"{server.url}{JAR}.sha512") == hashlib.sha512(body).hexdigest().encode()
        assert repository.count(JAR) == 1
