"""What pip, uv and poetry get at the door."""

import hashlib
import json
from typing import Any

import pytest

from packhouse.adapters.memory.upstream import MemoryAnswer
from packhouse.domain.errors import UpstreamBad, UpstreamDown
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.domain.release import Licence, Link, Person
from packhouse.domain.upstream import UpstreamAnswer, UpstreamRegistry
from packhouse.domain.view import View
from packhouse.ecosystems.pypi import ECOSYSTEM, build_mount
from packhouse.ecosystems.pypi.index import HTML, INDEX, JSON
from packhouse.ecosystems.pypi.negotiation import choose_form
from packhouse.policy.decision import Rule
from packhouse.policy.rules.age import MinimumAge
from packhouse.policy.rules.deny import Denied, Deny
from tests.assembled import START, Assembled

pytestmark = pytest.mark.anyio

HOUR = 3_600_000
PAD = PackageKey("pypi", NormalName("left-pad"))
PAGE = "https://pypi.example/simple/left-pad/"
OLD, YOUNG = "2020-01-01T00:00:00.000000Z", "2025-12-31T23:00:00Z"
METADATA = b"Metadata-Version: 2.1\n"


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _file(filename: str, uploaded: str = OLD, **more: object) -> dict[str, Any]:
    return {
        "filename": filename,
        "url": f"https://files.example/packages/{filename}",
        "hashes": {"sha256": _sha256(filename.encode())},
        "requires-python": ">=3.8",
        "size": len(filename),
        "upload-time": uploaded,
        "yanked": False,
        **more,
    }


WHEEL = "left_pad-1.0-py3-none-any.whl"
ABOUT_WHEEL: dict[str, object] = {
    "core-metadata": {"sha256": _sha256(METADATA)},
    "provenance": f"https://pypi.example/integrity/left-pad/1.0/{WHEEL}/provenance",
}
FILES = [
    _file("left_pad-1.0.tar.gz"),
    _file(WHEEL) | ABOUT_WHEEL,
    _file("left_pad-1.0-cp314-cp314-linux_x86_64.whl", YOUNG),
    _file("left_pad-1.1.tar.gz", YOUNG),
    _file("left_pad-0.9.tar.gz", yanked="broken & old"),
    _file("left-pad-weird.tar.gz"),
]
PROJECT = {
    "meta": {"api-version": "1.4", "_last-serial": 123},
    "name": "left-pad",
    "project-status": {"status": "active"},
    "versions": ["0.9", "1.0", "1.1", "weird"],
    "files": FILES,
}


def _server(*rules: Rule, page: MemoryAnswer | None = None, **more: MemoryAnswer) -> Assembled:
    answer = UpstreamAnswer(200, json.dumps(PROJECT).encode(), '"1"', content_type=JSON)
    answers: dict[str, MemoryAnswer] = {PAGE: page or answer}
    answers |= {f"https://files.example/packages/{each['filename']}": each["filename"].encode() for each in FILES}
    answers["https://files.example/packages/left_pad-1.0-py3-none-any.whl.metadata"] = METADATA
    answers |= {f"https://pypi.example/{path}": body for path, body in more.items()}
    upstream = UpstreamRegistry(
        "pypi", "pypi", "https://pypi.example", extra_hosts=("files.example",), urls={"stats": "https://stats.example"}
    )
    return Assembled(ECOSYSTEM, build_mount, answers, [upstream], rules)


async def _page(server: Assembled) -> Any:  # noqa: ANN401 (a JSON document)
    return json.loads((await server.get("/pypi/simple/left-pad/", {"accept": JSON})).body)


async def test_a_page_is_upstreams_but_for_the_files_addresses() -> None:
    found = await _page(_server())
    expected = json.loads(json.dumps(PROJECT))
    for each in expected["files"]:
        each["url"] = f"http://packhouse.example/pypi/files/left-pad/{each['filename']}"
        if "provenance" in each:
            name = each["filename"]
            each["provenance"] = f"http://packhouse.example/pypi/integrity/left-pad/1.0/{name}/provenance"
    assert found == expected


