"""The project's own files, for tests that read them."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCE = REPOSITORY / "src" / "packhouse"


def modules() -> Iterator[Path]:
    """Walk over every module of the package."""
    return SOURCE.rglob("*.py")


def tracked_texts() -> Iterator[tuple[str, str]]:
    """Read every text file under version control, by its path in the repository."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        path = REPOSITORY / name
        if not path.is_file():
            continue
        try:
            yield name, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # an archive or a picture
