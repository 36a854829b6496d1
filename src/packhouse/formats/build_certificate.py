"""Certificates of builds: who signed, as the certificate authority of sigstore writes it.

https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md: extensions 1 to 6 are plain text and older, those from 8
on are UTF8String in DER.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_ARC = "1.3.6.1.4.1.57264.1."
_UTF8_STRING = 0x0C
_LONG_FORM = 0x80
_MAX_TEXT = 2000
_GITHUB_ISSUER = "https://token.actions.githubusercontent.com"


def read_claims(certificate: bytes) -> Mapping[str, str]:
    """Read issuer, identity, repository, commit, ref, workflow and run, as far as they are there; raise ValueError.

    Nothing is known of who issued the certificate: that is for others to check.
    """
    try:
        return _read(certificate)
    except ValueError:
        raise
    except Exception as error:
        # The library has exceptions of its own for extensions that stand twice, unknown names and algorithms.
        raise ValueError(f"it cannot be read: {error}") from error


def _read(certificate: bytes) -> Mapping[str, str]:
    from cryptography import x509  # noqa: PLC0415 (start-up time)

    read = x509.load_der_x509_certificate(certificate)
    texts = {
        extension.oid.dotted_string.removeprefix(_ARC): extension.value.value
        for extension in read.extensions
        if isinstance(extension.value, x509.UnrecognizedExtension) and extension.oid.dotted_string.startswith(_ARC)
    }
    claims = {
        "identity": _identity(read),
        "issuer": _text(texts, "8") or _plain(texts, "1"),
        "repository": _text(texts, "12"),
        "commit": _text(texts, "13"),
        "ref": _text(texts, "14"),
        "workflow": _text(texts, "18"),
        "run": _text(texts, "21"),
    }
    return _with_older(claims, texts)


def _with_older(claims: dict[str, str], texts: Mapping[str, bytes]) -> dict[str, str]:
    """Take what is missing from the extensions of 2021, which only builds of GitHub have."""
    if claims["issuer"] == _GITHUB_ISSUER and not claims["repository"] and (name := _plain(texts, "5")):
        claims |= {
            "repository": f"https://github.com/{name}",
            "commit": _plain(texts, "3"),
            "ref": _plain(texts, "6"),
            "workflow": claims["identity"],
        }
    if claims["repository"] and "://" not in claims["repository"]:
        claims["repository"] = f"https://{claims['repository']}"
    return claims


def _identity(certificate: "Certificate") -> str:
    from cryptography import x509  # noqa: PLC0415 (start-up time)

    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ""
    for name in names:
        if isinstance(name, x509.UniformResourceIdentifier | x509.RFC822Name):
            return name.value[:_MAX_TEXT]
    return ""


def _plain(texts: Mapping[str, bytes], which: str) -> str:
    return texts.get(which, b"").decode()[:_MAX_TEXT]


def _text(texts: Mapping[str, bytes], which: str) -> str:
    """Read a UTF8String (X.690 8.1.3); raise ValueError for anything else."""
    der = texts.get(which, b"")
    if not der:
        return ""
    if len(der) < 2 or der[0] != _UTF8_STRING:
        raise ValueError("an extension of the certificate is no text")
    length, begin = der[1], 2
    if length & _LONG_FORM:
        begin = 2 + (length & ~_LONG_FORM)
        length = int.from_bytes(der[2:begin], "big")
    if len(der) != begin + length:
        raise ValueError("an extension of the certificate is no text")
    return der[begin:].decode()[:_MAX_TEXT]
