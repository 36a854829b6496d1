"""Licences that are read from a module's archive."""

import io
import json
import zipfile
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.release import Licence, Release
from packhouse.domain.upstream import UpstreamRegistry
from packhouse.domain.view import View
from packhouse.ecosystems.golang import ECOSYSTEM, build_mount
from packhouse.ecosystems.golang.licence_files import is_licence
from packhouse.formats.licence_texts import BadZip, identify, read_zip
from tests.assembled import Assembled

UPSTREAM = UpstreamRegistry("first", ECOSYSTEM.key, "https://goproxy.example")
KEY = PackageKey(ECOSYSTEM.key, NormalName("example.com/pear"))
ISC = """ISC License

Copyright (c) 2026 Orchard

Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted,
provided that the above copyright notice and this permission notice appear in all copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE INCLUDING ALL
IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT,
INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF
THIS SOFTWARE.
"""
OWN = "All rights are ours. Nobody may copy any of it, on any day of the week, for whatever reason."


def _zip(files: Mapping[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(f"example.com/pear@v1.0.0/{name}", text)
    return packed.getvalue()


def _server(body: bytes) -> Assembled:
    base = "https://goproxy.example/example.com/pear"
    info = json.dumps({"Version": "v1.0.0", "Time": "2026-01-01T00:00:00Z"}).encode()
    answers = {
        f"{base}/@v/list": b"v1.0.0\n",
        f"{base}/@v/v1.0.0.info": info,
        f"{base}/@v/v1.0.0.mod": b"module example.com/pear\n",
        f"{base}/@v/v1.0.0.zip": body,
    }
    return Assembled(ECOSYSTEM, build_mount, answers, [UPSTREAM])


async def _complete(ours: Assembled) -> Release:
    record = await ours.services.records.get(View(), KEY)
    release = record.find("v1.0.0")
    assert release is not None
    return await ours.services.records.complete(View(), KEY, release)


@pytest.mark.anyio
async def test_the_licence_of_a_module_is_known_once_its_archive_is_here_and_nothing_is_fetched_for_it() -> None:
    ours = _server(_zip({"LICENSE": ISC, "pear.go": "package pear", "vendor/plum/LICENSE": OWN}))
    assert (await _complete(ours)).licences == ()
    assert not [each for each in ours.asked() if each.endswith(".zip")]
    assert (await ours.get("/go/example.com/pear/@v/v1.0.0.zip")).status == 200
    assert (await _complete(ours)).licences == (Licence("ISC", "ISC"),)
    fact = await ours.store.find_fact(KEY, "v1.0.0", "licences")
    assert fact is not None
    assert (await _complete(ours)).licences == (Licence("ISC", "ISC"),)


@pytest.mark.anyio
async def test_a_licence_that_nobody_knows_is_named_by_its_file_and_is_no_spdx() -> None:
    ours = _server(_zip({"LICENSE.md": OWN, "COPYING": ISC}))
    await ours.get("/go/example.com/pear/@v/v1.0.0.zip")
    assert (await _complete(ours)).licences == (Licence("LICENSE.md"), Licence("ISC", "ISC"))


@pytest.mark.anyio
async def test_what_was_read_of_another_archive_counts_no_more() -> None:
    ours = _server(_zip({"LICENSE": ISC}))
    await ours.get("/go/example.com/pear/@v/v1.0.0.zip")
    await _complete(ours)
    fact = await ours.store.find_fact(KEY, "v1.0.0", "licences")
    assert fact is not None
    await ours.store.write_facts([type(fact)(KEY, "v1.0.0", "licences", b"\x90", "sha256:other")])
    assert (await _complete(ours)).licences == (Licence("ISC", "ISC"),)
    await ours.store.write_facts([type(fact)(KEY, "v1.0.0", "licences", b"damaged", fact.source)])
    assert (await _complete(ours)).licences == (Licence("ISC", "ISC"),)


@pytest.mark.parametrize("name", ["LICENSE", "LICENCE.txt", "license-apache", "MIT-LICENSE.md", "COPYING", "UNLICENSE"])
def test_licences_are_files_at_the_top_with_such_names(name: str) -> None:
    assert is_licence(f"example.com/pear@v1.0.0/{name}")
    assert not is_licence(f"example.com/pear@v1.0.0/vendor/{name}")
    assert not is_licence(name)


@pytest.mark.parametrize("name", ["license.go", "README.md", "licensed", "pear.go", "license_test.go"])
def test_other_files_are_none(name: str) -> None:
    assert not is_licence(f"example.com/pear@v1.0.0/{name}")


@given(st.binary(max_size=300))
def test_any_bytes_are_an_archive_or_refused(body: bytes) -> None:
    with pytest.raises(BadZip):
        read_zip(io.BytesIO(body), lambda _: True)


@given(st.text(max_size=200))
def test_any_text_is_a_licence_or_none(text: str) -> None:
    assert all(identify(text.encode("utf-8", "surrogatepass")))