async def test_fields_that_nobody_knows_survive_in_their_own_bytes() -> None:
    body = json.dumps(PROJECT).replace('"size"', '"future":  {"a" : 1.50}, "size"', 1)
    body = body.replace('"name"', '"tomorrow":  [1e2], "name"', 1)
    server = _server(page=UpstreamAnswer(200, body.encode(), content_type=JSON))
    reply = await server.get("/pypi/simple/left-pad/", {"accept": JSON})
    assert b'{"a" : 1.50}' in reply.body
    assert b"[1e2]" in reply.body


async def test_both_forms_are_one_resource_that_varies_by_accept() -> None:
    server = _server()
    as_json = await server.get("/pypi/simple/left-pad/", {"accept": JSON})
    as_html = await server.get("/pypi/simple/left-pad/", {"accept": "text/html"})
    assert (as_json.headers["content-type"], as_html.headers["content-type"]) == (JSON, "text/html; charset=utf-8")
    assert as_json.headers["vary"] == as_html.headers["vary"] == "Accept, Accept-Encoding"
    assert as_json.headers["etag"] != as_html.headers["etag"]
    assert as_json.headers["x-pypi-last-serial"] == "123"
    again = await server.get("/pypi/simple/left-pad/", {"accept": JSON, "if-none-match": as_json.headers["etag"]})
    assert again.status == 304


async def test_the_html_form_says_what_the_json_form_says() -> None:
    text = (await _server().get("/pypi/simple/left-pad/")).text
    name = "left_pad-1.0-py3-none-any.whl"
    assert f'href="http://packhouse.example/pypi/files/left-pad/{name}#sha256={_sha256(name.encode())}"' in text
    assert f'data-core-metadata="sha256={_sha256(METADATA)}"' in text
    assert 'data-requires-python="&gt;=3.8"' in text
    assert 'data-yanked="broken &amp; old"' in text
    assert 'data-provenance="http://packhouse.example/pypi/integrity/' in text
    assert '<meta name="pypi:repository-version" content="1.4">' in text
    assert '<meta name="pypi:project-status" content="active">' in text


async def test_an_upstream_that_has_only_html_is_read_into_the_same_page() -> None:
    sha256 = _sha256(b"left_pad-1.0.tar.gz")
    html = f"""<!DOCTYPE html><html><head><meta name="pypi:repository-version" content="1.0"></head><body>
    <a href="../../packages/left_pad-1.0.tar.gz#sha256={sha256}" data-requires-python="&gt;=3.8" data-yanked=""
    >left_pad-1.0.tar.gz</a>
    <a href="https://files.example/packages/left_pad-1.1.tar.gz">left_pad-1.1.tar.gz</a></body></html>"""
    server = _server(page=UpstreamAnswer(200, html.encode(), content_type="text/html"))
    server.upstream.answers["https://pypi.example/packages/left_pad-1.0.tar.gz"] = b"left_pad-1.0.tar.gz"
    first, second = (await _page(server))["files"]
    assert (first["hashes"], first["requires-python"], first["yanked"]) == ({"sha256": sha256}, ">=3.8", True)
    assert (await server.get("/pypi/files/left-pad/left_pad-1.0.tar.gz")).body == b"left_pad-1.0.tar.gz"
    assert (await server.get("/pypi/files/left-pad/left_pad-1.1.tar.gz")).status == 200
    assert second["hashes"] == {}


async def test_a_file_that_is_not_what_the_page_says_is_not_handed_out() -> None:
    server = _server()
    server.upstream.answers["https://files.example/packages/left_pad-1.0.tar.gz"] = b"something else"
    assert (await server.get("/pypi/files/left-pad/left_pad-1.0.tar.gz")).status == 502


async def test_metadata_is_served_where_the_page_offers_it_and_nowhere_else() -> None:
    server = _server()
    assert (await server.get("/pypi/files/left-pad/left_pad-1.0-py3-none-any.whl.metadata")).body == METADATA
    assert (await server.get("/pypi/files/left-pad/left_pad-1.0.tar.gz.metadata")).status == 404
    server = _server()
    server.upstream.answers["https://files.example/packages/left_pad-1.0-py3-none-any.whl.metadata"] = b"forged"
    assert (await server.get("/pypi/files/left-pad/left_pad-1.0-py3-none-any.whl.metadata")).status == 502


