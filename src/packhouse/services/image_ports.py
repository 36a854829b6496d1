"""Container images as the store keeps them: which repositories have one whose first layers have a chain id."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from packhouse.domain.package import Moment


class ImageRepository(Struct, frozen=True, omit_defaults=True):
    """A repository of images, and what its registry says of it."""

    name: str
    registry: str = ""
    """Empty where that is the one that is meant without one."""
    registered_at: Moment | None = None
    updated_at: Moment | None = None
    stars: int | None = None
    pulls: int | None = None
    official: bool = False

    @property
    def has_facts(self) -> bool:
        """Tell whether anything is known but the name."""
        return any(each is not None for each in (self.registered_at, self.updated_at, self.stars, self.pulls))


class ImageEntry(Struct, frozen=True):
    """A repository and the chains of layers that its images begin with, 32 bytes each."""

    repository: ImageRepository
    chains: tuple[bytes, ...]


class ImageStore(Protocol):
    """Repositories by chain id."""

    async def list_images(self, chain: bytes, limit: int) -> Sequence[ImageRepository]:
        """List the repositories with an image that begins with a chain of layers, by registry and name."""

    async def write_images(self, entries: Sequence[ImageEntry]) -> int:
        """Add chains to repositories, all of them or none; tell how many were new. What is said of one replaces it."""
