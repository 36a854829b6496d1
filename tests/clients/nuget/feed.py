"""A small NuGet feed on the loopback interface: the server's upstream, and what it is compared with."""

import base64
import hashlib
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import quoteattr

import msgspec

from tests.clients.registry import listening

LONG_AGO = "2020-01-01T00:00:00+00:00"
UNLISTED = "1900-01-01T00:00:00+00:00"
_NAMESPACE = "http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd"
_OPC = "http://schemas.openxmlformats.org/package/2006"
_MANIFEST = "http://schemas.microsoft.com/packaging/2010/07/manifest"
_KINDS = {
    "nuspec": "application/octet",
    "txt": "text/plain",
    "rels": "application/vnd.openxmlformats-package.relationships+xml",
}

Entry = dict[str, Any]
Groups = Mapping[str, Mapping[str, str]]
"""Ranges by id, by target framework."""


class Feed:
    """Some packages, and a note of everything that was asked for."""

    def __init__(self, page_size: int = 64) -> None:
        self.asked: list[str] = []
        self.instead: dict[str, bytes] = {}
        """What is sent for a path in place of the truth."""
        self.url = ""
        self.down = False
        """True while every answer is a 503."""
        self.page_size = page_size
        self.outside = 4
        """From so many pages on, they stand outside of the registration index."""
        self.resources: tuple[str, ...] = (
            *("PackageBaseAddress/3.0.0", "RegistrationsBaseUrl/3.6.0", "RegistrationsBaseUrl/Versioned"),
            *("SearchQueryService", "SearchQueryService/3.0.0-beta", "Catalog/3.0.0"),
        )
        self._entries: dict[str, dict[str, Entry]] = {}
        self._files: dict[str, bytes] = {}

    @property
    def index(self) -> str:
        """The address that is configured."""
        return f"{self.url}/v3/index.json"

    def publish(self, name: str, version: str, needs: Groups | None = None, **more: object) -> None:
        """Add a release, listed unless `listed` says otherwise."""
        nuspec = write_nuspec(name, version, needs or {})
        stem = f"/flat/{name.lower()}/{version.lower()}/{name.lower()}"
        self._files[f"{stem}.{version.lower()}.nupkg"] = write_nupkg(name, version, nuspec)
        self._files[f"{stem}.nuspec"] = nuspec.encode()
        listed = more.get("listed", True)
        entry = {"id": name, "version": version, "authors": "Grower", "description": f"A {name}", "listed": listed}
        entry["published"] = LONG_AGO if listed else UNLISTED
        entry["dependencyGroups"] = [_group(framework, ranges) for framework, ranges in (needs or {}).items()]
        self._entries.setdefault(name.lower(), {})[version] = entry | more

    def nupkg(self, name: str, version: str) -> bytes:
        """Give a release's file."""
        return self._files[f"/flat/{name.lower()}/{version.lower()}/{name.lower()}.{version.lower()}.nupkg"]

    def bodies(self) -> dict[str, bytes]:
        """Give every document but what is searched for, by its address."""
        paths = ["/v3/index.json", *self._files]
        for name, entries in self._entries.items():
            paths += (f"/flat/{name}/index.json", f"/registration/{name}/index.json")
            paths += (page["@id"].removeprefix(self.url) for page in self._pages(name))
            paths += (f"/catalog/data/{name}/{version.lower()}.json" for version in entries)
        return {f"{self.url}{path}": body for path in paths if (body := self.answer(path)) is not None}

    def count(self, part: str) -> int:
        """Count how often something was asked for."""
        return sum(part in path for path in self.asked)

    def answer(self, target: str) -> bytes | None:
        """Return the body for a path."""
        self.asked.append(target)
        path, query = urlsplit(target).path, parse_qs(urlsplit(target).query)
        if path in self.instead:
            return self.instead[path]
        if path in self._files:
            return self._files[path]
        found = self._document(path.strip("/").split("/"), query)
        return None if found is None else msgspec.json.encode(found)

    def _document(self, parts: Sequence[str], query: Mapping[str, list[str]]) -> object:
        found: object = None
        match parts:
            case ["v3", "index.json"]:
                found = self._service_index()
            case ["flat", name, "index.json"] if name in self._entries:
                found = {"versions": [version.lower() for version in self._entries[name]]}
            case ["registration", name, "index.json"] if name in self._entries:
                found = self._registration(name)
            case ["registration", name, "page", lower, _]:
                found = next(page for page in self._pages(name) if page["lower"] == lower)
            case ["query"]:
                text, prerelease = query.get("q", [""])[0].lower(), query.get("prerelease") == ["true"]
                found = self._search(text, prerelease=prerelease)
            case ["catalog", "data", name, version]:
                found = self._catalog_leaf(name, version.removesuffix(".json"))
        return found

    def _service_index(self) -> object:
        paths = {"PackageBaseAddress": "flat/", "RegistrationsBaseUrl": "registration/", "SearchQueryService": "query"}
        addresses = {
            name: f"{self.url}/{paths.get(name.partition('/')[0], 'catalog/index.json')}" for name in self.resources
        }
        return {"version": "3.0.0", "resources": [{"@id": url, "@type": name} for name, url in addresses.items()]}

    def _leaf(self, name: str, version: str) -> object:
        content = f"{self.url}/flat/{name}/{version.lower()}/{name}.{version.lower()}.nupkg"
        registration = f"{self.url}/registration/{name}"
        catalog = f"{self.url}/catalog/data/{name}/{version.lower()}.json"
        return {
            "@id": f"{registration}/{version.lower()}.json",
            "@type": "Package",
            "catalogEntry": {"@id": catalog, "packageContent": content, **self._entries[name][version]},
            "packageContent": content,
            "registration": f"{registration}/index.json",
        }

    def _pages(self, name: str) -> list[dict[str, Any]]:
        versions = list(self._entries[name])
        base = f"{self.url}/registration/{name}"
        pages = []
        for start in range(0, len(versions), self.page_size):
            part = versions[start : start + self.page_size]
            pages.append(
                {
                    "@id": f"{base}/page/{part[0]}/{part[-1]}.json",
                    "count": len(part),
                    "items": [self._leaf(name, version) for version in part],
                    "parent": f"{base}/index.json",
                    "lower": part[0],
                    "upper": part[-1],
                }
            )
        return pages

    def _registration(self, name: str) -> object:
        pages = self._pages(name)
        if len(pages) >= self.outside:
            for page in pages:
                del page["items"], page["parent"]
        return {"@id": f"{self.url}/registration/{name}/index.json", "count": len(pages), "items": pages}

    def _search(self, text: str, *, prerelease: bool) -> object:
        data = []
        for name, entries in self._entries.items():
            listed = [
                version for version, entry in entries.items() if entry["listed"] and (prerelease or "-" not in version)
            ]
            if listed and text.removeprefix("packageid:") in name:
                newest = entries[listed[-1]]
                versions = [
                    {"version": each, "downloads": 7, "@id": f"{self.url}/registration/{name}/{each}.json"}
                    for each in listed
                ]
                facts = {
                    "id": newest["id"],
                    "version": listed[-1],
                    "description": newest["description"],
                    "authors": ["Grower"],
                }
                more = {
                    "registration": f"{self.url}/registration/{name}/index.json",
                    "owners": ["farm"],
                    "unknown": [1],
                }
                data.append(facts | more | {"versions": versions, "totalDownloads": 7 * len(listed)})
        return {"totalHits": len(data), "data": data}

    def _catalog_leaf(self, name: str, version: str) -> object:
        if version not in self._entries.get(name, {}):
            return None
        nupkg = self.nupkg(name, version)
        digest = base64.b64encode(hashlib.sha512(nupkg).digest()).decode()
        told = {"created": LONG_AGO, "packageHash": digest, "packageHashAlgorithm": "SHA512", "packageSize": len(nupkg)}
        return self._entries[name][version] | told


