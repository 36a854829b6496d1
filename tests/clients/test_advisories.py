"""Real clients are told what the imported advisories say."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.clients.advisories import import_records
from tests.clients.programs import client
from tests.clients.project import Project
from tests.clients.python_programs import python_program
from tests.clients.registry import Registry, serving_registry
from tests.faults.server import serving, write_settings

ROT: dict[str, Any] = {
    "id": "GHSA-2rot-2rot-2rot",
    "modified": "2026-01-01T00:00:00Z",
    "published": "2026-01-01T00:00:00Z",
    "aliases": ["CVE-2026-1101"],
    "summary": "Apples rot",
    "details": "They do.",
    "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}],
    "affected": [
        {
            "package": {"ecosystem": "npm", "name": "apple"},
            "ranges": [{"type": "SEMVER", "events": [{"introduced": "1.0.0"}, {"fixed": "1.2.0"}]}],
        },
        {
            "package": {"ecosystem": "PyPI", "name": "sour-apple"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.2"}]}],
            "versions": ["1.0", "1.1"],
        },
    ],
    "database_specific": {"severity": "HIGH", "cwe_ids": ["CWE-1321"]},
}
WORM: dict[str, Any] = {
    "id": "MAL-2026-7",
    "modified": "2026-01-01T00:00:00Z",
    "summary": "Malicious code in pear (npm)",
    "affected": [{"package": {"ecosystem": "npm", "name": "pear"}, "versions": ["2.0.0"]}],
}


@contextmanager
def orchard(folder: Path, rules: str = "") -> Iterator[tuple[str, Registry]]:
    """Run a server with two advisories over a registry; give its address."""
    registry = Registry()
    for version in ("1.0.0", "1.2.0"):
        registry.publish("apple", version)
    registry.publish("basket", "1.0.0", dependencies={"apple": "^1.0.0"})
    registry.publish("pear", "2.0.0")
    registry.publish("pear", "1.9.0", tag="old")
    with serving_registry(registry):
        settings = write_settings(folder, registry.url, rules)
        import_records(folder / "data", [ROT, WORM])
        with serving(settings) as (_, port):
            yield f"http://127.0.0.1:{port}", registry


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("npm", ("audit", "--json")),
        ("pnpm", ("audit", "--json")),
        ("pnpm12", ("audit", "--json")),
        ("yarn4", ("npm", "audit", "--json", "--all", "--recursive")),
    ],
)
def test_an_audit_names_the_vulnerable_and_the_malicious(name: str, arguments: tuple[str, ...], tmp_path: Path) -> None:
    with orchard(tmp_path, '[policy]\nmalware = "allow"\n') as (url, registry):
        wanted = {"apple": "1.0.0", "pear": "2.0.0"}
        project = Project(client(name), tmp_path, f"{url}/npm/", dependencies=wanted)
        project.install()
        said = project.run(*arguments)
        assert said.code != 0, said.all
        for text in ("Apples rot", "Malicious code in pear", "high", "critical", ">=1.0.0 <1.2.0"):
            assert text in said.out, said.all
        assert not [path for path in registry.asked if "security" in path or "advisories" in path]


@pytest.mark.parametrize("name", ["npm", "pnpm", "yarn4"])
def test_what_is_malicious_is_not_installed(name: str, tmp_path: Path) -> None:
    with orchard(tmp_path) as (url, _):
        project = Project(client(name), tmp_path / "any", f"{url}/npm/", dependencies={"pear": "*"})
        project.install()
        installed = json.loads((project.folder / "node_modules" / "pear" / "package.json").read_text())
        assert installed["version"] == "1.9.0"
        said = Project(client(name), tmp_path / "worm", f"{url}/npm/", dependencies={"pear": "2.0.0"}).run(
            *client(name).install
        )
        assert said.code != 0
        assert "pear" in said.all


def test_a_fix_is_what_npm_chooses_by_our_range(tmp_path: Path) -> None:
    with orchard(tmp_path) as (url, _):
        project = Project(client("npm"), tmp_path, f"{url}/npm/", dependencies={"basket": "1.0.0"})
        (project.folder / "package.json").write_text(
            json.dumps({"name": "orchard", "dependencies": {"basket": "1.0.0", "apple": "1.0.0"}})
        )
        project.install()
        assert project.npm_lock()["node_modules/apple"]["version"] == "1.0.0"
        (project.folder / "package.json").write_text(
            json.dumps({"name": "orchard", "dependencies": {"basket": "1.0.0", "apple": "^1.0.0"}})
        )
        assert project.run("audit").code != 0
        project.must("audit", "fix")
        assert project.npm_lock()["node_modules/apple"]["version"] == "1.2.0"
        assert "found 0 vulnerabilities" in project.must("audit").out


def test_pip_audit_finds_what_the_advisories_say(tmp_path: Path) -> None:
    program = python_program("pip-audit", "pip-audit>=2.10,<3")
    (tmp_path / "requirements.txt").write_text("sour_apple==1.1\nplum==1.0\n")
    with orchard(tmp_path) as (url, _):
        done = subprocess.run(
            [
                *(str(program), "--vulnerability-service", "osv", "--osv-url", f"{url}/v1/query"),
                *("--requirement", str(tmp_path / "requirements.txt"), "--no-deps", "--disable-pip"),
                *("--format", "json", "--progress-spinner", "off", "--cache-dir", str(tmp_path / "cache")),
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    assert done.returncode == 1, done.stderr
    found = {each["name"]: each["vulns"] for each in json.loads(done.stdout)["dependencies"]}
    assert found["plum"] == []
    (rot,) = found["sour-apple"]
    assert rot["fix_versions"] == ["1.2"]
    assert {rot["id"], *rot["aliases"]} == {"GHSA-2rot-2rot-2rot", "CVE-2026-1101"}
