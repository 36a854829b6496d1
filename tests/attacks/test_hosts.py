"""Headers that would change where addresses lead, what is remembered or who may read."""

import pytest

from tests.attacks.asking import HOST, ask, ask_decently
from tests.attacks.conftest import Farm
from tests.faults.emulator import emulating
from tests.faults.server import configure, running

pytestmark = pytest.mark.anyio


async def test_another_host_header_poisons_nobodys_addresses(farm: Farm) -> None:
    evil = await ask(farm.app, b"/npm/thing", headers=[(b"host", b"evil.example")])
    good = await ask(farm.app, b"/npm/thing")
    again = await ask(farm.app, b"/npm/thing")
    assert b"evil.example" in evil.body
    assert b"evil.example" not in good.body + again.body
    assert b'"http://packhouse.example/npm/thing/-/thing-1.0.0.tgz"' in good.body


async def test_two_hosts_in_one_request_are_refused(farm: Farm) -> None:
    # RFC 9112 section 3.2: a proxy before us may believe the first, we the last.
    assert (await ask(farm.app, b"/npm/thing")).status == 200
    for first, second in ((HOST, (b"host", b"evil.example")), ((b"host", b"evil.example"), HOST)):
        said = await ask_decently(farm.app, b"/npm/thing", headers=[first, second])
        assert said.status == 400
        assert b"evil" not in said.body


@pytest.mark.parametrize(
    "host",
    [
        b"evil.example/path",
        b"user@evil.example",
        b"evil.example:999999",
        b"evil.example\\x",
        b'"><script>',
        b"a b",
        b"[::1",
        b"evil.example#",
        b"evil.example?x",
        b"\xe9vil.example",
        b"evil.example:",
        b"a" * 300,
        b"[" + b":" * 300 + b"]",
    ],
)
async def test_a_host_header_that_is_no_host_is_refused(farm: Farm, host: bytes) -> None:
    said = await ask_decently(farm.app, b"/npm/thing", headers=[(b"host", host)])
    assert said.status == 400
    assert host not in said.body


async def test_forwarded_headers_of_a_stranger_count_for_nothing(farm: Farm) -> None:
    forged = [
        (b"x-forwarded-host", b"evil.example"),
        (b"x-forwarded-proto", b"https"),
        (b"x-forwarded-prefix", b"/evil"),
        (b"forwarded", b"host=evil.example;proto=https"),
        (b"x-forwarded-for", b"10.0.0.1"),
        (b"x-original-url", b"/npm/other"),
        (b"x-rewrite-url", b"/npm/other"),
        (b"x-http-method-override", b"DELETE"),
    ]
    plain = await ask(farm.app, b"/npm/thing")
    said = await ask_decently(farm.app, b"/npm/thing", headers=[HOST, *forged])
    assert (said.status, said.body) == (plain.status, plain.body)


async def test_one_client_cannot_make_the_server_remember_endless_variants(farm: Farm) -> None:
    kept = farm.app.ready._entries  # type: ignore[attr-defined]
    before = len(kept)
    for number in range(20):
        headers = [HOST, (b"accept", b"%d" % number + b"x" * 30_000)]
        assert (await ask(farm.app, b"/npm/thing", headers=headers)).status == 200
    assert sum(len(part) for key in list(kept)[before:] for part in key) < 30_000


async def test_no_page_of_another_site_may_read_or_frame_an_answer(farm: Farm) -> None:
    origin = (b"origin", b"https://evil.example")
    for path in (
        b"/",
        b"/ui/npm/thing",
        b"/npm/thing",
        b"/npm/thing/-/thing-1.0.0.tgz",
        b"/v3/systems/npm/packages/thing",
    ):
        said = await ask_decently(farm.app, path, headers=[HOST, origin, (b"cookie", b"a=b")])
        assert said.status == 200
        assert b"access-control" not in b"".join(name for name, _ in said.headers)
        if said.header(b"content-type").startswith(b"text/html"):
            assert b"frame-ancestors 'none'" in said.header(b"content-security-policy")
            assert b"default-src 'none'" in said.header(b"content-security-policy")
    assert (await ask(farm.app, b"/npm/thing", "OPTIONS", [HOST, origin])).status == 405


async def test_a_file_is_sent_as_a_download_that_no_browser_opens(farm: Farm) -> None:
    said = await ask_decently(farm.app, b"/npm/thing/-/thing-1.0.0.tgz")
    assert said.header(b"content-type") == b"application/octet-stream"
    assert said.header(b"x-content-type-options") == b"nosniff"
    assert said.header(b"content-disposition").startswith(b"attachment")


async def test_an_unknown_package_is_not_found_in_the_same_words_whoever_asks(farm: Farm) -> None:
    secrets = [(b"authorization", b"Bearer npm_secret"), (b"authorization", b"Basic Og=="), (b"cookie", b"session=1")]
    plain = await ask_decently(farm.app, b"/npm/unknown-thing")
    for secret in secrets:
        said = await ask_decently(farm.app, b"/npm/unknown-thing", headers=[HOST, secret])
        assert (said.status, said.body) == (plain.status, plain.body)
        assert b"npm_secret" not in said.body
    assert all("authorization" not in call.headers and "cookie" not in call.headers for call in farm.upstream.calls)


async def test_with_a_configured_address_no_header_changes_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("public")
    async with emulating() as upstream:
        upstream.publish("thing", "1.0.0", b"tar")
        settings = 'public_url = "https://packages.example/base"\ntrusted_proxies = ["127.0.0.1"]'
        async with running(configure(folder, upstream.url, settings)) as app:
            headers = [
                (b"host", b"evil.example"),
                (b"x-forwarded-host", b"evil.example"),
                (b"x-forwarded-prefix", b"/e"),
            ]
            said = await ask_decently(app, b"/npm/thing", headers=headers)
            assert b"https://packages.example/base/npm/thing/-/thing-1.0.0.tgz" in said.body
            assert b"evil" not in said.body
