"""One-time passwords, against the vectors of the RFCs."""

import pytest

from packhouse.formats.one_time import matching_step, otpauth, password_at

SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("at_s", "password"),
    # RFC 6238 appendix B, for SHA-1; the last six of the eight digits that stand there.
    [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")],
)
def test_passwords_are_those_of_the_rfc(at_s: int, password: str) -> None:
    assert password_at(SECRET, at_s // 30) == password


def test_a_password_counts_one_step_before_and_after_and_no_longer() -> None:
    password = password_at(SECRET, 100)
    assert matching_step(SECRET, password, 3000) == 100
    assert matching_step(SECRET, password, 2971) == 100
    assert matching_step(SECRET, password, 3059) == 100
    assert matching_step(SECRET, password, 3060) is None
    assert matching_step(SECRET, password, 2969) is None
    assert matching_step(SECRET, "", 3000) is None


def test_the_address_is_what_apps_read() -> None:
    assert otpauth(SECRET, "Packhouse", "ada l") == (
        "otpauth://totp/Packhouse%3Aada%20l?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&period=30&digits=6"
        "&algorithm=SHA1&issuer=Packhouse"
    )
