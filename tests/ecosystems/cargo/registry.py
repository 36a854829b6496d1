"""An upstream whose Web API says all that the public one says of two crates and who made them."""

import json
from collections.abc import Mapping
from typing import Any

from packhouse.adapters.memory.upstream import MemoryAnswer
from packhouse.domain.upstream import UpstreamAnswer, UpstreamRegistry
from tests.ecosystems.cargo.crates import API, CONFIG, FILES, INDEX, content, index_file, line
from tests.ecosystems.cargo.publications import KNOWN_AS

WEB = f"{API}/api/v1"
UPSTREAM = UpstreamRegistry(
    "crates", "cargo", INDEX, urls={"api": API}, extra_hosts=("files.example",), known_as=KNOWN_AS
)
_AT = "2020-01-01T00:00:00.123456Z"
GROWER = {"id": 7, "login": "grower", "name": "Grower", "avatar": None, "url": "https://code.example/grower"}
OWNER = {**GROWER, "kind": "user", "later_field": 1}
PICKERS = {"id": 8, "login": "github:orchard:pickers", "name": None, "avatar": None, "url": None, "kind": "team"}
KEYWORD = {"id": "fruit", "keyword": "fruit", "created_at": _AT, "crates_cnt": 2}
CATEGORY = {
    "id": "science",
    "category": "Science",
    "slug": "science",
    "description": "Of science",
    "created_at": _AT,
    "crates_cnt": 2,
}


def version(name: str, number: str, identity: int) -> dict[str, Any]:
    """Write all that the Web API says of a release."""
    path = f"/api/v1/crates/{name}/{number}"
    return {
        "id": identity,
        "crate": name,
        "num": number,
        "dl_path": f"{path}/download",
        "readme_path": f"{path}/readme",
        "created_at": _AT,
        "updated_at": _AT,
        "downloads": 10,
        "features": {"default": ["std"], "std": []},
        "yanked": False,
        "yank_message": None,
        "lib_links": None,
        "license": "MIT",
        "links": {
            "dependencies": f"{path}/dependencies",
            "version_downloads": f"{path}/downloads",
            "authors": f"{path}/authors",
        },
        "crate_size": 1234,
        "published_by": GROWER,
        "audit_actions": [{"action": "publish", "user": GROWER, "time": _AT}],
        "checksum": line(name, number)["cksum"],
        "rust_version": "1.70",
        "has_lib": True,
        "bin_names": [],
        "edition": "2021",
        "description": f"A {name}",
        "homepage": None,
        "documentation": None,
        "repository": "https://code.example/grower/plum",
        "linecounts": {"languages": {}, "total_code_lines": 1, "total_comment_lines": 0},
        "trustpub_data": None,
        "later_field": {"kept": True},
    }


def crate(name: str, *versions: dict[str, Any]) -> dict[str, Any]:
    """Write all that the Web API says of a crate; its releases newest first."""
    path = f"/api/v1/crates/{name}"
    best = versions[0]["num"]
    return {
        "id": name,
        "name": name,
        "updated_at": _AT,
        "created_at": _AT,
        "versions": [each["id"] for each in versions],
        "keywords": ["fruit"],
        "categories": ["science"],
        "badges": [],
        "downloads": 1000,
        "recent_downloads": 100,
        "default_version": best,
        "num_versions": len(versions),
        "yanked": False,
        "max_version": best,
        "max_stable_version": best,
        "newest_version": best,
        "description": f"A {name}",
        "homepage": None,
        "documentation": None,
        "repository": "https://code.example/grower/plum",
        "links": {
            "version_downloads": f"{path}/downloads",
            "versions": None,
            "owners": f"{path}/owners",
            "owner_team": f"{path}/owner_team",
            "owner_user": f"{path}/owner_user",
            "reverse_dependencies": f"{path}/reverse_dependencies",
        },
        "exact_match": False,
        "trustpub_only": False,
        "later_field": 1,
    }


def _whole(listed: dict[str, Any], *versions: dict[str, Any]) -> dict[str, Any]:
    return {"crate": listed, "versions": versions, "keywords": [KEYWORD], "categories": [CATEGORY]}


