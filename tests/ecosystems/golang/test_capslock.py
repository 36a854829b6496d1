"""What Capslock writes, read; and how it is run."""

import contextlib
import json
import lzma
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.capability import Capability, CapableRelease
from packhouse.domain.errors import Invalid
from packhouse.ecosystems.golang import ECOSYSTEM
from packhouse.ecosystems.golang.capslock import plan, read_capslock

RECORDED = Path(__file__).parents[1] / "cases" / "golang" / "capslock" / "isatty-0.0.20.json.xz"


def _document(findings: Sequence[tuple[str, str, str]], *modules: str) -> bytes:
    infos = [
        {"packageDir": package, "capability": capability, "capabilityType": f"CAPABILITY_TYPE_{kind}"}
        for package, capability, kind in findings
    ]
    told = [{"path": path, "version": "v1.0.0"} for path in modules]
    return json.dumps({"capabilityInfo": infos, "moduleInfo": told, "packageInfo": []}).encode()


def test_a_recorded_answer_tells_what_the_module_can_do_through_others() -> None:
    (found,) = read_capslock(lzma.decompress(RECORDED.read_bytes()))
    assert (found.name, found.version) == ("github.com/mattn/go-isatty", "v0.0.20")
    assert found.capabilities == (Capability("CAPABILITY_SYSTEM_CALLS", 0, 1),)


def test_findings_are_counted_by_module_and_kind() -> None:
    body = _document(
        [
            ("example.com/a/b", "CAPABILITY_FILES", "DIRECT"),
            ("example.com/a", "CAPABILITY_FILES", "DIRECT"),
            ("example.com/a", "CAPABILITY_FILES", "TRANSITIVE"),
            ("example.com/a/b/c", "CAPABILITY_EXEC", "TRANSITIVE"),
            ("example.com/a/v2/x", "CAPABILITY_NETWORK", "DIRECT"),
        ],
        "example.com/a",
        "example.com/a/v2",
        "example.com/other",
    )
    first, second = read_capslock(body)
    assert first.capabilities == (Capability("CAPABILITY_EXEC", 0, 1), Capability("CAPABILITY_FILES", 2, 1))
    assert (second.name, second.capabilities) == ("example.com/a/v2", (Capability("CAPABILITY_NETWORK", 1, 0),))


def test_a_module_that_can_do_nothing_is_told_if_it_is_known_which_it_is() -> None:
    alone = _document([], "example.com/a")
    assert [(each.name, each.capabilities) for each in read_capslock(alone)] == [("example.com/a", ())]
    two = _document([], "example.com/a", "example.com/b")
    assert [each.name for each in read_capslock(two, "example.com/b")] == ["example.com/b"]
    with pytest.raises(Invalid):
        read_capslock(two)


@given(
    st.binary()
    | st.recursive(
        st.none() | st.integers() | st.text(),
        lambda of: (
            st.lists(of)
            | st.dictionaries(
                st.sampled_from(["capabilityInfo", "moduleInfo", "path", "version", "capability", "packageDir"]), of
            )
        ),
        max_leaves=8,
    ).map(lambda value: json.dumps(value).encode())
)
def test_whatever_is_read_is_releases_or_refused(body: bytes) -> None:
    with contextlib.suppress(Invalid):
        assert all(isinstance(each, CapableRelease) for each in read_capslock(body))


def test_an_analysis_asks_our_own_door_and_nobody_else() -> None:
    assert ECOSYSTEM.analyser is not None
    for made in (
        plan("http://packhouse.example/go", "example.com/a", "v1.0.0"),
        ECOSYSTEM.analyser.plan("http://packhouse.example/go", "example.com/a", "v1.0.0"),
    ):
        assert made.environment["GOPROXY"] == "http://packhouse.example/go"
        assert made.environment["GOVCS"] == "*:off"
        assert made.environment["CGO_ENABLED"] == "0"
        assert b"require example.com/a v1.0.0" in made.files["go.mod"]
        assert made.steps[-1][0] == "capslock"
