"""The list of all gems: append-only, and in step with every info file that we serve."""

import hashlib

import anyio
import pytest

from packhouse.domain.errors import UpstreamBad, UpstreamDown
from packhouse.domain.package import Moment
from packhouse.domain.upstream import UpstreamRegistry
from packhouse.ecosystems.gem import ECOSYSTEM, build_mount
from packhouse.ecosystems.gem.served import Ledger, read_lines
from packhouse.policy.decision import Rule
from packhouse.policy.rules.age import MinimumAge
from tests.assembled import Assembled
from tests.ecosystems.gem.gems import UPSTREAM, URL, answer, deny, info, line, list_of, md5, registry, server

pytestmark = pytest.mark.anyio

MINUTE = 60_000
DAY = 24 * 60 * MINUTE
PLUM = info(line("plum", "1.0.0"), line("plum", "1.1.0"))
ROPE = info(line("rope", "0.3.0"))
INFOS = {"plum": PLUM, "rope": ROPE}
LIST = list_of(INFOS)


def later(ours: Assembled, span_ms: int) -> None:
    ours.now = Moment(ours.now + span_ms)


def publish(ours: Assembled, name: str, body: bytes, *versions: str) -> bytes:
    """Have the upstream add to its list; return what it added."""
    whole = ours.upstream.answers[f"{URL}/versions"]
    added = f"{name} {','.join(versions)} {md5(body)}\n".encode()
    assert not isinstance(whole, bytes | Exception)
    ours.upstream.answers[f"{URL}/versions"] = answer(whole.body + added)
    ours.upstream.answers[f"{URL}/info/{name}"] = answer(body)
    return added


async def listed(ours: Assembled) -> bytes:
    reply = await ours.get("/gem/versions")
    assert reply.status == 200
    assert reply.headers["etag"] == f'"{md5(reply.body)}"'
    return reply.body


async def is_in_step(ours: Assembled, *names: str) -> bool:
    """Tell whether the list's last word about gems is what is served of them."""
    lines = read_lines(await listed(ours))
    infos = [(await ours.get(f"/gem/info/{name}")).body for name in names]
    return [lines[name][1] for name in names] == [md5(body) for body in infos]


async def test_nothing_is_asked_or_made_while_the_list_is_fresh() -> None:
    ours = server(registry(INFOS))
    first = await ours.get("/gem/versions")
    for _ in range(3):
        again = await ours.get("/gem/versions", {"If-None-Match": first.headers["etag"]})
        assert again.status == 304
    assert ours.asked() == [f"{URL}/versions"]
    later(ours, MINUTE)
    await listed(ours)
    assert ours.asked() == [f"{URL}/versions"] * 2


async def test_what_the_upstream_adds_is_added_and_the_new_info_file_is_fetched_at_once() -> None:
    ours = server(registry(INFOS))
    await listed(ours)
    await ours.get("/gem/info/plum")
    newer = info(line("plum", "1.0.0"), line("plum", "1.1.0"), line("plum", "1.2.0"))
    later(ours, MINUTE - 1000)
    await ours.get("/gem/info/plum")
    later(ours, 1000)
    added = publish(ours, "plum", newer, "1.2.0")
    assert await listed(ours) == LIST + added
    assert await is_in_step(ours, "plum", "rope")


async def test_a_refused_release_is_taken_out_of_the_list_once_its_info_file_is_made() -> None:
    ours = server(registry(INFOS), deny("plum", "1.1.0"))
    before = await listed(ours)
    assert before == LIST
    left = (await ours.get("/gem/info/plum")).body
    after = await listed(ours)
    assert after == LIST + f"plum -1.1.0 {md5(left)}\n".encode()
    assert await is_in_step(ours, "plum", "rope")
    await ours.get("/gem/info/plum")
    assert await listed(ours) == after


async def test_lines_of_ours_stay_before_what_the_upstream_adds_after_them() -> None:
    ours = server(registry(INFOS), deny("plum", "1.1.0"))
    await ours.get("/gem/info/plum")
    before = await listed(ours)
    later(ours, MINUTE)
    added = publish(ours, "rope", info(line("rope", "0.3.0"), line("rope", "0.4.0")), "0.4.0")
    after = await listed(ours)
    assert after == before + added
    tail = await ours.get("/gem/versions", {"Range": f"bytes={len(before) - 1}-", "If-None-Match": '"old"'})
    assert (tail.status, tail.body) == (206, b"\n" + added)
    assert tail.headers["etag"] == f'"{hashlib.md5(after, usedforsecurity=False).hexdigest()}"'


async def test_what_the_upstream_says_of_a_gem_that_we_change_is_corrected_again() -> None:
    ours = server(registry(INFOS), deny("plum", "1.1.0"))
    await ours.get("/gem/info/plum")
    before = await listed(ours)
    later(ours, MINUTE)
    newer = info(line("plum", "1.0.0"), line("plum", "1.1.0"), line("plum", "1.2.0"))
    added = publish(ours, "plum", newer, "1.2.0")
    left = info(line("plum", "1.0.0"), line("plum", "1.2.0"))
    assert await listed(ours) == before + added + f"plum -1.1.0 {md5(left)}\n".encode()
    assert await is_in_step(ours, "plum", "rope")


