"""The authorities that upstreams' certificates may come from: the system's, and those of the environment."""

import logging
import os
import ssl
from collections.abc import Mapping
from pathlib import Path

log = logging.getLogger(__name__)

_REPLACING = ("SSL_CERT_FILE", "SSL_CERT_DIR")
_ADDING = ("REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
HINT = f"if its authority is your own, name the authority's certificate in {' or '.join(_ADDING)}"


def tls_context(environ: Mapping[str, str]) -> ssl.SSLContext:
    """Trust the system's authorities, or those that SSL_CERT_FILE and SSL_CERT_DIR put in their place, and more.

    What cannot be read is left out with a warning: certificates of unknown authorities are still refused.
    """
    replaced = [environ[name] for name in _REPLACING if environ.get(name)]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if not replaced:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    seen: set[str] = set()
    for name in (*_REPLACING, *_ADDING):
        path = os.path.realpath(environ[name]) if environ.get(name) else ""
        if path and path not in seen:
            seen.add(path)
            _load(context, name, path)
    return context


def _load(context: ssl.SSLContext, name: str, path: str) -> None:
    try:
        if Path(path).is_dir():
            context.load_verify_locations(capath=path)
        else:
            context.load_verify_locations(cafile=path)
    except OSError as error:  # ssl.SSLError is one
        log.warning("the certificates that %s names cannot be read: %s", name, error)