def _group(framework: str, ranges: Mapping[str, str]) -> Entry:
    dependencies = [{"id": name, "range": text} for name, text in ranges.items()]
    return {"targetFramework": framework, "dependencies": dependencies} if framework else {"dependencies": dependencies}


def write_nuspec(name: str, version: str, needs: Groups) -> str:
    """Write a manifest."""
    groups = ""
    for framework, ranges in needs.items():
        each = "".join(
            f"<dependency id={quoteattr(need)} version={quoteattr(text)} />" for need, text in ranges.items()
        )
        groups += (
            f"<group targetFramework={quoteattr(framework)}>{each}</group>" if framework else f"<group>{each}</group>"
        )
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<package xmlns="{_NAMESPACE}"><metadata>'
        f"<id>{name}</id><version>{version}</version><authors>Grower</authors><description>A {name}</description>"
        f'<license type="expression">MIT</license><tags>fruit orchard</tags>'
        f'<repository type="git" url="https://git.example/{name}" commit="0123abc" />'
        f"<dependencies>{groups}</dependencies></metadata></package>\n"
    )


def write_nupkg(name: str, version: str, nuspec: str) -> bytes:
    """Write a package, the same for the same manifest."""
    kinds = "".join(f'<Default Extension="{end}" ContentType="{kind}" />' for end, kind in _KINDS.items())
    target = f'<Relationship Type="{_MANIFEST}" Target="/{name}.nuspec" Id="R1" />'
    files = {
        "[Content_Types].xml": f'<?xml version="1.0"?><Types xmlns="{_OPC}/content-types">{kinds}</Types>',
        "_rels/.rels": f'<?xml version="1.0"?><Relationships xmlns="{_OPC}/relationships">{target}</Relationships>',
        f"{name}.nuspec": nuspec,
        "lib/netstandard2.0/_._": "",
        "content/fruit.txt": f"{name} {version}",
    }
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w") as archive:
        for path, text in files.items():
            archive.writestr(zipfile.ZipInfo(path), text)
    return plain.getvalue()


@contextmanager
def serving_feed(feed: Feed) -> Iterator[Feed]:
    """Put a feed on the loopback interface."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            found = feed.answer(self.path)
            body = found or b""
            self.send_response(503 if feed.down else 404 if found is None else 200)
            media_type = "application/json" if body.startswith((b"{", b"[")) else "application/octet-stream"
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
            """Say nothing."""

    with listening(Handler) as url:
        feed.url = url
        yield feed
