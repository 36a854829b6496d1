"""Secrets of upstreams: where they are found, where they go, and where they never go."""

import logging
from base64 import b64encode
from pathlib import Path

import pytest
from msgspec.structs import replace

from packhouse.adapters.upstream.client import UpstreamClient
from packhouse.adapters.upstream.credentials import Credentials
from packhouse.domain.errors import ConfigError
from packhouse.domain.upstream import CredentialSource, UpstreamRegistry, UpstreamRequest
from tests.adapters.upstream.loopback import QUICK, Loopback, answer

REGISTRY = UpstreamRegistry("acme", "plain", "https://acme.example:8443/pkgs")


def _basic(text: str) -> str:
    return f"Basic {b64encode(text.encode()).decode()}"


def _found(source: CredentialSource, tmp_path: Path, **environ: str) -> str | None:
    return Credentials({}, environ, tmp_path)(replace(REGISTRY, credentials=source))


def test_an_upstream_without_credentials_is_sent_none(tmp_path: Path) -> None:
    assert Credentials({}, {}, tmp_path)(REGISTRY) is None


def test_a_token_comes_from_a_variable_or_a_file(tmp_path: Path) -> None:
    assert _found(CredentialSource(variable="T"), tmp_path, T=" abc\n") == "Bearer abc"
    (tmp_path / "token").write_text("xyz\n")
    assert _found(CredentialSource(file=str(tmp_path / "token"), scheme="token"), tmp_path) == "token xyz"
    assert _found(CredentialSource(file=str(tmp_path / "token"), scheme="none"), tmp_path) == "xyz"


def test_a_user_and_a_password_are_sent_as_basic(tmp_path: Path) -> None:
    assert _found(CredentialSource(user="ann", variable="P"), tmp_path, P="päss:word") == _basic("ann:päss:word")


def test_netrc_is_read_for_the_host_and_its_port_and_never_by_default(tmp_path: Path) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine acme.example login ann password one\ndefault login eve password two\n")
    netrc.chmod(0o600)
    assert _found(CredentialSource(store="netrc"), tmp_path) == _basic("ann:one")
    netrc.write_text("machine acme.example login ann password one\nmachine acme.example:8443 login bob password two\n")
    assert _found(CredentialSource(store="netrc"), tmp_path) == _basic("bob:two")
    netrc.write_text("machine other.example login ann password one\ndefault login eve password two\n")
    with pytest.raises(ConfigError, match=r"no machine acme\.example"):
        _found(CredentialSource(store="netrc"), tmp_path)


def test_the_store_of_the_ecosystems_own_client_is_asked(tmp_path: Path) -> None:
    found = Credentials({"plain": lambda url, home, _: f"Bearer {url}@{home.name}"}, {}, tmp_path)
    registry = replace(REGISTRY, credentials=CredentialSource(store="client"))
    assert found(registry) == f"Bearer {REGISTRY.url}@{tmp_path.name}"


@pytest.mark.parametrize(
    "source",
    [
        CredentialSource(variable="MISSING"),
        CredentialSource(file="missing.txt"),
        CredentialSource(store="client"),
        CredentialSource(store="netrc"),
        CredentialSource(variable="BROKEN"),
    ],
)
def test_a_secret_that_is_missing_is_an_error_that_does_not_name_it(source: CredentialSource, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="credentials of the upstream acme are missing") as caught:
        _found(source, tmp_path, BROKEN="hun\x00ter2")
    assert "ter2" not in str(caught.value)


@pytest.mark.anyio
async def test_credentials_go_to_the_upstreams_own_host_and_to_no_other(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with (
        Loopback({"/file": answer(b"file")}).running() as other,
        Loopback({"/doc": answer(b"{}"), "/gone": answer(b"", 404)}).running() as own,
    ):
        own.reactions["/moved"] = answer(b"", 302, Location=f"{other.url}/file")
        place = other.url.removeprefix("http://")
        registry = UpstreamRegistry("first", "plain", own.url, extra_hosts=(place,), urls={"api": other.url})
        client = UpstreamClient([registry], QUICK, lambda _: True, authorization=lambda _: "Bearer s3cr3t", environ={})
        try:
            for path in ("/doc", "/moved"):
                await client.fetch("first", UpstreamRequest(own.url + path))
            await client.fetch("first", UpstreamRequest(other.url + "/file"))
            with pytest.raises(Exception, match="404") as caught:
                await client.fetch("first", UpstreamRequest(own.url + "/gone"))
        finally:
            await client.close()
        assert all("Authorization: Bearer s3cr3t" in head for head in own.heads)
        assert len(own.heads) == 3
        assert len(other.heads) == 2
        assert not any("uthorization" in head for head in other.heads)
    assert "s3cr3t" not in caplog.text
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.anyio
async def test_another_port_of_the_same_host_is_another_host() -> None:
    async with Loopback({"/file": answer(b"file")}).running() as other, Loopback({}).running() as own:
        own.reactions["/moved"] = answer(b"", 302, Location=f"{other.url}/file")
        registry = UpstreamRegistry("first", "plain", own.url, extra_hosts=(other.url.removeprefix("http://"),))
        client = UpstreamClient([registry], QUICK, lambda _: True, authorization=lambda _: "Bearer x", environ={})
        try:
            await client.fetch("first", UpstreamRequest(own.url + "/moved"))
        finally:
            await client.close()
        assert "uthorization" not in other.heads[0]
