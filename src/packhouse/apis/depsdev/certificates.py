"""What the port of gRPC proves itself with."""

from pathlib import Path

from msgspec import Struct

from packhouse.domain.errors import ConfigError


class Certificate(Struct, frozen=True):
    """A chain of certificates and the key of the first, both as PEM."""

    chain: bytes
    key: bytes


def read_certificate(chain: Path, key: Path) -> Certificate:
    """Read the files of a certificate; raise ConfigError for what is none."""
    import ssl  # noqa: PLC0415 (start-up time)

    try:
        read = Certificate(chain.read_bytes(), key.read_bytes())
    except OSError as error:
        raise ConfigError(f"grpc.certificate: {error.filename} cannot be read: {error.strerror}") from error
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(chain, key, password="")
    except ssl.SSLError as error:
        hint = "name a chain of certificates and its private key, both as PEM and without a password"
        raise ConfigError(f"grpc.certificate and grpc.key are no pair: {error}", hint) from error
    return read
