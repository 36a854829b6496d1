"""What is installed is pinned, hashed and from nowhere in particular."""

import re
import tomllib

import pytest

from tests.architecture.source import REPOSITORY

PIN = re.compile(r"^([a-z0-9.-]+)==(\S+)", re.MULTILINE)


def _lock(name: str) -> str:
    return (REPOSITORY / "requirements" / name).read_text()


@pytest.mark.parametrize("name", ["run.txt", "dev.txt"])
def test_the_lock_names_no_place_and_hashes_everything(name: str) -> None:
    text = _lock(name)
    assert "://" not in text
    assert not re.search(r"^\s*-(?!-hash=sha256:)", text, re.MULTILINE)
    for entry in re.split(r"\n(?=\S)", text.strip()):
        assert PIN.match(entry), entry
        assert "--hash=sha256:" in entry, entry


def test_development_has_the_versions_that_are_shipped() -> None:
    shipped = dict(PIN.findall(_lock("run.txt")))
    assert shipped.items() <= dict(PIN.findall(_lock("dev.txt"))).items()


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    wanted = {"run.txt": project["project"]["dependencies"] + groups["build"], "dev.txt": groups["dev"]}
    for name, requirements in wanted.items():
        names = {re.split(r"[^A-Za-z0-9_.-]", each)[0] for each in requirements if isinstance(each, str)}
        assert names <= set(dict(PIN.findall(_lock(name)))), name
