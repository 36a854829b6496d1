"""A root of trust of sigstore: which authorities may issue certificates, and which logs must know of them."""

import hashlib
import logging
import threading
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from packhouse.adapters.attestation.any_identity import AnyIdentity
from packhouse.domain.errors import ConfigError, Invalid

if TYPE_CHECKING:
    from sigstore.verify import Verifier

log = logging.getLogger(__name__)

_PUBLIC = "sigstore.dev"
"""The public instance, among the roots that come with the library."""


class SigstoreRoot:
    """Checks bundles against a `trusted_root.json`, without asking anyone on the network.

    Without a file of the operator's it is the root of the public instance, as the library brings it. It needs the
    package sigstore, which is not installed by default: half a second and 40 MB at first use.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._verifier: Verifier | None = None
        self._basis = ""
        self._opening = threading.Lock()

    def __call__(self, text: bytes) -> bytes:
        """Check certificate, log entry and signature of a bundle, return its statement; raise Invalid, ConfigError."""
        verifier = self._open()
        from sigstore.models import Bundle  # noqa: PLC0415 (heavy and optional)

        from packhouse.adapters.attestation.older_entries import is_older, verify_older  # noqa: PLC0415 (likewise)

        try:
            bundle = Bundle.from_json(text)
            if is_older(bundle):
                return verify_older(verifier, bundle)
            _, payload = verifier.verify_dsse(bundle, AnyIdentity())
        except Exception as error:
            log.info("an attestation was not believed: %s", error)
            raise Invalid(f"the attestation cannot be traced to a trusted root: {str(error)[:300]}") from error
        return payload

    def check_file(self, text: bytes, sha256: str) -> None:
        """Check certificate, log entry and signature of a bundle that signs a file; raise Invalid or ConfigError."""
        verifier = self._open()
        from sigstore.hashes import HashAlgorithm, Hashed  # type: ignore[attr-defined]  # noqa: PLC0415 (likewise)
        from sigstore.models import Bundle  # noqa: PLC0415 (heavy and optional)

        try:
            signed = Hashed(algorithm=HashAlgorithm.SHA2_256, digest=bytes.fromhex(sha256))
            verifier.verify_artifact(signed, Bundle.from_json(text), AnyIdentity())
        except Exception as error:
            log.info("a signature was not believed: %s", error)
            raise Invalid(f"the signature cannot be traced to a trusted root: {str(error)[:300]}") from error

    def basis(self) -> str:
        """Name the root by its digest; raise ConfigError where there is none to be had."""
        self._open()
        return self._basis

    def _open(self) -> "Verifier":
        with self._opening:
            if self._verifier is None:
                path = self._path or _public_root()
                self._verifier = _open_root(path)
                self._basis = hashlib.sha256(path.read_bytes()).hexdigest()
            return self._verifier


def _public_root() -> Path:
    """Find the root that comes with the library; raise ConfigError."""
    found = find_spec("sigstore")
    if found is None or not found.submodule_search_locations:
        raise _missing()
    for folder in found.submodule_search_locations:
        for path in Path(folder, "_store").glob(f"*{_PUBLIC}/trusted_root.json"):
            return path
    hint = "name a trusted_root.json in the configuration"
    raise ConfigError("the package sigstore brings no root of the public instance", hint)


def _open_root(path: Path) -> "Verifier":
    try:
        from sigstore.errors import Error  # noqa: PLC0415 (heavy and optional)
        from sigstore.models import TrustedRoot  # noqa: PLC0415
        from sigstore.verify import Verifier  # noqa: PLC0415
    except ImportError as error:
        raise _missing() from error
    try:
        return Verifier(trusted_root=TrustedRoot.from_file(str(path)))
    except (OSError, Error, ValueError) as error:
        raise ConfigError(f"{path.name} is no trusted root of sigstore: {str(error)[:300]}") from error


def _missing() -> ConfigError:
    hint = "install it, or remove the setting of the trusted root"
    return ConfigError("checking attestations needs the package sigstore", hint)
