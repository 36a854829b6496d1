"""Someone else's registry: where it is, what we ask of it and what it answers."""

from msgspec import Struct

from packhouse.domain.package import Moment


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

    @property
    def origin(self) -> str:
        """The key under which its fragments, records and files are kept."""
        return f"upstream:{self.name}"


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


class UpstreamAnswer(Struct, frozen=True):
    """A complete answer: 200 with a body or 304 without."""

    status: int
    body: bytes = b""
    etag: str | None = None
    last_modified: str | None = None
    content_type: str = ""


class HostHealth(Struct, frozen=True):
    """How an upstream's host has been doing."""

    host: str
    state: str
    """closed (well), open (left alone after failures) or half-open (being tried again)."""
    failures: int = 0
    last_error: str = ""
    last_error_at: Moment | None = None
    last_success_at: Moment | None = None
