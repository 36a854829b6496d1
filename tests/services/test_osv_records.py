"""How records of OSV are read: all that matching needs, whatever else stands in them."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.advisory import RangeEvent
from packhouse.domain.errors import Invalid
from packhouse.domain.package import NormalName, PackageKey
from packhouse.services.osv_names import OsvNames
from packhouse.services.osv_records import mentions, read_advisory
from tests.toy import TOY

FRUIT = msgspec.structs.replace(
    TOY,
    key="fruit",
    osv=("Fruit", "Fruits"),
    identity=lambda name: name.replace("x", "y"),
    osv_version=lambda version: version.removeprefix("v"),
)
NAMES = OsvNames([TOY, FRUIT])

RECORD = b"""{
 "schema_version": "1.7.0", "id": "A-1", "modified": "2026-08-01T10:00:00.5Z", "published": "2026-07-01T00:00:00Z",
 "aliases": ["CVE-1"], "related": null, "upstream": ["B-1"], "summary": "Bad pears", "details": "Very bad.",
 "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"},
              {"type": "Ubuntu", "score": "medium"}],
 "affected": [
  {"package": {"ecosystem": "Fruit:https://fruit.example", "name": "Pear", "purl": "pkg:fruit/pear"},
   "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "3"}], "database_specific": {"x": 1}},
              {"type": "GIT", "repo": "https://code.example/pear", "events": [{"introduced": "0"}]}],
   "versions": ["1", "2"], "ecosystem_specific": {"urgency":  "now"}},
  {"package": {"ecosystem": "Fruit", "name": "pear"}, "versions": ["2", "7"],
   "severity": [{"type": "CVSS_V4", "score": "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:H/VA:N/SC:N/SI:N/SA:N"}]},
  {"package": {"ecosystem": "Bread", "name": "rye"}, "versions": ["1"]},
  {"package": {"ecosystem": "Fruit", "name": "no name!"}}
 ],
 "references": [{"type": "WEB", "url": "https://advisory.example/1"}],
 "something_new": [1, {"deep": true}]
}"""


def _with(**changes: object) -> bytes:
    return msgspec.json.encode(msgspec.json.decode(RECORD) | changes)


def test_a_record_is_read_whole_and_kept_as_it_is() -> None:
    advisory = read_advisory(RECORD, "farm", NAMES)
    assert advisory.body == RECORD
    assert (advisory.id, advisory.source, advisory.aliases) == ("A-1", "farm", ("CVE-1",))
    assert (advisory.related, advisory.upstream) == ((), ("B-1",))
    assert (advisory.modified_at, advisory.published_at) == (1785578400500, 1782864000000)
    assert [(each.scheme, each.score) for each in advisory.severities] == [("CVSS_V3", 9.8), ("Ubuntu", None)]
    pear, more, rye, nameless = advisory.affected
    assert (pear.ecosystem, pear.name, pear.package) == (
        "Fruit:https://fruit.example",
        "Pear",
        PackageKey("fruit", NormalName("pear")),
    )
    assert pear.ranges[0].events == (RangeEvent("introduced", "0"), RangeEvent("fixed", "3"))
    assert (pear.ranges[1].kind, pear.ranges[1].repository) == ("git", "https://code.example/pear")
    assert bytes(pear.ecosystem_specific) == b'{"urgency":  "now"}'
    assert bytes(more.ecosystem_specific) == b""
    assert more.severities[0].score == 8.7
    assert (rye.package, nameless.package) == (None, None)
    assert (rye.ecosystem, rye.name, nameless.name) == ("Bread", "rye", "no name!")


def test_what_is_said_of_a_package_in_several_places_is_put_together() -> None:
    advisory = read_advisory(RECORD, "farm", NAMES)
    ((key, mention),) = mentions(advisory, NAMES).items()
    assert key == PackageKey("fruit", NormalName("pear"))
    assert [each.kind for each in mention.ranges] == ["ecosystem"]
    assert mention.versions == ("1", "2", "7")
    assert mention.score == 9.8


def test_packages_are_looked_up_by_what_all_their_spellings_share() -> None:
    body = _with(affected=[{"package": {"ecosystem": "Fruits", "name": "lyx"}, "versions": ["1"]}])
    advisory = read_advisory(body, "farm", NAMES)
    assert advisory.affected[0].package == PackageKey("fruit", NormalName("lyx"))
    assert list(mentions(advisory, NAMES)) == [PackageKey("fruit", NormalName("lyy"))]


@pytest.mark.parametrize(
    ("name", "aliases", "malicious"), [("MAL-1", [], True), ("A-1", ["MAL-1"], True), ("A-1", ["NORMAL-1"], False)]
)
def test_an_attack_is_known_by_its_ids(name: str, aliases: list[str], *, malicious: bool) -> None:
    assert read_advisory(_with(id=name, aliases=aliases), "farm", NAMES).malicious is malicious


def test_a_record_that_was_taken_back_is_known_even_if_the_day_is_not() -> None:
    assert read_advisory(_with(withdrawn="2026-08-02T00:00:00Z"), "farm", NAMES).withdrawn_at == 1785628800000
    assert read_advisory(_with(withdrawn="yesterday"), "farm", NAMES).withdrawn_at == 0
    assert read_advisory(_with(withdrawn=None), "farm", NAMES).withdrawn_at is None


@pytest.mark.parametrize(
    ("modified", "moment"),
    [("<no date>", 1782864000000), (None, 1782864000000), ("2026-08-01T12:00:00+02:00", 1785578400000)],
)
def test_a_record_without_its_date_is_as_old_as_its_publication(modified: str | None, moment: int) -> None:
    assert read_advisory(_with(modified=modified), "farm", NAMES).modified_at == moment


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": ""}, "is no id"),
        ({"id": "A\n1"}, "is no id"),
        ({"id": 7}, "Expected `str`, got `int`"),
        ({"affected": [{"versions": 194}]}, "affected"),
        ({"affected": [{"ranges": [{"type": "GUESS", "events": []}]}]}, "'GUESS' is no type of a range"),
        ({"affected": [{"ranges": [{"type": "SEMVER", "events": [{"begun": "1"}]}]}]}, "an event of a range has none"),
    ],
)
def test_a_record_that_cannot_be_meant_is_refused_with_the_reason(change: dict[str, object], reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        read_advisory(_with(**change), "farm", NAMES)


@given(st.binary(max_size=60) | st.sampled_from([b"[" * 100_000, b'{"id":"A","affected":' + b"[" * 100_000]))
def test_whatever_bytes_come_they_are_read_or_refused(body: bytes) -> None:
    with pytest.raises(Invalid):
        read_advisory(body, "farm", NAMES)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
_FIELD = st.sampled_from([*msgspec.json.decode(RECORD), "withdrawn"])


@given(st.dictionaries(_FIELD, _JSON, max_size=3))
def test_whatever_a_field_holds_the_record_is_read_or_refused(changes: dict[str, object]) -> None:
    try:
        advisory = read_advisory(_with(**changes), "farm", NAMES)
    except Invalid:
        return
    mentions(advisory, NAMES)
