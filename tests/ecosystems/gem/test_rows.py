"""The candidates of one gem: how many there are above a set, and who needs the same as whom."""

from packhouse.domain.package import PackageKey
from packhouse.domain.release import Release, build_record
from packhouse.domain.requirement import Requirement
from packhouse.ecosystems.gem.bundle import package_key
from packhouse.ecosystems.gem.gem_sets import requirement_set
from packhouse.ecosystems.gem.rows import Row, Told
from packhouse.ecosystems.gem.shelves import Shelf
from packhouse.resolver.version_sets import EVERYTHING, NOTHING

KEY: PackageKey = package_key("apple")


def row(*needs: str) -> Row:
    """Make versions 1, 2, ... of a gem that each need so much of a pear."""
    releases = [
        Release(f"{number}.0", requirements=(Requirement("pear", text),) if text else ())
        for number, text in enumerate(needs, 1)
    ]
    shelf = Shelf("apple", build_record(KEY, releases))
    return Row(shelf.candidates(("x86_64-linux",), prereleases=True, everywhere=False), shelf)


def test_the_turn_of_a_gem_is_whether_there_is_a_choice_and_what_is_above() -> None:
    made = row("", "", "", "")
    assert made.turn(requirement_set("< 3")) == (True, 2)
    assert made.turn(requirement_set("= 2.0")) == (False, 2)
    assert made.turn(requirement_set(">= 2")) == (True, 0)
    assert made.turn(EVERYTHING) == (True, 0)
    assert made.turn(NOTHING) == (False, 4)


def test_neighbours_that_need_the_same_are_told_of_once() -> None:
    made = row("~> 1.0", "~> 2.0", "~> 2.0", "~> 2.0", "~> 1.0")
    told: Told = {}
    (span,) = made.untold(made.listed[2], told)
    assert (span.first.version, span.last.version, span.asked.text) == ("2.0", "4.0", "~> 2.0")
    assert list(made.untold(made.listed[3], told)) == []
    (last,) = made.untold(made.listed[4], told)
    assert (last.first.version, last.last.version) == ("5.0", "5.0")
    assert [each.version for each in made.downwards(last.versions)] == ["5.0"]
