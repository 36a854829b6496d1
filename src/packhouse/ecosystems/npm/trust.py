"""A root of trust for attestations: which authorities may issue certificates, and which logs must know of them."""

import logging
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from packhouse.domain.errors import ConfigError, Invalid

if TYPE_CHECKING:
    from sigstore.verify import Verifier

log = logging.getLogger(__name__)


class SigstoreTrust:
    """Checks bundles against a `trusted_root.json`, without asking anyone on the network.

    It needs the package sigstore, which is not installed by default: half a second and 40 MB at first use.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._verifier: Verifier | None = None
        self._opening = threading.Lock()

    def __call__(self, text: bytes) -> bytes:
        """Check certificate, log entry and signature of a bundle, return its statement; raise Invalid, ConfigError."""
        verifier = self._open()
        from sigstore.errors import Error  # noqa: PLC0415 (heavy and optional)
        from sigstore.models import Bundle  # noqa: PLC0415

        try:
            _, payload = verifier.verify_dsse(Bundle.from_json(text), _AnyIdentity())
        except (Error, ValueError) as error:
            # ValueError: what the library's parsers raise for certificates and times that cannot be.
            log.info("an attestation was not believed: %s", error)
            raise Invalid(f"the attestation cannot be traced to a trusted root: {str(error)[:300]}") from error
        return payload

    def _open(self) -> "Verifier":
        with self._opening:
            if self._verifier is None:
                self._verifier = _read_root(self._path)
            return self._verifier


class _AnyIdentity:
    """Asks nothing of who signed: a project may build wherever it likes, and the certificate says where it did."""

    def verify(self, cert: object) -> None:
        """Accept."""
        del cert


def _read_root(path: Path) -> "Verifier":
    try:
        from sigstore.errors import Error  # noqa: PLC0415 (heavy and optional)
        from sigstore.models import TrustedRoot  # noqa: PLC0415
        from sigstore.verify import Verifier  # noqa: PLC0415
    except ImportError as error:
        hint = "install it, or remove the setting of the trusted root"
        raise ConfigError("checking attestations needs the package sigstore", hint) from error
    try:
        return Verifier(trusted_root=TrustedRoot.from_file(str(path)))
    except (OSError, Error, ValueError) as error:
        raise ConfigError(f"{path.name} is no trusted root of sigstore: {str(error)[:300]}") from error
