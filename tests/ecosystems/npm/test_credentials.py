"""What npm itself would send, read from its own file."""

from base64 import b64encode
from pathlib import Path

import pytest

from packhouse.ecosystems.npm.credentials import find_authorization

PAIR = b64encode(b"ann:pass").decode()
ENTRIES = f"//acme.example/:username=ann\n//acme.example/:_password={b64encode(b'pass').decode()}"


@pytest.mark.parametrize(
    ("lines", "url", "expected"),
    [
        ("//acme.example/:_authToken=abc", "https://acme.example", "Bearer abc"),
        ("//acme.example/npm/:_authToken=abc", "https://acme.example/npm", "Bearer abc"),
        ("//acme.example/:_authToken=abc", "https://acme.example/npm/team", "Bearer abc"),
        ("//acme.example/npm/:_authToken=abc", "https://acme.example/other", None),
        ("//acme.example/:_authToken=abc", "https://acme.example:8443", None),
        ("//acme.example/:_authToken=abc", "https://evil.example", None),
        ("//acme.example/:_authToken=a\n//acme.example/npm/:_authToken=b", "https://acme.example/npm", "Bearer b"),
        (f"//acme.example/:_auth={PAIR}", "https://acme.example", f"Basic {PAIR}"),
        (
            ENTRIES,
            "https://acme.example",
            f"Basic {PAIR}",
        ),
        ("//acme.example/:_authToken=${TOKEN}", "https://acme.example", "Bearer from-the-environment"),
        ('"//acme.example/:_authToken" = "abc"', "https://acme.example", "Bearer abc"),
        ("_authToken=abc", "https://acme.example", None),
        ("//acme.example/:username=ann", "https://acme.example", None),
    ],
)
def test_the_entry_of_the_nearest_path_above_counts(tmp_path: Path, lines: str, url: str, expected: str | None) -> None:
    (tmp_path / ".npmrc").write_text(f"; mine\nregistry=https://acme.example\n{lines}\n")
    assert find_authorization(url, tmp_path, {"TOKEN": "from-the-environment"}) == expected


def test_no_file_has_no_entry(tmp_path: Path) -> None:
    assert find_authorization("https://acme.example", tmp_path, {}) is None
