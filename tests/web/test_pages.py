"""The pages, as a browser gets them."""

import gzip
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from urllib.parse import urljoin

import anyio
import msgspec
import pytest

from packhouse.domain.digest import Digest
from packhouse.domain.graph import Graph
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.release import Artifact, Licence, Link, Person, Release
from packhouse.domain.requirement import Requirement
from packhouse.domain.view import View
from packhouse.http.public import PublicAddress
from packhouse.http.ready import Ready
from packhouse.http.site import Mount, Site
from packhouse.services.many_documents import ManyDocuments
from packhouse.services.resolve import NOTHING_TOLD, Resolver
from packhouse.web import package_page
from packhouse.web.door import WebDoor, web_problem
from tests.apis.universe import NOW, ORCHARD, clock, needs, record, services_of
from tests.asgi import Reply, call

pytestmark = pytest.mark.anyio

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
NASTY = """<script>alert('x')</script>"&"""

RECORDS = (
    record(
        "crate",
        [
            Release("1.0.0", Moment(NOW - 40 * 86_400_000), deprecated=f"use 2 {NASTY}"),
            Release("1.1.0", Moment(NOW - 3_600_000), yanked="broken box"),
            Release(
                "2.0.0",
                Moment(NOW - 3 * 86_400_000),
                requirements=(
                    *needs("apple 1.*", "pear *"),
                    Requirement("@wood/plank", "2.*", scope="dev", optional=True),
                    Requirement("tool", "git+ssh://x", scope="dev", kind="git"),
                ),
                description=f"Holds fruit {NASTY}",
                licences=(Licence("Apache 2", "Apache-2.0"), Licence(f"own {NASTY}")),
                links=(
                    Link("homepage", "https://orchard.example/?a=1&b=2"),
                    Link("issues", "javascript:alert(1)"),
                    Link(NASTY, f"https://orchard.example/{NASTY}"),
                ),
                maintainers=(Person("Ann", "ann@orchard.example"), Person(NASTY, url="data:text/html,x")),
                artifacts=(Artifact("crate-2.0.0.zip", "", (Digest("sha256", "ab" * 32),), 12_345),),
                runtimes={"barn": ">=3"},
            ),
            Release("3.0.0-rc", None, prerelease=True),
        ],
        latest="2.0.0",
    ),
    record("apple", [Release("1.0.0", NOW, needs("leaf *", "nothing 9.*"))]),
    record("pear", [Release("1.0.0", NOW, needs("leaf 1.*"))]),
    record("leaf", [Release("1.0.0", NOW)]),
    record("@wood/plank", [Release("2.0.0", NOW)]),
    record("lonely", [Release("1.0.0", NOW, needs("behind *"))]),
    record("many", [Release(f"1.0.{patch}", Moment(NOW - (250 - patch) * 1000)) for patch in range(250)]),
    record("x/v/y", [Release("v1", NOW)]),
)


@pytest.fixture
async def site() -> Site:
    """Serve the pages of a few toys."""
    services = await services_of(RECORDS, down=("behind",))
    root = Mount(WebDoor({"toy": services}), web_problem)
    return Site({}, root, PublicAddress(None, ()), ("default", "team"), Ready(1 << 20, clock))


class _Page(HTMLParser):
    """What a browser would make of it."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.links: list[tuple[str, dict[str, str | None]]] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.text = ""
        self._skipped = 0
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append(tag)
        self._skipped += tag == "style"
        if "id" in found:
            self.ids.append(str(found["id"]))
        if tag == "a":
            self.links.append((str(found["href"]), found))

    def handle_endtag(self, tag: str) -> None:
        self._skipped -= tag == "style"

    def handle_data(self, data: str) -> None:
        if not self._skipped:
            self.text += data

    @property
    def words(self) -> str:
        """The text with single spaces."""
        return re.sub(r"\s+", " ", self.text)

    def addresses(self) -> list[str]:
        """Where the links lead."""
        return [address for address, _ in self.links]


async def _open(site: Site, target: str, status: int = 200) -> _Page:
    reply = await call(site, target, headers=BROWSER)
    assert reply.status == status, reply.text
    _is_safe(reply)
    page = _Page(reply.text)
    assert page.tags.count("h1") == 1
    assert len(page.ids) == len(set(page.ids))
    return page


def _is_safe(reply: Reply) -> None:
    """Check what every page promises: nothing runs, and nothing is loaded from elsewhere."""
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in reply.headers["content-security-policy"]
    assert "script-src" not in reply.headers["content-security-policy"]
    markup = reply.text.lower()
    assert "<script" not in markup
    assert not re.search(r"<[^>]*\son\w+\s*=", markup)
    assert not re.search(r"""(src|action|srcset)=["']?(https?:)?//""", markup)
    assert not re.search(r"""href=["']?\s*(javascript|data:text)""", markup)
    assert "@import" not in markup
    assert "url(" not in markup


