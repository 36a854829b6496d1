"""The operations about crates, as the OpenAPI document tells them."""

from collections.abc import Mapping

from packhouse.ecosystems.cargo import openapi_crates as crates
from packhouse.ecosystems.cargo import openapi_people as people
from packhouse.ecosystems.cargo.openapi_operations import (
    ANY_TEXT,
    BYTES,
    CHANGED,
    FETCHED,
    GZIP,
    HTML,
    IN_BROWSER,
    NUMBER,
    PAGES,
    SEEK,
    SOMEBODY,
    TEXT,
    Operation,
    Query,
    Said,
    words,
)

_LIST_SORT = Query("sort", "The order: by the alphabet, or by the number of crates.", words("alpha", "crates"))


def _index(name: str, path: str, says: str) -> Operation:
    return Operation(name=name, path=path, says=says, answers={200: TEXT, 304: None}, failures=FETCHED)


INDEX = (
    Operation(
        name="index_config",
        path="/index/config.json",
        says="Where files and Web API are.",
        answers={200: crates.Configuration, 304: None},
        failures=(401, 429),
    ),
    _index("index_file_short", "/index/{first}/{crate}", "The releases of a crate of one or two letters, a line each."),
    _index("index_file", "/index/{first}/{second}/{crate}", "The releases of a crate, a line each."),
    Operation(
        name="file",
        path="/crates/{crate}/{filename}",
        says="A release's file, where a static store has it.",
        answers={200: GZIP, 206: GZIP, 304: None},
        failures=(*FETCHED, 416),
    ),
    Operation(name="login_page", path="/me", says="Where a token can be had.", answers={200: TEXT}, internal=True),
)

OF_CRATES = (
    Operation(
        name="list_crates",
        path="/api/v1/crates",
        says="Search, or list crates by what they have in common.",
        answers={200: crates.Crates, 304: None},
        failures=FETCHED,
        query=(
            Query("q", "The words to search for.", ANY_TEXT),
            Query(
                "sort",
                "The order.",
                words("relevance", "alphabetical", "downloads", "recent-downloads", "recent-updates", "new"),
            ),
            Query("category", "A category's slug; what is beneath it counts.", ANY_TEXT),
            Query("keyword", "A keyword.", ANY_TEXT),
            Query("all_keywords", "Keywords that a crate must have all, with spaces between.", ANY_TEXT),
            Query("letter", "How names begin.", ANY_TEXT),
            Query("user_id", "The number of an owner.", NUMBER),
            Query("team_id", "The number of a team that is an owner.", NUMBER),
            Query("following", "Only what the asker follows.", ANY_TEXT),
            Query("ids[]", "The names of crates.", {"type": "array", "items": ANY_TEXT}),
            Query("include_yanked", "Whether to list crates of which all is yanked: yes or no.", words("yes", "no")),
            *PAGES,
            SEEK,
        ),
    ),
    Operation(
        name="publish",
        method="PUT",
        path="/api/v1/crates/new",
        says="Publish a release: a length, metadata as JSON, a length, and the archive.",
        body=BYTES,
        answers={200: crates.Published},
        failures=(*CHANGED, 422, 502, 503),
        access=("token", "session", "trusted"),
    ),
    Operation(
        name="find_crate",
        path="/api/v1/crates/{crate}",
        says="A crate, and its releases.",
        answers={200: crates.WholeCrate, 304: None},
        failures=FETCHED,
        query=(
            Query(
                "include",
                "What to tell, with commas between.",
                words(
                    "full",
                    "versions",
                    "keywords",
                    "categories",
                    "badges",
                    "downloads",
                    "default_version",
                    "versions,keywords",
                ),
            ),
        ),
    ),
    Operation(
        name="update_crate",
        method="PATCH",
        path="/api/v1/crates/{crate}",
        says="Say whether nothing but trusted publishing may publish a crate.",
        body=crates.CrateChange,
        answers={200: crates.OneCrate},
        failures=CHANGED,
        access=SOMEBODY,
    ),
    Operation(
        name="delete_crate",
        method="DELETE",
        path="/api/v1/crates/{crate}",
        says="Remove a crate of which hardly anybody can depend on.",
        query=(Query("message", "Why.", ANY_TEXT),),
        answers={204: None},
        failures=(*CHANGED, 422),
        access=IN_BROWSER,
        internal=True,
    ),
    Operation(
        name="get_crate_downloads",
        path="/api/v1/crates/{crate}/downloads",
        says="The downloads of a crate, of 90 days.",
        query=(Query("include", "Whether to tell the releases as well.", words("versions")),),
        answers={200: crates.CrateDownloads, 304: None},
        failures=FETCHED,
    ),
    Operation(
        name="list_reverse_dependencies",
        path="/api/v1/crates/{crate}/reverse_dependencies",
        says="What depends on a crate.",
        query=PAGES,
        answers={200: crates.ReverseDependencies, 304: None},
        failures=FETCHED,
    ),
    Operation(
        name="list_versions",
        path="/api/v1/crates/{crate}/versions",
        says="The releases of a crate.",
        query=(
            Query("sort", "The order, the newest first.", words("semver", "date")),
            Query("nums[]", "The versions that are asked for.", {"type": "array", "items": ANY_TEXT}),
            Query("include", "Whether to name the highest of compatible releases.", words("release_tracks")),
            *PAGES,
            SEEK,
        ),
        answers={200: crates.Versions, 304: None},
        failures=FETCHED,
    ),
)


