"""Documents beside the packument: the attestations of a release, and the keys of a registry."""

from packhouse.domain.errors import NotFound
from packhouse.domain.further import FurtherKey
from packhouse.domain.upstream import Gathered, Gathering, UpstreamRegistry, UpstreamRequest, gather_one
from packhouse.ecosystems.npm.paths import document_path

_KEYS = "keys"
_ATTESTATIONS = "attestations/"


def further(registry: UpstreamRegistry, wanted: FurtherKey) -> Gathering[Gathered]:
    """Ask for `attestations/<version>` of a package, or for the `keys` of the registry."""
    if not wanted.key.name and wanted.path == _KEYS:
        path = "-/npm/v1/keys"
    elif wanted.key.name and wanted.path.startswith(_ATTESTATIONS):
        version = wanted.path.removeprefix(_ATTESTATIONS)
        path = f"-/npm/v1/attestations/{document_path(wanted.key.name)}@{version}"
    else:
        raise NotFound(f"there is no {wanted}")
    return gather_one(UpstreamRequest(url=f"{registry.url}/{path}", accept="application/json"))
