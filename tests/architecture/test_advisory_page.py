"""What the page about advisories says of real records is what they are."""

import subprocess
import sys

from tests.architecture.source import REPOSITORY
from tests.shared import shared_path


def test_every_disagreement_of_lists_and_ranges_is_on_the_page_and_no_other() -> None:
    shared_path("data", "osv")
    command = [sys.executable, str(REPOSITORY / "tools" / "advisories.py"), "--check"]
    assert subprocess.run(command, check=False).returncode == 0, "run `python tools/advisories.py`"


def test_every_advisory_that_is_named_as_a_disagreement_is_explained() -> None:
    text = (REPOSITORY / "docs" / "reference" / "advisories.md").read_text()
    listed = text.partition("<!-- counted: outside -->")[2].partition("<!-- end -->")
    names = {line.partition(", ")[2].partition(":")[0] for line in listed[0].splitlines() if line.startswith("- ")}
    explained = listed[2].partition("<!-- counted")[0]
    assert len(names) > 5
    for name in names:
        assert name in explained or f"{name[:9]}..." in explained, name