def _following(name: str, method: str, path: str, says: str, answer: Said) -> Operation:
    return Operation(
        name=name,
        method=method,
        path=f"/api/v1/crates/{{crate}}/{path}",
        says=says,
        answers={200: answer},
        failures=FETCHED if method == "GET" else (*CHANGED, 502, 503),
        access=SOMEBODY,
        internal=True,
    )


FOLLOWING = (
    _following("follow_crate", "PUT", "follow", "Follow a crate.", crates.Done),
    _following("unfollow_crate", "DELETE", "follow", "Follow a crate no more.", crates.Done),
    _following("get_following_crate", "GET", "following", "Whether the asker follows a crate.", people.Following),
)


def _owners(name: str, path: str, says: str, answer: Said) -> Operation:
    address = f"/api/v1/crates/{{crate}}/{path}"
    return Operation(name=name, path=address, says=says, answers={200: answer, 304: None}, failures=FETCHED)


def _owning(name: str, method: str, says: str) -> Operation:
    return Operation(
        name=name,
        method=method,
        path="/api/v1/crates/{crate}/owners",
        says=says,
        body=crates.OwnersChange,
        answers={200: crates.Message},
        failures=CHANGED,
        access=SOMEBODY,
    )


OWNERS = (
    _owners("list_owners", "owners", "Who may publish a crate's next release.", crates.Owners),
    _owners("get_user_owners", "owner_user", "Which people may.", crates.Owners),
    _owners("get_team_owners", "owner_team", "Which teams may.", crates.OwningTeams),
    _owning("add_owners", "PUT", "Invite people, and add teams."),
    _owning("remove_owners", "DELETE", "Remove owners, but never the last."),
)


def _version(
    name: str,
    path: str,
    says: str,
    answers: Mapping[int, Said],
    *,
    query: tuple[Query, ...] = (),
    failures: tuple[int, ...] = FETCHED,
) -> Operation:
    address = f"/api/v1/crates/{{crate}}/{{version}}{path}"
    return Operation(name=name, path=address, says=says, answers=answers, failures=failures, query=query)


def _yanking(name: str, method: str, path: str, says: str) -> Operation:
    return Operation(
        name=name,
        method=method,
        path=f"/api/v1/crates/{{crate}}/{{version}}/{path}",
        says=says,
        answers={200: crates.Done},
        failures=CHANGED,
        access=SOMEBODY,
    )


