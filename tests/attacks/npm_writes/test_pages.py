"""What publishers write is shown as text, and what a browser sends by itself changes nothing."""

import base64
import hashlib
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.asgi import Reply
from tests.attacks.grounds import PASSWORD
from tests.attacks.npm_writes.ground import Ground, a_ground
from tests.ecosystems.npm.test_publishing import archive, document

pytestmark = pytest.mark.anyio

SCRIPT = "<script>alert('evil')</script>"
TAGS = "\"'><img src=x onerror=alert(1)><svg onload=alert(1)><iframe srcdoc=evil>"
MARKDOWN = f"""# evil {SCRIPT}

{TAGS}

[a](javascript:alert(1)) [b](JaVaScRiPt:alert(1)) [c](&#106;avascript:alert(1)) [d](data:text/html,{SCRIPT})
[e](\x01javascript:alert(1)) [f](java\tscript:alert(1)) [g](vbscript:x) [h](//evil.example) ![i](javascript:x)
<a href="javascript:alert(1)">j</a> <javascript:alert(1)> [k]: javascript:alert(1)

```html
</code></pre>{SCRIPT}
```
"""
WICKED: dict[str, Any] = {
    "description": SCRIPT + TAGS,
    "readme": MARKDOWN,
    "keywords": [SCRIPT, TAGS, "javascript:alert(1)"],
    "homepage": "javascript:alert(1)",
    "repository": {"type": "git", "url": "javascript:alert(1)//github.example/x"},
    "bugs": {"url": "data:text/html,<script>evil</script>", "email": TAGS},
    "license": SCRIPT,
    "author": {"name": SCRIPT, "email": TAGS, "url": "javascript:alert(1)"},
    "contributors": [{"name": TAGS}],
    "funding": [{"type": SCRIPT, "url": "javascript:alert(1)"}, "vbscript:evil"],
    "engines": {"node": SCRIPT},
    "os": [TAGS],
    "bin": {"evil": "index.js"},
    "dependencies": {"thing": "^1.0.0"},
}


@pytest.fixture(scope="module")
async def ground(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ground]:
    """Run a server to which somebody wicked has published."""
    async with a_ground(tmp_path_factory.mktemp("pages")) as ground:
        await ground.publish("innocent", "1.0.0", await ground.user("ada"))
        yield ground


def check_page(reply: Reply) -> None:
    """Check that a page runs nothing that a publisher wrote."""
    page = reply.text
    policy = reply.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]
    assert "unsafe-eval" not in policy
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert not re.search(r"<script[^>]*>[^<]*evil", page, re.IGNORECASE)
    for tag in re.findall(r"<[a-zA-Z][^>]*>", page):
        assert not re.search(r"\son[a-z]+\s*=", tag), tag
        assert not re.search(
            r"(?:href|src|action|srcdoc|formaction)\s*=\s*[\"']?[\s\x00-\x20]*(?:java|vb)script", tag, re.IGNORECASE
        )
        assert not re.search(r"(?:href|src|action)\s*=\s*[\"']?\s*data:text", tag, re.IGNORECASE), tag
        assert not tag.lower().startswith(("<iframe", "<object", "<embed", "<base")), tag
    assert "<svg onload" not in page
    assert "<img src=x" not in page


@pytest.mark.parametrize("field", WICKED)
async def test_no_field_of_a_published_version_becomes_part_of_a_page(ground: Ground, field: str) -> None:
    name = f"wicked-{list(WICKED).index(field)}"
    sent = document(name, "1.0.0", **{field: WICKED[field]})
    reply = await ground.send("PUT", f"/npm/{name}", sent, await ground.user("eve"))
    if reply.status != 201:
        assert reply.status in (400, 422), reply.text
        return
    for path in (
        f"/ui/npm/{name}",
        f"/ui/npm/{name}/v/1.0.0",
        f"/ui/search?q={name}",
        "/",
        f"/packages/v1/package?registry=npm&package={name}",
    ):
        page = await ground.send("GET", path)
        if page.headers["content-type"].startswith("text/html"):
            check_page(page)
    for path in (f"/npm/{name}", f"/npm/-/v1/search?text={name}", f"/v3/systems/npm/packages/{name}"):
        told = await ground.send("GET", path)
        assert told.headers["content-type"].startswith(("application/json", "application/vnd"))
        assert told.headers["x-content-type-options"] == "nosniff"


