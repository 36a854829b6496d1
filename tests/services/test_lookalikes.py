"""Names that can be taken for one another."""

import json

import pytest

from packhouse.services.lookalikes import look_alike
from tests.ecosystems.npm.test_publishing import document, publish, server


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("lodash", "lodahs"),
        ("lodash", "1odash"),
        ("JSONStream", "jsonstream"),
        ("left-pad", "left_pad"),
        ("left-pad", "leftpad"),
        ("react", "reаct"),  # noqa: RUF001 (a Cyrillic letter)
        ("modern", "modem"),
        ("@types/node", "@type/node"),
    ],
)
def test_names_that_look_alike_are_told(left: str, right: str) -> None:
    assert look_alike(left, right)
    assert look_alike(right, left)


@pytest.mark.parametrize(("left", "right"), [("react", "preact-x"), ("a", "b"), ("vue", "vux"), ("pear", "plum")])
def test_names_that_differ_are_not(left: str, right: str) -> None:
    assert not look_alike(left, right)


@pytest.mark.anyio
async def test_who_publishes_under_such_a_name_is_warned_and_not_stopped() -> None:
    ours = server()
    ada, bob = await ours.token("ada"), await ours.token("bob")
    await publish(ours, ada, "orchard", "1.0.0")
    await publish(ours, ada, "@farm/secrets", "1.0.0", access="restricted")
    warned = await ours.send("PUT", "/npm/0rchard", document("0rchard", "1.0.0"), bob)
    assert warned.status == 201
    assert "looks like orchard" in warned.headers["npm-notice"]
    quiet = await ours.send("PUT", "/npm/@farm%2fsecret", document("@farm/secret", "1.0.0"), bob)
    assert quiet.status == 201
    assert "npm-notice" not in quiet.headers
    assert list(json.loads((await ours.get("/npm/0rchard")).body)["versions"]) == ["1.0.0"]