async def test_a_file_that_is_too_young_is_refused_alone_and_old_files_of_its_release_stay() -> None:
    server = _server(MinimumAge(72 * HOUR, lambda _: False))
    found = await _page(server)
    names = [each["filename"] for each in found["files"]]
    assert "left_pad-1.0.tar.gz" in names
    assert "left_pad-1.0-cp314-cp314-linux_x86_64.whl" not in names
    assert found["versions"] == ["0.9", "1.0", "weird"]
    assert (await server.get("/pypi/files/left-pad/left_pad-1.0-cp314-cp314-linux_x86_64.whl")).status == 403
    assert (await server.get("/pypi/files/left-pad/left_pad-1.1.tar.gz")).status == 403
    assert (await server.get("/pypi/files/left-pad/left_pad-1.0.tar.gz")).status == 200
    server.now = Moment(START + 80 * HOUR)
    assert len((await _page(server))["files"]) == len(FILES)


def _deny(version: str) -> Deny:
    def matches(key: PackageKey, found: str) -> bool:
        return key == PAD and found == version

    return Deny((Denied("pypi/left-pad", matches),))


async def test_a_refused_release_is_in_no_json_document() -> None:
    info = {"info": {"version": "1.1", "summary": "young"}, "urls": [_file("left_pad-1.1.tar.gz")]}
    info["releases"] = {each: [_file(f"left_pad-{each}.tar.gz")] for each in ("1.0", "1.1")}
    older = {"info": {"version": "1.0", "summary": "old"}, "urls": [_file("left_pad-1.0.tar.gz")]}
    documents: dict[str, MemoryAnswer] = {
        "pypi/left-pad/json": json.dumps(info).encode(),
        "pypi/left-pad/1.1/json": json.dumps(info).encode(),
        "pypi/left-pad/1.0/json": json.dumps(older).encode(),
    }
    server = _server(**documents)
    found = json.loads((await server.get("/pypi/left-pad/json")).body)
    assert found["urls"][0]["url"] == "http://packhouse.example/pypi/files/left-pad/left_pad-1.1.tar.gz"
    assert set(found["releases"]) == {"1.0", "1.1"}
    assert (await server.get("/pypi/pypi/left-pad/json")).status == 200
    server = _server(_deny("1.1"), **documents)
    assert json.loads((await server.get("/pypi/left-pad/json")).body)["info"]["version"] == "1.0"
    assert (await server.get("/pypi/left-pad/1.1/json")).status == 403
    assert (await server.get("/pypi/left-pad/1.1.0/json")).status == 403
    assert (await server.get("/pypi/left-pad/1.0/json")).status == 200


async def test_a_json_document_names_no_file_that_the_page_does_not_list() -> None:
    unseen = {"info": {"version": "1.0"}, "urls": [_file("left_pad-1.0.tar.gz"), _file("left_pad-1.0-unseen.whl")]}
    server = _server(**{"pypi/left-pad/json": json.dumps(unseen).encode(), "pypi/left-pad/1.0/json": b"{"})
    found = json.loads((await server.get("/pypi/left-pad/json")).body)
    assert [each["filename"] for each in found["urls"]] == ["left_pad-1.0.tar.gz"]
    assert (await server.get("/pypi/left-pad/1.0/json")).status == 502


async def test_a_quarantined_project_offers_no_files() -> None:
    page = {**PROJECT, "project-status": {"status": "quarantined"}}
    server = _server(page=UpstreamAnswer(200, json.dumps(page).encode(), content_type=JSON))
    assert (await _page(server))["files"] == []
    assert (await server.get("/pypi/files/left-pad/left_pad-1.0.tar.gz")).status == 404


