"""What code is able to do, and who has which layers, in the words of the API."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from msgspec import UNSET, UnsetType

from packhouse.apis.depsdev.list_messages import Capabilities, Capability, ContainerImage, DockerHubRepoMetadata
from packhouse.domain.errors import Invalid
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.view import View
from packhouse.services import capabilities as kept
from packhouse.services.image_ports import ImageRepository, ImageStore
from packhouse.services.images import read_chain


class Capable:
    """Answers from what was imported or made by an analysis."""

    def __init__(
        self, capabilities: kept.Capabilities, want: Callable[[PackageKey, str], None] = lambda _key, _version: None
    ) -> None:
        """Take also whom to tell of a release that nobody has looked at."""
        self._capabilities = capabilities
        self._want = want

    async def find(self, view: View, key: PackageKey, version: str) -> Capabilities | None:
        """Tell it of a release; None where nobody has looked."""
        del view  # whoever asks has been shown the release
        found = await self._capabilities.find(key, version)
        if found is None:
            self._want(key, version)
            return None
        return Capabilities(tuple(Capability(each.name, each.direct, each.indirect) for each in found))


class Layered:
    """Answers from imported indexes of images."""

    def __init__(self, images: ImageStore) -> None:
        self._images = images

    async def list(self, view: View, chain_id: str, limit: int) -> Sequence[ContainerImage]:
        """List repositories with an image that has a layer with this chain id."""
        del view
        try:
            chain = read_chain(chain_id)
        except Invalid:
            return ()  # like any other that no image has
        return [_image(each) for each in await self._images.list_images(chain, limit)]


def _image(repository: ImageRepository) -> ContainerImage:
    return ContainerImage(
        repository.name, repository.registry, _metadata(repository) if repository.has_facts else UNSET
    )


def _metadata(repository: ImageRepository) -> DockerHubRepoMetadata:
    return DockerHubRepoMetadata(
        date_registered=_time(repository.registered_at),
        last_updated=_time(repository.updated_at),
        star_count=str(repository.stars or 0),
        pull_count=str(repository.pulls or 0),
        is_official=repository.official,
    )


def _time(at: Moment | None) -> datetime | UnsetType:
    return UNSET if at is None else datetime.fromtimestamp(at / 1000, UTC)
