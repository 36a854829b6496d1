"""Files of advisories: what is in them comes out, and what is wrong with them is told."""

import gzip
import lzma
import zipfile
from pathlib import Path

import pytest

from packhouse.adapters.feeds import osv, streams
from packhouse.adapters.feeds.osv import read_feed
from packhouse.domain.errors import ConfigError
from packhouse.services.advisory_ports import FeedFault, FeedRecord

ONE, TWO = b'{"id": "A-1"}', b'{"id": "A-2"}'


def _read(*paths: Path) -> tuple[dict[str, bytes], dict[str, str]]:
    found = list(read_feed(paths))
    return (
        {each.where: each.body for each in found if isinstance(each, FeedRecord)},
        {each.where: each.reason for each in found if isinstance(each, FeedFault)},
    )


def _write(path: Path, body: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    return path


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("all.jsonl", bytes),
        ("all.jsonl.gz", gzip.compress),
        ("all.jsonl.xz", lzma.compress),
        ("all.JSONL.XZ", lambda body: lzma.compress(body[:20]) + lzma.compress(body[20:]) + bytes(4)),
        ("all.ndjson.gz", lambda body: gzip.compress(body[:20]) + gzip.compress(body[20:])),
    ],
)
def test_lines_are_records_however_they_are_packed(tmp_path: Path, name: str, pack: type[bytes]) -> None:
    path = _write(tmp_path / name.lower(), pack(ONE + b"\n\n" + TWO + b"\r\n"))
    records, faults = _read(path)
    assert (list(records.values()), faults) == ([ONE, TWO], {})
    assert list(records) == [f"{path.name}:1", f"{path.name}:3"]


def test_lines_across_many_pieces_are_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "_PIECE_BYTES", 7)
    for name, pack in (("a.jsonl", bytes), ("b.jsonl.xz", lzma.compress), ("c.jsonl.gz", gzip.compress)):
        lines = [b'{"id": "%d"}' % each for each in range(50)]
        records, faults = _read(_write(tmp_path / name, pack(b"\n".join(lines))))
        assert (list(records.values()), faults) == (lines, {})


def test_a_folder_is_read_in_order_with_all_below_it(tmp_path: Path) -> None:
    _write(tmp_path / "npm" / "b.json", TWO)
    _write(tmp_path / "npm" / "a.json", b"\n" + ONE + b"\n")
    _write(tmp_path / "lists" / "two.json", b"[" + ONE + b", " + TWO + b"]")
    _write(tmp_path / ".git" / "c.json", ONE)
    _write(tmp_path / "README.md", b"no advisory")
    (tmp_path / "npm" / "link.json").symlink_to("/etc/hostname")
    assert _read(tmp_path) == (
        {"lists/two.json#0": ONE, "lists/two.json#1": TWO, "npm/a.json": ONE, "npm/b.json": TWO},
        {},
    )


def test_a_zip_is_read_without_being_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("A-1.json", ONE)
        archive.writestr("../../A-2.json", TWO)
        archive.writestr("notes.txt", "no advisory")
        archive.writestr("bad.yaml", ": : :")
    records, faults = _read(path)
    assert records == {"all.zip/A-1.json": ONE, "all.zip/../../A-2.json": TWO}
    assert list(faults) == ["all.zip/bad.yaml"]
    assert list(tmp_path.parent.glob("A-*")) == []


def test_a_bomb_in_a_zip_is_told_and_the_rest_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(osv, "MAX_RECORD_BYTES", 1000)
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.json", bytes(1_000_000))
        archive.writestr("A-1.json", ONE)
    records, faults = _read(path)
    assert records == {"all.zip/A-1.json": ONE}
    assert list(faults) == ["all.zip/bomb.json"]


def test_a_zip_that_says_to_be_larger_than_any_database_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(osv, "MAX_BYTES", 20)
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("A-1.json", ONE)
        archive.writestr("A-2.json", TWO)
    assert _read(path) == ({}, {"all.zip": "the archive is larger than any database of advisories"})


