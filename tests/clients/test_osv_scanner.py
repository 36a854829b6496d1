"""The real osv-scanner reads lock files and asks us about them, as it would ask osv.dev.

It knows one address and has no setting for another: a relay ends its TLS and passes the bytes on. Building the program
takes a quarter of an hour, so that it is taken where it is found; what it sends is recorded in tests/apis/osv.
"""

import json
import os
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.clients.programs import _KEPT
from tests.clients.test_advisories import orchard

_HOST = "api.osv.dev"
_CHUNK_BYTES = 64 << 10

REQUIREMENTS = "sour-apple==1.1\nplum==1.0\n"
LOCK = {
    "name": "orchard",
    "lockfileVersion": 3,
    "packages": {
        "": {"name": "orchard", "dependencies": {"apple": "1.0.0", "pear": "2.0.0"}},
        "node_modules/apple": {"version": "1.0.0", "resolved": "https://npm.example/apple/-/apple-1.0.0.tgz"},
        "node_modules/pear": {"version": "2.0.0", "resolved": "https://npm.example/pear/-/pear-2.0.0.tgz"},
        "node_modules/plum": {"version": "1.0.0", "resolved": "https://npm.example/plum/-/plum-1.0.0.tgz"},
    },
}


@pytest.fixture
def scanner() -> str:
    """Find the program."""
    program = shutil.which("osv-scanner", path=f"{os.environ.get('PATH', '')}:{_KEPT / 'osv-scanner'}")
    if program is None:
        pytest.skip("osv-scanner is not installed")
    return program


def test_a_scan_finds_what_the_advisories_say(scanner: str, tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "package-lock.json").write_text(json.dumps(LOCK))
    (project / "requirements.txt").write_text(REQUIREMENTS)
    with orchard(tmp_path) as (url, _), relaying(tmp_path, int(url.rpartition(":")[2])) as environ:
        done = subprocess.run(
            [scanner, "scan", "source", "--format", "json", "--no-resolve", str(project)],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **environ},
        )
    assert done.returncode == 1, done.stderr
    found = {
        (package["package"]["name"], package["package"]["version"]): {each["id"] for each in package["vulnerabilities"]}
        for result in json.loads(done.stdout)["results"]
        for package in result["packages"]
    }
    assert found == {
        ("apple", "1.0.0"): {"GHSA-2rot-2rot-2rot"},
        ("pear", "2.0.0"): {"MAL-2026-7"},
        ("sour-apple", "1.1"): {"GHSA-2rot-2rot-2rot"},
    }


@contextmanager
def relaying(folder: Path, port: int) -> Iterator[dict[str, str]]:
    """Run a proxy that is osv.dev to whoever believes its certificate; give the environment that it takes."""
    certificate, key = _certify(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_accept, args=(listener, context, port))
        thread.start()
        proxy = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            yield {"HTTPS_PROXY": proxy, "SSL_CERT_FILE": str(certificate)}
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _accept(listener: socket.socket, context: ssl.SSLContext, port: int) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_relay, args=(client, context, port), daemon=True).start()


def _relay(client: socket.socket, context: ssl.SSLContext, port: int) -> None:
    """Answer one CONNECT, and pass on what comes through it; other hosts are refused."""
    with client, suppress(OSError):
        asked = b""
        while not asked.endswith(b"\r\n\r\n"):
            asked += client.recv(_CHUNK_BYTES)
        if not asked.startswith(f"CONNECT {_HOST}:443 ".encode()):
            client.sendall(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n")
            return
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        with (
            context.wrap_socket(client, server_side=True) as inner,
            socket.create_connection(("127.0.0.1", port)) as server,
        ):
            back = threading.Thread(target=_copy, args=(server, inner), daemon=True)
            back.start()
            _copy(inner, server)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(_CHUNK_BYTES):
            target.sendall(data)


def _certify(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for the name of osv.dev's API, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, _HOST)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(_HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "osv.pem", folder / "osv.key"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    kind = serialization.PrivateFormat.PKCS8
    secret = key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption())
    paths[1].write_bytes(secret)
    return paths
