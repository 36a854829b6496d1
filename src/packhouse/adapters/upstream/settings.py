"""How patient, how polite and how wary the client is."""

from msgspec import Struct


class UpstreamSettings(Struct, frozen=True):
    """Every knob of the client; the same for all upstreams, counted for each of their hosts."""

    connect_timeout_s: float = 5.0
    """For finding the address, connecting and the TLS handshake together."""
    timeout_s: float = 10.0
    """For the first byte of an answer, and for silence within it."""
    minimum_bytes_per_s: float = 10_000.0
    """An answer that takes more than `timeout_s` must have arrived at this speed on average."""
    retries: int = 2
    backoff_s: float = 0.2
    """Upper end of the first pause between attempts; it doubles with each."""
    max_wait_s: float = 5.0
    """A client does not wait longer than this before an attempt, whatever the upstream asks for."""
    max_hold_s: float = 300.0
    """For this long we believe an upstream that asks to be left alone."""
    max_index_bytes: int = 200_000_000
    """Of a document, compressed and decompressed."""
    max_artifact_bytes: int = 2_000_000_000
    max_redirects: int = 5
    redirect_hosts: tuple[str, ...] = ()
    """Further hosts (host or host:port) to which any upstream may redirect."""
    concurrency: int = 32
    """Requests to one host at the same time."""
    background_rate: float = 1.0
    """Requests a second to one host for what no client waits for."""
    background_burst: int = 5
    """So many of them may follow each other at once after a quiet time."""
    max_queue_s: float = 20.0
    """A client does not wait longer than this for its turn at a host that enforces a rate."""
    breaker_failures: int = 8
    """After so many failures in a row a host is left alone."""
    breaker_pause_s: float = 1.0
    """The first pause; it doubles each time the host fails again."""
    breaker_max_pause_s: float = 60.0
    keepalive_s: float = 30.0
    """How long an idle connection is kept for the next request."""
    address_ttl_s: int = 60
    """How long a host's addresses are remembered."""
