"""Frames and archives that are made to do harm: each is refused, and nothing of it stays."""

import gzip
import json
import lzma
import time
import zlib

import pytest

from tests.attacks.cargo_writes.grove import Grove
from tests.ecosystems.cargo.publications import archive, framed, manifest, publication
from tests.formats.tars import END, GNU, entry, gzipped, pax

pytestmark = pytest.mark.anyio

SAID = {"name": "pear", "vers": "1.0.0"}
TEXT = json.dumps(SAID).encode()
ROOT = b"pear-1.0.0/"
CARGO = entry(ROOT + b"Cargo.toml", manifest("pear", "1.0.0"))
CRATE = archive("pear", "1.0.0")


def length(number: int) -> bytes:
    """Write a length."""
    return number.to_bytes(4, "little")


def packed(*entries: bytes) -> bytes:
    """Make a submission of an archive of entries."""
    return framed(SAID, gzipped(b"".join(entries) + END))


def bomb(size_mb: int) -> bytes:
    """Make an archive with a file that unpacks to some megabytes."""
    press = zlib.compressobj(9, wbits=31)
    size = size_mb << 20
    head = CARGO + entry(ROOT + b"zeros", b"")[:512].replace(b"00000000000\0", b"%011o\0" % size, 1)
    parts = [press.compress(fixed(head, size))]
    parts += [press.compress(bytes(1 << 20)) for _ in range(size_mb)]
    return b"".join((*parts, press.compress(END), press.flush()))


def fixed(head: bytes, size: int) -> bytes:
    """Set the size in the last header, and its checksum."""
    block = bytearray(head[-512:])
    block[124:136] = b"%011o\0" % size
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return head[:-512] + bytes(block)


FRAMES = {
    "empty": b"",
    "half a length": b"\1\0",
    "endless metadata": b"\xff\xff\xff\xff" + TEXT,
    "metadata longer than the body": length(len(TEXT) + 9) + TEXT,
    "metadata of a megabyte and one": length((1 << 20) + 1) + b" " * ((1 << 20) + 1) + length(0),
    "no archive": length(len(TEXT)) + TEXT,
    "empty archive": framed(SAID, b""),
    "archive longer than the body": length(len(TEXT)) + TEXT + length(len(CRATE) + 1) + CRATE,
    "endless archive": length(len(TEXT)) + TEXT + b"\xff\xff\xff\xff" + CRATE,
    "bytes behind": framed(SAID, CRATE) + b"\0",
    "a second frame behind": framed(SAID, CRATE) * 2,
    "too large an archive": framed(SAID, bytes((1 << 20) + 1)),
    "no object": framed([], CRATE),
    "no JSON": framed(b"{", CRATE),
    "not UTF-8": framed(b'{"name":"\xff","vers":"1.0.0"}', CRATE),
    "a lone surrogate": framed(b'{"name":"pear","vers":"1.0.0","description":"\\ud800"}', CRATE),
    "a key twice": framed(b'{"name":"pear","name":"pear","vers":"1.0.0"}', CRATE),
    "deep": framed(b'{"name":"pear","vers":"1.0.0","x":' + b"[" * 200_000 + b"]" * 200_000 + b"}", CRATE),
    "wide": framed(b'{"name":"pear","vers":"1.0.0","x":[' + b"1," * 200_000 + b"1]}", CRATE),
    "not a number": framed(b'{"name":"pear","vers":"1.0.0","x":NaN}', CRATE),
    "a huge number": framed(b'{"name":"pear","vers":1e400}', CRATE),
}

