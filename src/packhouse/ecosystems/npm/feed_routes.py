"""The lists of all packages: what CouchDB's replication reads, and the old lists of the registry's first API.

They show what this server knows, hosted and cached. Bodies that may be long are written to a file and sent from there.
"""

import asyncio
import os
import tempfile
import time
import weakref
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any, BinaryIO

import msgspec

from packhouse.domain.errors import Invalid
from packhouse.domain.index import BASE, Summary
from packhouse.domain.package import NormalName
from packhouse.domain.search import SearchQuery
from packhouse.domain.view import View
from packhouse.ecosystems.npm.documents import join_full
from packhouse.ecosystems.npm.hosted import revision
from packhouse.http.answers import Answer, json_answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.services.assembly import Services
from packhouse.services.feed import Page
from packhouse.services.ports import Listed

_MOST = 1000
"""Changes of one answer."""
_DOCUMENTS = 50
"""Of one answer that has the documents in it."""
_KEYS = 1000
_NAMES_BYTES = 512 << 10
_WAIT_S = 30.0
_FOUND = 250
_NEWS = 50
_CHUNK_BYTES = 256 << 10
_encode = msgspec.json.Encoder().encode


class FeedRoutes:
    """The handlers."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._feed = services.feed

    def routes(self) -> list[Route]:
        """List the addresses; they must stand before those of packages."""
        return [
            route("_changes", GET=self.changes),
            route("_all_docs", GET=self.all_documents, POST=self.all_documents),
            route("-/all", GET=self.everything),
            route("-/all/since", GET=self.since),
            route("-/all/static/all.json", GET=self.everything),
            route("-/short", GET=self.names),
            route("-/allversions", GET=self.versions),
            route("-/by-user/{users}", GET=self.by_user),
            route("-/users/{user}/packages", GET=self.of_user),
            route("-/rss", GET=self.news),
        ]

    async def changes(self, request: Request) -> Answer:
        """List what has changed since a sequence, each package once, by its last change."""
        query, view = request.query, request.view
        limit = min(_number(query, "limit", _MOST), _MOST)
        documents = query.get("include_docs") == "true"
        if documents:
            limit = min(limit, _DOCUMENTS)
        if query.get("feed", "normal") not in ("normal", "longpoll"):
            raise Invalid(f"feed cannot be {query['feed'][:40]!r}", "page with since and limit, or take longpoll")
        last = await self._feed.last_sequence()
        since = last if query.get("since") == "now" else _number(query, "since", 0)
        if query.get("descending") == "true":
            page = await self._feed.newest(view, last + 1, limit)
        elif query.get("feed") == "longpoll":
            page = await self._longpoll(view, since, limit, min(_number(query, "timeout", 30_000) / 1000, _WAIT_S))
        else:
            page = await self._feed.changed(view, since, limit)
        results = [await self._change(request, listed, documents=documents) for listed in page.packages]
        return json_answer({"results": results, "last_seq": page.last_sequence})

    async def _longpoll(self, view: View, since: int, limit: int, timeout_s: float) -> Page:
        """Wait for something that may be shown: other changes wake nobody up."""
        until = time.monotonic() + timeout_s
        while True:
            last = await self._feed.last_sequence()
            page = await self._feed.changed(view, since, limit)
            left_s = until - time.monotonic()
            if page.packages or left_s <= 0:
                return page
            if not await self._feed.wait(max(last, since), left_s):
                return page

    async def all_documents(self, request: Request) -> Answer:
        """List names and revisions, by name."""
        query, view = request.query, request.view
        keys = await _keys(request)
        if keys is not None:
            rows = [await self._row(view, name) for name in keys]
            return json_answer({"total_rows": len(rows), "offset": 0, "rows": rows})
        limit, skip = _number(query, "limit", 1 << 30), _number(query, "skip", 0)
        first = _text(query, "startkey") or _text(query, "start_key") or _text(query, "key")
        last = _text(query, "endkey") or _text(query, "end_key") or _text(query, "key")
        body = _Spool()
        body.write(b'{"offset":%d,"rows":[' % skip)
        count = 0
        # Names are compared as text: the one before the first is cut off by a character that no name has.
        async for listed in self._feed.named(view, _before(first)):
            name = listed.state.key.name
            if name < first:
                continue
            if last and name > last:
                break
            if count >= skip + limit:
                break
            if count >= skip:
                row = {"id": name, "key": name, "value": {"rev": await self._revision(view, listed)}}
                body.write((b"," if count > skip else b"") + _encode(row))
            count += 1
        total = await self._services.search.count(view, self._services.ecosystem.key)
        body.write(b'],"total_rows":%d}' % total)
        return body.answer()

    async def everything(self, request: Request) -> Answer:
        """List all packages with what a search shows of them."""
        return await self._all(request, 0)

    async def since(self, request: Request) -> Answer:
        """List the packages that have changed since a moment, in milliseconds."""
        return await self._all(request, _number(request.query, "startkey", 0))

    async def names(self, request: Request) -> Answer:
        """List all names."""
        body = _Spool()
        body.write(b"[")
        lead = b""
        async for listed in self._feed.named(request.view):
            body.write(lead + _encode(listed.state.key.name))
            lead = b","
        body.write(b"]")
        return body.answer()

    async def versions(self, request: Request) -> Answer:
        """List the versions of all packages by name; those that a rule refuses are left out."""
        view = request.view
        body = _Spool()
        body.write(b"{")
        lead = b""
        async for listed in self._feed.named(view):
            versions = [each.version for each in (await self._feed.index(view, listed)).fragments]
            body.write(lead + _encode(listed.state.key.name) + b":" + _encode(versions))
            lead = b","
        body.write(b"}")
        return body.answer()

    async def by_user(self, request: Request, users: str) -> Answer:
        """List the packages of some users (`a|b`), by user; those of nobody are an empty list."""
        wanted = [user for user in users.split("|") if user][:_DOCUMENTS]
        return json_answer({user: await self._packages_of(request.view, user) for user in wanted})

    async def of_user(self, request: Request, user: str) -> Answer:
        """List the packages of a user."""
        found = await self._packages_of(request.view, user)
        return json_answer({"items": [{"name": name} for name in found], "total": len(found)})

    async def news(self, request: Request) -> Answer:
        """Tell what has changed lately, as RSS 2.0."""
        last = await self._feed.last_sequence()
        page = await self._feed.newest(request.view, last + 1, _NEWS)
        items = [
            _item(request, summary, listed.state.changed_at)
            for listed in page.packages
            if listed.state.gone_at is None and (summary := await self._feed.summary(request.view, listed)) is not None
        ]
        head = f"<title>Packages</title><link>{escape(request.base)}/</link><description>What changed</description>"
        text = (
            f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>{head}{"".join(items)}</channel></rss>'
        )
        return Answer(content_type="application/rss+xml; charset=utf-8", body=text.encode("utf-8", "replace"))

    async def _change(self, request: Request, listed: Listed, *, documents: bool) -> dict[str, Any]:
        state = listed.state
        change: dict[str, Any] = {
            "seq": state.generation,
            "id": state.key.name,
            "changes": [{"rev": await self._revision(request.view, listed)}],
        }
        if state.gone_at is not None:
            change["deleted"] = True
        elif documents:
            index = await self._feed.index(request.view, listed)
            body = join_full(index, index.fragments).replace(BASE, request.base.encode("ascii"))
            change["doc"] = msgspec.Raw(body)
        return change

    async def _revision(self, view: View, listed: Listed) -> str:
        """Give the revision of what is published here, and one of our own for what an upstream has."""
        state = listed.state
        if state.origin.startswith("hosted:"):
            found = await self._services.publishing.find(view, state.key)
            if found.index is not None:
                return revision(found.index)
        return f"{state.generation}-{state.digest[:32]}"

    async def _row(self, view: View, name: str) -> dict[str, Any]:
        listed = await self._feed.find(view, name)
        if listed is None:
            return {"key": name, "error": "not_found"}
        return {"id": name, "key": name, "value": {"rev": await self._revision(view, listed)}}

    async def _all(self, request: Request, since_ms: int) -> Answer:
        body = _Spool()
        now = self._services.clock()
        body.write(b'{"_updated":%d' % now)
        async for listed in self._feed.named(request.view):
            if listed.state.changed_at < since_ms:
                continue
            summary = await self._feed.summary(request.view, listed)
            if summary is not None:
                entry = _entry(summary, listed.state.changed_at)
                body.write(b"," + _encode(listed.state.key.name) + b":" + _encode(entry))
        body.write(b"}")
        return body.answer()

    async def _packages_of(self, view: View, user: str) -> list[str]:
        """Find what somebody owns here, and what of the cached packages names them as a maintainer."""
        holdings = self._services.holdings
        owned = await holdings.visible(view, list(await holdings.owned(view, user)))
        query = SearchQuery(facets=(((("maintainer", user.casefold()),),),))
        hits = await self._services.search.find(view, self._services.ecosystem.key, query, 0, _FOUND)
        return sorted({*(key.name for key in owned), *(NormalName(hit.key.name) for _, hit in hits.hits)})


class _Spool:
    """A body of unknown length: in memory while it is short, then in a file that nobody else sees."""

    def __init__(self) -> None:
        self._file: BinaryIO = tempfile.SpooledTemporaryFile(max_size=1 << 20)  # type: ignore[assignment] # noqa: SIM115
        # Read by whoever sends it, at a time of their own: it is closed when nobody holds it any more.
        weakref.finalize(self, self._file.close)

    def write(self, part: bytes) -> None:
        """Append."""
        self._file.write(part)

    def answer(self) -> Answer:
        """Send it as JSON, not to be kept by anyone."""
        size = self._file.seek(0, os.SEEK_END)
        return Answer(chunks=self._read, size_bytes=size)

    async def _read(self, start: int, stop: int) -> AsyncIterator[bytes]:
        self._file.seek(start)
        while start < stop:
            chunk = self._file.read(min(_CHUNK_BYTES, stop - start))
            if not chunk:
                return
            start += len(chunk)
            yield chunk
            await asyncio.sleep(0)


def _entry(summary: Summary, changed_at: int) -> dict[str, Any]:
    """Write a package as the first API lists it."""
    entry: dict[str, Any] = {
        "name": summary.key.name,
        "description": summary.description,
        "dist-tags": {"latest": summary.version} if summary.version else {},
        "maintainers": [{"name": name} for name in summary.maintainers],
        "keywords": list(summary.keywords),
        "time": {"modified": _iso(changed_at)},
        "versions": {summary.version: "latest"} if summary.version else {},
    }
    if summary.licence:
        entry["license"] = summary.licence
    for label in ("homepage", "repository", "bugs"):
        if label in summary.links:
            entry[label] = summary.links[label]
    return entry


def _item(request: Request, summary: Summary, changed_at: int) -> str:
    name, version = escape(summary.key.name), escape(summary.version)
    when = datetime.fromtimestamp(changed_at / 1000, UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    link = escape(f"{request.base}/{summary.key.name}")
    about = escape("".join(letter for letter in summary.description if letter.isprintable()))
    return (
        f"<item><title>{name}@{version}</title><link>{link}</link><guid>{name}@{version}</guid>"
        f"<description>{about}</description><pubDate>{when}</pubDate></item>"
    )


async def _keys(request: Request) -> Sequence[str] | None:
    """Read the names that are asked for, of the query or the body; None where all are."""
    text = request.query.get("keys", "").encode()
    if request.method == "POST":
        body = await request.read_body(_NAMES_BYTES)
        try:
            return _checked(msgspec.json.decode(body, type=dict[str, list[str]]).get("keys", []))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise Invalid("the body is not an object with keys", 'send {"keys": ["a", "b"]}') from None
    if not text:
        return None
    try:
        return _checked(msgspec.json.decode(text, type=list[str]))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise Invalid("keys is no list of names", 'write it as keys=["a","b"]') from None


def _checked(keys: list[str]) -> list[str]:
    if len(keys) > _KEYS:
        raise Invalid(f"more than {_KEYS} keys are asked for at once", "ask in parts")
    return keys


def _text(query: dict[str, str], name: str) -> str:
    """Read a parameter that is JSON, as CouchDB has them; a bare word is itself."""
    given = query.get(name, "")
    if not given.startswith('"'):
        return given
    try:
        return msgspec.json.decode(given.encode(), type=str)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise Invalid(f"{name} is no JSON string", f'write it as {name}="a"') from None


def _before(name: str) -> str:
    """Give a text that stands before a name and behind every other name before it; names here are plain ASCII."""
    plain = name.isascii() and name.isprintable() and name
    return f"{name[:-1]}{chr(ord(name[-1]) - 1)}\x7f" if plain else ""


def _number(query: dict[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit()):
        raise Invalid(f"{name} must be a whole number", f"e.g. {name}={default}")
    return int(text[:15])


def _iso(moment: int) -> str:
    text = datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
