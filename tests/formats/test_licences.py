"""Licences by their names and addresses."""

import pytest

from packhouse.formats.licences import name_to_spdx


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Apache License, Version 2.0", "Apache-2.0"),
        ("The Apache Software License, Version 2.0", "Apache-2.0"),
        ("Apache-2.0", "Apache-2.0"),
        ("The MIT License (MIT)", "MIT"),
        ("MIT License", "MIT"),
        ("https://www.apache.org/licenses/LICENSE-2.0.txt", "Apache-2.0"),
        ("http://opensource.org/licenses/MIT/", "MIT"),
        ("https://spdx.org/licenses/0BSD.html", "0BSD"),
        ("Eclipse Public License v2.0", "EPL-2.0"),
        ("GNU General Public License, version 2", "GPL-2.0-only"),
        ("MIT OR Apache-2.0", "MIT OR Apache-2.0"),
        ("BSD", None),
        ("BSD License", None),
        ("Proprietary", None),
        ("https://acme.example/licence", None),
        ("x" * 10_000, None),
        ("", None),
    ],
)
def test_a_name_or_address_means_one_licence_or_none(text: str, expected: str | None) -> None:
    assert name_to_spdx(text) == expected
