"""Reading index files that are cached: beside nginx with the same bytes.

Usage: python -m benchmarks.sparse_index [rounds]
"""

import gzip
import sys
import tempfile
import urllib.request
from pathlib import Path

from msgspec import Struct

from benchmarks.rig.crates import publish, recorded_crates
from benchmarks.rig.load import Target, compare
from benchmarks.rig.report import against, table
from benchmarks.rig.servers import Server, nginx, packhouse

_NOWHERE = "http://127.0.0.1:9"
_OFFER = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAMAAABkAAQAAP__"}
"""What cargo sends with every request over plain HTTP."""


class Question(Struct, frozen=True):
    """One thing to read, and how well it must do."""

    title: str
    path: str
    of_nginx: float
    """Goal: this share of nginx."""
    unchanged: bool = False
    offer: bool = False


QUESTIONS = (
    Question("index file of serde, gzip", "se/rd/serde", 0.5),
    Question("the same, as cargo asks", "se/rd/serde", 0.5, offer=True),
    Question("the same, 304", "se/rd/serde", 1 / 3, unchanged=True),
    Question("index file of a small crate, gzip", "ma/tc/matchit", 0.5),
)


def main() -> None:
    """Run every question, round by round."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    recorded = recorded_crates()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        files = folder / "nginx" / "files"
        files.mkdir(parents=True)
        with nginx(folder / "nginx") as static:
            publish(recorded, files, static.url)
            upstream = f'[upstreams.crates]\nurl = "{static.url}/index"\n'
            with packhouse(folder / "data", _NOWHERE, upstream) as ours:
                rows = [_ask(question, ours, static, files, rounds) for question in QUESTIONS]
                table(["what", "bytes", "Packhouse/s", "CPU us", "nginx/s", "CPU us", "of nginx"], rows)


def _ask(question: Question, ours: Server, static: Server, files: Path, rounds: int) -> list[object]:
    headers = {"Accept-Encoding": "gzip"}
    body, etag = _read(f"{ours.url}/cargo/index/{question.path}", headers)
    assert gzip.decompress(body) == (files / "index" / question.path).read_bytes()
    same = f"/gzip/index/{question.path}"
    (files / same.lstrip("/")).write_bytes(body)
    _, static_etag = _read(static.url + same, headers)
    asked = headers | (_OFFER if question.offer else {})
    targets = [
        Target(ours, f"/cargo/index/{question.path}", asked | ({"If-None-Match": etag} if question.unchanged else {})),
        Target(static, same, asked | ({"If-None-Match": static_etag} if question.unchanged else {})),
    ]
    (mine, _), (theirs, ratio) = compare(targets, 32, rounds)
    row: list[object] = [question.title, len(body)]
    for burst in (mine, theirs):
        row += [f"{burst.per_s:,.0f}", f"{burst.cpu_us:.0f}"]
    return [*row, against(ratio, question.of_nginx, at_least=True)]


def _read(url: str, headers: dict[str, str]) -> tuple[bytes, str]:
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60) as answer:  # noqa: S310
        return answer.read(), answer.headers["etag"]


if __name__ == "__main__":
    main()
