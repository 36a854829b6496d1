"""What several databases say of one release becomes one finding for each thing that is wrong."""

from packhouse.domain.advisory import AffectedRange, Finding, Mention, RangeEvent
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.policy.affected import Prepared, ask
from packhouse.policy.findings import find, preference
from tests.toy import TOY

PEAR = PackageKey("toy", NormalName("pear"))


def _said(
    name: str, *aliases: str, fixed: str = "9", score: float | None = None, at: int = 0, malicious: bool = False
) -> Prepared:
    history = (RangeEvent("introduced", "0"), RangeEvent("fixed", fixed))
    ranges = (AffectedRange("ecosystem", history),)
    return Prepared(TOY, Mention(name, "farm", Moment(at), aliases, malicious, score, ranges))


def _find(*known: Prepared, version: str = "1") -> tuple[Finding, ...]:
    return find(PEAR, ask(TOY, version), known)


def test_records_that_share_a_name_are_one_finding() -> None:
    (found,) = _find(
        _said("GHSA-1", "CVE-1", fixed="3", score=5.0, at=7),
        _said("GO-1", "CVE-1", "BIT-1", fixed="2", score=7.5, at=9),
        _said("CVE-1", fixed="3"),
    )
    assert found == Finding(
        id="CVE-1",
        ids=("CVE-1", "GO-1", "GHSA-1"),
        aliases=("BIT-1",),
        package=PEAR,
        version="1",
        fixed_versions=("2", "3"),
        score=7.5,
        modified_at=Moment(9),
    )


def test_groups_that_a_later_record_joins_are_one() -> None:
    (found,) = _find(_said("A-1", "CVE-1"), _said("A-2", "CVE-2"), _said("A-3", "CVE-1", "CVE-2"))
    assert found.ids == ("A-1", "A-2", "A-3")


def test_records_without_a_common_name_are_findings_of_their_own() -> None:
    assert [each.id for each in _find(_said("B-1", "CVE-1"), _said("A-1", "CVE-2"))] == ["A-1", "B-1"]


def test_only_what_matches_is_told() -> None:
    (found,) = _find(_said("A-1", "CVE-1", fixed="2"), _said("B-1", "CVE-1", fixed="4"), version="3")
    assert (found.ids, found.aliases, found.fixed_versions) == (("B-1",), ("CVE-1",), ("4",))
    assert _find(_said("A-1", fixed="2"), version="3") == ()


def test_attacks_come_first_and_give_their_group_its_name() -> None:
    first, second = _find(_said("A-1"), _said("GHSA-9", "MAL-9", malicious=True), _said("MAL-9", malicious=True))
    assert (first.id, first.malicious, second.id, second.malicious) == ("MAL-9", True, "A-1", False)


def test_no_score_is_not_the_score_nothing() -> None:
    assert [each.score for each in _find(_said("A-1"), _said("B-1", score=0.0))] == [None, 0.0]


def test_ids_are_preferred_by_their_databases() -> None:
    ids = ["GHSA-1", "PYSEC-1", "CVE-2", "CVE-1", "MAL-1", "GO-1"]
    assert sorted(ids, key=preference) == ["MAL-1", "CVE-1", "CVE-2", "GO-1", "PYSEC-1", "GHSA-1"]
