"""Platforms that dependencies are for."""

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.cargo.platforms import parse_platform


@pytest.mark.parametrize(
    ("written", "spelt"),
    [
        ("x86_64-pc-windows-gnu", "x86_64-pc-windows-gnu"),
        ("my.target-1", "my.target-1"),
        ("cfg(unix)", "cfg(unix)"),
        ("cfg( unix )", "cfg(unix)"),
        ('cfg(target_os="linux")', 'cfg(target_os = "linux")'),
        ('cfg( any(unix, target_os = "none",) )', 'cfg(any(unix, target_os = "none"))'),
        ("cfg(not(all( a,b , not(r#c) )))", "cfg(not(all(a, b, not(r#c))))"),
        ("cfg(all())", "cfg(all())"),
        ('cfg(feature = "a b-é")', 'cfg(feature = "a b-é")'),
    ],
)
def test_a_platform_is_spelt_as_cargo_spells_it(written: str, spelt: str) -> None:
    assert parse_platform(written) == spelt
    assert parse_platform(spelt) == spelt


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "a b", "-a", "a/b", "a\n", "cfg()", "cfg(", "cfg(unix))", "cfg(a b)", "cfg(a=b)", 'cfg("a")'),
        *("cfg(any)", "cfg(not())", "cfg(not(a, b))", "cfg(foo(a))", "cfg(any(a b))", "cfg(any(a,,b))", "cfg(1a)"),
        *("cfg(any(a,)", 'cfg(a = "b\n")', 'cfg(a = "\u2028")', 'cfg(a = "b)', "cfg(a =)", "cfg(=)", "cfg(,)"),
        "cfg(" + "not(" * 80 + "a" + ")" * 81,
        "cfg(any(" + "a," * 4000 + "))",
        "unix\u2028",
    ],
)
def test_what_is_no_platform_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_platform(text)


_parts = st.sampled_from(["cfg(", ")", "(", ",", "=", '"x"', "a", "any(", "not(", " ", "\n", "r#"])


# Generating is slow on a machine that has other things to do; what is generated is checked all the same.
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_parts, max_size=12).map("".join).map(lambda text: f"cfg({text})"))
def test_what_was_read_is_read_again_as_itself(text: str) -> None:
    with suppress(Invalid):
        spelt = parse_platform(text)
        assert parse_platform(spelt) == spelt
        assert len(spelt.splitlines()) == 1
