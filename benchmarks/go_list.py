"""Reading a module's list of versions: beside nginx with the same bytes.

Usage: python -m benchmarks.go_list [rounds]
"""

import sys
import tempfile
import urllib.request
from pathlib import Path

from benchmarks.rig.load import Target, compare
from benchmarks.rig.report import against, table
from benchmarks.rig.servers import nginx, packhouse

_NOWHERE = "http://127.0.0.1:9"
_VERSIONS = 400
"""About as many as the modules of a large cloud's SDK have."""


def main() -> None:
    """Read the list and a go.mod, round by round."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        files = folder / "nginx" / "files"
        module = files / "big.example" / "module" / "@v"
        module.mkdir(parents=True)
        versions = [f"v1.{number // 4}.{number % 4}" for number in range(_VERSIONS)]
        (module / "list").write_text("".join(f"{version}\n" for version in versions))
        requirements = "".join(f"\tbig.example/need{number} v1.{number}.0\n" for number in range(60))
        (module / "v1.9.0.mod").write_text(f"module big.example/module\n\ngo 1.21\n\nrequire (\n{requirements})\n")
        with (
            nginx(folder / "nginx") as static,
            packhouse(folder / "data", _NOWHERE, f'[upstreams.golang]\nurl = "{static.url}"\n') as ours,
        ):
            rows = []
            for title, name in (("list of 400 versions", "list"), ("go.mod with 60 requirements", "v1.9.0.mod")):
                path = f"/big.example/module/@v/{name}"
                same = _read(f"{static.url}{path}")
                assert _read(f"{ours.url}/go{path}") == same
                targets = [Target(ours, f"/go{path}", {}), Target(static, path, {})]
                (mine, _), (theirs, ratio) = compare(targets, 32, rounds)
                numbers = [f"{each:,.0f}" for each in (mine.per_s, mine.cpu_us, theirs.per_s, theirs.cpu_us)]
                rows.append([title, len(same), *numbers, against(ratio, 0.5, at_least=True)])
            table(["what", "bytes", "Packhouse/s", "CPU us", "nginx/s", "CPU us", "of nginx"], rows)


def _read(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 (our own servers)
        body: bytes = answer.read()
        return body


if __name__ == "__main__":
    main()
