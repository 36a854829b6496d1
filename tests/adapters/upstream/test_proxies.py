"""Proxies of the environment."""

import asyncio
import base64

import pytest

from packhouse.adapters.upstream.client import UpstreamClient
from packhouse.adapters.upstream.proxies import Proxies
from packhouse.adapters.upstream.targets import parse_target
from packhouse.domain.errors import ConfigError, UpstreamBad, UpstreamDown
from packhouse.domain.upstream import UpstreamRegistry, UpstreamRequest
from tests.adapters.upstream.loopback import QUICK, Loopback, answer

PROXY = "http://proxy.example:3128"


@pytest.mark.parametrize(
    ("no_proxy", "url", "direct"),
    [
        ("", "http://packages.example", False),
        ("*", "http://packages.example", True),
        ("packages.example", "http://packages.example", True),
        ("other.example, packages.example", "http://packages.example", True),
        ("other.example packages.example", "http://packages.example", True),
        ("example", "http://packages.example", True),
        (".example", "http://packages.example", True),
        ("*.example", "http://packages.example", True),
        ("PACKAGES.example", "http://packages.EXAMPLE", True),
        ("ages.example", "http://packages.example", False),
        ("packages.example:80", "http://packages.example", True),
        ("packages.example:81", "http://packages.example", False),
        ("10.0.0.0/8", "http://10.1.2.3", True),
        ("10.0.0.0/8", "http://11.1.2.3", False),
        ("10.0.0.0/8", "http://packages.example", False),
        ("10.1.2.3", "http://10.1.2.3:8080", True),
        ("::1", "http://[::1]", True),
        ("[::1]", "http://[::1]", True),
        (",,", "http://packages.example", False),
    ],
)
def test_no_proxy_is_read_as_others_read_it(no_proxy: str, url: str, direct: bool) -> None:  # noqa: FBT001
    proxies = Proxies({"HTTP_PROXY": PROXY, "NO_PROXY": no_proxy})
    assert proxies.find(parse_target(url)) == (None if direct else PROXY)


def test_each_scheme_has_its_own_proxy_and_small_letters_win() -> None:
    proxies = Proxies({"https_proxy": "proxy.example:1", "HTTPS_PROXY": "http://other.example"})
    assert proxies.find(parse_target("https://packages.example")) == "http://proxy.example:1"
    assert proxies.find(parse_target("http://packages.example")) is None
    assert proxies.hosts == {"proxy.example"}


def test_a_proxy_that_we_cannot_speak_to_is_a_mistake_of_the_configuration() -> None:
    with pytest.raises(ConfigError, match="HTTPS_PROXY") as raised:
        Proxies({"HTTPS_PROXY": "socks5://someone:secret@proxy.example"})
    assert "secret" not in str(raised.value)


@pytest.mark.anyio
async def test_a_plain_request_goes_through_the_proxy_with_its_password() -> None:
    url = "http://packages.example/@scope%2fleft"
    async with Loopback({url: answer(b"{}")}).running() as proxy:
        environ = {"http_proxy": f"http://someone:secret@127.0.0.1:{proxy.port}"}
        registry = UpstreamRegistry("first", "plain", "http://packages.example")
        client = UpstreamClient([registry], QUICK, lambda _: True, environ=environ)
        assert (await client.fetch("first", UpstreamRequest(url))).body == b"{}"
        assert (await client.fetch("first", UpstreamRequest(url))).body == b"{}"
        await client.close()
        expected = base64.b64encode(b"someone:secret").decode()
        assert proxy.paths == [url, url]
        assert all(f"Proxy-Authorization: Basic {expected}\r\n" in head for head in proxy.heads)


@pytest.mark.anyio
async def test_a_tunnel_that_the_proxy_refuses_says_so_without_its_password() -> None:
    async def refuse(writer: asyncio.StreamWriter) -> None:
        writer.write(answer(b"", 407))

    async with Loopback({"packages.example:443": refuse}).running() as proxy:
        environ = {"https_proxy": f"http://someone:secret@127.0.0.1:{proxy.port}"}
        registry = UpstreamRegistry("first", "plain", "https://packages.example")
        client = UpstreamClient([registry], QUICK, lambda _: True, environ=environ)
        with pytest.raises(UpstreamDown, match=r"the proxy before packages\.example answers 407") as raised:
            await client.fetch("first", UpstreamRequest("https://packages.example/left"))
        await client.close()
        assert "secret" not in str(raised.value)
        assert proxy.heads[0].startswith("CONNECT packages.example:443 ")


@pytest.mark.anyio
async def test_a_literal_inner_address_is_refused_through_a_proxy_too() -> None:
    async with Loopback({}).running() as proxy:
        registry = UpstreamRegistry("first", "plain", "http://packages.example", extra_hosts=("169.254.169.254",))
        environ = {"http_proxy": proxy.url}
        client = UpstreamClient([registry], QUICK, lambda _: True, environ=environ)
        with pytest.raises(UpstreamBad, match="inner network"):
            await client.fetch("first", UpstreamRequest("http://169.254.169.254/latest/meta-data/"))
        await client.close()
        assert proxy.paths == []


@pytest.mark.anyio
async def test_a_proxy_that_is_not_there_is_named_as_the_cause() -> None:
    async with Loopback({}).running() as proxy:
        pass
    registry = UpstreamRegistry("first", "plain", "http://packages.example")
    client = UpstreamClient([registry], QUICK, lambda _: True, environ={"HTTP_PROXY": proxy.url})
    with pytest.raises(UpstreamDown, match=r"the proxy before packages\.example cannot be reached"):
        await client.fetch("first", UpstreamRequest("http://packages.example/left"))
    await client.close()
