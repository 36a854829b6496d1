"""Attacks on reading, each by its promise."""

import json
import time

import pytest

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.npm.ranges import parse_range
from tests.attacks.asking import HOST, ask, ask_decently
from tests.attacks.conftest import Farm
from tests.faults.emulator import Emulator, answers, emulating
from tests.faults.server import configure, running

pytestmark = pytest.mark.anyio

UPWARDS = (
    b"/npm/..%2f..%2fcanary",
    b"/npm/%2e%2e/%2e%2e/canary",
    b"/npm/../../canary",
    b"/npm/@s%2f..%2fx",
    b"/npm/@s/../x",
    b"/npm/@..%2fx",
    b"/npm/@../x",
    b"/npm/%2e%2e/-/x.tgz",
    b"/npm/-/../",
    b"/npm/%252e%252e%252fcanary",
    b"/npm/..%5c..%5ccanary",
    b"/npm/..\\..\\canary",
    b"/npm/%c0%ae%c0%ae%c0%afcanary",
    b"/npm/%e0%80%ae%e0%80%ae",
    b"/npm/thing%00.tgz",
    b"/npm/%00",
    b"/npm/.packhouse.toml",
    b"/npm/@scope/.hidden",
    b"/npm/file:%2f%2f%2fetc%2fpasswd",
    b"/npm/http:%2f%2fevil.example%2fthing",
    b"/npm/%ef%bc%8e%ef%bc%8e%ef%bc%8fcanary",
    b"/npm/th%D1%96ng",
    b"/npm/@scope%2fpart%2f..%2fx",
    b"/npm/" + b"a" * 215,
    b"/npm/node_modules",
    b"/npm/favicon.ico",
    b"/npm/thing%0d%0aset-cookie:%20a=b",
    b"/npm/thing?" + b"&".join([b"a=b"] * 300) + b"&write=true",
)


@pytest.mark.parametrize("target", UPWARDS)
async def test_a_path_that_names_no_package_is_refused_and_never_asked_upstream(farm: Farm, target: bytes) -> None:
    said = await ask_decently(farm.app, target)
    if said.status == 200:  # dots that a path of one segment may hold
        pytest.fail(f"served {said.body[:200]!r}")
    assert said.status in {400, 404}
    assert b"canary sings" not in said.body
    assert json.loads(said.body)["error"]
    paths = farm.upstream.paths
    farm.check_untouched()
    assert paths == [] or target.startswith(b"/npm/thing?")


@pytest.mark.parametrize(
    "filename",
    [b"..%2f..%2fcanary", b"..", b"%2e%2e%2fthing-1.0.0.tgz", b"thing-1.0.0.tgz%00", b"canary", b"%5c..%5ccanary",
     b"nul.tgz%20", b"thing-1.0.0.tgz%0d%0ax:y", b"x" * 300 + b".tgz", b"thing-1.0.0.zip", b"%ff.tgz"],
)  # fmt: skip
async def test_a_file_name_that_can_be_none_is_not_found_without_asking_upstream(farm: Farm, filename: bytes) -> None:
    assert (await ask(farm.app, b"/npm/thing")).status == 200
    farm.upstream.calls.clear()
    said = await ask_decently(farm.app, b"/npm/thing/-/" + filename)
    assert said.status in {400, 404}
    assert farm.upstream.paths == []
    farm.check_untouched()


@pytest.mark.parametrize(
    "name", [b"constructor", b"prototype", b"toString", b"hasOwnProperty", b"valueOf", b"con", b"aux"]
)
async def test_a_name_that_means_something_to_a_language_or_system_is_a_name_like_any_other(
    farm: Farm, name: bytes
) -> None:
    assert (await ask_decently(farm.app, b"/npm/" + name)).status == 404
    for path in (
        b"/npm/thing/%b",
        b"/npm/thing/-/%b",
        b"/npm/-/package/%b/dist-tags",
        b"/npm/-/v1/search?%b=%b&text=%b",
    ):
        said = await ask_decently(farm.app, path % (name,) if path.count(b"%b") == 1 else path % (name, name, name))
        assert said.status in {200, 404}
        assert said.status == 404 or json.loads(said.body)["total"] == 0
    farm.check_untouched()


async def test_proto_is_no_package_version_tag_or_file(farm: Farm) -> None:
    for path in (
        b"/npm/__proto__",
        b"/npm/thing/__proto__",
        b"/npm/thing/-/__proto__",
        b"/npm/-/package/__proto__/dist-tags",
    ):
        assert (await ask_decently(farm.app, path)).status in {400, 404}
    farm.check_untouched()


