"""Packages whose own data attacks pages, clients and this server's network."""

import json

import pytest

from tests.attacks.asking import HOST, ask, ask_decently
from tests.attacks.conftest import Farm
from tests.faults.emulator import Emulator, answers, emulating

pytestmark = pytest.mark.anyio

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
    pages = (
        b"/ui/npm/hostile",
        b"/ui/npm/hostile/v/1.0.0",
        b"/ui/search?q=hostile",
        b"/ui/search?q=%3Cscript%3Ealert(1)",
        b"/ui/npm/%3Cscript%3Ealert(1)%3C%2fscript%3E",
        b"/ui/%3Cscript%3E/x",
    )
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
    [
        "file:///etc/passwd",
        "javascript:alert(1)",
        "ftp://x.example/a.tgz",
        "//evil.example/a.tgz",
        "/etc/passwd",
        "",
        None,
        7,
        {"url": "x"},
        "http://user:secret@evil.example/a.tgz",
        "http://evil.example/../../a.tgz",
        "http://evil.example/a b.tgz",
        "http://evil.example\\@x/a.tgz",
        "http://evil.example/a.tgz\r\nx: y",
    ],
    ids=ascii,
)
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
