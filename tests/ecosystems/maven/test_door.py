"""What clients are told, over upstreams in memory."""

import gzip
import hashlib
from collections.abc import Sequence

import pytest

from packhouse.domain.errors import UpstreamDown
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.upstream import UpstreamAnswer, UpstreamRegistry
from packhouse.domain.view import View
from packhouse.ecosystems.maven import ECOSYSTEM, build_mount
from packhouse.policy.decision import Rule
from packhouse.policy.rules.age import MinimumAge
from packhouse.policy.rules.deny import Denied, Deny
from tests.assembled import START, Assembled
from tests.ecosystems.maven.poms import recorded

pytestmark = pytest.mark.anyio

CENTRAL = UpstreamRegistry("central", "maven", "http://central.example", urls={"search": "http://search.example"})
GOOGLE = UpstreamRegistry("google", "maven", "http://google.example/m2")
PLUM = "org/example/plum"
JAR = b"PK a jar"
METADATA = b"""<metadata><groupId>org.example</groupId><artifactId>plum</artifactId><versioning><latest>2.0</latest>
<release>2.0</release><versions><version>1.0</version><version>2.0</version></versions><new/></versioning></metadata>"""
OLD = "Wed, 01 Jan 2020 00:00:00 GMT"
NEW = "Wed, 31 Dec 2025 23:00:00 GMT"
PLUGINS = b"<metadata><plugins><plugin><prefix>p</prefix><artifactId>p</artifactId></plugin></plugins></metadata>"
SNAPSHOT = b"<metadata><version>3-SNAPSHOT</version></metadata>"


def sha1(body: bytes) -> bytes:
    return hashlib.sha1(body, usedforsecurity=False).hexdigest().encode()


def denied(version: str) -> Deny:
    return Deny((Denied(f"plum@{version}", lambda key, each: (key.name, each) == ("org.example:plum", version)),))


def serve(rules: Sequence[Rule] = (), upstreams: Sequence[UpstreamRegistry] = (CENTRAL, GOOGLE)) -> Assembled:
    files = {f"{PLUM}/maven-metadata.xml": METADATA, "org/example/maven-metadata.xml": PLUGINS}
    files["junit/maven-metadata.xml"] = PLUGINS
    for version in ("1.0", "2.0"):
        files[f"{PLUM}/{version}/plum-{version}.jar"] = JAR + version.encode()
        files[f"{PLUM}/{version}/plum-{version}.pom"] = b"<project/>"
        files[f"{PLUM}/{version}/plum-{version}.jar.sha1"] = sha1(JAR + version.encode()) + b"  plum.jar\n"
    files[f"{PLUM}/3-SNAPSHOT/maven-metadata.xml"] = SNAPSHOT
    files[f"{PLUM}/3-SNAPSHOT/plum-3-20260101.120000-1.jar"] = JAR
    files[f"{PLUM}/3-SNAPSHOT/plum-3-SNAPSHOT.jar"] = JAR
    answers = {f"{CENTRAL.url}/{path}": UpstreamAnswer(200, body, last_modified=OLD) for path, body in files.items()}
    pom = f"{CENTRAL.url}/{PLUM}/2.0/plum-2.0.pom"
    answers[pom] = UpstreamAnswer(200, b"<project/>", last_modified=NEW)
    return Assembled(ECOSYSTEM, build_mount, dict(answers), upstreams, rules)


async def test_a_file_is_served_by_its_path_with_its_checksums_in_the_head() -> None:
    server = serve()
    reply = await server.get(f"/maven/{PLUM}/1.0/plum-1.0.jar")
    assert (reply.status, reply.body) == (200, JAR + b"1.0")
    assert reply.headers["x-checksum-sha1"].encode() == sha1(reply.body)
    assert reply.headers["content-type"] == "application/java-archive"


async def test_no_index_is_asked_for_on_account_of_a_file() -> None:
    server = serve()
    await server.get(f"/maven/{PLUM}/1.0/plum-1.0.jar")
    assert [url.rpartition("/")[2] for url in server.asked()] == ["plum-1.0.jar", "plum-1.0.jar.sha1"]