async def test_the_first_page_tells_how_to_point_a_client_here(site: Site) -> None:
    page = await _open(site, "/")
    assert "toy setup http://packhouse.example/toy" in page.words
    assert f"{len(RECORDS)} packages known here" in page.words
    assert "http://packhouse.example/v3/" in page.words
    assert (await _open(site, "/ui")).words == page.words


async def test_a_package_page_shows_the_default_version(site: Site) -> None:
    page = await _open(site, "/ui/toy/crate")
    assert "crate 2.0.0 Toy · published 3 days ago (2025-12-29) default version" in page.words
    assert "toy install crate@2.0.0 --from http://packhouse.example/toy" in page.words
    assert "Apache-2.0, own" in page.words
    assert "Runs on barn >=3" in page.words
    assert "crate-2.0.0.zip 12.3 KB sha256:abab" in page.words
    assert "pkg:toy/crate@2.0.0" in page.words


async def test_what_packages_write_stays_text(site: Site) -> None:
    page = await _open(site, "/ui/toy/crate")
    assert page.text.count(NASTY) == 6
    assert "script" not in page.tags


async def test_only_harmless_foreign_addresses_become_links_and_none_is_endorsed(site: Site) -> None:
    page = await _open(site, "/ui/toy/crate")
    foreign = [(address, found) for address, found in page.links if not address.startswith(("/", "#"))]
    assert [address for address, _ in foreign] == [
        "https://orchard.example/?a=1&b=2",
        f"https://orchard.example/{NASTY}",
    ]
    assert all(found["rel"] == "nofollow noopener noreferrer" for _, found in foreign)
    assert "javascript:alert(1)" in page.text


async def test_requirements_stand_by_scope_and_lead_to_their_pages(site: Site) -> None:
    page = await _open(site, "/ui/toy/crate")
    assert "runtime (2) apple 1.* pear * dev (2) @wood/plank 2.* optional tool git+ssh://x" in page.words
    addresses = page.addresses()
    assert "/ui/toy/apple" in addresses
    assert "/ui/toy/@wood/plank" in addresses
    assert "/ui/toy/tool" not in addresses


async def test_the_graph_is_a_picture_and_a_list_that_say_the_same(site: Site) -> None:
    reply = await call(site, "/ui/toy/crate", headers=BROWSER)
    # @wood/plank and tool are needed for development; the resolver of these tests does not know scopes.
    picture = reply.text.partition("<svg")[2].partition("</svg>")[0]
    drawn = re.findall(r"<title>([^<]*)</title>", picture)
    assert sorted(drawn) == ["@wood/plank 2.0.0", "apple 1.0.0", "crate 2.0.0", "leaf 1.0.0", "pear 1.0.0"]
    assert picture.count("<path") == 5
    assert 'class="direct"' in picture
    assert 'role="img" aria-labelledby="graph-title graph-desc"' in picture
    outline = reply.text.partition('<details class="outline">')[2].partition("</details>")[0]
    assert set(re.findall(r">([^<>]+ \d\.\d\.\d)</a>", outline)) == set(drawn) - {"crate 2.0.0"}
    assert "Installing this release installs 4 other releases, 3 of them asked for directly." in _Page(reply.text).words
    assert "apple 1.0.0: nothing meets nothing 9.*" in _Page(reply.text).words