async def test_a_file_that_is_a_page_is_a_download(ground: Ground) -> None:
    packed = archive({"name": "page", "version": "1.0.0", "description": "a pear"}, {"index.html": SCRIPT.encode()})
    sent = document("page", "1.0.0")
    digest = base64.b64encode(hashlib.sha512(packed).digest()).decode()
    sent["versions"]["1.0.0"]["dist"] |= {
        "integrity": f"sha512-{digest}",
        "shasum": hashlib.sha1(packed).hexdigest(),  # noqa: S324 (the protocol's)
    }
    sent["_attachments"] = {
        "page-1.0.0.tgz": {
            "content_type": "text/html",
            "data": base64.b64encode(packed).decode(),
            "length": len(packed),
        }
    }
    reply = await ground.send("PUT", "/npm/page", sent, await ground.user("eve"))
    assert reply.status == 201, reply.text
    for token in ("", await ground.user("eve")):
        for _ in range(2):
            file = await ground.send("GET", "/npm/page/-/page-1.0.0.tgz", token=token)
            assert file.headers["content-type"] == "application/octet-stream"
            assert file.headers["x-content-type-options"] == "nosniff"
            assert file.headers["content-disposition"].startswith("attachment")
            assert "content-encoding" not in file.headers


@pytest.mark.parametrize(
    "text", ["\x1b]0;evil\x07", "\x1b[2J", "a\x00b", "a\rb", "\x9b31m", "\u202eevil", "\u2028", "\x7f"]
)
async def test_no_terminal_obeys_what_a_publisher_wrote(ground: Ground, text: str) -> None:
    ada = await ground.user("ada")
    shown = await ground.packument("innocent", ada)
    shown["versions"]["1.0.0"]["deprecated"] = f"use other {text}"
    reply = await ground.send("PUT", "/npm/innocent", shown, ada)
    assert reply.status == 400
    assert "deprecated" not in (await ground.packument("innocent"))["versions"]["1.0.0"]
    sent = document("innocent", "2.0.0", deprecated=f"use other {text}")
    reply = await ground.send("PUT", "/npm/innocent", sent, ada)
    assert reply.status == 400
    name = f"plain-{text.encode().hex()}"
    reply = await ground.send("PUT", f"/npm/{name}", document(name, "1.0.0", description=f"a{text}b"), ada)
    assert reply.status == 201
    told = await ground.packument(name)
    letters = told["description"] + told["versions"]["1.0.0"]["description"]
    assert letters.isprintable()
    assert letters.startswith("a")
    # Neither by names that errors and notices repeat.
    for path in (f"/npm/-/package/innocent/dist-tags/{text.encode().hex()}", "/npm/innocent"):
        said = await ground.send("PUT", path, {"name": text, "dist-tags": {text: text}, "_attachments": {}}, ada)
        raw = said.body + "".join(said.headers.values()).encode()
        assert not set(raw) & ({*range(9), *range(11, 32), 127} - {0x0A})