async def test_what_the_api_does_not_have_is_not_looked_for_as_a_package_upstream(farm: Farm) -> None:
    farm.upstream.calls.clear()
    for path in (
        b"-/whoami",
        b"-/npm",
        b"-/all",
        b"-/user",
        b"-/v1/login",
        b"-/npm/v1/user",
        b"-/org/x/user",
        b"-/-/-",
    ):
        assert (await ask_decently(farm.app, b"/npm/" + path)).status == 404
    assert farm.upstream.paths == []


@pytest.mark.parametrize(
    "text",
    [
        "^" * 20_000,
        "1 " * 20_000,
        " " * 40_000 + "x",
        ">" * 10_000 + "=" * 10_000,
        "1.2.3" + "-a" * 10_000,
        "1.2.3-" + "0" * 20_000 + "!",
        "1.2.3+" + "a." * 10_000,
        "||" * 10_000,
        "1||" * 8_000,
        "1 - " * 8_000,
        "~> " * 8_000 + "x",
        "9" * 20_000,
        "^" + "9" * 5_000,
        "^" + "9" * 16,
        "x." * 10_000,
        "* " * 10_000,
        "=v" * 10_000,
        "v" * 20_000 + "1",
        "1.2.3 " + "\t" * 20_000 + "- 2",
        "<=" + "\u00a0" * 10_000,
        "٣.٢.١",
        "1.2.3-" + "a-" * 10_000 + "\n",
    ],
    ids=lambda text: ascii(text[:12]),
)
async def test_no_range_takes_long_to_read(farm: Farm, text: str) -> None:
    began = time.perf_counter()
    try:
        parse_range(text)
    except Invalid:
        pass
    if time.perf_counter() - began > 1:
        began = time.perf_counter()
        with pytest.raises(Invalid):
            parse_range(text)
    assert time.perf_counter() - began < 1
    quoted = "".join(f"%{byte:02x}" for byte in text.encode())[:60_000].rpartition("%")[0].encode()
    said = await ask_decently(farm.app, b"/npm/thing/" + quoted)
    assert said.status in {200, 400, 404}


@pytest.mark.parametrize(
    "text",
    [
        "a" * 60_000,
        "a " * 30_000,
        "a* " * 20_000,
        '"' * 60_000,
        "NEAR(" * 10_000,
        "a OR " * 10_000,
        "{name keywords}: a",
        "-name:a",
        "(" * 30_000,
        "%" * 20_000,
        "\0" * 100,
        "keywords:" * 6_000,
        "ﷺ" * 5_000,
        "\u0301" * 10_000,
        "*",
        '"; DROP TABLE package; --',
    ],
    ids=lambda text: ascii(text[:12]),
)
async def test_no_search_text_takes_long_or_is_more_than_text(farm: Farm, text: str) -> None:
    quoted = "".join(f"%{byte:02x}" for byte in text.encode()).encode()
    said = await ask_decently(farm.app, b"/npm/-/v1/search?text=" + quoted)
    assert said.status in {200, 400}
    assert (await ask(farm.app, b"/npm/-/v1/search?text=thing")).status == 200


async def test_paging_beyond_every_bound_is_answered_with_little(farm: Farm) -> None:
    for query in (b"size=99999999999999999999", b"from=99999999999999999999", b"size=0", b"size=250&from=10000"):
        said = await ask_decently(farm.app, b"/npm/-/v1/search?text=thing&" + query)
        assert said.status == 200
    for query in (b"size=-1", b"size=1e3", b"from=NaN", b"size=%D9%A3", b"size=%00"):
        assert (await ask_decently(farm.app, b"/npm/-/v1/search?text=thing&" + query)).status == 400


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
    [b"evil.example/path", b"user@evil.example", b"evil.example:999999", b"evil.example\\x", b'"><script>', b"a b", b"[::1",
     b"evil.example#", b"evil.example?x", b"\xe9vil.example", b"evil.example:"],
)  # fmt: skip
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


HOSTILE = {
    "description": "<script>alert(1)</script>\x1b[2J\u202e",
    "keywords": ["<img src=x onerror=alert(1)>", "a\nb"],
    "homepage": "javascript:alert(1)",
    "bugs": {"url": "data:text/html,<script>alert(1)</script>"},
    "repository": {"type": "git", "url": 'https://x.example/"onmouseover="alert(1)'},
    "license": "<b>MIT</b>",
    "deprecated": "</title><script>alert(1)</script>",
    "funding": "vbscript:x",
    "author": {"name": "<script>alert(1)</script>", "email": "x@x.example", "url": "javascript:alert(1)"},
    "maintainers": [{"name": "<script>alert(1)</script>", "email": "<x>"}],
    "dependencies": {"<script>alert(1)</script>": "javascript:alert(1)", "__proto__": "1", "ok": "<script>"},
    "engines": {"node": "<script>alert(1)</script>"},
    "bin": {"../../x": "y"},
}