async def test_every_link_of_a_page_leads_to_a_page(site: Site) -> None:
    seen: set[str] = set()
    left = ["/", "/ui/toy/crate", "/ui/toy/x/v/y/v/v1", "/ui/toy/many", "/ui/search?q=crate"]
    while left:
        target = left.pop().partition("#")[0]
        if target in seen or not target:
            continue
        if target.startswith(("/ui/playground", "/openapi.json")):
            continue  # the one page with a script has tests of its own
        seen.add(target)
        # What was asked for and cannot be had is said on a page of its own.
        status = 404 if target.startswith("/ui/toy/nothing") else 503 if target.startswith("/ui/toy/behind") else 200
        page = await _open(site, target, status)
        left += [urljoin(target, address) for address in page.addresses() if address.startswith(("/", "?"))]
        assert len(seen) < 500
    assert {"/ui/toy/x%2Fv%2Fy/v/v1", "/ui/toy/many?page=3", "/ui/toy/@wood/plank/v/2.0.0"} <= seen


@pytest.mark.parametrize(
    "path",
    [
        "/ui/toy/@wood/plank",
        "/ui/toy/@wood%2Fplank",
        "/ui/toy/%40wood%2fplank",
        "/ui/TOY/@wood/plank/",
        "/ui/plaything/@wood/plank/v/2.0.0",
        "/ui/toy/@wood%2Fplank/v/2%2E0.0",
    ],
)
async def test_a_name_with_a_slash_is_found_in_every_spelling(site: Site, path: str) -> None:
    assert "@wood/plank 2.0.0" in (await _open(site, path)).words


async def test_a_release_has_its_own_page_with_its_warnings(site: Site) -> None:
    page = await _open(site, "/ui/toy/crate/v/1.0.0")
    assert "not the default version" in page.words
    assert "Deprecated. use 2" in page.words
    assert "Yanked: not to be chosen anew. broken box" in (await _open(site, "/ui/toy/crate/v/1.1.0")).words
    page = await _open(site, "/ui/toy/crate/v/3.0.0-rc")
    assert "published unknown" in page.words
    assert "pre-release" in page.words


async def test_the_table_of_versions_is_newest_first_and_marked(site: Site) -> None:
    words = (await _open(site, "/ui/toy/crate")).words.partition("Notes")[2]
    order = [words.index(version) for version in ("3.0.0-rc", "2.0.0", "1.1.0", "1.0.0")]
    assert order == sorted(order)
    assert "2.0.0 3 days ago (2025-12-29) latest" in words
    assert "1.1.0 1 hour ago (2025-12-31) yanked broken box" in words
    assert "1.0.0 1 month ago (2025-11-22) deprecated use 2" in words


async def test_a_long_table_has_pages(site: Site) -> None:
    first = await _open(site, "/ui/toy/many")
    assert "250 versions, newest first; page 1 of 3." in first.words
    assert "/ui/toy/many/v/1.0.150" in first.addresses()
    assert "/ui/toy/many/v/1.0.149" not in first.addresses()
    last = await _open(site, "/ui/toy/many?page=3")
    assert "/ui/toy/many/v/1.0.0" in last.addresses()
    for odd in ("0", "-1", "x", "99999999999", ""):
        assert "of 3." in (await _open(site, f"/ui/toy/many?page={odd}")).words


async def test_a_page_whose_graph_cannot_be_resolved_says_so_and_shows_the_rest(site: Site) -> None:
    page = await _open(site, "/ui/toy/lonely")
    assert "The graph cannot be resolved now: toy.example does not answer." in page.words
    assert "behind *" in page.words
    assert "toy install lonely@1.0.0" in page.words


class _Endless(Resolver):
    async def resolve(
        self, view: View, key: PackageKey, version: str, environment: Mapping[str, str] = NOTHING_TOLD
    ) -> Graph:
        await anyio.sleep_forever()
        raise AssertionError(view, key, version, environment)


async def test_a_page_does_not_wait_long_for_its_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package_page, "GRAPH_WAIT_S", 0.01)
    services = await services_of(RECORDS)
    documents = ManyDocuments(services.ecosystem, services.further, services.access)
    resolver = _Endless(services.ecosystem, services.records, documents)
    endless = msgspec.structs.replace(services, resolver=resolver)
    site = Site({}, Mount(WebDoor({"toy": endless})), PublicAddress(None, ()), ("default",), Ready(1 << 20, clock))
    page = await _open(site, "/ui/toy/crate")
    assert "The graph is not ready yet" in page.words
    assert "toy install crate@2.0.0" in page.words