async def test_head_tells_what_get_would() -> None:
    server = serve()
    head = await server.get(f"/maven/{PLUM}/1.0/plum-1.0.jar", method="HEAD")
    whole = await server.get(f"/maven/{PLUM}/1.0/plum-1.0.jar")
    assert (head.status, head.body, head.headers) == (200, b"", whole.headers)


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256", "sha512"])
async def test_every_checksum_of_a_file_is_that_of_what_is_served(algorithm: str) -> None:
    server = serve()
    reply = await server.get(f"/maven/{PLUM}/2.0/plum-2.0.pom.{algorithm}")
    assert reply.text == hashlib.new(algorithm, b"<project/>").hexdigest()
    server.off.update({"central", "google"})
    assert (await server.get(f"/maven/{PLUM}/2.0/plum-2.0.pom.{algorithm}")).body == reply.body


@pytest.mark.parametrize("path", [f"{PLUM}/", "org/example/", "junit/", f"{PLUM}/3-SNAPSHOT/"])
@pytest.mark.parametrize("coding", ["gzip", "identity"])
async def test_the_checksum_of_metadata_is_that_of_its_plain_bytes(path: str, coding: str) -> None:
    server = serve([denied("1.0")] if path == f"{PLUM}/" else ())
    reply = await server.get(f"/maven/{path}maven-metadata.xml", {"accept-encoding": coding})
    body = gzip.decompress(reply.body) if coding == "gzip" else reply.body
    checksum = await server.get(f"/maven/{path}maven-metadata.xml.sha1", {"accept-encoding": coding})
    text = gzip.decompress(checksum.body) if coding == "gzip" else checksum.body
    assert text == sha1(body)


async def test_metadata_is_the_upstreams_own() -> None:
    reply = await serve().get(f"/maven/{PLUM}/maven-metadata.xml")
    assert (reply.status, reply.body, reply.headers["content-type"]) == (200, METADATA, "text/xml")


async def test_a_refused_release_is_not_listed_and_none_of_its_files_is_handed_out() -> None:
    server = serve([denied("2.0")])
    listed = await server.get(f"/maven/{PLUM}/maven-metadata.xml")
    assert b"2.0" not in listed.body
    assert b"<release>1.0</release>" in listed.body
    for end in ("pom", "jar", "jar.sha1", "pom.asc", "module"):
        reply = await server.get(f"/maven/{PLUM}/2.0/plum-2.0.{end}")
        assert (reply.status, "2.0 is refused" in reply.text) == (403, True)
    assert (await server.get(f"/maven/{PLUM}/1.0/plum-1.0.jar")).status == 200


async def test_a_refused_snapshot_is_refused_with_its_metadata() -> None:
    server = serve([denied("3-SNAPSHOT")])
    names = ("maven-metadata.xml", "maven-metadata.xml.sha1", "plum-3-20260101.120000-1.jar", "plum-3-SNAPSHOT.jar")
    for name in names:
        assert (await server.get(f"/maven/{PLUM}/3-SNAPSHOT/{name}")).status == 403


async def test_a_release_is_as_old_as_its_pom() -> None:
    server = serve([MinimumAge(72 * 3_600_000, lambda _: False)])
    listed = await server.get(f"/maven/{PLUM}/maven-metadata.xml")
    assert b"<version>1.0</version>" in listed.body
    assert b"<version>2.0</version>" not in listed.body
    refused = await server.get(f"/maven/{PLUM}/2.0/plum-2.0.jar")
    assert (refused.status, "minimum age" in refused.text) == (403, True)
    assert {request.method for _, request in server.upstream.requests if request.url.endswith(".pom")} == {"HEAD"}


async def test_a_snapshot_without_a_time_in_its_name_is_asked_for_again() -> None:
    server = serve()
    path = f"/maven/{PLUM}/3-SNAPSHOT/plum-3-SNAPSHOT.jar"
    assert (await server.get(path)).body == JAR
    server.upstream.answers[f"{CENTRAL.url}/{PLUM}/3-SNAPSHOT/plum-3-SNAPSHOT.jar"] = b"newer"
    assert (await server.get(path)).body == JAR
    server.now = type(START)(START + 61_000)
    assert (await server.get(path)).body == b"newer"
    assert (await server.get(f"{path}.md5")).text == hashlib.md5(b"newer", usedforsecurity=False).hexdigest()


