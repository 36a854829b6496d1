"""Our own address behind proxies."""

import pytest

from packhouse.domain.errors import Invalid
from packhouse.http.public import PublicAddress

FORWARDED = {
    b"host": b"inner:7225",
    b"x-forwarded-proto": b"https, http",
    b"x-forwarded-host": b"packages.example",
    b"x-forwarded-prefix": b"/team/",
}


def test_the_host_header_counts_without_configuration() -> None:
    assert PublicAddress(None, ()).of({b"host": b"a.example:81"}, "http", "s:1", "10.0.0.1") == "http://a.example:81"


def test_forwarded_headers_count_only_from_a_trusted_proxy() -> None:
    address = PublicAddress(None, ("10.0.0.0/8",))
    assert address.of(FORWARDED, "http", "s:1", "10.1.2.3") == "https://packages.example/team"
    assert address.of(FORWARDED, "http", "s:1", "192.0.2.1") == "http://inner:7225"


def test_a_configured_address_cannot_be_changed_by_a_client() -> None:
    address = PublicAddress("https://packages.example/x/", ("0.0.0.0/0",))
    assert address.of({b"host": b"evil.example"} | FORWARDED, "http", "s:1", "10.1.2.3") == "https://packages.example/x"


@pytest.mark.parametrize("host", [b"a b", b"a/b", b"a\r\nx: y", b'a"b', b"user@a", b"a:999999", b"<script>", b"a\x00"])
def test_a_host_that_is_none_is_refused(host: bytes) -> None:
    with pytest.raises(Invalid):
        PublicAddress(None, ()).of({b"host": host}, "http", "s:1", None)


def test_a_request_without_a_host_is_answered_under_the_servers_address() -> None:
    assert PublicAddress(None, ()).of({}, "http", "127.0.0.1:7225", None) == "http://127.0.0.1:7225"
