"""Worlds of made-up projects, with all that an index can do to a resolver."""

import random
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from msgspec import Struct

from tests.agreement.pypi.recorded import File, World, make_page

_NAMES = ("apple", "pear", "plum", "fig", "quince", "cherry", "medlar", "sloe", "damson", "mulberry", "lemon", "lime")
_VERSIONS = (
    "0.1", "0.9", "1.0a1", "1.0rc1", "1.0", "1.0.1", "1.0.post1", "1.1", "1.2b1", "1.2", "1.3.dev1", "1.3", "1.10",
    "2.0a2", "2.0", "2.0.1", "2.1", "2.2rc1", "3.0b1", "3.0", "3.1.dev2",
)  # fmt: skip
_CLOSE_VERSIONS = ("1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "2.0", "2.1", "2.2", "3.0", "3.1")
_PYTHONS = (">=3.8", ">=3.6,<4", ">=3.12", "<3.11", ">=3.11", "!=3.11.*", "==3.*")
_MARKERS = (
    'python_version < "3.9"', 'python_version >= "3.8"', 'sys_platform == "linux"', 'sys_platform == "win32"',
    'platform_machine == "x86_64" and python_version > "3.10"', 'os_name == "nt" or implementation_name == "cpython"',
    "'darwin' in sys_platform",
)  # fmt: skip
_EXTRAS = ("ripe", "sweet", "sour_old")
_MOMENTS = tuple(f"2026-0{month}-01T00:00:00Z" for month in range(1, 10))


class Universe(Struct, frozen=True):
    """Projects of an index, and what is asked of them."""

    world: World
    requirements: list[str]
    constraints: list[str]
    newest: str


def make(seed: int) -> Universe:
    """Make a world; the same one for the same seed."""
    return _Maker(random.Random(seed)).make()


class _Maker:
    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._is_deep = chance.random() < 0.5
        self._has_extras = chance.random() < 0.6
        self._has_markers = chance.random() < 0.5
        self._has_pythons = chance.random() < 0.4
        self._has_yanks = chance.random() < 0.4
        self._has_foreign_wheels = chance.random() < 0.3
        self._has_cycles = chance.random() < 0.2
        self._is_dated = chance.random() < 0.2
        names = [*_NAMES, *(f"wild-{name}" for name in _NAMES)] if self._is_deep else _NAMES
        self._order = chance.sample(names, chance.randint(10 if self._is_deep else 3, len(names)))
        known = _CLOSE_VERSIONS if self._is_deep or chance.random() < 0.4 else _VERSIONS
        self._versions = {
            name: sorted(chance.sample(known, chance.randint(2, min(9, len(known)))), key=known.index)
            for name in self._order
        }
        self._extras: dict[str, list[str]] = {
            name: chance.sample(_EXTRAS, chance.randint(0, 3)) if self._has_extras else [] for name in self._order
        }

    def make(self) -> Universe:
        """Make all projects, then what is asked."""
        chance = self._chance
        world = World({}, {})
        for name in self._order:
            world.pages[name] = [self._file(world, name, version) for version in self._versions[name]]
        asked = chance.sample(self._order, chance.randint(1, min(4, len(self._order))))
        requirements = [self._requirement(name) for name in asked]
        constraints = [
            f"{name}{self._range(name)}" for name in self._order if chance.random() < (0.05 if self._is_deep else 0.03)
        ]
        return Universe(world, requirements, constraints, chance.choice(_MOMENTS[4:]) if self._is_dated else "")

    def _file(self, world: World, name: str, version: str) -> File:
        chance = self._chance
        tags = "py3-none-any"
        if self._has_foreign_wheels and chance.random() < 0.2:
            tags = chance.choice(("cp39-cp39-win_amd64", "cp311-cp311-manylinux_2_17_x86_64", "py2-none-any"))
        filename = f"{name.replace('-', '_')}-{version}-{tags}.whl"
        python = chance.choice(_PYTHONS) if self._has_pythons and chance.random() < 0.4 else ""
        at = self._order.index(name)
        below = [each for each in self._order if each != name] if self._has_cycles else self._order[at + 1 :]
        lines = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}"]
        lines += [f"Provides-Extra: {extra}" for extra in self._extras[name]]
        # A page may be silent about what the metadata says.
        is_silent = chance.random() < 0.1
        lines += [f"Requires-Python: {python}"] if python else []
        count = min(len(below), chance.choice((0, 1, 1, 2, 2, 3)))
        lines += [f"Requires-Dist: {self._dependency(name, each)}" for each in chance.sample(below, count)]
        lines += self._own_extras(name)
        world.metadata[filename] = "\n".join(lines)
        return File(
            filename,
            "" if is_silent else python,
            self._has_yanks and chance.random() < 0.12,
            chance.choice(_MOMENTS) if self._is_dated else "",
        )

    def _own_extras(self, name: str) -> Iterator[str]:
        """Let an extra ask for others of the same project."""
        chance = self._chance
        own = self._extras[name]
        if len(own) > 1 and chance.random() < 0.3:
            yield f'Requires-Dist: {name}[{",".join(own[1:])}]; extra == "{own[0]}"'

    def _dependency(self, name: str, other: str) -> str:
        chance = self._chance
        text = self._requirement(other)
        marks = [chance.choice(_MARKERS)] if self._has_markers and chance.random() < 0.3 else []
        if self._extras[name] and chance.random() < 0.35:
            marks.append(f'extra == "{chance.choice(self._extras[name])}"')
        return f"{text}; {' and '.join(f'({mark})' for mark in marks)}" if marks else text

    def _requirement(self, name: str) -> str:
        chance = self._chance
        extras = [each for each in (*self._extras[name], "unheard-of") if chance.random() < 0.15]
        asked = f"[{','.join(extras)}]" if self._has_extras and extras else ""
        return f"{name}{asked}{self._range(name)}"

    def _range(self, name: str) -> str:
        chance = self._chance
        version = chance.choice(self._versions[name])
        if self._is_deep:
            return chance.choice(("", ">={v}", "<={v}", "~={s}", "<{v}", ">={v}", "!={v}", "=={v}")).format(
                v=version, s=_short(version)
            )
        forms = ("", "", ">={v}", "<{v}", "=={v}", "~={s}", "!={v}", ">={v},<3", "=={m}.*", ">{v}", "<={v}", ">={m}")
        return chance.choice(forms).format(v=version, s=_short(version), m=version[0])


def _short(version: str) -> str:
    return ".".join(version.split(".")[:2])


@contextmanager
def serving_world(world: World) -> Iterator[str]:
    """Serve a world as an index."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urllib.parse.unquote(self.path.partition("?")[0]).strip("/").split("/")
            body: bytes | None = None
            kind = "application/octet-stream"
            if parts[0] == "simple" and parts[-1] in world.pages:
                body = make_page(parts[-1], world.pages[parts[-1]], f"http://{self.headers['Host']}/files")
                kind = "application/vnd.pypi.simple.v1+json"
            elif parts[-1].endswith(".metadata"):
                found = world.metadata.get(parts[-1].removesuffix(".metadata"))
                body = None if found is None else found.encode()
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name in the base)
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
