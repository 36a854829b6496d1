"""What others have found out about repositories comes in, and one bad record stops nothing."""

import json
import tarfile
from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.adapters.memory.store import MemoryStore
from packhouse.domain.errors import Invalid
from packhouse.domain.package import Moment
from packhouse.domain.project import Check, Fuzzing, Scorecard
from packhouse.services.advisory_ports import FeedFault, FeedRecord
from packhouse.services.project_import import ProjectImport, ProjectImportReport, read_findings
from packhouse.services.project_reports import read_coverage, read_latest_report, read_scorecard
from tests.shared import shared_path

pytestmark = pytest.mark.anyio

CRATE = "github.com/orchard/crate"
FUZZ = "https://fuzz.example/projects"
NOW = Moment(5)
DAY = Moment(1_786_406_400_000)


def _card(date: str = "2026-08-11", score: float = 6.4, **more: object) -> dict[str, object]:
    return {
        "date": date,
        "repo": {"name": CRATE, "commit": "c0ffee"},
        "scorecard": {"version": "v5.2.1", "commit": "badc0de"},
        "score": score,
        "checks": [
            {
                "name": "Fuzzing",
                "score": 10,
                "reason": "project is fuzzed",
                "details": None,
                "documentation": {"short": "Is it fuzzed?", "url": "https://docs.example#fuzzing"},
            }
        ],
        "metadata": None,
        **more,
    }


def _record(value: object) -> FeedRecord:
    return FeedRecord("here", msgspec.json.encode(value))


async def _import(store: MemoryStore, *records: object) -> ProjectImportReport:
    feed = [each if isinstance(each, FeedFault) else _record(each) for each in records]
    return await ProjectImport(store, lambda: NOW, FUZZ).add(feed)


async def _values(store: MemoryStore, project: str = CRATE) -> list[object]:
    return [fact.value for fact in await store.find_project_facts(project)]


async def test_a_result_of_scorecard_is_read_whole() -> None:
    project, card = read_scorecard(json.dumps(_card("2026-08-11T07:00:00+02:00")).encode())
    assert project == CRATE
    check = Check("Fuzzing", 10, "project is fuzzed", (), "Is it fuzzed?", "https://docs.example#fuzzing")
    assert card == Scorecard(DAY, 6.4, (check,), CRATE, "c0ffee", "v5.2.1", "badc0de")


async def test_of_two_scorecards_the_later_one_counts() -> None:
    store = MemoryStore()
    for date, score, stored in (("2026-08-01", 5.0, 1), ("2026-08-11", 6.0, 1), ("2026-07-01", 1.0, 0)):
        report = await _import(store, _card(date, score))
        assert (report.stored, report.unchanged) == (stored, 1 - stored)
    (found,) = await _values(store)
    assert isinstance(found, Scorecard)
    assert found.score == 6.0


async def test_a_project_of_oss_fuzz_and_its_coverage_are_put_together_in_any_order() -> None:
    project = {"path": "projects/crate/project.yaml", "main_repo": f"https://{CRATE}.git", "language": "c"}
    lines = {"project": CRATE, "lines": 200, "covered": 50, "date": "2026-08-11"}
    for records in ((project, lines), (lines, project)):
        store = MemoryStore()
        assert (await _import(store, *records)).stored == 2
        assert await _values(store) == [Fuzzing("crate", 200, 50, DAY, f"{FUZZ}/crate")]


async def test_what_cannot_be_read_is_named_and_the_rest_is_stored() -> None:
    store = MemoryStore()
    bad: list[object] = [
        [],
        {},
        {"a": 1},
        {"checks": []},
        _card(score=11.0),
        _card(date="soon"),
        _card(repo={"name": "crate"}),
        {"project": CRATE, "lines": 1, "covered": 2},
        {"project": CRATE, "lines": 1, "covered": 1, "stars": 5},
        {"git.example": {"orchard": 7}},
    ]
    report = await _import(store, *bad, FeedFault("there", "it is damaged"), _card())
    assert (report.read, report.stored, len(report.failed)) == (12, 1, 11)
    assert all(fault.reason for fault in report.failed)
    nameless = await _import(store, {"path": "projects/x/project.yaml", "language": "c"})
    assert (nameless.passed_over, nameless.failed) == (1, [])


async def test_the_scores_of_a_whole_organisation_are_read() -> None:
    with tarfile.open(shared_path("data", "fixtures", "secwg-scorecard.tar.xz")) as archive:
        file = archive.extractfile("nodejs/security-wg/tools/ossf_scorecard/database.json")
        assert file is not None
        record = FeedRecord("here", file.read())
    store = MemoryStore()
    report = await ProjectImport(store, lambda: NOW, FUZZ).add([record])
    assert (report.stored, report.failed) == (50, [])
    (found,) = await _values(store, "github.com/nodejs/node-gyp")
    assert isinstance(found, Scorecard)
    assert (found.score, found.commit[:7], found.date) == (6.9, "b0ee8a0", 1_755_475_200_000)


_json = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["checks", "repo", "score", "date", "path", "project", "a.b"]), inner)
    ),
    max_leaves=12,
)


@given(_json.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=60))
def test_any_record_is_read_or_refused(body: bytes) -> None:
    for read in (
        lambda: read_findings(body, FUZZ),
        lambda: read_coverage(body, Fuzzing(), None),
        lambda: read_latest_report(body),
    ):
        with suppress(Invalid):
            read()
