"""The same questions, put to npm's own libraries and to ours."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.npm.names import parse_name
from packhouse.ecosystems.npm.ranges import Range, max_satisfying, parse_range, satisfies
from packhouse.ecosystems.npm.requirements import parse_requirement
from packhouse.ecosystems.npm.versions import canonical, clean, version_key

Question = list[Any]
"""A kind and its arguments, as JSON has them."""

_SCRIPT = Path(__file__).with_name("oracle.cjs")


def ask_npm(questions: Sequence[Question]) -> list[Any]:
    """Let one node process answer all; skip the test where node or npm is missing, fail in CI."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        reason = "node with npm is not installed, so that npm's own libraries cannot be asked"
        if os.environ.get("CI") == "true":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    # npm is a link to npm/bin/npm-cli.js, and brings its libraries with it.
    libraries = Path(npm).resolve().parents[1] / "node_modules"
    if not (libraries / "semver").is_dir():
        root = subprocess.run([npm, "root", "--global"], capture_output=True, text=True, check=True).stdout.strip()
        libraries = Path(root) / "npm" / "node_modules"
    answered = subprocess.run(
        [node, str(_SCRIPT)],
        input=json.dumps(questions),
        capture_output=True,
        text=True,
        check=True,
        env={"NODE_PATH": str(libraries), "PATH": os.defpath},
    )
    answers: list[Any] = json.loads(answered.stdout)
    return answers


def ask_us(question: Question) -> Any:  # noqa: ANN401 (an answer is JSON)
    """Answer as npm's libraries do: null or false instead of an error."""
    kind, *given = question
    try:
        return _ANSWERS[kind](*given)
    except Invalid:
        return False if kind in {"satisfies", "name"} else None


def differences(questions: Sequence[Question], answers: Sequence[Any]) -> list[str]:
    """List the questions that we answer otherwise."""
    return [
        f"{question}: npm says {answer!r}, we {ours!r}"
        for question, answer in zip(questions, answers, strict=True)
        if (ours := ask_us(question)) != answer
    ]


def _range(text: str, loose: bool, include_prerelease: bool) -> Range:  # noqa: FBT001 (positions of a question)
    return parse_range(text, loose=loose, include_prerelease=include_prerelease)


def _compare(one: str, other: str) -> int:
    a, b = version_key(one), version_key(other)
    return (a > b) - (a < b)


def _spec(name: str, spec: str) -> dict[str, Any]:
    found = parse_requirement(name, spec)
    registry = found.kind in {"range", "version", "tag"}
    return {
        "type": "remote" if found.kind == "url" else found.kind,
        "name": found.name,
        "registry": registry,
        "text": found.text if registry else (found.text or None) if found.kind == "git" else None,
        "alias": found.alias is not None,
    }


_ANSWERS: dict[str, Callable[..., Any]] = {
    "compare": _compare,
    "valid": lambda version, loose: canonical(version, loose=loose),
    "clean": lambda version, loose: clean(version, loose=loose),
    "validRange": lambda *given: _range(*given).text,
    "satisfies": lambda version, text, loose, include: satisfies(
        version, text, loose=loose, include_prerelease=include
    ),
    "maxSatisfying": lambda versions, *given: max_satisfying(versions, _range(*given)),
    "intersects": lambda one, other: parse_range(one).intersects(parse_range(other)),
    "subset": lambda one, other: parse_range(one).is_subset(parse_range(other)),
    "name": lambda name: parse_name(name) == name,
    "spec": _spec,
}
