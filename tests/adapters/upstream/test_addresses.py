"""Which addresses count as inside, and who may lead there."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from packhouse.adapters.upstream.addresses import AddressGuard, Kind, kind_of
from packhouse.adapters.upstream.faults import ForbiddenAddress
from packhouse.adapters.upstream.targets import parse_place, parse_target
from packhouse.adapters.upstream.transport import GuardedResolver, system_lookup

KINDS = {
    Kind.PUBLIC: ("93.184.216.34", "1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"),
    Kind.PRIVATE: ("10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "fd12::1", "::ffff:10.0.0.1", "2002:a00:1::"),
    Kind.LOOPBACK: ("127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"),
    Kind.NEVER: (
        "169.254.169.254",
        "169.254.0.1",
        "fe80::1",
        "fe80::1%eth0",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "fd00:ec2::254",
        "100.100.100.200",
        "168.63.129.16",
        "0.0.0.0",  # noqa: S104 (no socket is bound)
        "::",
        "224.0.0.1",
        "ff02::1",
        "255.255.255.255",
        "240.0.0.1",
    ),
}


@pytest.mark.parametrize(("kind", "address"), [(kind, address) for kind, all_ in KINDS.items() for address in all_])
def test_every_address_is_of_its_kind(kind: Kind, address: str) -> None:
    assert kind_of(address) is kind


ADDRESSES = st.ip_addresses().map(str) | st.sampled_from([address for all_ in KINDS.values() for address in all_])


@given(st.lists(ADDRESSES), st.lists(ADDRESSES))
def test_an_upstream_once_seen_outside_leads_nowhere_inside(own: list[str], other: list[str]) -> None:
    guard = AddressGuard("packages.example")
    guard.admit("packages.example", ["1.1.1.1", *own])
    for host in ("packages.example", "files.example"):
        assert all(kind_of(address) is Kind.PUBLIC for address in guard.admit(host, other))


@given(st.lists(ADDRESSES), st.lists(ADDRESSES))
def test_nobody_leads_to_link_local_or_metadata_addresses(own: list[str], other: list[str]) -> None:
    guard = AddressGuard("packages.example")
    guard.admit("packages.example", own)
    for host in ("packages.example", "files.example"):
        assert all(kind_of(address) is not Kind.NEVER for address in guard.admit(host, other))


def test_an_inner_network_does_not_lead_to_our_own_machine() -> None:
    guard = AddressGuard("10.0.0.7")
    assert guard.admit("files.example", ["10.0.0.8", "127.0.0.1", "1.1.1.1"]) == ["10.0.0.8", "1.1.1.1"]


def test_an_address_that_the_operator_wrote_is_meant() -> None:
    for address in ("127.0.0.1", "10.0.0.7", "169.254.10.10", "::1"):
        assert AddressGuard(address).admit(address, [address]) == [address]
    assert AddressGuard("169.254.10.10").admit("files.example", ["169.254.169.254"]) == []


@pytest.mark.anyio
async def test_a_name_that_changes_to_an_inner_address_is_refused_when_connecting() -> None:
    answers = iter([["1.1.1.1"], ["127.0.0.1"], ["169.254.169.254", "1.1.1.1"]])

    async def lookup(_host: str, _port: int) -> list[str]:
        return next(answers)

    resolver = GuardedResolver(AddressGuard("packages.example"), lookup, frozenset())
    assert [each["host"] for each in await resolver.resolve("packages.example", 443)] == ["1.1.1.1"]
    with pytest.raises(ForbiddenAddress):
        await resolver.resolve("packages.example", 443)
    assert [each["host"] for each in await resolver.resolve("packages.example", 443)] == ["1.1.1.1"]


@pytest.mark.anyio
async def test_the_operators_own_proxy_may_be_inside() -> None:
    async def lookup(_host: str, _port: int) -> list[str]:
        return ["10.0.0.1"]

    resolver = GuardedResolver(AddressGuard("1.1.1.1"), lookup, frozenset({"proxy.example"}))
    assert await resolver.resolve("proxy.example", 3128)
    with pytest.raises(ForbiddenAddress):
        await resolver.resolve("files.example", 443)


@pytest.mark.anyio
@pytest.mark.parametrize("host", ["a..example", "a" * 70 + ".example"])
async def test_a_host_that_no_name_server_could_know_is_simply_not_found(host: str) -> None:
    with pytest.raises(OSError, match="not a host name"):
        await system_lookup(host, 80)


URLS = st.one_of(
    st.text(),
    st.builds(
        "{}://{}{}{}{}".format,
        st.sampled_from(["http", "https", "HTTP", "ftp"]),
        st.sampled_from(["", "a@", "a:b@", "\\", "[", "%"]) | st.text(max_size=3),
        st.sampled_from(["a.example", "A.example.", "1.2.3.4", "[::1]", "0x7f.1", "a_b.example"]) | st.text(max_size=9),
        st.sampled_from(["", ":80", ":443", ":8080", ":0", ":", ":99999", ":٣"]),
        st.from_regex(r"(/[!-~]*)?(\?[!-~]*)?", fullmatch=True) | st.text(max_size=9),
    ),
)


@given(URLS)
def test_what_is_checked_is_what_is_asked(url: str) -> None:
    try:
        target = parse_target(url)
    except ValueError:
        return
    asked = URL(target.url, encoded=True)
    assert (asked.scheme, asked.host, asked.port) == (target.scheme, target.host, target.port)
    assert asked.user is None
    assert asked.password is None
    assert str(asked) == target.url
    assert asked.raw_path_qs == target.url.split("/", 3)[3].join(["/", ""])
    assert target.url.isascii()
    assert target.url.isprintable()


@given(st.from_regex(r"/[!\"$-~]*(\?[!\"$-~]+)?", fullmatch=True))
def test_path_and_query_are_never_touched(rest: str) -> None:
    url = f"https://packages.example{rest}"
    try:
        target = parse_target(url)
    except ValueError:
        assert "\\" in rest  # a slash to some, and no URL character (RFC 3986 section 2)
        return
    # A question mark with nothing behind it is no query, and does not go out.
    assert target.url == (url.removesuffix("?") if url.count("?") == 1 else url)


def test_a_place_is_a_host_with_or_without_a_port() -> None:
    assert parse_place("Files.Example") == ("files.example", None)
    assert parse_place("files.example:80") == ("files.example", 80)
    assert parse_place("[::1]:80") == ("::1", 80)
    assert parse_place("[::1]") == ("::1", None)
    for text in ("", "https://files.example", "files.example/x", "a@files.example", "files.example?x", "*.example"):
        with pytest.raises(ValueError, match=r"address|host"):
            parse_place(text)


def test_ipaddress_knows_the_networks_that_matter() -> None:
    # A newer Python may classify anew: whatever is not global must not become public.
    for network in ("10.0.0.0/8", "192.168.0.0/16", "100.64.0.0/10", "198.18.0.0/15", "fc00::/7", "fe80::/10"):
        assert kind_of(str(ipaddress.ip_network(network)[9])) is not Kind.PUBLIC
