"""Many repositories of GitHub with one question: pure functions over bytes.

Source: GitHub's GraphQL API, `repository(owner:, name:)`. A question about a hundred repositories counts as one of the
5,000 that are allowed in an hour; by REST each counts by itself. It takes credentials, and knows no validators.
"""

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct

from packhouse.adapters.forges.repositories import UNREADABLE, GithubFacts, read_github
from packhouse.domain.errors import UpstreamBad, UpstreamDenied, UpstreamDown, UpstreamError
from packhouse.domain.project import Repository

MOST = 100
"""Repositories of one question; with more GitHub takes longer than it allows itself."""

_FIELDS = (
    "{nameWithOwner stargazerCount forkCount issues(states:OPEN){totalCount} pullRequests(states:OPEN){totalCount}"
    " licenseInfo{spdxId} description homepageUrl isArchived isPrivate}"
)

Told = Repository | UpstreamError | None
"""What is said of one repository; None that it is not there."""


class _Count(Struct, frozen=True, rename="camel"):
    total_count: int = 0


class _Licence(Struct, frozen=True, rename="camel"):
    spdx_id: str | None = None


class _Node(Struct, frozen=True, rename="camel"):
    name_with_owner: str
    stargazer_count: int = 0
    fork_count: int = 0
    issues: _Count = _Count()
    pull_requests: _Count = _Count()
    license_info: _Licence | None = None
    description: str | None = None
    homepage_url: str | None = None
    is_archived: bool = False
    is_private: bool = False


class _Error(Struct, frozen=True):
    type: str = ""
    message: str = ""
    path: list[str | int] | None = None


class _Answer(Struct, frozen=True):
    data: dict[str, _Node | None] | None = None
    errors: list[_Error] | None = None


def graphql_url(url: str) -> str:
    """Say where a forge answers such questions, given the base address of its REST API."""
    return f"{url.removesuffix('/v3')}/graphql"


def ask_for(paths: Sequence[str]) -> bytes:
    """Write the question about `owner/name` paths, whose characters need no escapes."""
    asked = (
        f'r{place}:repository(owner:"{owner}",name:"{name}"){_FIELDS}'
        for place, (owner, _, name) in enumerate(path.partition("/") for path in paths)
    )
    return msgspec.json.encode({"query": "query{" + " ".join(asked) + "}"})


def read_answer(host: str, paths: Sequence[str], body: bytes) -> Mapping[str, Told]:
    """Read what is said of each; raise UpstreamDown where the limit is reached, UpstreamBad for what is no answer."""
    try:
        found = _decode(body)
    except UNREADABLE as error:
        raise UpstreamBad(f"{host} answers a question about many repositories in a form that is not its own") from error
    errors = {str(each.path[0]): each for each in found.errors or () if each.path}
    if any(each.type == "RATE_LIMITED" for each in found.errors or ()):
        # The head of the answer says until when, and is heeded.
        raise UpstreamDown(f"{host} has answered as much as it allows", "try again later", 60.0)
    if found.data is None:
        raise UpstreamBad(f"{host} does not answer a question about many repositories")
    return {path: _told(host, found.data.get(f"r{place}"), errors.get(f"r{place}")) for place, path in enumerate(paths)}


def _told(host: str, node: _Node | None, error: _Error | None) -> Told:
    if node is None:
        if error is None or error.type == "NOT_FOUND":
            return None
        return UpstreamDenied(f"{host} does not tell of a repository: {error.message[:200]}")
    try:
        return read_github(
            host,
            GithubFacts(
                full_name=node.name_with_owner,
                stargazers_count=node.stargazer_count,
                forks_count=node.fork_count,
                # REST counts pull requests as issues; both ways tell the same.
                open_issues_count=node.issues.total_count + node.pull_requests.total_count,
                spdx=node.license_info.spdx_id if node.license_info else None,
                description=node.description,
                homepage=node.homepage_url,
                archived=node.is_archived,
                private=node.is_private,
            ),
        )
    except UpstreamBad as bad:
        return bad


_decode = msgspec.json.Decoder(_Answer).decode
