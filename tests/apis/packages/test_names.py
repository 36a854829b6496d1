"""Every ecosystem goes by the names that people have for it."""

from collections import Counter
from typing import get_args

import pytest

from packhouse.apis.packages.questions import Period
from packhouse.apis.packages.registries import names_of
from packhouse.app import load_ecosystems

KNOWN = {key: ecosystem for key, (ecosystem, _) in load_ecosystems().items()}

SYNONYMS = {
    "npm": ("npm", "node", "nodejs", "javascript"),
    "pypi": ("pypi", "python", "pip"),
    "cargo": ("cargo", "rust", "crates", "crates.io"),
    "golang": ("golang", "go"),
    "maven": ("maven", "java"),
    "nuget": ("nuget", "dotnet", "csharp"),
    "gem": ("gem", "ruby", "rubygems"),
    "composer": ("composer", "php", "packagist"),
    "pub": ("pub", "dart", "flutter", "pub.dev"),
}


@pytest.mark.parametrize("key", sorted(KNOWN))
def test_an_ecosystem_goes_by_every_usual_name(key: str) -> None:
    assert set(SYNONYMS[key]) <= set(names_of(KNOWN[key]))


def test_no_name_means_two_ecosystems() -> None:
    counted = Counter(name for ecosystem in KNOWN.values() for name in names_of(ecosystem))
    assert [name for name, count in counted.items() if count > 1] == []


@pytest.mark.parametrize("key", sorted(KNOWN))
def test_every_period_of_an_ecosystem_can_be_asked_for(key: str) -> None:
    # The question has a fixed set of periods: one that is not among them could never be asked for.
    assert set(KNOWN[key].insight.periods) <= set(get_args(Period))
    if KNOWN[key].insight.periods:
        assert "last-month" in KNOWN[key].insight.periods