async def test_a_signature_is_served_where_the_page_says_that_there_is_one() -> None:
    page = {**PROJECT, "files": [_file("left_pad-1.0.tar.gz") | {"gpg-sig": True}, _file("left_pad-1.1.tar.gz")]}
    server = _server(page=UpstreamAnswer(200, json.dumps(page).encode(), content_type=JSON))
    server.upstream.answers["https://files.example/packages/left_pad-1.0.tar.gz.asc"] = b"signature"
    assert (await server.get("/pypi/files/left-pad/left_pad-1.0.tar.gz.asc")).body == b"signature"
    assert (await server.get("/pypi/files/left-pad/left_pad-1.1.tar.gz.asc")).status == 404


async def test_the_list_of_all_projects_leads_to_our_pages() -> None:
    server = _server(**{"simple/": UpstreamAnswer(200, b'<a href="/simple/pad/">pad</a>', content_type="text/html")})
    assert 'href="http://packhouse.example/pypi/simple/pad/"' in (await server.get("/pypi/simple/")).text


@pytest.mark.parametrize(
    ("path", "to"),
    [("Left_Pad/", "left-pad/"), ("left.pad", "left-pad/"), ("left-pad", "left-pad/"), ("left--pad/", "left-pad/")],
)
async def test_other_spellings_are_redirected_to_the_normal_one(path: str, to: str) -> None:
    reply = await _server().get(f"/pypi/simple/{path}")
    assert (reply.status, reply.headers["location"]) == (301, f"http://packhouse.example/pypi/simple/{to}")


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", "plain"),
        ("*/*", "plain"),
        (f"{JSON}, {HTML}; q=0.1, text/html; q=0.01", "json"),
        (f"{JSON}, */*;q=0.1", "json"),
        ("text/html", "plain"),
        (f"{HTML};q=0.5, {JSON};q=0.4", "html"),
        ("application/vnd.pypi.simple.latest+json", "json"),
        ("image/png", None),
        (f"{JSON};q=0", None),
        (f"{JSON};q=abc, text/html", "plain"),
    ],
)
def test_the_form_is_chosen_by_accept(accept: str, form: str | None) -> None:
    assert choose_form(accept) == form


async def test_a_form_that_nobody_has_is_not_acceptable_and_format_counts_more_than_accept() -> None:
    server = _server()
    assert (await server.get("/pypi/simple/left-pad/", {"accept": "image/png"})).status == 406
    reply = await server.get(f"/pypi/simple/left-pad/?format={JSON.replace('+', '%2B')}")
    assert reply.headers["content-type"] == JSON


async def test_the_list_of_all_projects_is_passed_on_in_both_forms() -> None:
    server = _server(**{"simple/": UpstreamAnswer(200, b'{"projects":[],  "x":1}', content_type=JSON)})
    assert (await server.get("/pypi/simple/", {"accept": JSON})).body == b'{"projects":[],  "x":1}'
    assert (await server.get("/pypi/simple")).status == 301


async def test_provenance_is_passed_on_for_files_that_are_allowed() -> None:
    name = "left_pad-1.0-py3-none-any.whl"
    path = f"integrity/left-pad/1.0/{name}/provenance"
    server = _server(**{path: b'{"version":1,  "attestation_bundles":[]}'})
    assert (await server.get(f"/pypi/{path}")).body == b'{"version":1,  "attestation_bundles":[]}'
    assert (await _server(_deny("1.0"), **{path: b"{}"}).get(f"/pypi/{path}")).status == 403


async def test_an_upstream_that_is_down_is_no_missing_project_and_an_absent_one_is() -> None:
    server = _server()
    assert (await server.get("/pypi/simple/absent/")).status == 404
    server.upstream.answers["https://pypi.example/simple/broken/"] = UpstreamDown("pypi.example does not answer")
    assert (await server.get("/pypi/simple/broken/")).status == 503


async def test_everything_that_was_asked_for_is_there_while_the_upstream_is_off() -> None:
    server = _server()
    await _page(server)
    for name in ("left_pad-1.0.tar.gz", "left_pad-1.0-py3-none-any.whl.metadata"):
        assert (await server.get(f"/pypi/files/left-pad/{name}")).status == 200
    server.off.add("pypi")
    server.now = Moment(START + 10**9)
    assert len((await _page(server))["files"]) == len(FILES)
    assert (await server.get("/pypi/files/left-pad/left_pad-1.0-py3-none-any.whl.metadata")).body == METADATA


