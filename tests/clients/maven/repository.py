"""A small Maven repository on the loopback interface: the server's upstream, and what it is compared with."""

import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from urllib.parse import unquote

from tests.clients.registry import listening

LONG_AGO = "Wed, 01 Jan 2020 00:00:00 GMT"
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


class Repository:
    """Some packages, and a note of everything that was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.down = False
        """True while every answer is a 503."""
        self.url = ""
        self.files: dict[str, bytes] = {}
        self.changed: dict[str, str] = {}
        """Last-Modified by path, where it is another than long ago."""
        self.held: dict[str, threading.Event] = {}
        """By path: only half of the file is sent until this is set."""
        self._versions: dict[tuple[str, str], list[str]] = {}

    def publish(self, name: str, version: str, *needs: str, pom: str = "", changed: str = "") -> None:
        """Add a release that needs others, each as `group:artifact:version[:scope]`."""
        group, artifact = name.split(":")
        stem = f"{_folder(name)}/{version}/{artifact}-{version}"
        self._put(f"{stem}.pom", write_pom(name, version, needs, pom).encode())
        self._put(f"{stem}.jar", write_jar({f"{artifact}.txt": f"{name} {version}"}))
        if changed:
            self.changed[f"{stem}.pom"] = changed
        versions = self._versions.setdefault((group, artifact), [])
        versions.append(version)
        self._list(name, versions)

    def publish_snapshot(self, name: str, base: str, build: int, stamp: str) -> None:
        """Add a build of a snapshot: files with the time in their names, and the metadata that names them."""
        group, artifact = name.split(":")
        folder = f"{_folder(name)}/{base}-SNAPSHOT"
        value = f"{base}-{stamp}-{build}"
        self._put(f"{folder}/{artifact}-{value}.pom", write_pom(name, f"{base}-SNAPSHOT", (), "").encode())
        self._put(f"{folder}/{artifact}-{value}.jar", write_jar({"build.txt": str(build)}))
        builds = "".join(
            f"<snapshotVersion><extension>{extension}</extension><value>{value}</value>"
            f"<updated>{stamp.replace('.', '')}</updated></snapshotVersion>"
            for extension in ("jar", "pom")
        )
        text = (
            f"{_XML}<metadata><groupId>{group}</groupId><artifactId>{artifact}</artifactId>"
            f"<version>{base}-SNAPSHOT</version><versioning><snapshot><timestamp>{stamp}</timestamp>"
            f"<buildNumber>{build}</buildNumber></snapshot><lastUpdated>{stamp.replace('.', '')}</lastUpdated>"
            f"<snapshotVersions>{builds}</snapshotVersions></versioning></metadata>\n"
        )
        self._put(f"{folder}/maven-metadata.xml", text.encode())

    def answer(self, path: str) -> bytes | None:
        """Give the file at a path."""
        self.asked.append(path)
        return self.files.get(unquote(path).lstrip("/"))

    def count(self, end: str) -> int:
        """Count how often a file was asked for, by the end of its path."""
        return sum(path.endswith(end) for path in self.asked)

    def _list(self, name: str, versions: Sequence[str]) -> None:
        group, artifact = name.split(":")
        listed = "".join(f"      <version>{version}</version>\n" for version in versions)
        text = (
            f"{_XML}<metadata>\n  <groupId>{group}</groupId>\n  <artifactId>{artifact}</artifactId>\n  <versioning>\n"
            f"    <latest>{versions[-1]}</latest>\n    <release>{versions[-1]}</release>\n    <versions>\n{listed}"
            f"    </versions>\n    <lastUpdated>20200101000000</lastUpdated>\n  </versioning>\n</metadata>\n"
        )
        self._put(f"{_folder(name)}/maven-metadata.xml", text.encode())

    def _put(self, path: str, body: bytes) -> None:
        self.files[path] = body
        for algorithm in ("md5", "sha1"):
            self.files[f"{path}.{algorithm}"] = hashlib.new(algorithm, body).hexdigest().encode()


def write_pom(name: str, version: str, needs: Sequence[str] = (), more: str = "") -> str:
    """Write a POM."""
    group, artifact = name.split(":")
    dependencies = ""
    for need in needs:
        parts = [*need.split(":"), "compile"]
        dependencies += (
            f"<dependency><groupId>{parts[0]}</groupId><artifactId>{parts[1]}</artifactId>"
            f"<version>{parts[2]}</version><scope>{parts[3]}</scope></dependency>"
        )
    return (
        f'{_XML}<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
        f"<groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>{version}</version>"
        f"<dependencies>{dependencies}</dependencies>{more}</project>\n"
    )


def write_jar(files: dict[str, str]) -> bytes:
    """Write an archive, the same for the same files."""
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w") as archive:
        for path, text in files.items():
            archive.writestr(zipfile.ZipInfo(path), text)
    return plain.getvalue()


@contextmanager
def serving_repository(repository: Repository) -> Iterator[Repository]:
    """Put a repository on the loopback interface."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            found = repository.answer(self.path)
            body = b"" if found is None else found
            self.send_response(503 if repository.down else 404 if found is None else 200)
            self.send_header("Content-Type", "application/octet-stream")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Last-Modified", repository.changed.get(self.path.lstrip("/"), LONG_AGO))
            self.end_headers()
            if self.command != "HEAD":
                half = len(body) // 2
                self.wfile.write(body[:half])
                if (event := repository.held.get(self.path.lstrip("/"))) is not None:
                    event.wait(30)
                self.wfile.write(body[half:])

        do_HEAD = do_GET  # noqa: N815 (the library's name)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
            """Say nothing."""

    with listening(Handler) as url:
        repository.url = url
        yield repository


def _folder(name: str) -> str:
    group, artifact = name.split(":")
    return f"{group.replace('.', '/')}/{artifact}"
