"""Servers side by side on one core: Packhouse, nginx, Verdaccio, devpi, proxpi."""

import base64
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import venv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

SERVER_CORE = "0"
LOAD_CORE = "1"
CACHE = Path(os.environ.get("PACKHOUSE_BENCH", "~/.cache/packhouse-bench")).expanduser()
VERDACCIO = "6.8.0"

DEVPI_USER = "root"
DEVPI_MIRROR = f"/{DEVPI_USER}/pypi"
"""The path of the mirror that devpi has from the start."""
_TICKS = os.sysconf("SC_CLK_TCK")


class Server:
    """A running server process, with what it costs."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], port: int) -> None:
        self.name = name
        self.process = process
        self.url = f"http://127.0.0.1:{port}"

    def cpu_s(self) -> float:
        """CPU seconds used so far by the process and its children."""
        return sum(_cpu_ticks(pid) for pid in _family(self.process.pid)) / _TICKS

    def memory_bytes(self) -> int:
        """Resident memory of the process and its children."""
        return self._status_bytes("VmRSS")

    def peak_bytes(self) -> int:
        """Resident memory of the process and its children, the most that each ever had."""
        return self._status_bytes("VmHWM")

    def _status_bytes(self, field: str) -> int:
        text = (Path(f"/proc/{pid}/status").read_text() for pid in _family(self.process.pid))
        found = (re.search(rf"{field}:\s+(\d+) kB", each) for each in text)
        return sum(int(match[1]) * 1024 for match in found if match)


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def packhouse(data: Path, upstream: str, settings: str = "", core: str = SERVER_CORE) -> Iterator[Server]:
    """Run Packhouse on a data directory, in front of an upstream; `settings` is further TOML."""
    data.mkdir(parents=True, exist_ok=True)
    file = data / "packhouse.toml"
    file.write_text(f'{settings}\n[upstreams.npm]\nurl = "{upstream}"\n')
    port = free_port()
    command = [sys.executable, "-m", "packhouse", "serve", "--port", str(port), "--data", str(data), "--log-level"]
    with running("Packhouse", [*command, "warning"], port, core, path="/npm/-/ping") as server:
        yield server


@contextlib.contextmanager
def nginx(folder: Path, core: str = SERVER_CORE) -> Iterator[Server]:
    """Serve a folder: files under /gzip/ are said to be gzipped JSON, the rest is sent as it is."""
    program = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if program is None:
        sys.exit("nginx is needed: install nginx-light")
    port = free_port()
    configuration = folder / "nginx.conf"
    # Started by root it would become someone who cannot read the folder.
    user = "user root; " if os.geteuid() == 0 else ""
    configuration.write_text(_NGINX.format(folder=folder, port=port, user=user))
    command = [program, "-c", str(configuration), "-p", str(folder), "-e", str(folder / "error.log")]
    with running("nginx", command, port, core) as server:
        yield server


@contextlib.contextmanager
def verdaccio(data: Path, upstream: str, core: str = SERVER_CORE) -> Iterator[Server]:
    """Run Verdaccio in front of an upstream, or of none; installed into the cache folder when first needed.

    Anybody may publish, which saves it the work of finding out who does.
    """
    program = CACHE / "verdaccio" / "node_modules" / "verdaccio" / "bin" / "verdaccio"
    if not program.exists():
        _install_verdaccio(CACHE / "verdaccio")
    data.mkdir(parents=True, exist_ok=True)
    port = free_port()
    configuration = data / "config.yaml"
    proxy = "proxy: upstream" if upstream else ""
    configuration.write_text(_VERDACCIO.format(data=data, upstream=upstream or "http://127.0.0.1:9", proxy=proxy))
    command = ["node", str(program), "--config", str(configuration), "--listen", f"http://127.0.0.1:{port}"]
    with running("Verdaccio", command, port, core, path="/-/ping") as server:
        yield server


@contextlib.contextmanager
def devpi(data: Path, upstream: str, core: str = SERVER_CORE) -> Iterator[Server]:
    """Run devpi as a mirror of an upstream; installed into the cache folder when first needed."""
    programs = _python_peer("devpi", "devpi-server")
    folder = ["--serverdir", str(data)]
    subprocess.run(
        [str(programs / "devpi-init"), *folder], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    port = free_port()
    with running("devpi", [str(programs / "devpi-server"), *folder, "--port", str(port)], port, core) as server:
        token = _json(f"{server.url}/+login", "POST", {"user": "root", "password": ""})["result"]["password"]
        secret = base64.b64encode(f"root:{token}".encode()).decode()
        change = [f"mirror_url={upstream}", "mirror_cache_expiry=86400"]
        _json(server.url + DEVPI_MIRROR, "PATCH", change, {"X-Devpi-Auth": secret})
        yield server


@contextlib.contextmanager
def proxpi(upstream: str, core: str = SERVER_CORE) -> Iterator[Server]:
    """Run proxpi in front of an upstream; installed into the cache folder when first needed."""
    programs = _python_peer("proxpi", "proxpi", "gunicorn", "setuptools<81")
    port = free_port()
    command = ["env", f"PROXPI_INDEX_URL={upstream}", "PROXPI_INDEX_TTL=86400", str(programs / "gunicorn")]
    with running(
        "proxpi", [*command, "-b", f"127.0.0.1:{port}", "--threads", "8", "proxpi.server:app"], port, core
    ) as server:
        yield server


def _python_peer(name: str, *packages: str) -> Path:
    """Make an environment with a peer that is written in Python; return the folder of its programs."""
    folder = CACHE / name
    if not (folder / "done").exists():
        venv.create(folder, with_pip=True, clear=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *packages], check=True)
        (folder / "done").touch()
    return folder / "bin"


def _json(url: str, method: str, body: object, headers: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401
    sent = {"Content-Type": "application/json", "Accept": "application/json", **(headers or {})}
    request = urllib.request.Request(url, json.dumps(body).encode(), sent, method=method)  # noqa: S310
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        return json.load(answer)


@contextlib.contextmanager
def running(name: str, command: Sequence[str], port: int, core: str, path: str = "/") -> Iterator[Server]:
    """Run a server program until the end of the block; it is there when the block begins."""
    process = subprocess.Popen(
        ["taskset", "-c", core, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        _await(f"http://127.0.0.1:{port}{path}", process, name)
        yield Server(name, process, port)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def _await(url: str, process: subprocess.Popen[bytes], name: str) -> None:
    for _ in range(600):
        if process.poll() is not None:
            sys.exit(f"{name} ended at once")
        try:
            urllib.request.urlopen(url, timeout=2).close()  # noqa: S310 (our own server)
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    sys.exit(f"{name} does not answer at {url}")


def _install_verdaccio(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    # Verdaccio asks for a tag of node-fetch that not every mirror of the registry serves.
    dependencies = f'"dependencies": {{"verdaccio": "{VERDACCIO}"}}, "overrides": {{"node-fetch": "2.7.0"}}'
    (folder / "package.json").write_text(f'{{"name": "peer", "version": "1.0.0", "private": true, {dependencies}}}')
    subprocess.run(["npm", "install", "--no-audit", "--no-fund"], cwd=folder, check=True)


def _family(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:
        return []
    return [pid, *(each for child in children for each in _family(int(child)))]


def _cpu_ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


_NGINX = """
{user}worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;
  client_body_temp_path {folder}/temp; proxy_temp_path {folder}/temp; fastcgi_temp_path {folder}/temp;
  uwsgi_temp_path {folder}/temp; scgi_temp_path {folder}/temp;
  open_file_cache max=1000 inactive=60s;
  server {{
    listen 127.0.0.1:{port};
    root {folder}/files;
    default_type application/json;
    location /gzip/ {{ add_header Content-Encoding gzip; }}
    location /html/ {{ default_type text/html; }}
    location ~ [.]tgz$ {{ default_type application/octet-stream; }}
  }}
}}
"""

_VERDACCIO = """
storage: {data}/storage
uplinks:
  upstream:
    url: {upstream}
    maxage: 60m
packages:
  '**':
    access: $all
    publish: $all
    {proxy}
log: {{type: stdout, format: pretty, level: warn}}
"""