def _list(name: str, path: str, says: str, answer: Said, *query: Query) -> Operation:
    answers = {200: answer, 304: None}
    return Operation(name=name, path=f"/api/v1{path}", says=says, answers=answers, failures=FETCHED, query=query)


_BEFORE = Query("before_date", "The last day that is told.", {"type": "string", "format": "date"})

OF_VERSIONS = (
    _version("find_version", "", "A release.", {200: crates.OneVersion, 304: None}),
    Operation(
        name="update_version",
        method="PATCH",
        path="/api/v1/crates/{crate}/{version}",
        says="Yank a release, say why, or take it back.",
        body=crates.VersionChange,
        answers={200: crates.OneVersion},
        failures=CHANGED,
        access=SOMEBODY,
    ),
    _version("get_version_authors", "/authors", "Nobody: kept for old programs.", {200: crates.Authors, 304: None}),
    _version(
        "get_version_dependencies",
        "/dependencies",
        "What a release depends on.",
        {200: crates.Dependencies, 304: None},
    ),
    _version(
        "download_version",
        "/download",
        "The file of a release; its address, where JSON is wanted.",
        {200: (GZIP, crates.Address), 206: GZIP, 302: None, 304: None},
        failures=(*FETCHED, 416),
    ),
    _version(
        "get_version_downloads",
        "/downloads",
        "The downloads of a release, of 90 days.",
        {200: crates.ReleaseDownloads, 304: None},
        query=(_BEFORE,),
    ),
    _version(
        "get_version_readme",
        "/readme",
        "The readme of a release as a page; its address, where JSON is wanted.",
        {200: (HTML, crates.Address), 302: None, 304: None},
    ),
    _yanking("yank_version", "DELETE", "yank", "Keep new projects from a release."),
    _yanking("unyank_version", "PUT", "unyank", "Take a yank back."),
)

LISTS = (
    _list("list_keywords", "/keywords", "The keywords of crates.", crates.Keywords, *PAGES, _LIST_SORT),
    _list("find_keyword", "/keywords/{keyword}", "A keyword.", crates.OneKeyword),
    _list("list_categories", "/categories", "The categories.", crates.Categories, *PAGES, _LIST_SORT),
    _list("find_category", "/categories/{category}", "A category.", crates.OneCategory),
    _list("list_category_slugs", "/category_slugs", "What a manifest may name.", crates.CategorySlugs),
    _list("get_summary", "/summary", "What is new and what is popular.", crates.Summary),
    _list("get_site_metadata", "/site_metadata", "What this server is.", crates.SiteMetadata),
)

DOCS = (
    Operation(
        name="upload_docs",
        method="PUT",
        path="/api/v1/crates/{crate}/{version}/docs",
        says="Upload the documentation pages of a release: a zip or a gzipped tar of what rustdoc has made.",
        body=BYTES,
        answers={200: crates.Uploaded},
        failures=CHANGED,
        access=SOMEBODY,
    ),
    Operation(
        name="remove_docs",
        method="DELETE",
        path="/api/v1/crates/{crate}/{version}/docs",
        says="Remove the documentation pages of a release.",
        answers={200: crates.Done},
        failures=CHANGED,
        access=SOMEBODY,
    ),
    Operation(
        name="docs_latest",
        path="/docs/{crate}",
        says="Where the pages of the latest release are.",
        answers={302: None},
        failures=FETCHED,
    ),
    Operation(
        name="docs_start",
        path="/docs/{crate}/{version}",
        says="Where the first page of a release is; `latest` is one.",
        answers={302: None},
        failures=FETCHED,
    ),
    Operation(
        name="docs_page",
        path="/docs/{crate}/{version}/{page}",
        says="A page, or a file that pages need; its path may have up to 24 segments.",
        answers={200: (HTML, "*/*"), 206: "*/*", 302: None, 304: None},
        failures=(*FETCHED, 416),
    ),
)

OPERATIONS = (*DOCS, *INDEX, *OF_CRATES, *FOLLOWING, *OWNERS, *OF_VERSIONS, *LISTS)
