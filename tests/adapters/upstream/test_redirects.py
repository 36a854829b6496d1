"""Where an upstream may lead us, and where not."""

import asyncio

import pytest

from packhouse.adapters.upstream.client import UpstreamClient
from packhouse.adapters.upstream.places import Places
from packhouse.domain.errors import ConfigError, UpstreamBad, UpstreamDown
from packhouse.domain.upstream import UpstreamRegistry, UpstreamRequest
from tests.adapters.upstream.loopback import QUICK, Loopback, answer, client_of, get, read

pytestmark = pytest.mark.anyio


def to(location: str, status: int = 302) -> bytes:
    return answer(b"moved", status, Location=location)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_on_the_own_host_is_followed(status: int) -> None:
    reactions = {"/left": to("/a/../@scope%2fleft?v=%41", status), "/@scope%2fleft?v=%41": answer(b"{}")}
    async with Loopback(reactions).running() as server, client_of(server) as client:
        assert (await client.fetch("first", get(server, "/left"))).body == b"{}"
        assert await read(client, get(server, "/left")) == b"{}"


async def test_a_redirect_to_an_extra_host_is_followed() -> None:
    async with Loopback({"/left.tgz": answer(b"file")}).running() as files:
        place = f"127.0.0.1:{files.port}"
        async with Loopback({"/left.tgz": to(f"http://{place}/left.tgz")}).running() as server:
            async with client_of(server, extra_hosts=(place,)) as client:
                assert await read(client, get(server, "/left.tgz")) == b"file"
                assert {health.host for health in client.health()} == {place, f"127.0.0.1:{server.port}"}
            async with client_of(server) as client:
                with pytest.raises(UpstreamBad, match=f"redirects to {place}, which is not one of its hosts"):
                    await read(client, get(server, "/left.tgz"))
    assert len(files.paths) == 1


async def test_redirects_in_circles_end() -> None:
    reactions = {"/left": to("/right"), "/right": to("/left")}
    async with Loopback(reactions).running() as server, client_of(server) as client:
        with pytest.raises(UpstreamBad, match="more than 5 times"):
            await client.fetch("first", get(server, "/left"))
        assert len(server.paths) == 6


@pytest.mark.parametrize(
    "location",
    [
        "http://other.example/left",
        "http://127.0.0.1/left",
        "http://127.0.0.1:1/left",
        "http://localhost:{port}/left",
        "http://[::1]:{port}/left",
        "http://[::ffff:127.0.0.1]:{port}/left",
        "http://0x7f.1:{port}/left",
        "http://2130706433:{port}/left",
        "http://169.254.169.254/latest/meta-data/",
        "//other.example/left",
        "http://127.0.0.1:{port}@other.example/left",
        "http://someone:secret@127.0.0.1:{port}/left",
        "http://127.0.0.1:{port}\\@other.example/left",
        "http://other.example\\@127.0.0.1:{port}/left",
        "http://127.0.0.1:{port}.other.example/left",
        "file:///etc/passwd",
        "ftp://127.0.0.1:{port}/left",
        "gopher://127.0.0.1:{port}/left",
        "javascript:alert(1)",
        "http://127.0.0.1:99999/left",
        "https://127.0.0.1:{port}x/left",
    ],
)
async def test_a_redirect_to_anywhere_else_is_refused(location: str) -> None:
    async with Loopback({}).running() as server, client_of(server) as client:
        server.reactions["/start"] = to(location.format(port=server.port))
        for ask in (client.fetch, lambda _, request: read(client, request)):
            with pytest.raises(UpstreamBad) as raised:
                await ask("first", get(server, "/start"))
            assert "secret" not in str(raised.value)
        assert server.paths == ["/start", "/start"]
        assert server.connections == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://other.example/left.tgz",
        "file:///etc/passwd",
        "http://127.0.0.1:1/left.tgz",
        "http://{place}@other.example/",
        "http://someone:secret@{place}/left.tgz",
        "http://{place}/left right.tgz",
        "http://{place}/left\r\nX-Injected: 1",
        "http://{place}/lëft",
        "/left.tgz",
        "",
    ],
)
async def test_a_file_that_the_index_has_elsewhere_is_not_fetched(url: str) -> None:
    async with Loopback({}).running() as server, client_of(server) as client:
        request = UpstreamRequest(url.format(place=f"127.0.0.1:{server.port}"))
        with pytest.raises(UpstreamBad) as raised:
            await read(client, request)
        assert "secret" not in str(raised.value)
        assert server.connections == 0


