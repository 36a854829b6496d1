"""Programs that analyse a release: what they get, and what ends them."""

import sys

import pytest

from packhouse.adapters.analysing import analyse
from packhouse.domain.capability import Analysis
from packhouse.domain.errors import ConfigError, Invalid, TooHard


def _python(*codes: str) -> Analysis:
    steps = tuple((sys.executable, "-c", code) for code in codes)
    return Analysis({"own.txt": b"pear"}, {"HOME": "{folder}/home"}, steps)


def test_the_last_step_says_what_was_found_in_a_folder_of_its_own() -> None:
    tells = "import os, sys; sys.stdout.write(open('own.txt').read() + open('made').read() + str(sorted(os.environ)))"
    body = analyse(_python("open('made', 'w').write(' and plum ')", tells), 60).decode()
    assert body.startswith("pear and plum ")
    assert "HOME" in body
    assert "PACKHOUSE" not in body


def test_a_failure_is_told_with_its_reason_and_the_rest_is_not_run() -> None:
    with pytest.raises(Invalid, match="the pears are gone"):
        analyse(_python("raise SystemExit('the pears are gone')", "print('never')"), 60)


def test_what_takes_too_long_is_ended() -> None:
    with pytest.raises(TooHard):
        analyse(_python("import time; time.sleep(60)"), 0.5)


def test_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(ConfigError, match="no-such-program"):
        analyse(Analysis({}, {}, (("no-such-program",),)), 60)
