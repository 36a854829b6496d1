"""What the forges answer about a repository: pure functions over bytes.

Sources: the REST APIs of GitHub (repos, "Get a repository"), GitLab (projects, "Get a single project") and Bitbucket
Cloud (2.0, repositories).
"""

from collections.abc import Callable
from urllib.parse import quote

import msgspec
from msgspec import Struct

from packhouse.domain.errors import UpstreamBad
from packhouse.domain.forge import ForgeKind
from packhouse.domain.project import Repository
from packhouse.domain.project_address import parse_project
from packhouse.formats.licences import to_spdx

_MOST = (1 << 31) - 1
"""Of what is counted: the API's numbers have 32 bits."""
_MOST_CHARACTERS = 2_000
_NON_STANDARD = "non-standard"


class RepositoryApi(Struct, frozen=True):
    """How one kind of forge is asked."""

    path: Callable[[str], str]
    """Makes the path of a request of a project's path on its forge."""
    read: Callable[[str, bytes], Repository]
    """Reads an answer, given the forge's host; `read_repository` says what it raises."""
    accept: str = "application/json"


UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What bytes that are no such answer raise."""


def read_repository(api: RepositoryApi, host: str, body: bytes) -> Repository:
    """Read an answer; raise UpstreamBad."""
    try:
        return api.read(host, body)
    except UNREADABLE as error:
        raise UpstreamBad(f"{host} describes a repository in a form that is not its own") from error


class _GithubLicence(Struct, frozen=True):
    spdx_id: str | None = None


class _Github(Struct, frozen=True):
    full_name: str
    stargazers_count: int = 0
    forks_count: int = 0
    open_issues_count: int = 0
    """With pull requests, as the public service has it too."""
    license: _GithubLicence | None = None
    description: str | None = None
    homepage: str | None = None
    archived: bool = False
    private: bool = False


class _GitlabLicence(Struct, frozen=True):
    key: str | None = None
    name: str | None = None


class _Gitlab(Struct, frozen=True):
    path_with_namespace: str
    star_count: int = 0
    forks_count: int = 0
    open_issues_count: int | None = None
    """Absent where the project has no issues."""
    license: _GitlabLicence | None = None
    description: str | None = None
    archived: bool = False
    visibility: str = "public"


class _Bitbucket(Struct, frozen=True):
    full_name: str
    description: str | None = None
    website: str | None = None
    is_private: bool = False


class GithubFacts(Struct, frozen=True):
    """What GitHub says of a repository, however it was asked."""

    full_name: str
    stargazers_count: int
    forks_count: int
    open_issues_count: int
    spdx: str | None
    description: str | None
    homepage: str | None
    archived: bool
    private: bool


def read_github(host: str, found: GithubFacts) -> Repository:
    """Write it as every forge's; raise UpstreamBad for one without a proper name."""
    return Repository(
        id=_id(host, found.full_name),
        stars=_count(found.stargazers_count),
        forks=_count(found.forks_count),
        open_issues=_count(found.open_issues_count),
        # What GitHub writes for a licence that it does not know.
        licence=_NON_STANDARD if found.spdx == "NOASSERTION" else _text(found.spdx),
        description=_text(found.description),
        homepage=_text(found.homepage),
        archived=found.archived,
        private=found.private,
    )


def _github(host: str, body: bytes) -> Repository:
    found = _decode_github(body)
    return read_github(
        host,
        GithubFacts(
            found.full_name,
            found.stargazers_count,
            found.forks_count,
            found.open_issues_count,
            found.license.spdx_id if found.license else None,
            found.description,
            found.homepage,
            found.archived,
            found.private,
        ),
    )


def _gitlab(host: str, body: bytes) -> Repository:
    found = _decode_gitlab(body)
    licence = ""
    if found.license is not None and (found.license.key or found.license.name):
        named = (found.license.key, found.license.name)
        licence = next((spdx for each in named if each and (spdx := to_spdx(each))), _NON_STANDARD)
    return Repository(
        id=_id(host, found.path_with_namespace),
        stars=_count(found.star_count),
        forks=_count(found.forks_count),
        open_issues=None if found.open_issues_count is None else _count(found.open_issues_count),
        licence=licence,
        description=_text(found.description),
        archived=found.archived,
        private=found.visibility != "public",
    )


def _bitbucket(host: str, body: bytes) -> Repository:
    """Read what Bitbucket tells: it counts neither stars nor forks in this answer."""
    found = _decode_bitbucket(body)
    return Repository(
        id=_id(host, found.full_name),
        description=_text(found.description),
        homepage=_text(found.website),
        private=found.is_private,
    )


APIS: dict[ForgeKind, RepositoryApi] = {
    "github": RepositoryApi(lambda path: f"/repos/{quote(path)}", _github, "application/vnd.github+json"),
    # A project is named by its path in one segment; the licence is told on demand only.
    "gitlab": RepositoryApi(lambda path: f"/projects/{quote(path, safe='')}?license=true", _gitlab),
    "bitbucket": RepositoryApi(lambda path: f"/repositories/{quote(path)}", _bitbucket),
}


def _id(host: str, path: str) -> str:
    found = parse_project(f"{host}/{path}")
    if found is None:
        raise UpstreamBad(f"{host} answers with a repository that has no proper name")
    return found


def _count(number: int) -> int:
    return min(max(number, 0), _MOST)


def _text(text: str | None) -> str:
    return (text or "").strip()[:_MOST_CHARACTERS]


_decode_github = msgspec.json.Decoder(_Github).decode
_decode_gitlab = msgspec.json.Decoder(_Gitlab).decode
_decode_bitbucket = msgspec.json.Decoder(_Bitbucket).decode
