"""Whose certificates are trusted."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme
from msgspec.structs import replace

from packhouse.adapters.upstream.certificates import tls_context
from packhouse.domain.errors import UpstreamDown
from tests.adapters.upstream.loopback import QUICK, Loopback, answer, client_of, get

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(path)
    return path


@asynccontextmanager
async def secure_server(authority: trustme.CA, name: str = "127.0.0.1") -> AsyncIterator[Loopback]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(tls)
    async with Loopback({"/left": answer(b"{}")}).running(tls) as server:
        yield server


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"])
async def test_an_authority_of_the_environment_is_trusted(authority: trustme.CA, bundle: Path, variable: str) -> None:
    async with (
        secure_server(authority) as server,
        client_of(server, environ={variable: str(bundle)}) as client,
    ):
        assert (await client.fetch("first", get(server, "/left"))).body == b"{}"


async def test_a_folder_of_authorities_is_trusted(authority: trustme.CA, tmp_path: Path) -> None:
    # OpenSSL looks authorities up by the hash of their name; the hash of trustme's is not known here,
    # so that all that is shown is that a folder is taken and that an unknown authority stays unknown.
    async with (
        secure_server(authority) as server,
        client_of(server, environ={"SSL_CERT_DIR": str(tmp_path)}) as client,
    ):
        with pytest.raises(UpstreamDown, match="cannot be trusted"):
            await client.fetch("first", get(server, "/left"))


async def test_an_unknown_authority_is_refused_with_a_way_out(authority: trustme.CA) -> None:
    async with secure_server(authority) as server, client_of(server) as client:
        with pytest.raises(UpstreamDown, match="cannot be trusted: unable to get local issuer") as raised:
            await client.fetch("first", get(server, "/left"))
        assert "NODE_EXTRA_CA_CERTS" in raised.value.hint
        assert server.paths == []


async def test_a_certificate_of_another_host_is_refused(authority: trustme.CA, bundle: Path) -> None:
    async with (
        secure_server(authority, "other.example") as server,
        client_of(server, environ={"SSL_CERT_FILE": str(bundle)}) as client,
    ):
        with pytest.raises(UpstreamDown, match="cannot be trusted"):
            await client.fetch("first", get(server, "/left"))


async def test_a_server_without_tls_is_no_host_to_trust() -> None:
    async with Loopback({"/left": answer(b"{}")}).running() as server:
        server.scheme = "https"
        async with client_of(server, replace(QUICK, retries=0)) as client:
            with pytest.raises(UpstreamDown):
                await client.fetch("first", get(server, "/left"))


async def test_what_cannot_be_read_is_left_out_with_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    broken = tmp_path / "broken.pem"
    broken.write_text("no certificate")
    context = tls_context({"NODE_EXTRA_CA_CERTS": str(broken), "REQUESTS_CA_BUNDLE": str(tmp_path / "missing")})
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert "NODE_EXTRA_CA_CERTS" in caplog.text
    assert "REQUESTS_CA_BUNDLE" in caplog.text
