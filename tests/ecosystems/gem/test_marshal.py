"""Lists of releases in Ruby's own format."""

import os
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.ecosystems.gem.marshal import Entry, read_specs, write_number, write_specs

ENTRIES: list[Entry] = [
    ("plum", "1.0", "ruby"),
    ("plum", "1.0", "java"),
    ("b" * 300, "1.0.rc1", "x86_64-linux"),
    ("plum", "2.0", "ruby"),
]
_texts = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF), min_size=1, max_size=300)


@given(st.lists(st.tuples(_texts, _texts, _texts), max_size=20))
def test_what_is_written_is_read(entries: list[Entry]) -> None:
    assert list(read_specs(write_specs(entries))) == entries


@pytest.mark.parametrize(
    ("number", "written"),
    [(0, "00"), (1, "06"), (122, "7f"), (123, "017b"), (255, "01ff"), (256, "020001"), (1_000_000, "0340420f")],
)
def test_lengths_are_written_as_ruby_writes_them(number: int, written: str) -> None:
    assert write_number(number).hex() == written


@pytest.mark.client
def test_ruby_reads_what_we_write_and_we_read_what_ruby_writes() -> None:
    if shutil.which("ruby") is None:
        reason = "ruby is needed: it is not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    # As the public registry writes them: equal texts are one object, so that later ones are links.
    script = """
        entries = Marshal.load($stdin.read)
        kept = Hash.new { |known, each| known[each] = each }
        entries = entries.map { |each| each.map { |part| kept[part] } }
        $stdout.write(Marshal.dump(entries))
        entries.each { |name, version, platform| $stderr.puts "#{name} #{version.class} #{version} #{platform}" }
    """
    done = subprocess.run(
        ["ruby", "-e", script], input=write_specs(ENTRIES), capture_output=True, check=True, timeout=30
    )
    assert b"@" in done.stdout
    assert list(read_specs(done.stdout)) == ENTRIES
    lines = [f"{name} Gem::Version {version} {platform}" for name, version, platform in ENTRIES]
    assert done.stderr.decode().splitlines() == lines


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x04\x08",
        b"\x04\x09[\x00",
        b"\x04\x08i\x06",
        b"\x04\x08[\x06",
        b"\x04\x08[\x06[\x00",
        b"\x04\x08[\x06[\x07i\x06i\x06",
        b"\x04\x08[\x04\xff\xff\xff\x7f",
        b'\x04\x08[\x06[\x08"\x06aU:\x08Foo[\x06"\x061"\x06r',
        b"\x04\x08[\x06@\x40",
        b"\x04\x08[\x06;\x06",
        b"\x04\x08" + b"[\x06" * 5000,
        b"\x04\x08o:\x08Foo\x00",
        b'\x04\x08[\x06[\x08"\x06\xff"\x061"\x06r',
        write_specs(ENTRIES)[:-20],
    ],
)
def test_what_is_no_list_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="Marshal"):
        list(read_specs(data))


@given(st.binary(max_size=100))
def test_any_bytes_are_a_list_or_refused(data: bytes) -> None:
    try:
        list(read_specs(b"\x04\x08[" + data))
    except ValueError as refused:
        assert len(str(refused)) < 200  # noqa: PT017 (either is right)
