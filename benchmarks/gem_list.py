"""The list of all gems and an info file, as bundler asks for them: beside nginx with the same bytes.

Usage: python -m benchmarks.gem_list [rounds]
"""

import gzip
import hashlib
import sys
import tempfile
import urllib.request
from pathlib import Path

from benchmarks.rig.load import Target, compare
from benchmarks.rig.report import against, table
from benchmarks.rig.servers import nginx, packhouse

_NOWHERE = "http://127.0.0.1:9"
_GEMS = 200_000
"""About as many as the public registry has; a list of 22 MB."""
_RELEASES = 400
_REST_BYTES = 4096
"""About what is added between two installs."""


def main() -> None:
    """Ask each question of both, round by round."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        files = folder / "nginx" / "files"
        (files / "info").mkdir(parents=True)
        (files / "versions").write_bytes(_list())
        (files / "info" / "big").write_bytes(_info())
        (files / "info" / "big.gz").write_bytes(gzip.compress(_info(), 6))
        with (
            nginx(folder / "nginx") as static,
            packhouse(folder / "data", _NOWHERE, f'[upstreams.rubygems]\nurl = "{static.url}"\n') as ours,
        ):
            body, tag = _read(f"{ours.url}/gem/versions")
            assert body == _list()
            _, their_tag = _read(f"{static.url}/versions")
            assert _read(f"{ours.url}/gem/info/big")[0] == _info()
            rest = {"Range": f"bytes={len(body) - _REST_BYTES}-"}
            packed = {"Accept-Encoding": "gzip"}
            questions = [
                ("list of 22 MB, nothing new", "/versions", "/versions", {"If-None-Match": tag}, 0, 0.1),
                ("list of 22 MB, the last 4 KB", "/versions", "/versions", rest, _REST_BYTES, 0.1),
                ("info file of 400 releases, gzip", "/info/big", "/info/big.gz", packed, len(_info()), 0.5),
            ]
            rows = []
            for title, path, their_path, headers, size, goal in questions:
                theirs = headers if "If-None-Match" not in headers else {"If-None-Match": their_tag}
                targets = [Target(ours, f"/gem{path}", headers), Target(static, their_path, theirs)]
                (mine, _), (other, ratio) = compare(targets, 32, rounds)
                numbers = [f"{each:,.0f}" for each in (mine.per_s, mine.cpu_us, other.per_s, other.cpu_us)]
                rows.append([title, size, *numbers, against(ratio, goal, at_least=True)])
            table(["what", "bytes", "Packhouse/s", "CPU us", "nginx/s", "CPU us", "of nginx"], rows)


def _list() -> bytes:
    versions = ",".join(f"{major}.{minor}.0" for major in range(2) for minor in range(5))
    lines = [f"gem-number-{at} {versions} {_md5(str(at).encode())}\n" for at in range(_GEMS)]
    return b"created_at: 2026-01-01T00:00:00Z\n---\n" + "".join(lines).encode()


def _info() -> bytes:
    lines = [
        f"1.{at} need:>= 1.{at}&< 2|checksum:{hashlib.sha256(str(at).encode()).hexdigest()},ruby:>= 2.7\n"
        for at in range(_RELEASES)
    ]
    return b"---\n" + "".join(lines).encode()


def _md5(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


def _read(url: str) -> tuple[bytes, str]:
    with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 (our own servers)
        return answer.read(), answer.headers["etag"]


if __name__ == "__main__":
    main()
