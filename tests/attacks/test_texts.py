"""Ranges and search texts that are made to take long."""

import time
from contextlib import suppress

import pytest

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.npm.ranges import parse_range
from tests.attacks.asking import ask, ask_decently
from tests.attacks.conftest import Farm

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "text",
    [
        "^" * 20_000,
        "1 " * 20_000,
        " " * 40_000 + "x",
        ">" * 10_000 + "=" * 10_000,
        "1.2.3" + "-a" * 10_000,
        "1.2.3-" + "0" * 20_000 + "!",
        "1.2.3+" + "a." * 10_000,
        "||" * 10_000,
        "1||" * 8_000,
        "1 - " * 8_000,
        "~> " * 8_000 + "x",
        "9" * 20_000,
        "^" + "9" * 5_000,
        "^" + "9" * 16,
        "x." * 10_000,
        "* " * 10_000,
        "=v" * 10_000,
        "v" * 20_000 + "1",
        "1.2.3 " + "\t" * 20_000 + "- 2",
        "<=" + "\u00a0" * 10_000,
        "\u0663.\u0662.\u0661",
        "1.2.3-" + "a-" * 10_000 + "\n",
    ],
    ids=lambda text: ascii(text[:12]),
)
async def test_no_range_takes_long_to_read(farm: Farm, text: str) -> None:
    began = time.perf_counter()
    with suppress(Invalid):
        parse_range(text)
    if time.perf_counter() - began > 1:
        began = time.perf_counter()
        with suppress(Invalid):
            parse_range(text)
    assert time.perf_counter() - began < 1
    quoted = "".join(f"%{byte:02x}" for byte in text.encode())[:60_000].rpartition("%")[0].encode()
    said = await ask_decently(farm.app, b"/npm/thing/" + quoted)
    assert said.status in {200, 400, 404}


@pytest.mark.parametrize(
    "text",
    [
        "a" * 60_000,
        "a " * 30_000,
        "a* " * 20_000,
        '"' * 60_000,
        "NEAR(" * 10_000,
        "a OR " * 10_000,
        "{name keywords}: a",
        "-name:a",
        "(" * 30_000,
        "%" * 20_000,
        "\0" * 100,
        "keywords:" * 6_000,
        "ﷺ" * 5_000,
        "\u0301" * 10_000,
        "*",
        '"; DROP TABLE package; --',
    ],
    ids=lambda text: ascii(text[:12]),
)
async def test_no_search_text_takes_long_or_is_more_than_text(farm: Farm, text: str) -> None:
    quoted = "".join(f"%{byte:02x}" for byte in text.encode()).encode()
    said = await ask_decently(farm.app, b"/npm/-/v1/search?text=" + quoted)
    assert said.status in {200, 400}
    assert (await ask(farm.app, b"/npm/-/v1/search?text=thing")).status == 200


async def test_paging_beyond_every_bound_is_answered_with_little(farm: Farm) -> None:
    for query in (b"size=99999999999999999999", b"from=99999999999999999999", b"size=0", b"size=250&from=10000"):
        said = await ask_decently(farm.app, b"/npm/-/v1/search?text=thing&" + query)
        assert said.status == 200
    for query in (b"size=-1", b"size=1e3", b"from=NaN", b"size=%D9%A3", b"size=%00"):
        assert (await ask_decently(farm.app, b"/npm/-/v1/search?text=thing&" + query)).status == 400


async def test_a_range_in_an_address_is_read_only_if_somebody_may_have_meant_it(farm: Farm) -> None:
    assert (await ask_decently(farm.app, b"/npm/thing/" + b"1%20" * 5)).status == 200
    assert (await ask_decently(farm.app, b"/npm/thing/" + b"1%20" * 5_000)).status == 404
