"""What a pubspec requires, as GetRequirements tells it."""

import json

from packhouse.domain.package import NormalName, PackageKey
from packhouse.ecosystems.pub import ECOSYSTEM
from packhouse.ecosystems.pub.index import INDEX


def test_requirements_are_told_in_the_words_of_the_pubspec() -> None:
    pubspec = {
        "name": "pad",
        "version": "1.0.0",
        "environment": {"sdk": "^3.0.0", "flutter": ">=3.10.0"},
        "dependencies": {
            "ink": "^1.2.0",
            "paper": {"hosted": "https://pub.example", "version": ">=2.0.0 <3.0.0"},
            "flutter": {"sdk": "flutter"},
            "nib": None,
        },
        "dev_dependencies": {"lints": {"git": {"url": "https://code.example/lints.git"}}},
    }
    release = {"version": "1.0.0", "pubspec": pubspec, "archive_url": "https://pub.example/pad.tar.gz"}
    body = json.dumps({"name": "pad", "latest": release, "versions": [release]}).encode()
    key = PackageKey("pub", NormalName("pad"))
    record = INDEX.describe(key, INDEX.split(key, body))
    assert ECOSYSTEM.requirements_wire(record.release(0)) == {
        "dependencies": [
            {"name": "ink", "requirement": "^1.2.0", "source": {}},
            {
                "name": "paper",
                "requirement": ">=2.0.0 <3.0.0",
                "source": {"hosted": "https://pub.example", "version": ">=2.0.0 <3.0.0"},
            },
            {"name": "flutter", "requirement": "any", "source": {"sdk": "flutter"}},
            {"name": "nib", "requirement": "any", "source": {}},
        ],
        "devDependencies": [
            {"name": "lints", "requirement": "any", "source": {"git": {"url": "https://code.example/lints.git"}}}
        ],
        "environment": [{"name": "dart", "requirement": "^3.0.0"}, {"name": "flutter", "requirement": ">=3.10.0"}],
    }
