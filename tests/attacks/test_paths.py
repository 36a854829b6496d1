"""Paths that lead upwards, elsewhere or nowhere, each shape by its promise."""

import json

import pytest

from tests.attacks.asking import ask, ask_decently
from tests.attacks.conftest import Farm

pytestmark = pytest.mark.anyio

UPWARDS = (
    b"/npm/..%2f..%2fcanary",
    b"/npm/%2e%2e/%2e%2e/canary",
    b"/npm/../../canary",
    b"/npm/@s%2f..%2fx",
    b"/npm/@s/../x",
    b"/npm/@..%2fx",
    b"/npm/@../x",
    b"/npm/%2e%2e/-/x.tgz",
    b"/npm/-/../",
    b"/npm/%252e%252e%252fcanary",
    b"/npm/..%5c..%5ccanary",
    b"/npm/..\\..\\canary",
    b"/npm/%c0%ae%c0%ae%c0%afcanary",
    b"/npm/%e0%80%ae%e0%80%ae",
    b"/npm/thing%00.tgz",
    b"/npm/%00",
    b"/npm/.packhouse.toml",
    b"/npm/@scope/.hidden",
    b"/npm/file:%2f%2f%2fetc%2fpasswd",
    b"/npm/http:%2f%2fevil.example%2fthing",
    b"/npm/%ef%bc%8e%ef%bc%8e%ef%bc%8fcanary",
    b"/npm/th%D1%96ng",
    b"/npm/@scope%2fpart%2f..%2fx",
    b"/npm/" + b"a" * 215,
    b"/npm/node_modules",
    b"/npm/favicon.ico",
    b"/npm/thing%0d%0aset-cookie:%20a=b",
    b"/npm/thing?" + b"&".join([b"a=b"] * 300) + b"&write=true",
)


@pytest.mark.parametrize("target", UPWARDS)
async def test_a_path_that_names_no_package_is_refused_and_never_asked_upstream(farm: Farm, target: bytes) -> None:
    said = await ask_decently(farm.app, target)
    if said.status == 200:  # dots that a path of one segment may hold
        pytest.fail(f"served {said.body[:200]!r}")
    assert said.status in {400, 404}
    assert b"canary sings" not in said.body
    assert json.loads(said.body)["error"]
    paths = farm.upstream.paths
    farm.check_untouched()
    assert paths == [] or target.startswith(b"/npm/thing?")


@pytest.mark.parametrize(
    "filename",
    [
        b"..%2f..%2fcanary",
        b"..",
        b"%2e%2e%2fthing-1.0.0.tgz",
        b"thing-1.0.0.tgz%00",
        b"canary",
        b"%5c..%5ccanary",
        b"nul.tgz%20",
        b"thing-1.0.0.tgz%0d%0ax:y",
        b"x" * 300 + b".tgz",
        b"thing-1.0.0.zip",
        b"%ff.tgz",
    ],
)
async def test_a_file_name_that_can_be_none_is_not_found_without_asking_upstream(farm: Farm, filename: bytes) -> None:
    assert (await ask(farm.app, b"/npm/thing")).status == 200
    farm.upstream.calls.clear()
    said = await ask_decently(farm.app, b"/npm/thing/-/" + filename)
    assert said.status in {400, 404}
    assert farm.upstream.paths == []
    farm.check_untouched()


@pytest.mark.parametrize(
    "name", [b"constructor", b"prototype", b"toString", b"hasOwnProperty", b"valueOf", b"con", b"aux"]
)
async def test_a_name_that_means_something_to_a_language_or_system_is_a_name_like_any_other(
    farm: Farm, name: bytes
) -> None:
    assert (await ask_decently(farm.app, b"/npm/" + name)).status == 404
    for path in (
        b"/npm/thing/%b",
        b"/npm/thing/-/%b",
        b"/npm/-/package/%b/dist-tags",
        b"/npm/-/v1/search?%b=%b&text=%b",
    ):
        said = await ask_decently(farm.app, path % (name,) if path.count(b"%b") == 1 else path % (name, name, name))
        assert said.status in {200, 404}
        assert said.status == 404 or json.loads(said.body)["total"] == 0
    farm.check_untouched()


async def test_proto_is_no_package_version_tag_or_file(farm: Farm) -> None:
    for path in (
        b"/npm/__proto__",
        b"/npm/thing/__proto__",
        b"/npm/thing/-/__proto__",
        b"/npm/-/package/__proto__/dist-tags",
    ):
        assert (await ask_decently(farm.app, path)).status in {400, 404}
    farm.check_untouched()


async def test_what_the_api_does_not_have_is_not_looked_for_as_a_package_upstream(farm: Farm) -> None:
    farm.upstream.calls.clear()
    for path in (
        b"-/whoami",
        b"-/npm",
        b"-/all",
        b"-/user",
        b"-/v1/login",
        b"-/npm/v1/user",
        b"-/org/x/user",
        b"-/-/-",
    ):
        assert (await ask_decently(farm.app, b"/npm/" + path)).status in {200, 401, 404, 405}
    assert farm.upstream.paths == []