@pytest.mark.parametrize(
    ("name", "body", "reason"),
    [
        ("a.jsonl.xz", b"no xz at all", "it is no sound xz file"),
        ("a.jsonl.xz", lzma.compress(ONE * 1000)[:-30], "it ends too early"),
        ("a.jsonl.gz", b"no gzip at all", "it is no sound gzip file"),
        ("a.jsonl.gz", gzip.compress(ONE * 1000, mtime=0)[:-30], "it ends too early"),
        ("a.zip", b"no zip at all", "it is no sound zip archive"),
        ("a.json", b"[1, 2", "it is no JSON"),
        ("a.json", b"[" * 100_000, "it is no JSON"),
        ("a.yaml", b"a: [", "it is no YAML"),
        ("a.yml", b"- a\n- b", "it is no record"),
        ("a.toml", b"id = 1", "its name ends with none of .json"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_the_reason(
    tmp_path: Path, name: str, body: bytes, reason: str
) -> None:
    records, faults = _read(_write(tmp_path / name, body))
    assert records == {}
    assert faults[name].startswith(reason)


def test_an_endless_line_or_file_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MAX_RECORD_BYTES", 1000)
    long = _write(tmp_path / "long.jsonl.xz", lzma.compress(bytes(5000)))
    assert _read(long)[1] == {"long.jsonl.xz": "a line is longer than 0 MiB"}
    whole = _write(tmp_path / "long.json.gz", gzip.compress(bytes(5000)))
    assert _read(whole)[1] == {"long.json.gz": "a record is larger than 0 MiB"}
    monkeypatch.setattr(streams, "MAX_BYTES", 100)
    many = _write(tmp_path / "many.jsonl.gz", gzip.compress((ONE + b"\n") * 500))
    assert _read(many)[1] == {"many.jsonl.gz": "it holds more than 0 GiB"}


def test_a_list_that_wants_much_memory_to_unpack_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "_XZ_MEMORY_BYTES", 1 << 20)
    path = _write(tmp_path / "a.jsonl.xz", lzma.compress(ONE, preset=9))
    assert _read(path)[1]["a.jsonl.xz"].startswith("it is no sound xz file")


def test_yaml_comes_out_as_json_with_the_name_of_its_file(tmp_path: Path) -> None:
    _write(tmp_path / "farm" / "pear" / "1.yaml", b"title: Bad\ntime: 2026-08-01 10:00:00\ncve: ~\nn: [1, 2.5, on]\n")
    assert list(_read(tmp_path)[0].values()) == [
        b'{"path":"farm/pear/1.yaml","title":"Bad","time":"2026-08-01T10:00:00","cve":null,"n":[1,2.5,true]}'
    ]


def test_no_yaml_grows_by_its_aliases_or_makes_objects(tmp_path: Path) -> None:
    _write(tmp_path / "a.yaml", b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n")
    _write(tmp_path / "b.yaml", b"a: !!python/object/apply:os.getcwd []\n")
    records, faults = _read(tmp_path)
    assert records == {}
    assert faults["a.yaml"] == "a record in YAML may have no aliases"
    assert faults["b.yaml"].startswith("it is no YAML that can be read")


def test_what_is_not_there_is_a_mistake_of_whoever_named_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        list(read_feed([tmp_path / "nothing"]))


@pytest.mark.parametrize("body", [b"[" * 200_000, b"a: " + b"[" * 100_000 + b"]" * 100_000, b"{a: " * 60_000])
def test_yaml_is_not_read_below_a_depth_that_no_advisory_has(tmp_path: Path, body: bytes) -> None:
    records, faults = _read(_write(tmp_path / "a.yaml", body))
    assert (records, faults) == ({}, {"a.yaml": "a record in YAML is at most 40 levels deep"})
