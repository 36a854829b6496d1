"""Images in files: lines, folders and archives; and whatever else files may hold."""

import contextlib
import gzip
import io
import json
import lzma
import tarfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from packhouse.adapters.feeds.images import read_images
from packhouse.adapters.memory.store import MemoryStore
from packhouse.domain.errors import Invalid
from packhouse.services.advisory_ports import FeedFault
from packhouse.services.image_ports import ImageEntry
from packhouse.services.images import EMPTY_LAYERS, ImageImport, chains, chains_of_image, read_chain

PACKERS: dict[str, Callable[[bytes], bytes]] = {".tar": bytes, ".tar.gz": gzip.compress, ".tar.xz": lzma.compress}
LAYERS = [sha256(name.encode()).digest() for name in ("base", "middle", "top")]
EMPTY = bytes.fromhex("5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef")


def _digest(layer: bytes) -> str:
    return f"sha256:{layer.hex()}"


def _put(folder: Path, value: object) -> dict[str, Any]:
    body = json.dumps(value).encode()
    name = sha256(body).hexdigest()
    (folder / "blobs" / "sha256").mkdir(parents=True, exist_ok=True)
    (folder / "blobs" / "sha256" / name).write_bytes(body)
    return {"digest": f"sha256:{name}", "size": len(body)}


def _layout(folder: Path, layers: list[bytes], annotations: dict[str, str] | None = None) -> Path:
    config = _put(folder, {"rootfs": {"type": "layers", "diff_ids": [_digest(each) for each in layers]}})
    manifest = _put(folder, {"schemaVersion": 2, "config": config, "layers": []})
    inner = _put(folder, {"schemaVersion": 2, "manifests": [manifest]})
    index = {"schemaVersion": 2, "manifests": [{**inner, **({"annotations": annotations} if annotations else {})}]}
    (folder / "index.json").write_text(json.dumps(index))
    return folder


def _read(path: Path, repository: str = "") -> tuple[list[ImageEntry], list[FeedFault]]:
    found = list(read_images([path], repository))
    return [each for each in found if isinstance(each, ImageEntry)], [
        each for each in found if isinstance(each, FeedFault)
    ]


def test_chain_ids_are_those_of_the_specification() -> None:
    found = chains(LAYERS)
    assert found[0] == LAYERS[0]
    assert found[1] == sha256(f"{_digest(LAYERS[0])} {_digest(LAYERS[1])}".encode()).digest()
    assert found[2] == sha256(f"{_digest(found[1])} {_digest(LAYERS[2])}".encode()).digest()


def test_layers_that_change_nothing_count_and_do_not() -> None:
    assert EMPTY in EMPTY_LAYERS
    found = chains_of_image([LAYERS[0], EMPTY, LAYERS[1]])
    assert set(chains(LAYERS[:2])) < set(found)
    assert set(chains([LAYERS[0], EMPTY, LAYERS[1]])) < set(found)
    assert len(found) == 4


def test_a_line_names_a_repository_with_its_chains_or_layers(tmp_path: Path) -> None:
    lines = [
        {
            "repository": "library/pear",
            "chains": [_digest(LAYERS[0])],
            "stars": 5,
            "pulls": 9,
            "official": True,
            "updatedAt": "2026-08-11T00:00:00Z",
        },
        {"repository": "images.example:5000/farm/plum:1.2@sha256:aa", "layers": [_digest(each) for each in LAYERS]},
    ]
    path = tmp_path / "images.jsonl"
    path.write_text("\n\n".join(map(json.dumps, lines)))
    (pear, plum), faults = _read(path)
    assert not faults
    assert (pear.repository.name, pear.repository.stars, pear.repository.updated_at) == (
        "library/pear",
        5,
        1786406400000,
    )
    assert (plum.repository.registry, plum.repository.name) == ("images.example:5000", "farm/plum")
    assert plum.chains == tuple(chains(LAYERS))


@pytest.mark.parametrize("suffix", ["", *PACKERS])
def test_a_layout_is_read_as_a_folder_and_as_an_archive(tmp_path: Path, suffix: str) -> None:
    path = _layout(tmp_path / "pear", LAYERS)
    if suffix:
        archive = tmp_path / f"pear{suffix}"
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as file:
            file.add(path, ".")
        archive.write_bytes(PACKERS[suffix](packed.getvalue()))
        path = archive
    (entry,), faults = _read(path, "farm/pear:latest")
    assert not faults
    assert (entry.repository.name, entry.chains) == ("farm/pear", tuple(chains(LAYERS)))


def test_a_layout_may_say_where_it_is_from_and_else_has_to_be_told(tmp_path: Path) -> None:
    named = _layout(tmp_path / "a", LAYERS, {"io.containerd.image.name": "images.example/farm/pear:1"})
    (entry,), _ = _read(named)
    assert (entry.repository.registry, entry.repository.name) == ("images.example", "farm/pear")
    entries, (fault,) = _read(_layout(tmp_path / "b", LAYERS))
    assert not entries
    assert "names no repository" in fault.reason


def test_what_is_stored_under_a_wrong_digest_is_refused(tmp_path: Path) -> None:
    folder = _layout(tmp_path / "a", LAYERS)
    for blob in (folder / "blobs" / "sha256").iterdir():
        blob.write_bytes(blob.read_bytes() + b" ")
    entries, (fault,) = _read(folder, "pear")
    assert not entries
    assert "something else" in fault.reason


@pytest.mark.anyio
async def test_a_bad_line_is_named_and_all_others_are_stored(tmp_path: Path) -> None:
    good = {"repository": "pear", "chains": [_digest(LAYERS[0])]}
    bad = [
        b"{",
        b"[]",
        b'{"repository": ""}',
        b'{"repository": "x", "chains": ["md5:aa"]}',
        b"\xff",
        b'{"repository": 5}',
        json.dumps({**good, "stars": -1}).encode(),
        json.dumps({**good, "pulls": 1 << 70}).encode(),
        b'{"repository":"x"}',
    ]
    path = tmp_path / "images.jsonl"
    path.write_bytes(b"\n".join([*bad, json.dumps(good).encode()]))
    store = MemoryStore()
    report = await ImageImport(store).add(read_images([path]))
    assert (report.read, report.written, len(report.failed)) == (len(bad) + 1, 1, len(bad))
    assert [each.name for each in await store.list_images(LAYERS[0], 10)] == ["pear"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(body=st.binary(max_size=200), name=st.sampled_from(["x.jsonl", "x.tar", "x.tar.gz", "x.json.xz", "x.tgz"]))
def test_any_bytes_are_read_or_named_as_a_fault(tmp_path: Path, body: bytes, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(body)
    entries, _ = _read(path)
    assert not entries


@settings(max_examples=60)
@given(st.text(max_size=80))
def test_any_text_is_a_chain_id_or_none(text: str) -> None:
    with contextlib.suppress(Invalid):
        assert len(read_chain(text)) == 32
