"""How facts of a release become fields."""

import pytest

from packhouse.apis.packages import answers
from packhouse.apis.packages.subjects import Subject
from packhouse.domain.package import Moment
from packhouse.domain.release import Licence, Release
from packhouse.domain.requirement import Requirement
from tests.apis.packages.conftest import TELLING, build, key, serve

pytestmark = pytest.mark.anyio


async def _subject(release: Release) -> Subject:
    services, _ = await serve(TELLING)
    return Subject(services, key("thing"), build("thing", release, latest=release.version), ("orchard",), stale=False)


@pytest.mark.parametrize(
    ("licences", "told"),
    [
        ((), None),
        ((Licence("MIT License", "MIT"),), "MIT"),
        ((Licence("mit", "MIT"), Licence("MIT", "MIT")), "MIT"),
        ((Licence("a", "MIT OR Apache-2.0"), Licence("b", "0BSD")), "(MIT OR Apache-2.0) AND 0BSD"),
        ((Licence("see the box"),), "see the box"),
        ((Licence("MIT", "MIT"), Licence("see the box")), "MIT, see the box"),
    ],
)
async def test_licences_become_one_expression_where_that_can_be(
    licences: tuple[Licence, ...], told: str | None
) -> None:
    release = Release("1.0.0", licences=licences)
    found = answers.version(await _subject(release), release, "http://here.example")
    assert found.license == told
    assert [each.raw for each in found.licenses] == [each.raw for each in licences]


async def test_a_requirement_whose_name_cannot_be_one_has_no_package_url() -> None:
    release = Release("1.0.0", requirements=(Requirement("_odd", "*"), Requirement("fine", "*")))
    found = answers.dependencies(await _subject(release), release)
    assert [each.purl for each in found.dependencies["runtime"]] == [None, "pkg:toy/fine"]


async def test_what_was_published_here_has_no_page_elsewhere() -> None:
    release = Release("1.0.0")
    subject = await _subject(release)
    hosted = Subject(subject.services, subject.key, subject.record, ("hosted",), stale=False)
    assert answers.package(hosted, release, "http://here.example").page is None
    assert answers.package(subject, release, "http://here.example").page == "https://toy.example/thing/1.0.0"


def test_a_moment_that_no_calendar_has_is_unknown() -> None:
    assert answers.moment(Moment(1 << 62)) is None
    assert answers.moment(Moment(-(1 << 62))) is None
    assert answers.moment(None) is None
    assert str(answers.moment(Moment(-1))) == "1969-12-31 23:59:59.999000+00:00"