async def test_the_metadata_of_a_snapshot_is_kept_for_when_the_upstream_is_off() -> None:
    server = serve()
    path = f"/maven/{PLUM}/3-SNAPSHOT/maven-metadata.xml"
    assert (await server.get(path)).body == SNAPSHOT
    server.off.update({"central", "google"})
    server.now = type(START)(START + 3_600_000)
    assert (await server.get(path)).body == SNAPSHOT
    assert (await server.get(f"{path}.sha1")).body == sha1(SNAPSHOT)


async def test_the_checksum_of_a_file_that_is_still_arriving_is_the_upstreams() -> None:
    server = serve()
    path = f"{PLUM}/5/plum-5.jar"
    large = b"x" * 3_000_000
    server.upstream.answers[f"{CENTRAL.url}/{path}"] = large
    server.upstream.answers[f"{CENTRAL.url}/{path}.sha1"] = sha1(large) + b"  plum-5.jar"
    assert (await server.get(f"/maven/{path}.sha1")).body.split()[0] == sha1(large)
    assert (await server.get(f"/maven/{path}")).body == large
    assert (await server.get(f"/maven/{path}.sha512")).text == hashlib.sha512(large).hexdigest()


async def test_what_central_does_not_have_is_looked_for_in_the_next() -> None:
    server = serve()
    server.upstream.answers[f"{GOOGLE.url}/{PLUM}/9/plum-9.aar"] = b"theirs"
    assert (await server.get(f"/maven/{PLUM}/9/plum-9.aar")).body == b"theirs"
    other = METADATA.replace(b"<version>1.0</version>", b"<version>9</version>")
    server.upstream.answers[f"{GOOGLE.url}/{PLUM}/maven-metadata.xml"] = other
    listed = await server.get(f"/maven/{PLUM}/maven-metadata.xml")
    assert [version for version in (b"1.0", b"2.0", b"9") if b"<version>%s<" % version in listed.body] == [
        b"1.0",
        b"2.0",
        b"9",
    ]


async def test_a_release_that_only_the_next_repository_lists_is_as_young_there_as_its_files() -> None:
    server = serve([MinimumAge(72 * 3_600_000, lambda _: False)])
    metadata = f"{GOOGLE.url}/org/example/pear/maven-metadata.xml"
    listed = METADATA.replace(b"plum", b"pear")
    server.upstream.answers[metadata] = listed.replace(b"<version>2.0</version>", b"")
    for version in ("1.0", "2.0"):
        base = f"{GOOGLE.url}/org/example/pear/{version}/pear-{version}"
        server.upstream.answers[f"{base}.pom"] = UpstreamAnswer(200, b"<project/>", last_modified=OLD)
    await server.get("/maven/org/example/pear/maven-metadata.xml")
    server.upstream.answers[metadata] = listed
    server.now = type(START)(START + 3_600_000)
    # Whatever its date says: an hour ago it was not there.
    assert b"<version>2.0<" not in (await server.get("/maven/org/example/pear/maven-metadata.xml")).body
    assert (await server.get("/maven/org/example/pear/1.0/pear-1.0.pom")).status == 200
    assert (await server.get("/maven/org/example/pear/2.0/pear-2.0.pom")).status == 403


async def test_a_further_repository_that_is_down_breaks_nothing_that_central_has() -> None:
    server = serve()
    down = UpstreamDown("google.example does not answer")
    for path in (f"{PLUM}/maven-metadata.xml", f"{PLUM}/1.0/plum-1.0.jar", f"{PLUM}/1.0/plum-1.0-sources.jar"):
        server.upstream.answers[f"{GOOGLE.url}/{path}"] = down
    assert (await server.get(f"/maven/{PLUM}/maven-metadata.xml")).status == 200
    assert (await server.get(f"/maven/{PLUM}/1.0/plum-1.0.jar")).status == 200
    # Nobody can say that it does not exist while one that may have it is down.
    assert (await server.get(f"/maven/{PLUM}/1.0/plum-1.0-sources.jar")).status == 503


async def test_an_upstream_that_is_down_is_never_a_missing_file() -> None:
    server = serve(upstreams=[CENTRAL])
    for path in (f"{PLUM}/4/plum-4.jar", "org/new/thing/maven-metadata.xml", f"{PLUM}/4-SNAPSHOT/maven-metadata.xml"):
        server.upstream.answers[f"{CENTRAL.url}/{path}"] = UpstreamDown("central.example does not answer")
        assert (await server.get(f"/maven/{path}")).status == 503
        assert (await server.get(f"/maven/{path}.sha1")).status == 503


