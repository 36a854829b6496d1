"""What code is able to do, as an analysis of it tells."""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from packhouse.domain.package import NormalName


class Capability(Struct, frozen=True):
    """Something that the code of a release can do."""

    name: str
    """As the analysis calls it, e.g. CAPABILITY_NETWORK."""
    direct: int = 0
    """Functions that do it themselves."""
    indirect: int = 0
    """Functions that do it through what they depend on."""


class CapableRelease(Struct, frozen=True):
    """A release that was analysed; it may be able to do nothing."""

    name: NormalName
    version: str
    capabilities: tuple[Capability, ...]


class Analysis(Struct, frozen=True):
    """How a release is analysed in an empty folder, without running any of its code."""

    files: Mapping[str, bytes]
    """What the folder has at the start."""
    environment: Mapping[str, str]
    """Beside PATH; `{folder}` stands for the folder."""
    steps: tuple[tuple[str, ...], ...]
    """Commands; the last one writes to its output what `read` reads."""


class Analyser(Struct, frozen=True):
    """What tells the capabilities of releases of an ecosystem."""

    read: Callable[[bytes, str], Sequence[CapableRelease]]
    """Read what the program writes of the package with this name, empty where that is not known; raise Invalid."""
    plan: Callable[[str, str, str], Analysis]
    """Plan the analysis of a release, by the base URL of our door, name and version."""
