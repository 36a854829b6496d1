"""An issuer of our own: it signs identities of builds as the hosted services do, and as forgers would like to."""

import hmac
import json
import warnings
from base64 import urlsafe_b64encode
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from packhouse.domain.trust import Issuer, IssuerKind

URL = "https://issuer.example"
KEYS = "https://issuer.example/keys"
AUDIENCE = "packhouse.example"
START_S = 1_767_225_600
"""2026-01-01T00:00:00Z, when the clock of a server in memory stands still."""

RSA = RSAKey.generate_key(2048, parameters={"kid": "first"})
with warnings.catch_warnings(action="ignore"):
    SMALL = RSAKey.generate_key(1024, parameters={"kid": "small"})
CURVE = ECKey.generate_key("P-256", parameters={"kid": "curve"})


def issuer(kind: IssuerKind = "github", **fields: Any) -> Issuer:  # noqa: ANN401
    """Describe the issuer as an operator does."""
    return Issuer(**{"name": "ours", "kind": kind, "url": URL, "keys_url": KEYS} | fields)


def key_set(*keys: RSAKey | ECKey) -> bytes:
    """Write public keys as an issuer publishes them."""
    return json.dumps({"keys": [key.as_dict(private=False, use="sig") for key in keys or (RSA, CURVE)]}).encode()


def github(**changed: Any) -> dict[str, Any]:  # noqa: ANN401
    """Make the claims of a run of the workflow `release.yml` of `Farm/pear`; None leaves one out."""
    claims = {
        "iss": URL,
        "aud": AUDIENCE,
        "sub": "repo:Farm/pear:environment:Prod",
        "jti": "run-1",
        "iat": START_S - 5,
        "nbf": START_S - 10,
        "exp": START_S + 300,
        "repository": "Farm/pear",
        "repository_owner": "Farm",
        "repository_owner_id": "17",
        "workflow_ref": "Farm/pear/.github/workflows/release.yml@refs/tags/v1",
        "job_workflow_ref": "Farm/pear/.github/workflows/release.yml@refs/tags/v1",
        "environment": "Prod",
        "event_name": "push",
        "run_id": "4711",
        "sha": "c0ffee",
    }
    return {name: value for name, value in (claims | changed).items() if value is not None}


def gitlab(**changed: Any) -> dict[str, Any]:  # noqa: ANN401
    """Make the claims of a job of `farm/fruit/pear`; None leaves one out."""
    claims = {
        "iss": URL,
        "aud": AUDIENCE,
        "jti": "job-1",
        "iat": START_S,
        "nbf": START_S - 5,
        "exp": START_S + 300,
        "project_path": "farm/fruit/pear",
        "namespace_path": "farm/fruit",
        "namespace_id": "17",
        "ci_config_ref_uri": "issuer.example/farm/fruit/pear//ci/release.yml@refs/heads/main",
        "job_id": "12",
        "sha": "c0ffee",
    }
    return {name: value for name, value in (claims | changed).items() if value is not None}


def signed(claims: dict[str, Any], key: RSAKey | ECKey = RSA, **header: Any) -> str:  # noqa: ANN401
    """Sign claims; `header` changes the header, or leaves something out (None)."""
    algorithm = {"RSA": "RS256", "EC": "ES256"}[key.key_type]
    whole = {"alg": algorithm, "typ": "JWT", "kid": key.kid} | header
    protected = {name: value for name, value in whole.items() if value is not None}
    registry = jws.JWSRegistry(algorithms=[protected["alg"]], strict_check_header=False)
    registry.max_payload_length = registry.max_header_length = 1 << 20
    return jws.serialize_compact(protected, json.dumps(claims), key, registry=registry)


def unsigned(claims: dict[str, Any], signature: str = "", **header: Any) -> str:  # noqa: ANN401
    """Write a token with whatever header and signature."""
    parts = (json.dumps(each).encode() for each in ({"typ": "JWT"} | header, claims))
    return ".".join([*(urlsafe_b64encode(part).decode().rstrip("=") for part in parts), signature])


def signed_with_public_key(claims: dict[str, Any]) -> str:
    """Use what everybody knows as if it were a shared secret."""
    text = unsigned(claims, alg="HS256", kid="first").rstrip(".")
    digest = hmac.digest(RSA.as_pem(private=False), text.encode(), "sha256")
    return f"{text}.{urlsafe_b64encode(digest).decode().rstrip('=')}"
