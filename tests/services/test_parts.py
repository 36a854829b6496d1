"""Releases with a fragment for each file: decided file by file; dates that the index does not give."""

import hashlib

import msgspec
import pytest

from packhouse.domain.errors import NotFound, Refused, UpstreamBad, UpstreamDown
from packhouse.domain.index import Fragment, Index, Located
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.release import Artifact, PackageRecord, Release, build_record
from packhouse.domain.upstream import Gathering, UpstreamRegistry, UpstreamRequest
from packhouse.domain.view import View
from packhouse.http.router import RoutedDoor, route
from packhouse.http.serving import document_answer, file_answer
from packhouse.http.site import Mount
from packhouse.policy.rules.age import MinimumAge
from packhouse.services.assembly import Services
from tests.assembled import START, Assembled
from tests.toy import TOY, toy_key

pytestmark = pytest.mark.anyio

HOUR = 3_600_000
THING = toy_key("thing")


def _split(key: PackageKey, body: bytes) -> Index:
    """Read a line for each file: name, version, and perhaps hours of age."""
    del key
    fragments = []
    for line in body.decode().splitlines():
        name, version, *age = line.split()
        moment = Moment(START - int(age[0]) * HOUR) if age else None
        fragments.append(Fragment(version, line.encode(), moment, part=name))
    return Index(b"", tuple(fragments), hashlib.blake2b(body).hexdigest())


def _artifact(fragment: Fragment) -> Artifact:
    return Artifact(fragment.part, f"/files/{fragment.part}", checksum_url=f"/files/{fragment.part}.sha1")


def _locate(key: PackageKey, index: Index, filename: str) -> Located | None:
    del key
    found = next((fragment for fragment in index.fragments if fragment.part == filename), None)
    if found is None and filename.startswith("odd-"):
        found = Fragment("9", b"", part=filename)
    return None if found is None else Located(found, _artifact(found))


def _describe(key: PackageKey, index: Index) -> PackageRecord:
    versions = sorted({fragment.version for fragment in index.fragments})
    releases = [
        Release(version, artifacts=tuple(_artifact(each) for each in index.fragments if each.version == version))
        for version in versions
    ]
    return build_record(key, releases)


def _date(registry: UpstreamRegistry, key: PackageKey, fragment: Fragment) -> Gathering[Moment | None]:
    (answer,) = yield (UpstreamRequest(f"{registry.url}/dates/{key.name}/{fragment.id}"),)
    return Moment(START - int(answer.body) * HOUR) if answer.status == 200 else None


ECOSYSTEM = msgspec.structs.replace(
    TOY,
    date=_date,
    digests="first-use",
    files_without_index=True,
    index=msgspec.structs.replace(
        TOY.index,
        forms={
            "plain": msgspec.structs.replace(
                TOY.index.forms["plain"], join=lambda _, fragments: b"\n".join(each.body for each in fragments)
            )
        },
        split=_split,
        locate=_locate,
        describe=_describe,
        tags=lambda _: {},
        summary=lambda _key, _index: None,
    ),
)


def _mount(services: Services) -> Mount:
    async def index(request, name):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        return await document_answer(services, request, toy_key(name), "plain")

    async def file(request, name, filename):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        return await file_answer(services, request, toy_key(name), filename)

    return Mount(RoutedDoor([route("{name}", GET=index), route("{name}/{filename}", GET=file)]))


def _server(lines: str, minimum_hours: int = 0, /, **files: bytes) -> Assembled:
    answers = {"http://toy.example/thing": lines.encode()} if lines else {}
    answers |= {f"http://toy.example/{name.replace('__', '/')}": body for name, body in files.items()}
    rules = [MinimumAge(minimum_hours * HOUR, lambda _: False)] if minimum_hours else []
    return Assembled(ECOSYSTEM, _mount, answers, [UpstreamRegistry("toy", "toy", "http://toy.example")], rules)


async def test_a_new_file_of_an_old_release_is_refused_alone() -> None:
    server = _server("old 1 500\nnew 1 2\nyoung 2 3", 72, files__old=b"old", files__new=b"new")
    assert (await server.get("/toy/thing")).body == b"old 1 500"
    assert (await server.get("/toy/thing/old")).body == b"old"
    assert (await server.get("/toy/thing/new")).status == 403
    record = await server.services.records.get(View(), THING)
    assert record.versions == ("1",)
    assert [artifact.filename for artifact in record.release(0).artifacts] == ["old"]