def publish_hostile(upstream: Emulator) -> None:
    """Give the upstream a package whose every field attacks a page."""
    upstream.publish("hostile", "1.0.0", b"tar")
    document = json.loads(upstream.packument("hostile"))
    document["versions"]["1.0.0"] |= HOSTILE
    document |= HOSTILE | {"readme": "<script>alert(1)</script>[x](javascript:alert(1))"}
    document["dist-tags"]["<script>"] = "1.0.0"
    upstream.faults["/hostile"] = answers(200, body=json.dumps(document).encode())


async def test_no_field_of_a_package_becomes_markup_or_a_dangerous_link(farm: Farm) -> None:
    publish_hostile(farm.upstream)
    pages = (b"/ui/npm/hostile", b"/ui/npm/hostile/v/1.0.0", b"/ui/search?q=hostile", b"/ui/search?q=%3Cscript%3Ealert(1)",
             b"/ui/npm/%3Cscript%3Ealert(1)%3C%2fscript%3E", b"/ui/%3Cscript%3E/x")  # fmt: skip
    for path in pages:
        said = await ask(farm.app, path, headers=[HOST, (b"accept", b"text/html")])
        page = said.body.lower()
        assert said.status < 500
        for markup in (
            b"<script",
            b"<img",
            b"<b>mit",
            b"javascript:",
            b"vbscript:",
            b"data:text/html",
            b'"onmouseover=',
        ):
            found = page.find(markup)
            assert found < 0 or b"href" not in page[max(0, found - 12) : found], page[max(0, found - 200) : found + 60]
            assert found < 0 or not markup.startswith(b"<"), page[max(0, found - 200) : found + 60]
            assert found < 0 or not markup.startswith(b'"'), page[max(0, found - 200) : found + 60]


async def test_a_hostile_package_is_served_whole_and_leaves_no_other_answer_changed(farm: Farm) -> None:
    publish_hostile(farm.upstream)
    served = json.loads((await ask_decently(farm.app, b"/npm/hostile")).body)
    assert served["versions"]["1.0.0"]["dependencies"] == HOSTILE["dependencies"]
    assert served["dist-tags"]["<script>"] == "1.0.0"
    found = json.loads((await ask_decently(farm.app, b"/npm/-/v1/search?text=hostile")).body)
    assert [each["package"]["name"] for each in found["objects"]] == ["hostile"]
    assert (await ask_decently(farm.app, b"/v3/systems/npm/packages/hostile/versions/1.0.0")).status == 200
    assert (await ask_decently(farm.app, b"/v3/systems/npm/packages/hostile/versions/1.0.0:requirements")).status == 200


@pytest.mark.parametrize(
    "tarball",
    ["file:///etc/passwd", "javascript:alert(1)", "ftp://x.example/a.tgz", "//evil.example/a.tgz", "/etc/passwd", "", None, 7,
     {"url": "x"}, "http://user:secret@evil.example/a.tgz", "http://evil.example/../../a.tgz", "http://evil.example/a b.tgz",
     "http://evil.example\\@x/a.tgz", "http://evil.example/a.tgz\r\nx: y"],
    ids=ascii,
)  # fmt: skip
async def test_an_address_that_is_no_plain_web_address_reaches_no_client(farm: Farm, tarball: object) -> None:
    name = f"bent{abs(hash(ascii(tarball)))}"
    farm.upstream.publish(name, "1.0.0", b"tar")
    document = json.loads(farm.upstream.packument(name))
    document["versions"]["1.0.0"]["dist"]["tarball"] = tarball
    farm.upstream.faults[f"/{name}"] = answers(200, body=json.dumps(document).encode())
    said = await ask_decently(farm.app, f"/npm/{name}".encode())
    assert json.loads(said.body)["versions"] == {}
    assert (await ask_decently(farm.app, f"/npm/{name}/-/{name}-1.0.0.tgz".encode())).status == 404


async def test_a_file_on_a_host_that_nobody_named_is_not_fetched(farm: Farm) -> None:
    async with emulating() as elsewhere:
        elsewhere.publish("moved", "1.0.0", b"tar")
        # The files are where `elsewhere` says, and nobody has allowed that host.
        farm.upstream.faults["/moved"] = answers(200, body=elsewhere.packument("moved"))
        packument = json.loads((await ask_decently(farm.app, b"/npm/moved")).body)
        address = packument["versions"]["1.0.0"]["dist"]["tarball"]
        assert address == "http://packhouse.example/npm/moved/-/moved-1.0.0.tgz"
        said = await ask(farm.app, b"/npm/moved/-/moved-1.0.0.tgz")
        assert said.status == 502
        assert "extra_hosts" in json.loads(said.body)["error"]
        assert elsewhere.calls == []


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