async def test_the_record_groups_files_by_release() -> None:
    record = await _server().services.records.get(View(), PAD)
    assert record.versions == ("weird", "0.9", "1.0", "1.1")
    assert record.yanked == {1}
    release = record.release(2)
    assert len(release.artifacts) == 3
    assert {artifact.kind for artifact in release.artifacts} == {"source", "wheel"}
    assert release.published_at == 1_577_836_800_000
    assert release.runtimes == {"python": ">=3.8"}
    assert ECOSYSTEM.default_version(record) == "1.1"


async def test_a_release_is_completed_from_its_json_document() -> None:
    info = {
        "version": "1.0",
        "summary": "Pads",
        "license": "",
        "license_expression": None,
        "classifiers": ["License :: OSI Approved :: MIT License", "Topic :: Text"],
        "project_urls": {"Source Code": "https://code.example", "Changelog": "javascript:1"},
        "home_page": "https://pad.example",
        "author_email": '"Ann" <ann@pad.example>, Bob <bob@pad.example>',
        "requires_dist": ["Requests[socks]>=2,<3; python_version<'3.9' and extra == 'net'", "odd >>> 1", "six"],
        "requires_python": ">=3.9",
        "keywords": "pad, left",
    }
    ownership = {"roles": [{"role": "Owner", "user": "ann"}], "organization": None}
    server = _server(**{"pypi/left-pad/1.0/json": json.dumps({"info": info, "ownership": ownership}).encode()})
    release = await server.services.records.release(View(), PAD, "1.0")
    assert (release.description, release.licences) == ("Pads", (Licence("MIT License", "MIT"),))
    assert release.links == (Link("repository", "https://code.example"), Link("homepage", "https://pad.example"))
    assert release.authors == (Person("Ann", "ann@pad.example"), Person("Bob", "bob@pad.example"))
    assert release.maintainers == (Person("ann"),)
    assert (release.keywords, release.runtimes) == (("pad", "left"), {"python": ">=3.9"})
    first, odd, last = release.requirements
    assert (first.name, first.range, first.extras, first.optional) == ("requests", ">=2,<3", ("socks",), True)
    assert odd.kind == "unknown"
    assert (last.name, last.range, last.marker) == ("six", "", None)


async def test_downloads_and_owners_are_told() -> None:
    ownership = {"ownership": {"roles": [{"role": "Owner", "user": "ann"}], "organization": "pads"}}
    server = _server(**{"pypi/left-pad/json": json.dumps(ownership).encode()})
    counted = b'{"data":{"last_day":1,"last_month":30,"last_week":7},"package":"left-pad","type":"recent_downloads"}'
    server.upstream.answers["https://stats.example/api/packages/left-pad/recent"] = counted
    insights = server.services.insights
    assert (await insights.downloads(View(), PAD, "last-week")).value.counts == {"last-week": 7}
    assert [each.login for each in (await insights.owners(View(), PAD)).value] == ["pads", "ann"]


@pytest.mark.parametrize(
    "body",
    [b"", b"\n", b"x\n[]", b"x\n{}", b'x\n{"files":{}}', b'x\n{"name":"other","files":[]}', b'x\n{"files":[{}]}',
     b'x\n{"files":[' + b"[" * 100_000, b"\0"],
)  # fmt: skip
async def test_a_page_that_is_none_is_the_upstreams_fault(body: bytes) -> None:
    with pytest.raises(UpstreamBad):
        INDEX.split(PAD, body)


async def test_files_that_could_not_be_ours_are_left_out() -> None:
    names = ["../x-1.0.tar.gz", "a/b-1.0.tar.gz", ".hidden", "", "left_pad-1.0.tar.gz"]
    files = [{"filename": name, "url": "https://files.example/x", "hashes": {}} for name in names]
    files.append({"filename": "left_pad-2.0.tar.gz", "url": "file:///etc/passwd", "hashes": {}})
    index = INDEX.split(PAD, b"https://pypi.example/simple/left-pad/\n" + json.dumps({"files": files}).encode())
    assert [fragment.part for fragment in index.fragments] == ["left_pad-1.0.tar.gz"]
