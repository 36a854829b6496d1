"""Messages are sent once, to where they may be, and to nowhere else."""

import asyncio
import gc
import ssl
from pathlib import Path

import pytest
import trustme

from packhouse.adapters.delivery.allowance import Allowance
from packhouse.adapters.delivery.poster import HttpPoster
from packhouse.domain.errors import Refused, UpstreamDown
from tests.adapters.delivery.receiver import HANG, Receiver

pytestmark = pytest.mark.anyio


class Names:
    """A name server that gives its answers one after the other, the last one for ever."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def look_up(self, host: str, port: int) -> list[str]:
        """Look a host up."""
        del host, port
        self.asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def poster(names: Names | None = None, *allowed: str, timeout_s: float = 5.0) -> HttpPoster:
    """Make what sends."""
    lookup = None if names is None else names.look_up
    return HttpPoster(Allowance(allowed), "packhouse-test", timeout_s=timeout_s, lookup=lookup, environ={})


async def test_a_message_arrives_as_it_was_given() -> None:
    sending = poster(Names(["127.0.0.1"]), "ci.team.example")
    async with Receiver([201]).running() as receiver:
        url = f"http://ci.team.example:{receiver.port}/a%2Fb?c=d"
        headers = {"Content-Type": "application/json", "x-signed": "sha256=ab"}
        assert await sending.post(url, b'{"a":1}', headers) == 201
    await sending.close()
    (taken,) = receiver.taken
    assert (taken.path, taken.body) == ("/a%2Fb?c=d", b'{"a":1}')
    assert taken.headers["x-signed"] == "sha256=ab"
    assert taken.headers["content-type"] == "application/json"
    assert taken.headers["user-agent"] == "packhouse-test"
    assert taken.headers["host"] == f"ci.team.example:{receiver.port}"
    assert "authorization" not in taken.headers


async def test_a_name_that_leads_to_this_machine_is_not_connected_to() -> None:
    sending = poster(Names(["127.0.0.1"]))
    async with Receiver().running() as receiver:
        with pytest.raises(Refused, match="inner network"):
            await sending.post(f"http://evil.example:{receiver.port}/", b"{}", {})
    await sending.close()
    assert receiver.connections == 0


async def test_a_name_that_changes_to_an_inner_address_between_messages_is_not_connected_to() -> None:
    names = Names(["127.0.0.1"], ["127.0.0.2"])
    sending = poster(names, "127.0.0.1")
    async with Receiver().running() as receiver:
        url = f"http://evil.example:{receiver.port}/"
        assert await sending.post(url, b"{}", {}) == 200
        with pytest.raises(Refused):
            await sending.post(url, b"{}", {})
    await sending.close()
    assert (names.asked, receiver.connections) == (2, 1)


async def test_one_message_asks_for_the_address_once() -> None:
    # What is checked is what is connected to: a second answer would not be looked at.
    names = Names(["127.0.0.1"])
    sending = poster(names, "127.0.0.1")
    async with Receiver().running() as receiver:
        await sending.post(f"http://evil.example:{receiver.port}/", b"{}", {})
    await sending.close()
    assert names.asked == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "127.1", "0x7f000001", "[::1]", "[::ffff:7f00:1]"])
async def test_an_address_that_is_stored_already_is_looked_at_again(host: str) -> None:
    sending = poster()
    async with Receiver().running() as receiver:
        with pytest.raises(Refused):
            await sending.post(f"http://{host}:{receiver.port}/", b"{}", {})
    await sending.close()
    assert receiver.connections == 0


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_an_answer_and_not_followed(status: int) -> None:
    sending = poster(Names(["127.0.0.1"]), "ci.team.example")
    async with Receiver().running() as inner, Receiver([status], location=inner.url).running() as receiver:
        assert await sending.post(f"http://ci.team.example:{receiver.port}/", b"{}", {}) == status
    await sending.close()
    assert inner.connections == 0


async def test_a_receiver_that_does_not_answer_is_left_after_the_time_out() -> None:
    sending = poster(Names(["127.0.0.1"]), "ci.team.example", timeout_s=0.2)
    async with Receiver([HANG]).running() as receiver:
        with pytest.raises(UpstreamDown, match=r"within 0\.2 seconds"):
            await sending.post(f"http://ci.team.example:{receiver.port}/secret-path", b"{}", {})
    await sending.close()


async def test_what_is_not_http_or_not_there_is_down_and_its_path_is_not_told() -> None:
    sending = poster(Names(["127.0.0.1"]), "ci.team.example")

    async def babble(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-whatever\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(UpstreamDown, match="proper HTTP") as caught:
        await sending.post(f"http://ci.team.example:{port}/secret-path", b"{}", {})
    assert "secret-path" not in str(caught.value)
    server.close()
    await server.wait_closed()
    with pytest.raises(UpstreamDown, match="no connection"):
        await sending.post(f"http://ci.team.example:{port}/secret-path", b"{}", {})
    await sending.close()
    del sending
    gc.collect()  # a session that was left open would warn here


async def test_a_name_without_an_address_is_down() -> None:
    async def find_nothing(host: str, port: int) -> list[str]:
        raise OSError(f"{host}:{port} is unknown")

    sending = HttpPoster(Allowance(), "packhouse-test", lookup=find_nothing, environ={})
    with pytest.raises(UpstreamDown, match="cannot be found"):
        await sending.post("https://nowhere.example/secret-path", b"{}", {})
    await sending.close()


async def test_a_certificate_has_to_be_of_a_known_authority_and_for_the_endpoints_name(tmp_path: Path) -> None:
    authority = trustme.CA()
    bundle = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(bundle)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("ci.team.example").configure_cert(tls)
    lookup = Names(["127.0.0.1"]).look_up
    allowed = Allowance(["ci.team.example", "other.example"])
    async with Receiver().running(tls) as receiver:
        for environ, host in (({}, "ci.team.example"), ({"SSL_CERT_FILE": str(bundle)}, "other.example")):
            sending = HttpPoster(allowed, "packhouse-test", lookup=lookup, environ=environ)
            with pytest.raises(UpstreamDown, match="TLS"):
                await sending.post(f"https://{host}:{receiver.port}/", b"{}", {})
            await sending.close()
        assert receiver.taken == []
        sending = HttpPoster(allowed, "packhouse-test", lookup=lookup, environ={"SSL_CERT_FILE": str(bundle)})
        assert await sending.post(f"https://ci.team.example:{receiver.port}/", b"{}", {}) == 200
        await sending.close()


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Receiver().running() as proxy, Receiver().running() as receiver:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("all_proxy", proxy.url)
        sending = poster(Names(["127.0.0.1"]), "ci.team.example")
        assert await sending.post(f"http://ci.team.example:{receiver.port}/", b"{}", {}) == 200
        await sending.close()
    assert (proxy.connections, receiver.connections) == (0, 1)