ARCHIVES = {
    "above": packed(CARGO, entry(ROOT + b"../evil", b"x")),
    "far above": packed(CARGO, entry(b"../../../../../../tmp/evil", b"x")),
    "absolute": packed(CARGO, entry(b"/tmp/evil", b"x")),
    "another root": packed(CARGO, entry(b"fig-1.0.0/src/lib.rs", b"x")),
    "the root of another crate": framed(SAID, archive("fig", "1.0.0")),
    "backslashes": packed(CARGO, entry(ROOT + b"..\\evil", b"x")),
    "a symbolic link": packed(CARGO, entry(ROOT + b"evil", kind=b"2", link=b"/etc/passwd")),
    "a symbolic link within": packed(CARGO, entry(ROOT + b"evil", kind=b"2", link=b"Cargo.toml")),
    "a hard link": packed(CARGO, entry(ROOT + b"evil", kind=b"1", link=b"/etc/passwd")),
    "a fifo": packed(CARGO, entry(ROOT + b"evil", kind=b"6")),
    "a character device": packed(CARGO, entry(ROOT + b"evil", kind=b"3")),
    "a block device": packed(CARGO, entry(ROOT + b"evil", kind=b"4")),
    "a contiguous file": packed(CARGO, entry(ROOT + b"evil", b"x", kind=b"7")),
    "a sparse file": packed(CARGO, entry(ROOT + b"evil", b"x", kind=b"S", magic=GNU)),
    "a name that is not UTF-8": packed(CARGO, entry(ROOT + b"\xff\xfe", b"x")),
    "cargo's own mark": packed(CARGO, entry(ROOT + b".cargo-ok", b"ok")),
    "a second size": packed(CARGO, pax(size=b"5000"), entry(ROOT + b"evil", b"x")),
    "a second path": packed(CARGO, pax(path=b"../evil"), entry(ROOT + b"fine", b"x")),
    "twins by case": packed(CARGO, entry(ROOT + b"cargo.TOML", manifest("fig", "1.0.0"))),
    "the same file twice": packed(CARGO, CARGO),
    "manifest in capitals": packed(entry(ROOT + b"CARGO.TOML", manifest("pear", "1.0.0"))),
    "no manifest": packed(entry(ROOT + b"src/lib.rs", b"")),
    "another name": packed(entry(ROOT + b"Cargo.toml", manifest("fig", "1.0.0"))),
    "another version": packed(entry(ROOT + b"Cargo.toml", manifest("pear", "1.0.1"))),
    "a manifest that is none": packed(entry(ROOT + b"Cargo.toml", b"[package")),
    "no gzip": framed(SAID, b"none"),
    "a plain tar": framed(SAID, CARGO + END),
    "xz in disguise": framed(SAID, lzma.compress(CARGO + END)),
    "two members": framed(SAID, gzip.compress(CARGO) + gzip.compress(END)),
    "rubbish behind": framed(SAID, CRATE + b"rubbish"),
    "cut off": framed(SAID, CRATE[:-9]),
    "a wrong checksum": framed(SAID, CRATE[:-8] + b"\0\0\0\0" + CRATE[-4:]),
    "an archive behind the archive": framed(SAID, gzipped(CARGO + END + entry(b"../evil", b"x") + END)),
}


@pytest.mark.parametrize("what", [*FRAMES, *ARCHIVES])
async def test_what_is_made_to_harm_is_refused_and_leaves_nothing(grove: Grove, what: str) -> None:
    before = grove.files()
    reply = await grove.put((FRAMES | ARCHIVES)[what])
    assert reply.status in (400, 413), (what, reply.body)
    (error,) = json.loads(reply.body)["errors"]
    assert error["detail"].isprintable() or "\n" in error["detail"]
    assert await grove.lines("pear") == []
    assert grove.files() == before


@pytest.mark.parametrize("size_mb", [100, 600])
async def test_what_unpacks_to_far_more_is_refused_soon(grove: Grove, size_mb: int) -> None:
    before = grove.files()
    body = framed(SAID, bomb(size_mb))
    assert len(body) < 1 << 20
    begun = time.monotonic()
    reply = await grove.put(body)
    assert reply.status in (400, 413), reply.body
    assert time.monotonic() - begun < 20
    assert grove.files() == before


async def test_an_archive_of_a_million_entries_is_refused(grove: Grove) -> None:
    press = zlib.compressobj(1, wbits=31)
    block = b"".join(entry(ROOT + b"%06d" % number) for number in range(1000))
    parts = [press.compress(CARGO), *(press.compress(block) for _ in range(1000))]
    body = framed(SAID, b"".join((*parts, press.compress(END), press.flush())))
    reply = await grove.put(body)
    assert reply.status in (400, 413), reply.body
    assert await grove.lines("pear") == []


async def test_what_is_refused_is_no_obstacle_to_what_is_right(grove: Grove) -> None:
    assert (await grove.put(framed({"name": "medlar", "vers": "1.0.0"}, b"none"))).status == 400
    assert (await grove.put(publication("medlar", "1.0.0"))).status == 200
    assert len(await grove.lines("medlar")) == 1