class Names:
    """A name server whose answers can change."""

    def __init__(self, **addresses: list[str]) -> None:
        self.addresses = {name.replace("_", "."): found for name, found in addresses.items()}

    async def __call__(self, host: str, _port: int) -> list[str]:
        """Look a host up."""
        await asyncio.sleep(0)
        if host not in self.addresses:
            raise OSError(f"no such host: {host}")
        return self.addresses[host]


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fd00:ec2::254"])
async def test_a_file_host_whose_name_leads_inside_is_refused(address: str) -> None:
    registry = UpstreamRegistry("first", "plain", "http://packages.example", extra_hosts=("files.example",))
    names = Names(packages_example=["93.184.216.34"], files_example=[address])
    client = UpstreamClient([registry], QUICK, lambda _: True, environ={}, lookup=names)
    with pytest.raises(UpstreamBad, match=r"files\.example is at an address of an inner network"):
        await read(client, UpstreamRequest("http://files.example/left.tgz"))
    await client.close()


@pytest.mark.parametrize("host", ["2130706433", "127.1", "0x7f.1", "017700000001"])
async def test_an_address_that_looks_like_a_name_is_refused_before_anybody_connects(host: str) -> None:
    registry = UpstreamRegistry("first", "plain", "http://packages.example", extra_hosts=(host,))
    client = UpstreamClient([registry], QUICK, lambda _: True, environ={}, lookup=Names())
    with pytest.raises(UpstreamBad, match="inner network"):
        await read(client, UpstreamRequest(f"http://{host}/left.tgz"))
    await client.close()


async def test_an_upstream_on_an_inner_network_by_name_is_meant() -> None:
    async with Loopback({"/left": answer(b"{}")}).running() as server:
        places = [f"{name}:{server.port}" for name in ("packages.example", "files.example")]
        registry = UpstreamRegistry("first", "plain", f"http://{places[0]}", extra_hosts=(places[1],))
        names = Names(packages_example=["127.0.0.1"], files_example=["127.0.0.1"])
        client = UpstreamClient([registry], QUICK, lambda _: True, environ={}, lookup=names)
        # The file host first: what the upstream itself is decides, not what was asked first.
        assert await read(client, UpstreamRequest(f"http://{places[1]}/left")) == b"{}"
        assert (await client.fetch("first", UpstreamRequest(f"http://{places[0]}/left"))).body == b"{}"
        await client.close()


async def test_a_name_nobody_knows_is_a_host_that_is_down() -> None:
    registry = UpstreamRegistry("first", "plain", "http://packages.example")
    client = UpstreamClient([registry], QUICK, lambda _: True, environ={}, lookup=Names())
    with pytest.raises(UpstreamDown, match=r"address of packages\.example cannot be found"):
        await client.fetch("first", UpstreamRequest("http://packages.example/left"))
    await client.close()


def places(url: str, *extra_hosts: str) -> Places:
    return Places(UpstreamRegistry("first", "plain", url, extra_hosts=extra_hosts))


def test_tls_is_never_left() -> None:
    allowed = places("https://packages.example", "files.example")
    start = allowed.enter("https://packages.example/left")
    assert allowed.follow(start, "https://files.example/left").place == "files.example"
    for location in ("http://packages.example/left", "http://files.example/left", "http://packages.example:443/left"):
        with pytest.raises(UpstreamBad):
            allowed.follow(start, location)
    with pytest.raises(UpstreamBad, match="without TLS"):
        allowed.enter("http://files.example/left")


def test_a_file_on_the_own_host_that_is_named_without_tls_is_asked_for_with_it() -> None:
    assert places("https://packages.example").enter("http://packages.example/a%2fb?c").url == (
        "https://packages.example/a%2fb?c"
    )
    assert places("https://packages.example:8443").enter("http://packages.example/a").url == (
        "https://packages.example:8443/a"
    )


def test_plain_http_may_become_tls_on_the_same_host() -> None:
    allowed = places("http://packages.example")
    start = allowed.enter("http://packages.example/left")
    assert allowed.follow(start, "https://packages.example/left").scheme == "https"
    with pytest.raises(UpstreamBad):
        allowed.follow(start, "https://packages.example:8443/left")


def test_the_port_belongs_to_the_host() -> None:
    allowed = places("https://packages.example:8443", "files.example:9000", "more.example")
    for url in ("https://packages.example:8443/left", "https://files.example:9000/left", "https://more.example/left"):
        assert allowed.enter(url).url == url
    for url in ("https://packages.example/left", "https://files.example/left", "https://more.example:8443/left"):
        with pytest.raises(UpstreamBad):
            allowed.enter(url)


def test_credentials_belong_to_the_own_host_only() -> None:
    allowed = places("https://packages.example", "files.example")
    assert allowed.is_own(allowed.enter("https://packages.example/left"))
    assert not allowed.is_own(allowed.enter("https://files.example/left"))


@pytest.mark.parametrize(
    "url", ["packages.example", "ftp://packages.example", "https://someone:secret@packages.example"]
)
def test_a_wrong_address_of_an_upstream_is_a_mistake_of_the_configuration(url: str) -> None:
    with pytest.raises(ConfigError) as raised:
        places(url)
    assert "secret" not in str(raised.value)
    with pytest.raises(ConfigError):
        places("https://packages.example", "https://files.example/path")