async def test_a_release_that_becomes_old_enough_comes_back_without_anybody_asking_for_it() -> None:
    young = line("plum", "1.2.0", dated=False) + ",created_at:2025-12-31T12:00:00Z"
    infos = {**INFOS, "plum": info(line("plum", "1.0.0"), line("plum", "1.1.0"), young)}
    ours = server(registry(infos), MinimumAge(DAY, lambda _: False))
    assert (await ours.get("/gem/info/plum")).body == PLUM
    before = await listed(ours)
    assert before == list_of(infos) + f"plum -1.2.0 {md5(PLUM)}\n".encode()
    later(ours, DAY // 2)
    assert await listed(ours) == before + f"plum 1.2.0 {md5(infos['plum'])}\n".encode()
    assert await is_in_step(ours, "plum", "rope")


async def test_a_list_that_begins_anew_at_the_upstream_begins_anew_here_with_all_that_is_refused() -> None:
    ours = server(registry(INFOS), deny("plum", "1.1.0"))
    left = (await ours.get("/gem/info/plum")).body
    await listed(ours)
    later(ours, MINUTE)
    anew = b"created_at: 2026-02-01T00:00:00Z\n---\nrope 0.3.0 " + md5(ROPE).encode() + b"\n"
    anew += f"plum 1.0.0,1.1.0 {md5(PLUM)}\n".encode()
    ours.upstream.answers[f"{URL}/versions"] = answer(anew)
    assert await listed(ours) == anew + f"plum -1.1.0 {md5(left)}\n".encode()


async def test_a_gem_that_vanishes_needs_no_correction_any_more() -> None:
    ours = server(registry(INFOS), deny("plum", "1.1.0"))
    await ours.get("/gem/info/plum")
    before = await listed(ours)
    later(ours, DAY)
    added = publish(ours, "plum", b"---\n", "-1.0.0,-1.1.0")
    del ours.upstream.answers[f"{URL}/info/plum"]
    assert await listed(ours) == before + added


async def test_the_list_stays_as_it_was_while_the_upstream_is_down_and_is_asked_for_again_soon() -> None:
    ours = server(registry(INFOS), deny("plum", "1.1.0"))
    await ours.get("/gem/info/plum")
    before = await listed(ours)
    good = ours.upstream.answers[f"{URL}/versions"]
    ours.upstream.answers[f"{URL}/versions"] = UpstreamDown("it is down")
    later(ours, MINUTE)
    assert await listed(ours) == before
    asked = len(ours.asked())
    assert await listed(ours) == before
    assert len(ours.asked()) == asked
    ours.upstream.answers[f"{URL}/versions"] = good
    later(ours, 5_000)
    await listed(ours)
    assert len(ours.asked()) > asked


async def test_gems_of_a_private_upstream_are_in_the_list_and_no_other_of_its_lines() -> None:
    private = UpstreamRegistry("acme", "gem", "http://acme.example", packages=("acme-*",))
    theirs = {"acme-plum": info(line("acme-plum", "7.0")), "plum": info(line("plum", "99.0"))}
    answers = registry(INFOS)
    answers["http://acme.example/versions"] = answer(list_of(theirs))
    answers["http://acme.example/info/acme-plum"] = answer(theirs["acme-plum"])
    ours = Assembled(ECOSYSTEM, build_mount, answers, (UPSTREAM, private))
    line_of_theirs = f"acme-plum 7.0 {md5(theirs['acme-plum'])}\n".encode()
    assert await listed(ours) == LIST + line_of_theirs
    assert await is_in_step(ours, "acme-plum", "plum")
    later(ours, MINUTE)
    assert await listed(ours) == LIST + line_of_theirs
    assert not any("acme-" in url for url in ours.asked() if url.startswith(URL))


async def test_only_what_was_added_to_the_list_is_fetched() -> None:
    ours = server(registry(INFOS))
    await listed(ours)
    later(ours, MINUTE)
    assert await listed(ours) == LIST
    added = publish(ours, "rope", info(line("rope", "0.4.0")), "0.4.0")
    later(ours, MINUTE)
    assert await listed(ours) == LIST + added
    later(ours, MINUTE)
    assert await listed(ours) == LIST + added
    asked = [request for _, request in ours.upstream.requests]
    assert [request.begin_bytes for request in asked] == [0] + [len(LIST) - 1] * 3
    assert asked[-1].etag == f'"{md5(LIST + added)}"'


@pytest.mark.parametrize("anew", [b"---\nplum 1.0.0 0\n", b"---\n" + b"pear 1 0\n" * 40, LIST[:-2] + b"0\nnew 1 1\n"])
async def test_a_list_that_is_another_one_is_never_put_together_with_parts_of_the_old_one(anew: bytes) -> None:
    ours = server(registry(INFOS))
    await listed(ours)
    later(ours, MINUTE)
    ours.upstream.answers[f"{URL}/versions"] = answer(anew)
    assert await listed(ours) == anew


@pytest.mark.parametrize("tagged", [True, False])
async def test_an_upstream_that_knows_no_ranges_or_no_md5_is_followed_all_the_same(tagged: bool) -> None:  # noqa: FBT001
    ours = server(registry(INFOS))
    if tagged:
        ours.upstream.whole_only.add(f"{URL}/versions")
    else:
        ours.upstream.answers[f"{URL}/versions"] = LIST
    assert await listed(ours) == LIST
    more = LIST + b"pear 1 0\n"
    for newer in (more, more + b"pear 2 1\n", b"---\n"):
        later(ours, MINUTE)
        ours.upstream.answers[f"{URL}/versions"] = answer(newer) if tagged else newer
        assert await listed(ours) == newer


def restarted(ours: Assembled, *rules: Rule) -> Assembled:
    """Begin anew with what the store has."""
    again = server(ours.upstream.answers, *rules)
    vars(again.store).update(vars(ours.store))
    again.now = ours.now
    return again


async def test_a_restart_goes_on_with_the_same_list() -> None:
    ours = server(registry(INFOS), deny("plum", "1.1.0"))
    await ours.get("/gem/info/plum")
    await listed(ours)
    later(ours, MINUTE)
    publish(ours, "rope", info(line("rope", "0.4.0")), "0.4.0")
    before = await listed(ours)
    await anyio.sleep(0.7)
    again = restarted(ours, deny("plum", "1.1.0"))
    assert await listed(again) == before
    later(again, MINUTE)
    added = publish(again, "rope", info(line("rope", "0.5.0")), "0.5.0")
    assert await listed(again) == before + added


async def test_a_restart_with_other_rules_says_what_has_changed() -> None:
    ours = server(registry(INFOS), deny("plum", "1.1.0"))
    await ours.get("/gem/info/plum")
    before = await listed(ours)
    await anyio.sleep(0.7)
    again = restarted(ours)
    await listed(again)
    await anyio.sleep(0.05)
    assert await listed(again) == before + f"plum 1.1.0 {md5(PLUM)}\n".encode()


async def test_a_note_that_does_not_belong_to_the_upstreams_list_is_not_gone_on_with() -> None:
    ours = server(registry(INFOS), deny("plum", "1.1.0"))
    left = (await ours.get("/gem/info/plum")).body
    await listed(ours)
    await anyio.sleep(0.7)
    again = restarted(ours, deny("plum", "1.1.0"))
    later(again, 40 * DAY)
    anew = b"---\n" + b"pear 1 0\n" * 40 + f"plum 1.0.0,1.1.0 {md5(PLUM)}\n".encode()
    again.upstream.answers[f"{URL}/versions"] = answer(anew)
    assert await listed(again) == anew + f"plum -1.1.0 {md5(left)}\n".encode()


async def test_many_clients_at_once_ask_the_upstream_once() -> None:
    ours = server(registry(INFOS))
    async with anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(listed, ours)
    assert ours.asked() == [f"{URL}/versions"]


def test_the_ledger_hashes_what_it_serves_whatever_it_is_made_of() -> None:
    ledger = Ledger(LIST)
    ledger.append(b"plum -1.0 x\n")
    assert ledger.follow(LIST + b"pear 1 y\n") == b"pear 1 y\n"
    ledger.append(b"plum -1.1 x\n")
    ledger.append(b"plum -1.2 x\n")
    served = ledger.served()
    whole = LIST + b"plum -1.0 x\npear 1 y\nplum -1.1 x\nplum -1.2 x\n"
    assert b"".join(served.chunks(0, served.size_bytes)) == whole
    assert served.md5 == md5(whole)
    assert served.sha256 == hashlib.sha256(whole).digest()
    for start in range(0, len(whole), 7):
        for stop in range(start, len(whole) + 1, 11):
            assert b"".join(served.chunks(start, stop)) == whole[start:stop]
    assert ledger.follow(b"---\nplum 1 z\n") is None
    assert ledger.served().md5 == md5(b"---\nplum 1 z\n")


def test_lines_are_added_on_lines_of_their_own() -> None:
    ledger = Ledger(b"---\nplum 1.0 x")
    ledger.append(b"plum -1.0 y\n")
    served = ledger.served()
    assert b"".join(served.chunks(0, served.size_bytes)) == b"---\nplum 1.0 x\nplum -1.0 y\n"
    assert ledger.follow(b"---\nplum 1.0 xz\n") is None


def test_what_is_no_list_is_bad() -> None:
    for body in (b"", b"<html>", b"{}", b"plum 1.0 x\n"):
        with pytest.raises(UpstreamBad):
            Ledger(body)
