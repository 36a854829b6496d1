"""The doors at which dist-tags are set and removed, in the present forms and the old ones."""

from packhouse.domain.errors import Invalid, NotFound, NotPermitted
from packhouse.domain.index import Index
from packhouse.domain.package import PackageKey
from packhouse.ecosystems.npm import hosted as edits
from packhouse.ecosystems.npm.maintaining import require_published
from packhouse.ecosystems.npm.names import parse_name
from packhouse.ecosystems.npm.publishing import moved_tags
from packhouse.ecosystems.npm.small_bodies import read_small
from packhouse.ecosystems.npm.tag_names import check_tag
from packhouse.ecosystems.npm.tags import LATEST, tags_of
from packhouse.http.answers import Answer, json_answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.services.assembly import Services
from packhouse.services.publishing import Change, Hosted

_MOST = 1000
"""Tags of one package."""


class TagRoutes:
    """The handlers."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def routes(self) -> list[Route]:
        """List the addresses; that of the old form must stand behind every other of two segments."""
        return [
            route("-/package/{name}/dist-tags", PUT=self.replace, POST=self.merge),
            route("-/package/{name}/dist-tags/{tag}", GET=self.get, PUT=self.set, POST=self.set, DELETE=self.remove),
        ]

    def old_routes(self) -> list[Route]:
        """List the addresses of the first protocol."""
        return [route("{name}/{tag}", PUT=self.set)]

    async def get(self, request: Request, name: str, tag: str) -> Answer:
        """Tell the version that a tag points to."""
        key = self._key(name)
        view = request.view
        index = await self._services.source.index(view, await self._services.source.snapshot(view, key))
        version = self._services.ecosystem.index.tags(index).get(tag)
        if version is None or version not in {fragment.version for fragment in index.fragments}:
            raise NotFound(f"{key} has no tag {tag[:100]!r}")
        return json_answer(version)

    async def set(self, request: Request, name: str, tag: str) -> Answer:
        """Point a tag to a version."""
        if name == "-":
            raise NotFound("there is nothing at this address")
        key = self._key(name)
        await require_published(self._services, request.view, key, "publish")
        check_tag(tag)
        version = await read_small(request, str)
        return await self._change(request, key, {tag: version}, f"tag add {tag}")

    async def remove(self, request: Request, name: str, tag: str) -> Answer:
        """Remove a tag."""
        key = self._key(name)
        await require_published(self._services, request.view, key, "publish")
        if tag == LATEST:
            raise NotPermitted('must have a "latest" dist-tag', "point it to another version instead")
        if tag not in tags_of(_index(await self._services.publishing.get(request.view, key))):
            raise NotFound(f"{key} has no tag {tag[:100]!r}")
        return await self._change(request, key, {tag: None}, f"tag rm {tag}")

    async def merge(self, request: Request, name: str) -> Answer:
        """Point some tags to versions."""
        return await self._set_all(request, name, replace=False)

    async def replace(self, request: Request, name: str) -> Answer:
        """Point some tags to versions, and remove all others but the latest."""
        return await self._set_all(request, name, replace=True)

    async def _set_all(self, request: Request, name: str, *, replace: bool) -> Answer:
        key = self._key(name)
        await require_published(self._services, request.view, key, "publish")
        tags = await read_small(request, dict[str, str])
        for tag in tags:
            check_tag(tag)
        wanted: dict[str, str | None] = dict(tags)
        if replace:
            known = tags_of(_index(await self._services.publishing.get(request.view, key)))
            wanted = {**dict.fromkeys(tag for tag in known if tag != LATEST), **wanted}
        return await self._change(request, key, wanted, "tag set")

    async def _change(self, request: Request, key: PackageKey, tags: dict[str, str | None], action: str) -> Answer:
        await self._services.publishing.get(request.view, key)
        subjects = ",".join(f"{tag}={version or ''}" for tag, version in tags.items())

        def edit(found: Hosted) -> Change:
            return _tagged(found, tags, action, subjects[:300])

        await self._services.publishing.change(request.view, key, edit)
        return json_answer({"ok": True, "success": True}, 201)

    def _key(self, name: str) -> PackageKey:
        return PackageKey(self._services.ecosystem.key, parse_name(name))


def _tagged(found: Hosted, tags: dict[str, str | None], action: str, subjects: str) -> Change:
    index = _index(found)
    versions = {fragment.version for fragment in index.fragments}
    for tag, version in tags.items():
        if version is not None and version not in versions:
            raise NotFound(f"{found.key} has no version {version[:100]!r} for the tag {tag}", "publish it first")
    before = tags_of(index)
    after = edits.with_tags(index, tags, found.now)
    if len(tags_of(after)) > _MOST:
        raise Invalid(f"a package can have {_MOST} tags", "remove some")
    return Change(after, action, f" {subjects}", tuple(moved_tags(before, tags_of(after))))


def _index(found: Hosted) -> Index:
    if found.index is None:
        raise NotFound(f"{found.key} is not published here")
    return found.index
