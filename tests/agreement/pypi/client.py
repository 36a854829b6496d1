"""What is asked of pip and of uv, how it is asked, and what they answered."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from tests.agreement.pypi.recorded import Answer
from tests.clients.python_programs import python_program

CLIENTS = ("pip", "uv")
_LONGEST_S = 900


def versions() -> dict[str, str]:
    """Ask both for their versions."""
    pip = _run([*_pip(), "--version"], {}).stdout.split()
    return {"pip": f"pip {pip[1]}", "uv": _run([_uv(), "--version"], {}).stdout.partition("(")[0].strip()}


def ask(
    client: str,
    requirements: Sequence[str],
    index: str,
    folder: Path,
    *,
    constraints: Sequence[str] = (),
    newest: str = "",
    flags: Sequence[str] = (),
) -> Answer:
    """Ask a client for what it would install; `folder` is its cache and where it may write."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "requirements.txt").write_text("".join(f"{each}\n" for each in requirements))
    (folder / "constraints.txt").write_text("".join(f"{each}\n" for each in constraints))
    told = ["-c", str(folder / "constraints.txt")] if constraints else []
    return (_ask_pip if client == "pip" else _ask_uv)(index, folder, [*told, *flags], newest)


def metadata_of_report(folder: Path) -> Mapping[str, Mapping[str, object]]:
    """Return what pip's last report says of each file that it would install."""
    report = json.loads((folder / "report.json").read_text())
    return {each["download_info"]["url"].rpartition("/")[2]: each["metadata"] for each in report["install"]}


def _pip() -> list[str]:
    """Find a pip as new as the recorded one: that of an environment is as old as its Python."""
    return [str(python_program("pip", "pip>=26.3,<27"))]


def _ask_pip(index: str, folder: Path, flags: Sequence[str], newest: str) -> Answer:
    report = folder / "report.json"
    report.unlink(missing_ok=True)
    command = [*_pip(), "install", "--dry-run", "--ignore-installed", "--quiet", "--report"]
    command += [str(report), "-i", f"{index}/simple/", "-r", str(folder / "requirements.txt"), *flags]
    command += ["--cache-dir", str(folder / "pip"), "--disable-pip-version-check", "--no-input"]
    if newest:
        command += ["--uploaded-prior-to", newest]
    run = _run(command, {})
    if run.returncode:
        return Answer(error=_last_lines(run.stderr))
    found = json.loads(report.read_text())["install"]
    return Answer(sorted(f"{_normal(each['metadata']['name'])}=={each['metadata']['version']}" for each in found))


def _ask_uv(index: str, folder: Path, flags: Sequence[str], newest: str) -> Answer:
    command = [_uv(), "pip", "compile", "--quiet", "--no-header", "--no-annotate", "--no-strip-extras"]
    command += ["--python", sys.executable, "--default-index", f"{index}/simple/", *flags]
    command += ["--cache-dir", str(folder / "uv"), str(folder / "requirements.txt"), "--no-config"]
    if newest:
        command += ["--exclude-newer", newest]
    run = _run(command, {"UV_PYTHON_DOWNLOADS": "never"})
    if run.returncode:
        return Answer(error=_last_lines(run.stderr))
    lines = (line.partition(";")[0].strip() for line in run.stdout.splitlines() if "==" in line)
    # A project that is asked for with an extra stands there twice.
    return Answer(sorted({re.sub(r"\[[^\]]*\]", "", line) for line in lines}))


def _uv() -> str:
    return str(Path(sys.executable).with_name("uv"))


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _last_lines(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-12:])[-1500:] or "no word"


def _run(command: Sequence[str], more: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run a program without the settings of whoever runs this."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_", "VIRTUAL"))}
    environment = kept | {"PIP_CONFIG_FILE": os.devnull, "NO_COLOR": "1"} | dict(more)
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=_LONGEST_S)


def write_metadata(fields: Mapping[str, object]) -> str:
    """Write as METADATA what a report has as JSON."""
    lines = [f"Requires-Dist: {each}" for each in _list(fields.get("requires_dist"))]
    lines += [f"Provides-Extra: {each}" for each in _list(fields.get("provides_extra"))]
    if fields.get("requires_python"):
        lines.append(f"Requires-Python: {fields['requires_python']}")
    return "\n".join(lines)


def _list(value: object) -> list[str]:
    return msgspec.convert(value or [], list[str])
