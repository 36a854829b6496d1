"""Which endpoints may be named at all, and which addresses may be connected to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.adapters.delivery.allowance import Allowance
from packhouse.domain.errors import ConfigError, Invalid

INNER = (
    "127.0.0.1",
    "127.8.9.1",
    "0.0.0.0",  # noqa: S104 (an address to refuse)
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "168.63.129.16",
    "100.100.100.200",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
)


def endpoint(host: str) -> str:
    """Write an endpoint at a host or address."""
    return f"https://[{host}]/hook" if ":" in host else f"https://{host}/hook"


@pytest.mark.parametrize("address", INNER)
def test_no_inner_address_can_be_an_endpoint(address: str) -> None:
    with pytest.raises(Invalid, match="inner network"):
        Allowance().target(endpoint(address))


@pytest.mark.parametrize("address", INNER)
def test_a_name_at_an_inner_address_is_not_connected_to(address: str) -> None:
    assert Allowance().admit("evil.example", [address]) == []


def test_a_name_with_one_inner_address_among_public_ones_is_not_connected_to() -> None:
    assert Allowance().admit("evil.example", ["93.184.216.34", "10.0.0.1"]) == []


@pytest.mark.parametrize(
    "host",
    [
        "2130706433",
        "127.1",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "010.0.0.1",
        "127.0.0.1.",
        "1.2.3.4.5",
        "localhost",
        "LOCALHOST",
        "sub.localhost",
    ],
)
def test_an_address_in_disguise_is_refused(host: str) -> None:
    with pytest.raises(Invalid):
        Allowance().target(f"http://{host}/hook")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/hook",
        "ftp://ci.example/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://user:secret@ci.example/",
        "https://user@ci.example/",
        "https://ci.example:0/",
        "https://ci.example:99999/",
        "https://ci.example\\@10.0.0.1/",
        "https://ci.example /",
        "https://ci.example/\r\nHost: inner",
        "https://[::1%25eth0]/",
        "https://ci.exämple/",
        "https:///hook",
    ],
)
def test_an_endpoint_is_a_plain_http_address_without_credentials(text: str) -> None:
    with pytest.raises(Invalid):
        Allowance().target(text)


def test_a_public_endpoint_is_taken_as_it_is() -> None:
    assert Allowance().target("https://ci.example:8443/a%2Fb?x=1").url == "https://ci.example:8443/a%2Fb?x=1"
    assert Allowance().admit("ci.example", ["93.184.216.34", "2606:2800:220:1::1"]) != []


def test_a_network_that_was_opened_is_open_and_no_other() -> None:
    allowed = Allowance(["10.0.0.0/8"])
    assert allowed.target("http://10.1.2.3/hook").host == "10.1.2.3"
    assert allowed.admit("ci.team.example", ["10.1.2.3"]) == ["10.1.2.3"]
    assert allowed.admit("ci.team.example", ["192.168.0.1"]) == []


def test_a_name_that_was_opened_may_be_on_an_inner_network() -> None:
    allowed = Allowance(["ci.team.example", "*.build.example"])
    assert allowed.admit("ci.team.example", ["192.168.0.1"]) == ["192.168.0.1"]
    assert allowed.admit("a.build.example", ["127.0.0.1"]) == ["127.0.0.1"]
    assert allowed.admit("build.example", ["127.0.0.1"]) == []
    assert allowed.admit("xci.team.example", ["127.0.0.1"]) == []


def test_the_secrets_of_a_clouds_machine_stay_closed_within_an_open_network_or_name() -> None:
    allowed = Allowance(["0.0.0.0/0", "::/0", "ci.team.example"])
    for address in ("169.254.169.254", "100.100.100.200", "fd00:ec2::254"):
        assert allowed.admit("ci.team.example", [address]) == []
    assert Allowance(["169.254.169.254"]).admit("meta.example", ["169.254.169.254"]) == ["169.254.169.254"]


@pytest.mark.parametrize("text", ["", "*", "http://ci.example", "ci.example:80", "10.0.0.0/99", "a b", "ci.example/x"])
def test_a_setting_that_is_neither_name_nor_network_is_an_error(text: str) -> None:
    with pytest.raises(ConfigError, match=r"hooks\.allow"):
        Allowance([text])


@given(st.text(max_size=60))
def test_any_text_is_taken_or_refused_in_words(text: str) -> None:
    try:
        target = Allowance().target(f"http://{text}")
    except Invalid:
        return
    assert target.url.startswith("http://")
