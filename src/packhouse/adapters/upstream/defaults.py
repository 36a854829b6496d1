"""The public registries that Packhouse knows by itself; the only module that holds their addresses."""

from packhouse.domain.upstream import UpstreamRegistry

DEFAULTS: tuple[UpstreamRegistry, ...] = (
    UpstreamRegistry(name="npm", ecosystem="npm", url="https://registry.npmjs.org"),
)
"""An operator may change, switch off or add to them."""