async def test_a_date_that_the_index_does_not_give_is_found_out_once_and_kept() -> None:
    server = _server("old 1\nyoung 2", 72, dates__thing__old=b"500", dates__thing__young=b"2", files__old=b"old")
    for _ in range(2):
        assert (await server.get("/toy/thing")).body == b"old 1"
        assert (await server.get("/toy/thing/old")).status == 200
        assert (await server.get("/toy/thing/young")).status == 403
    assert sum("/dates/" in url for url in server.asked()) == 2


async def test_dates_are_not_asked_for_where_no_rule_looks_at_them() -> None:
    server = _server("old 1", 0, dates__thing__old=b"500")
    assert (await server.get("/toy/thing")).status == 200
    assert not any("/dates/" in url for url in server.asked())


async def test_a_release_without_any_date_stays_out_until_its_date_can_be_found_out() -> None:
    server = _server("old 1", 72)
    server.upstream.answers["http://toy.example/dates/thing/old"] = UpstreamDown("toy.example does not answer")
    assert (await server.get("/toy/thing")).status == 403
    server.upstream.answers["http://toy.example/dates/thing/old"] = b"500"
    server.now = Moment(START + 310_000)
    assert (await server.get("/toy/thing")).body == b"old 1"


async def test_a_dated_view_asks_for_dates_too() -> None:
    server = _server("old 1\nyoung 2", 0, dates__thing__old=b"5000", dates__thing__young=b"2")
    assert (await server.get("/@2025-12-01/toy/thing")).body == b"old 1"


async def test_a_file_without_a_digest_is_held_to_its_first_download() -> None:
    server = _server("old 1", files__old=b"first")
    assert (await server.get("/toy/thing/old")).body == b"first"
    stored = await server.store.find_artifact("upstream:toy", THING, "old")
    assert stored is not None
    server.blobs.files.clear()
    server.upstream.answers["http://toy.example/files/old"] = b"other"
    assert (await server.get("/toy/thing/old")).status == 502


async def test_a_file_is_held_to_the_checksum_beside_it() -> None:
    right = hashlib.sha1(b"first", usedforsecurity=False).hexdigest().upper().encode()
    server = _server("old 1", files__old=b"first")
    server.upstream.answers["http://toy.example/files/old.sha1"] = right + b"  old\n"
    assert (await server.get("/toy/thing/old")).body == b"first"
    server = _server("old 1", files__old=b"other")
    server.upstream.answers["http://toy.example/files/old.sha1"] = right
    assert (await server.get("/toy/thing/old")).status == 502


async def test_a_file_that_a_checksum_cannot_be_asked_for_is_not_handed_out() -> None:
    server = _server("old 1", files__old=b"first")
    server.upstream.answers["http://toy.example/files/old.sha1"] = UpstreamDown("toy.example does not answer")
    assert (await server.get("/toy/thing/old")).status == 503


async def test_files_of_a_package_without_an_index_are_served_where_the_ecosystem_has_such() -> None:
    server = _server("", 0, **{"files__odd-1": b"odd"})
    assert (await server.get("/toy/thing/odd-1")).body == b"odd"
    assert (await server.get("/toy/thing/even-1")).status == 404
    server = _server("", 72, **{"files__odd-1": b"odd"})
    assert (await server.get("/toy/thing/odd-1")).status == 403


async def test_a_file_that_is_missing_is_not_asked_for_again_for_a_moment() -> None:
    server = _server("")
    for _ in range(3):
        assert (await server.get("/toy/thing/odd-1")).status == 404
    assert server.asked().count("http://toy.example/files/odd-1") == 1
    server.now = Moment(START + 31_000)
    server.upstream.answers["http://toy.example/files/odd-1"] = b"odd"
    assert (await server.get("/toy/thing/odd-1")).body == b"odd"


async def test_errors_keep_their_kind_without_an_index() -> None:
    server = _server("")
    server.upstream.answers["http://toy.example/thing"] = UpstreamDown("toy.example does not answer")
    assert (await server.get("/toy/thing/odd-1")).status == 503
    with pytest.raises(UpstreamDown):
        await server.services.source.locate(View(), THING, "odd-1")
    for kind in (NotFound, Refused, UpstreamBad):
        assert not issubclass(UpstreamDown, kind)