COOKIE_WRITES = [
    ("PUT", "/npm/innocent", "publish"),
    ("PUT", "/npm/-/package/innocent/dist-tags/beta", "tag"),
    ("POST", "/npm/-/package/innocent/dist-tags", "tags"),
    ("DELETE", "/npm/-/package/innocent/owners/ada", "none"),
    ("PUT", "/npm/-/package/innocent/owners", "owner"),
    ("POST", "/npm/-/package/innocent/access", "access"),
    ("PUT", "/npm/-/user/package/innocent/star", "none"),
    ("POST", "/npm/-/npm/v1/tokens", "token"),
    ("POST", "/npm/-/npm/v1/user", "profile"),
    ("POST", "/npm/-/npm/v1/hooks/hook", "hook"),
    ("POST", "/api/tokens", "token"),
    ("POST", "/ui/account", "form"),
    ("POST", "/ui/logout", "form"),
    ("POST", "/ui/account/tokens", "form"),
]
FOREIGN = {
    "no word of where from": {},
    "another site": {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
    "another site that lies about itself": {"origin": "https://evil.example", "sec-fetch-site": "same-origin"},
    "a sibling": {"origin": "http://other.packhouse.example", "sec-fetch-site": "same-site"},
    "another port": {"origin": "http://packhouse.example:8080"},
    "another scheme": {"origin": "https://packhouse.example"},
    "a longer name": {"origin": "http://packhouse.example.evil.example"},
    "nowhere": {"origin": "null"},
    "a referrer only": {"referer": "http://packhouse.example/ui/"},
    "a navigation": {"sec-fetch-site": "none"},
}


@pytest.mark.parametrize("where", FOREIGN)
async def test_no_other_site_writes_by_the_session_of_a_browser(ground: Ground, where: str) -> None:
    ada = await ground.people.accounts.get("ada")
    session, kept = await ground.people.tokens.begin_session(ada, "browser")
    cookie = {"cookie": f"packhouse_session={session}"}
    bodies: dict[str, object] = {
        "publish": document("innocent", "3.0.0"),
        "tag": "1.0.0",
        "tags": {"beta": "1.0.0"},
        "owner": {"user": "eve"},
        "access": {"publish_requires_tfa": True},
        "token": {"name": "evil", "password": PASSWORD},
        "profile": {"fullname": "evil"},
        "hook": {"type": "package", "name": "innocent", "endpoint": "https://evil.example/", "secret": "evil"},
        "none": None,
        "form": b"do=allow&name=evil",
    }
    before = await ground.packument("innocent")
    for method, path, body in COOKIE_WRITES:
        headers = cookie | FOREIGN[where]
        if body == "form":
            headers = headers | {"content-type": "application/x-www-form-urlencoded"}
        for content_type in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
            sent = {"content-type": content_type} | headers
            reply = await ground.send(method, path, bodies[body], headers=sent)
            assert reply.status in (400, 401, 403, 404, 405, 415), (method, path, reply.status)
            assert "access-control-allow-origin" not in reply.headers
    assert await ground.packument("innocent") == before
    assert await ground.people.tokens.find(session) == kept or (await ground.people.tokens.find(session)) is not None
    assert "evil" not in [each.name for each in await ground.people.tokens.list("ada")]


async def test_a_page_of_ours_writes_by_the_session_so_that_the_refusals_mean_something(ground: Ground) -> None:
    session, _ = await ground.people.tokens.begin_session(await ground.people.accounts.get("ada"), "browser")
    for where in ({"origin": "http://packhouse.example"}, {"sec-fetch-site": "same-origin"}):
        headers = {"cookie": f"a=b; packhouse_session={session}"} | where
        reply = await ground.send("PUT", "/npm/-/package/innocent/dist-tags/beta", "1.0.0", headers=headers)
        assert reply.status == 201


async def test_no_page_of_another_site_reads_an_answer_nor_asks_what_it_might_send(ground: Ground) -> None:
    headers = {
        "origin": "https://evil.example",
        "access-control-request-method": "PUT",
        "access-control-request-headers": "authorization",
    }
    for path in ("/npm/innocent", "/npm/-/whoami", "/npm/-/npm/v1/tokens", "/ui/account", "/api/upstreams"):
        for method in ("OPTIONS", "GET"):
            reply = await ground.send(method, path, headers=headers)
            assert not [name for name in reply.headers if name.startswith("access-control")]


async def test_another_host_name_poisons_nothing_that_is_kept_of_a_hosted_package(ground: Ground) -> None:
    for path in ("/npm/innocent", "/npm/innocent/1.0.0"):
        for host in ("evil.example", "packhouse.example", "evil.example", "packhouse.example"):
            told = await ground.send("GET", path, headers={"host": host})
            assert told.status == 200
            assert ("evil.example" in told.text) == (host == "evil.example")
        forged = {"x-forwarded-host": "evil.example", "x-forwarded-proto": "gopher", "forwarded": "host=evil.example"}
        assert "evil.example" not in (await ground.send("GET", path, headers=forged)).text
    # What is stored has no host at all, whoever published under which.
    sent = document("hosted-by", "1.0.0")
    sent["versions"]["1.0.0"]["dist"]["tarball"] = "http://evil.example/npm/hosted-by/-/hosted-by-1.0.0.tgz"
    reply = await ground.send("PUT", "/npm/hosted-by", sent, await ground.user("ada"), {"host": "evil.example"})
    assert reply.status == 201
    assert "evil.example" not in json.dumps(await ground.packument("hosted-by"))
