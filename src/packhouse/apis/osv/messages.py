"""What the OSV API is asked and answers, by its osv_service_v1.proto; fields may be null or left out."""

from datetime import UTC, datetime

from msgspec import Struct

from packhouse.domain.package import Moment

_TO_SECONDS = len("2026-01-02T03:04:05")


class PackageWire(Struct, frozen=True):
    """A package, by ecosystem and name or by purl."""

    name: str | None = None
    ecosystem: str | None = None
    purl: str | None = None


class QueryWire(Struct, frozen=True):
    """One question, about a release, a package or a commit."""

    commit: str | None = None
    version: str | None = None
    package: PackageWire | None = None
    page_token: str | None = None
    pageToken: str | None = None  # noqa: N815 (JSON form of protobuf, which a server has to accept as well)

    @property
    def token(self) -> str:
        """Where to go on, however the field was written."""
        return self.page_token or self.pageToken or ""


class BatchWire(Struct, frozen=True):
    """Many questions at once."""

    queries: list[QueryWire | None] | None = None


class Known(Struct, frozen=True):
    """A record that a question is about, in a batch."""

    id: str
    modified: str


class Matches(Struct, frozen=True, omit_defaults=True):
    """The answer to one question of a batch; an empty object where nothing is known."""

    vulns: tuple[Known, ...] = ()
    next_page_token: str = ""


class BatchAnswer(Struct, frozen=True):
    """The answers in the order of the questions."""

    results: list[Matches]


def write_moment(moment: Moment) -> str:
    """Write a moment as the format does, RFC 3339 in UTC."""
    seconds, milliseconds = divmod(moment, 1000)
    # A batch writes thousands of them: this is the cheapest way that the standard library has.
    text = datetime.fromtimestamp(seconds, UTC).isoformat()[:_TO_SECONDS]
    return f"{text}.{milliseconds:03}Z" if milliseconds else f"{text}Z"
