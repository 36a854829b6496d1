"""Reading a project's page of 2,400 files: beside nginx with the same bytes, devpi and proxpi.

Usage: python -m benchmarks.simple_page [rounds]
"""

import hashlib
import json
import sys
import tempfile
import urllib.request
from collections.abc import Mapping
from html import escape
from pathlib import Path

from msgspec import Struct

from benchmarks.rig.load import Target, compare
from benchmarks.rig.report import against, table
from benchmarks.rig.servers import DEVPI_MIRROR, Server, devpi, nginx, packhouse, proxpi

JSON = "application/vnd.pypi.simple.v1+json"
_NOWHERE = "http://127.0.0.1:9"
FILES = 2400


class Question(Struct, frozen=True):
    """One form to read, and how well it must do."""

    title: str
    accept: str
    unchanged: bool = False


QUESTIONS = (
    Question("page of 2,400 files, JSON, gzip", JSON),
    Question("the same, HTML, gzip", "text/html"),
    Question("the same, JSON, 304", JSON, unchanged=True),
)


def main() -> None:
    """Run every question, round by round."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        files = folder / "nginx" / "files"
        (files / "gzip").mkdir(parents=True)
        with nginx(folder / "nginx") as static:
            _publish(files, static.url)
            settings = f'[upstreams.pypi]\nurl = "{static.url}"\n'
            html = f"{static.url}/html/simple/"
            with (
                packhouse(folder / "data", _NOWHERE, settings) as ours,
                devpi(folder / "devpi", html) as old,
                proxpi(html) as plain,
            ):
                rows = [_ask(question, ours, static, [old, plain], files, rounds) for question in QUESTIONS]
                head = ["what", "bytes", "Packhouse/s", "nginx/s", "of nginx", "devpi/s", "times devpi"]
                table([*head, "proxpi/s", "times proxpi"], rows)


def _ask(
    question: Question, ours: Server, static: Server, peers: list[Server], files: Path, rounds: int
) -> list[object]:
    headers = {"Accept": question.accept, "Accept-Encoding": "gzip"}
    path = "/pypi/simple/big/"
    body, etag = _read(ours.url + path, headers)
    same = f"/gzip/{hashlib.sha256(body).hexdigest()}"
    (files / same.lstrip("/")).write_bytes(body)
    _, static_etag = _read(static.url + same, headers)
    peer_paths = [f"{DEVPI_MIRROR}/+simple/big/", "/index/big/"]
    for peer, peer_path in zip(peers, peer_paths, strict=True):
        _read(peer.url + peer_path, headers)
    targets = [
        Target(ours, path, headers | ({"If-None-Match": etag} if question.unchanged else {})),
        Target(static, same, headers | ({"If-None-Match": static_etag} if question.unchanged else {})),
        *(Target(peer, peer_path, headers, slow=True) for peer, peer_path in zip(peers, peer_paths, strict=True)),
    ]
    (mine, _), (nginxs, share), *others = compare(targets, 32, rounds)
    row: list[object] = [question.title, len(body), f"{mine.per_s:,.0f}", f"{nginxs.per_s:,.0f}"]
    row.append(against(share, 0.5 if not question.unchanged else 1 / 3, at_least=True))
    for (burst, ratio), goal in zip(others, (100, 0), strict=True):
        row += [f"{burst.per_s:,.1f}", against(ratio, goal, at_least=True) if goal else f"{ratio:.0f}"]
    return row


def _read(url: str, headers: Mapping[str, str]) -> tuple[bytes, str]:
    with urllib.request.urlopen(urllib.request.Request(url, headers=dict(headers)), timeout=120) as answer:  # noqa: S310
        return answer.read(), answer.headers.get("etag", "")


def _publish(files: Path, url: str) -> None:
    """Make a page like that of a project with many wheels, in both forms."""
    entries, anchors = [], []
    for number in range(FILES):
        minor, python = divmod(number, 24)
        filename = f"big-1.{minor}.0-cp3{python % 12 + 3}-cp3{python % 12 + 3}-manylinux_2_{python}_x86_64.whl"
        sha256 = hashlib.sha256(filename.encode()).hexdigest()
        address = f"{url}/packages/{sha256[:2]}/{sha256[2:4]}/{sha256[4:]}/{filename}"
        entries.append(
            {
                "filename": filename,
                "url": address,
                "hashes": {"sha256": sha256},
                "requires-python": ">=3.8",
                "size": 1_000_000 + number,
                "upload-time": "2024-01-01T00:00:00.000000Z",
                "yanked": False,
                "core-metadata": {"sha256": sha256[::-1]},
            }
        )
        needed = escape(">=3.8")
        anchors.append(f'<a href="{address}#sha256={sha256}" data-requires-python="{needed}">{filename}</a><br>')
    page = {"meta": {"api-version": "1.1"}, "name": "big", "versions": [], "files": entries}
    for folder, text in (("simple", json.dumps(page)), ("html/simple", "\n".join(["<!DOCTYPE html>", *anchors]))):
        (files / folder / "big").mkdir(parents=True)
        (files / folder / "big" / "index.html").write_text(text)
    (files / "html" / "simple" / "index.html").write_text('<!DOCTYPE html><a href="/html/simple/big/">big</a>')


if __name__ == "__main__":
    main()