async def test_a_page_without_a_resolver_says_so() -> None:
    services = await services_of(RECORDS, msgspec.structs.replace(ORCHARD, begin_resolution=None))
    site = Site({}, Mount(WebDoor({"toy": services})), PublicAddress(None, ()), ("default",), Ready(1 << 20, clock))
    assert "Graphs of Toy are not resolved yet." in (await _open(site, "/ui/toy/leaf")).words


async def test_search_finds_what_is_known_and_offers_what_is_not(site: Site) -> None:
    page = await _open(site, "/ui/search?q=crate&ecosystem=toy")
    assert "1 package found" in page.words
    assert "/ui/toy/crate" in page.addresses()
    page = await _open(site, "/ui/search?q=%3Cscript%3Eunheard")
    assert "0 packages found" in page.words
    assert "/ui/toy/%3Cscript%3Eunheard" in page.addresses()
    assert "Search looks at names" in (await _open(site, "/ui/search")).words


async def test_many_results_have_pages() -> None:
    services = await services_of([record(f"plank{number}", [Release("1.0.0", NOW)]) for number in range(45)])
    site = Site({}, Mount(WebDoor({"toy": services})), PublicAddress(None, ()), ("default",), Ready(1 << 20, clock))
    found: list[str] = []
    target = "/ui/search?q=plank"
    for left in (2, 1, 0):
        page = await _open(site, target)
        found += [address for address in page.addresses() if re.fullmatch(r"/ui/toy/plank\d+", address)]
        after = [address for address, link in page.links if link.get("rel") == "next"]
        assert len(after) == min(left, 1)
        target = after[0] if after else target
    assert len(found) == len(set(found)) == 45


async def test_what_cannot_be_a_name_is_not_offered(site: Site) -> None:
    page = await _open(site, "/ui/search?q=_bad")
    assert "Open the package" not in page.words


@pytest.mark.parametrize(
    ("target", "status", "sentence"),
    [
        ("/ui/toy/none", 404, "toy/none does not exist"),
        ("/ui/toy/crate/v/9", 404, "crate has no version 9"),
        ("/ui/other/crate", 404, "'other' is not served here"),
        ("/ui/search?q=a&ecosystem=other", 404, "'other' is not served here"),
        ("/ui/toy/_bad", 400, "this is not the name of a toy"),
        ("/ui/toy", 404, "there is nothing at this address"),
        ("/nothing", 404, "there is nothing at this address"),
        ("/ui/toy/behind", 503, "toy.example does not answer"),
    ],
)
async def test_an_error_is_a_page_with_a_search_box(site: Site, target: str, status: int, sentence: str) -> None:
    page = await _open(site, target, status)
    assert sentence in page.words
    assert "form" in page.tags


async def test_an_error_is_json_for_who_is_no_browser(site: Site) -> None:
    reply = await call(site, "/nothing")
    assert (reply.status, reply.headers["content-type"]) == (404, "application/json")


async def test_pages_are_only_read(site: Site) -> None:
    assert (await call(site, "/ui/toy/crate", "POST")).status == 405
    head = await call(site, "/ui/toy/crate", "HEAD", BROWSER)
    assert (head.status, head.body) == (200, b"")


async def test_links_stay_in_the_view_that_was_asked_for(site: Site) -> None:
    page = await _open(site, "/r/team/@2026-02-01/ui/toy/crate")
    assert "As of 2026-02-02T00:00:00Z" in page.words
    inner = [address for address in page.addresses() if address.startswith("/")]
    assert inner
    assert all(address.startswith("/r/team/@2026-02-01/") for address in inner)


async def test_a_page_is_compressed_where_that_is_accepted(site: Site) -> None:
    plain = await call(site, "/ui/toy/crate", headers=BROWSER)
    packed = await call(site, "/ui/toy/crate", headers=BROWSER | {"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["vary"] == "Accept, Accept-Encoding"
