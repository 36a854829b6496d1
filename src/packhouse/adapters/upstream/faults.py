"""What aiohttp's errors mean, in our words; imported together with aiohttp, when it is first needed."""

import aiohttp

from packhouse.adapters.upstream.certificates import HINT as CERTIFICATE_HINT
from packhouse.adapters.upstream.targets import Target
from packhouse.adapters.upstream.trouble import Trouble
from packhouse.domain.errors import UpstreamBad, UpstreamError

_PROXY_HINT = "check HTTP_PROXY, HTTPS_PROXY and NO_PROXY"


class ForbiddenAddress(OSError):
    """A host that is only at addresses which are not admitted; an OSError, so that aiohttp hands it through."""


def forbidden(target: Target) -> UpstreamBad:
    """Make the error for a host that leads to an inner network."""
    message = f"{target.place} is at an address of an inner network, which this upstream may not lead to"
    return UpstreamBad(message, "nothing was fetched; an upstream that is itself on an inner network may do so")


def translate(error: Exception, target: Target, timeout_s: float) -> UpstreamError:
    """Say what an error of sending, or of waiting for bytes, means."""
    place = target.place
    match error:
        case aiohttp.ClientConnectorDNSError(os_error=ForbiddenAddress()):
            return forbidden(target)
        case aiohttp.ClientHttpProxyError(status=status):
            return Trouble(f"the proxy before {place} answers {status}", _PROXY_HINT, again=False)
        case aiohttp.ClientResponseError() | aiohttp.InvalidURL():
            return UpstreamBad(f"{place} does not answer in proper HTTP", "check the upstream's url and port")
        case aiohttp.ClientConnectorError() | aiohttp.ConnectionTimeoutError():
            return _no_connection(error, place)
        case TimeoutError():
            return Trouble(f"{place} was silent for {timeout_s:g} seconds")
        case _:
            return Trouble(f"{place} closed the connection without an answer")


def _no_connection(error: Exception, place: str) -> Trouble:
    match error:
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientConnectorSSLError():
            return Trouble(f"{place} cannot be trusted: {_tls_reason(error)}", CERTIFICATE_HINT, again=False)
        case aiohttp.ClientProxyConnectionError():
            return Trouble(f"the proxy before {place} cannot be reached", _PROXY_HINT)
        case aiohttp.ClientConnectorDNSError():
            return Trouble(f"the address of {place} cannot be found", "check its name and the name servers")
        case aiohttp.ClientConnectorError(os_error=cause):
            return Trouble(f"no connection to {place}: {cause.strerror or type(cause).__name__}")
        case _:
            return Trouble(f"no connection to {place} came about in time")


def _tls_reason(error: Exception) -> str:
    cause = getattr(error, "certificate_error", None) or getattr(error, "os_error", None) or error
    return str(getattr(cause, "verify_message", "") or getattr(cause, "reason", "") or "its TLS fails")