_PLUMS = tuple(version("plum", number, identity) for identity, number in ((3, "2.0.0"), (2, "1.1.0"), (1, "1.0.0")))
_PEAR = version("pear", "1.0.0", 4)
_PLUM_CRATE, _PEAR_CRATE = crate("plum", *_PLUMS), crate("pear", _PEAR)
_LISTED = {"crates": [{**each, "versions": None} for each in (_PLUM_CRATE, _PEAR_CRATE)]}
_NEEDS = {
    "id": 1,
    "version_id": 4,
    "crate_id": "plum",
    "req": "^1",
    "optional": False,
    "default_features": True,
    "features": [],
    "target": None,
    "kind": "normal",
    "downloads": 100,
}
_DAYS = [{"version": each, "date": "2019-12-31", "downloads": 5} for each in (1, 2, 3)]


def _documents() -> Mapping[str, object]:
    plum = {
        "": _whole(_PLUM_CRATE, *_PLUMS),
        "/downloads": {
            "version_downloads": _DAYS,
            "meta": {"extra_downloads": [{"date": "2019-12-31", "downloads": 9}]},
        },
        "/owners": {"users": [OWNER, PICKERS]},
        "/owner_user": {"users": [OWNER]},
        "/owner_team": {"teams": [PICKERS]},
        **{f"/{each['num']}/dependencies": {"dependencies": []} for each in _PLUMS},
        **{f"/{each['num']}/downloads": {"version_downloads": _DAYS[:1]} for each in _PLUMS},
    }
    pear = {
        "": _whole(_PEAR_CRATE, _PEAR),
        "/downloads": {"version_downloads": [], "meta": {"extra_downloads": []}},
        "/owners": {"users": [OWNER]},
        "/1.0.0/dependencies": {"dependencies": [_NEEDS]},
    }
    needed = {"dependencies": [_NEEDS], "versions": [_PEAR], "meta": {"total": 1}}
    whole_category = {**CATEGORY, "subcategories": [], "parent_categories": []}
    return {
        **{f"crates/plum{path}": document for path, document in plum.items()},
        **{f"crates/pear{path}": document for path, document in pear.items()},
        **{f"crates/plum/reverse_dependencies?page=1&per_page={size}": needed for size in (10, 100)},
        **{
            f"crates?{query}": {**_LISTED, "meta": {"total": 2, "next_page": None, "prev_page": None}}
            for query in ("q=plum&page=1&per_page=10", "page=1&per_page=10", "page=1&per_page=10&sort=new")
        },
        "summary": {
            "num_crates": 2,
            "num_downloads": 2000,
            **dict.fromkeys(
                ("new_crates", "most_downloaded", "most_recently_downloaded", "just_updated"), _LISTED["crates"]
            ),
            "popular_keywords": [KEYWORD],
            "popular_categories": [CATEGORY],
        },
        "keywords": {"keywords": [KEYWORD], "meta": {"total": 1}},
        "keywords/fruit": {"keyword": KEYWORD},
        "categories": {"categories": [CATEGORY], "meta": {"total": 1}},
        "categories/science": {"category": whole_category},
        "category_slugs": {"category_slugs": [{"id": "science", "slug": "science", "description": "Of science"}]},
        "users/grower": {"user": GROWER},
        "teams/github%3Aorchard%3Apickers": {"team": {name: PICKERS[name] for name in GROWER}},
    }


ANSWERS: Mapping[str, MemoryAnswer] = {
    f"{INDEX}/config.json": CONFIG,
    f"{INDEX}/pl/um/plum": index_file(*(line("plum", each) for each in ("1.0.0", "1.1.0", "2.0.0"))),
    f"{INDEX}/pe/ar/pear": index_file(line("pear", "1.0.0", deps=[{"name": "plum", "req": "^1"}])),
    **{f"{WEB}/{path}": json.dumps(document).encode() for path, document in _documents().items()},
    **{f"{FILES}/plum/plum-{each}.crate": content("plum", each) for each in ("1.0.0", "1.1.0", "2.0.0")},
    f"{WEB}/crates/plum/1.0.0/readme": UpstreamAnswer(200, b"<h1>Plum</h1>", content_type="text/html"),
}
"""Two crates: plum, and pear that needs it."""
