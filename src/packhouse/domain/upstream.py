"""Someone else's registry: where it is, what we ask of it and what it answers."""

from collections.abc import Generator, Sequence
from hashlib import blake2b
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from packhouse.domain.package import Moment

T = TypeVar("T")


class Limit(Struct, frozen=True):
    """How fast one host of an upstream may be asked."""

    service: str = ""
    """Which of the upstream's addresses it is about: empty for its base URL, else a name in `urls`."""
    enforced_per_s: float | None = None
    """Requests a second that the registry enforces, whoever waits; None where it enforces nothing that is known."""
    polite_per_s: float | None = None
    """Requests a second for what nobody waits for; None for the client's own rate."""


class CredentialSource(Struct, frozen=True):
    """Where the secret of an upstream is; the secret itself is read when it is needed, and never kept in a value."""

    store: str = ""
    """netrc, or client for the store of the ecosystem's own client; empty where the fields below say it."""
    user: str = ""
    """With it the secret is a password (Basic), without it a token."""
    variable: str = ""
    """The environment variable that holds the secret."""
    file: str = ""
    """The file that holds the secret and nothing else."""
    scheme: str = ""
    """The word before a token in the Authorization header: Bearer if empty, none if it is `none`."""


class UpstreamRegistry(Struct, frozen=True):
    """One configured upstream."""

    name: str
    """Unique among the upstreams; part of the origin of everything that comes from it."""
    ecosystem: str
    url: str
    """Base URL without a trailing slash."""
    enabled: bool = True
    extra_hosts: tuple[str, ...] = ()
    """Further hosts (host or host:port) that its files and redirects may be on."""
    urls: dict[str, str] = {}
    """Base URLs of its further services, without a trailing slash, by the name that the ecosystem gives them."""
    limits: tuple[Limit, ...] = ()
    packages: tuple[str, ...] = ()
    """Patterns (`*` stands for any characters) of the names that are asked here and nowhere else; empty for all
    that no other upstream claims."""
    well_known: bool = True
    """False for one that the operator has added or given another address."""
    credentials: CredentialSource | None = None
    known_as: str = ""
    """What clients write where they mean it, in manifests and requirements, if that is not its URL."""

    def service(self, name: str) -> str:
        """Return the base URL of a further service; the registry's own where it has no other."""
        return self.urls.get(name, self.url)

    @property
    def origin(self) -> str:
        """The key under which its fragments, records and files are kept: another address, another key."""
        if self.well_known:
            return f"upstream:{self.name}"
        return f"upstream:{self.name}@{blake2b(self.url.encode(), digest_size=6).hexdigest()}"


class UpstreamRequest(Struct, frozen=True):
    """A GET that we send to an upstream."""

    url: str
    accept: str = "*/*"
    etag: str | None = None
    """Validator of what we have: sent as If-None-Match."""
    last_modified: str | None = None
    """Validator of what we have: sent as If-Modified-Since."""
    background: bool = False
    """True for what nobody is waiting for: it keeps to the polite rate."""
    conditional: bool = False
    """In a gathering: the request that carries the validators of what is known; a 304 to it ends the gathering."""
    reuse_s: float = 0
    """In a gathering: an answer up to this old will do (a service index, a configuration)."""
    optional: bool = False
    """In a gathering: it can do without this one; where that fails, its answer has status 0 and no body."""
    method: str = "GET"
    """GET, or HEAD where only the headers count."""
    begin_bytes: int = 0
    """Where above 0: the position in the body that the answer should begin at. Then it has status 206, or 200 and the
    whole body; one that ends before the position is NotFound. Below 0 it is how many bytes of the end are asked for."""


class UpstreamAnswer(Struct, frozen=True):
    """A complete answer: 200 with a body, 206 with the end of one, 304 without; in a gathering 404 for nothing.

    There, 0 is a failure to answer an optional request.
    """

    status: int
    body: bytes = b""
    etag: str | None = None
    last_modified: str | None = None
    content_type: str = ""


class HostHealth(Struct, frozen=True):
    """How an upstream's host has been doing."""

    host: str
    """Host, and port where it is not the scheme's own."""
    state: str
    """closed (well), open (left alone after failures) or half-open (being tried again)."""
    failures: int = 0
    last_error: str = ""
    last_error_at: Moment | None = None
    last_success_at: Moment | None = None
    enforced_per_s: float | None = None
    """Requests a second that go out at most, whoever waits; None for no limit."""
    polite_per_s: float | None = None
    """Requests a second of those that nobody waits for."""
    upstreams: tuple[str, ...] = ()
    """Names of the upstreams that are on this host."""


Gathering = Generator[tuple[UpstreamRequest, ...], Sequence[UpstreamAnswer], T]
"""Something that takes several requests: yields those that may go out side by side, is sent their answers in the same
order, and returns what came of it. It does no I/O itself. What is not there is an answer with status 404; any other
failure ends the gathering from outside."""


class Gathered(Struct, frozen=True):
    """A document as it came of a gathering."""

    body: bytes = b""
    content_type: str = ""
    etag: str | None = None
    last_modified: str | None = None
    missing: bool = False
    """True where the upstream has no such document."""


def passed_on(answer: UpstreamAnswer) -> Gathered:
    """Make a document of one answer as it is."""
    return Gathered(answer.body, answer.content_type, answer.etag, answer.last_modified, missing=answer.status == 404)


def gather_one(request: UpstreamRequest) -> Gathering[Gathered]:
    """Gather a document that is one answer, conditionally."""
    (answer,) = yield (replace(request, conditional=True),)
    return passed_on(answer)