async def test_what_is_not_there_is_asked_for_once() -> None:
    server = serve()
    path = f"{PLUM}/1.0/plum-1.0-javadoc.jar"
    for _ in range(3):
        assert (await server.get(f"/maven/{path}")).status == 404
    assert server.asked().count(f"{CENTRAL.url}/{path}") == 1


async def test_a_file_that_is_not_what_its_checksum_says_is_not_handed_out() -> None:
    server = serve()
    server.upstream.answers[f"{CENTRAL.url}/{PLUM}/1.0/plum-1.0.jar"] = b"something else"
    assert (await server.get(f"/maven/{PLUM}/1.0/plum-1.0.jar")).status == 502


@pytest.mark.parametrize(
    "path",
    [
        "",
        ".meta/prefixes.txt",
        ".index/nexus-maven-repository-index.gz",
        "archetype-catalog.xml",
        "robots.txt",
        "maven-metadata.xml",
        ".sha1",
        "a/b/c/..sha1",
        "a%20b/c/1/c-1.jar",
        "org//plum/1.0/a.jar",
        PLUM,
        f"{PLUM}/",
        f"{PLUM}/1.0/",
        f"{PLUM}/maven-metadata.xml.asc",
        f"{PLUM}/1.0/../2.0/plum-2.0.jar",
        f"{PLUM}/1.0/%2e%2e/x.jar",
        f"{PLUM}/1.0/a%2fb.jar",
        f"{PLUM}/1.0/a%00b.jar",
        f"{PLUM}/1.0/a%5cb.jar",
        f"{PLUM}/1.0/{'x' * 500}.jar",
    ],
)
async def test_what_is_no_file_of_a_release_is_not_there_and_nobody_is_asked(path: str) -> None:
    server = serve()
    assert (await server.get(f"/maven/{path}")).status == 404
    assert server.asked() == []


async def test_uploads_are_not_taken() -> None:
    reply = await serve().get(f"/maven/{PLUM}/1.0/plum-1.0.jar", method="PUT")
    assert reply.status == 405


async def test_a_record_is_completed_from_the_pom_its_parents_and_lists() -> None:
    answers = {f"{CENTRAL.url}/{path}": body for path, body in recorded().items()}
    listed = b"<metadata><versioning><versions><version>3.3.0</version></versions></versioning></metadata>"
    answers[f"{CENTRAL.url}/org/springframework/boot/spring-boot-starter-web/maven-metadata.xml"] = listed
    server = Assembled(ECOSYSTEM, build_mount, dict(answers), [CENTRAL])
    key = PackageKey("maven", NormalName("org.springframework.boot:spring-boot-starter-web"))
    release = await server.services.records.release(View(), key, "3.3.0")
    assert [each.name for each in release.requirements][:2] == [
        "org.springframework.boot:spring-boot-starter",
        "org.springframework.boot:spring-boot-starter-json",
    ]
    assert {each.scope for each in release.requirements} == {"runtime"}
    assert [licence.spdx for licence in release.licences] == ["Apache-2.0"]
    assert {link.label for link in release.links} == {"homepage", "repository", "issues"}


async def test_a_search_asks_the_registry() -> None:
    server = serve()
    found = b'{"response":{"numFound":7,"docs":[{"g":"org.example","a":"plum","latestVersion":"2.0","timestamp":5}]}}'
    address = "http://search.example/solrsearch/select?q=plum&start=0&rows=20&wt=json"
    server.upstream.answers[address] = found
    told = await server.services.insights.search(View(), "plum", 0, 20)
    assert [(hit.name, hit.version) for hit in told.value.hits] == [("org.example:plum", "2.0")]
    assert told.value.total == 7


async def test_a_file_without_a_checksum_is_held_to_its_first_download() -> None:
    server = serve()
    path = f"{PLUM}/3-SNAPSHOT/plum-3-20260101.120000-1.jar"
    assert (await server.get(f"/maven/{path}")).body == JAR
    server.upstream.answers[f"{CENTRAL.url}/{path}"] = b"another"
    assert (await server.get(f"/maven/{path}")).body == JAR
