"""Crates that somebody publishes, as cargo packs them; and what a line of the index may be."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs

from packhouse.ecosystems.cargo.crate_archive import CrateArchive, read_crate
from packhouse.ecosystems.cargo.crate_manifest import CrateManifest, read_manifest
from packhouse.ecosystems.cargo.frame import Frame, Metadata, read_frame, read_metadata
from tests.formats.tars import END, entry, gzipped

CASES = Path(__file__).parent.parent / "cases" / "cargo"
FRAMES = CASES / "frames"
"""What cargo 1.95 has sent, and a recording server kept."""
DAY = 1_700_000_000_000

_LINE = jsonschema_rs.validator_for((CASES / "line.schema.json").read_text())
_CONFIG = jsonschema_rs.validator_for((CASES / "config.schema.json").read_text())


def recorded_release(name: str) -> tuple[Frame, Metadata, CrateArchive, CrateManifest]:
    """Read a recorded publish, by the name of its file."""
    frame = read_frame((FRAMES / f"{name}.frame").read_bytes())
    metadata = read_metadata(frame.metadata)
    archive = read_crate(frame.crate, metadata.name, metadata.vers)
    return frame, metadata, archive, read_manifest(archive.manifest, archive.files)


def pack(name: str, version: str, files: dict[str, bytes]) -> bytes:
    """Make an archive."""
    return gzipped(b"".join(entry(f"{name}-{version}/{path}".encode(), body) for path, body in files.items()) + END)


def manifest_of(text: str, *files: str) -> CrateManifest:
    """Read a manifest, of which only what matters is given."""
    if "[package]" not in text and "[project]" not in text:
        text = f'[package]\nname = "pear"\nversion = "1.0.0"\ndescription = "A pear"\nlicense = "MIT"\n{text}'
    return read_manifest(text.encode(), frozenset(files))


def check_line(line: bytes) -> dict[str, Any]:
    """Decode a line that must be as the format's schema has it."""
    assert len(line.splitlines()) == 1
    assert len(line.decode().splitlines()) == 1
    fields: dict[str, Any] = json.loads(line)
    _LINE.validate(fields)
    return fields


def check_config(config: dict[str, Any]) -> None:
    """Hold a `config.json` against its schema."""
    _CONFIG.validate(config)
