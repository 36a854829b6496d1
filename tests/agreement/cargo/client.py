"""What is asked of cargo, how it is asked, and what it answered."""

import os
import shutil
import subprocess
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from packhouse.ecosystems.cargo.lines import Dependency

TABLES = {"dev": "dev-dependencies", "build": "build-dependencies"}


class Project(Struct, frozen=True, omit_defaults=True):
    """A Cargo.toml, as far as it matters."""

    dependencies: Sequence[Dependency] = ()
    """As a line of an index has them, in no order."""
    features: dict[str, list[str]] = {}
    resolver: str = "2"
    rust: str | None = None


class Answer(Struct, frozen=True, omit_defaults=True):
    """What cargo says of a project."""

    locked: Sequence[str] = ()
    """`name version` of every package in the lock file but the project."""
    built: Sequence[str] = ()
    """Those that it builds on the recorded platform; empty where that was not asked."""
    error: str = ""


def version() -> str:
    """Ask cargo for its version."""
    return subprocess.run(["cargo", "--version"], capture_output=True, text=True, check=True).stdout.strip()


def environ(home: Path) -> dict[str, str]:
    """Keep cargo to a folder of its own."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "RUSTUP_HOME") if name in os.environ}
    return {**kept, "CARGO_HOME": str(home), "CARGO_TERM_COLOR": "never", "CARGO_NET_RETRY": "1"}


def write_home(home: Path, source: str) -> None:
    """Have cargo take all crates from one source: an entry of its configuration."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "config.toml").write_text(f'[source.crates-io]\nreplace-with = "recorded"\n\n[source.recorded]\n{source}\n')


def write_project(project: Project, folder: Path) -> None:
    """Write a project anew, without a lock file."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "lib.rs").touch()
    (folder / "Cargo.toml").write_text(_manifest(project))


def ask(project: Project, folder: Path, environment: Mapping[str, str], *flags: str) -> Answer:
    """Have a lock file made, and read it."""
    write_project(project, folder)
    run = run_cargo(folder, environment, "generate-lockfile", *flags)
    if run.returncode:
        return Answer(error=run.stderr)
    packages = tomllib.loads((folder / "Cargo.lock").read_text())["package"]
    return Answer(sorted(f"{each['name']} {each['version']}" for each in packages if "source" in each))


def ask_built(folder: Path, environment: Mapping[str, str], target: str) -> list[str]:
    """List what cargo builds of a locked project on a platform; nothing where it would not leave the lock as it is."""
    flags = ("--edges", "normal,build", "--prefix", "none", "--no-dedupe", "--format", "{p}", "--all-features")
    run = run_cargo(folder, environment, "tree", "--locked", "--target", target, *flags)
    if run.returncode:
        if "--locked" not in run.stderr:
            raise SystemExit(run.stderr)
        return []
    words = (line.split() for line in run.stdout.splitlines()[1:])
    return sorted({f"{each[0]} {each[1].removeprefix('v')}" for each in words if len(each) > 1})


def run_cargo(folder: Path, environment: Mapping[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run cargo in a folder."""
    return subprocess.run(
        ["cargo", *arguments], cwd=folder, env=dict(environment), capture_output=True, text=True, check=False
    )


def _manifest(project: Project) -> str:
    text = f'[package]\nname = "project"\nversion = "0.1.0"\nedition = "2021"\nresolver = "{project.resolver}"\n'
    if project.rust:
        text += f'rust-version = "{project.rust}"\n'
    tables: dict[str, list[str]] = {}
    for each in project.dependencies:
        table = TABLES.get(each.kind or "", "dependencies")
        if each.target:
            table = f"target.'{each.target}'.{table}"
        tables.setdefault(table, []).append(_entry(each))
    text += "".join(f"\n[{table}]\n{''.join(entries)}" for table, entries in tables.items())
    if project.features:
        entries = [f'"{name}" = {_list(implied)}\n' for name, implied in project.features.items()]
        text += f"\n[features]\n{''.join(entries)}"
    return text


def _entry(each: Dependency) -> str:
    fields = [f'version = "{each.req}"']
    if each.package:
        fields.append(f'package = "{each.package}"')
    if each.features:
        fields.append(f"features = {_list(each.features)}")
    if each.optional:
        fields.append("optional = true")
    if each.default_features is False:
        fields.append("default-features = false")
    return f"{each.name} = {{ {', '.join(fields)} }}\n"


def _list(words: Sequence[str]) -> str:
    quoted = [f'"{word}"' for word in words]
    return f"[{', '.join(quoted)}]"
