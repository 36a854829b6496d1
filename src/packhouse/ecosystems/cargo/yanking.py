"""Yanking a release, which stays downloadable and is not chosen anew; and taking that back."""

from msgspec import Struct

from packhouse.domain.errors import Invalid, NotFound
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import PackageKey
from packhouse.domain.view import View
from packhouse.ecosystems.cargo import hosted, hosted_document
from packhouse.ecosystems.cargo.crate_document import crate_path, objects, read_object
from packhouse.ecosystems.cargo.hosted_document import Deed
from packhouse.ecosystems.cargo.hosted_summary import summarize_hosted
from packhouse.ecosystems.cargo.listing import Json
from packhouse.ecosystems.cargo.maintaining import changeable, require_published
from packhouse.ecosystems.cargo.publishing import stored_json
from packhouse.services.assembly import Services
from packhouse.services.publishing import Change, Hosted

MAX_MESSAGE = 1000
"""Characters of a reason."""


class Wish(Struct, frozen=True):
    """What is to become of a release; None leaves it as it is."""

    yanked: bool | None = None
    yank_message: str | None = None


class Yanking:
    """Yanks releases, and says why."""

    def __init__(self, services: Services, same: frozenset[str]) -> None:
        self._services = services
        self._same = same

    async def apply(self, view: View, key: PackageKey, version: str, wish: Wish) -> Json:
        """Do what is wished, whoever may; return the release as the Web API shows it.

        Raise NotFound where there is no such release, Invalid for a reason without a yank.
        """
        await require_published(self._services, view, key, "publish", "yank")
        self._services.limits.take(view.actor, "yank")
        path = crate_path(key.name)
        documents: list[Json] = []

        def edit(found: Hosted) -> Change | None:
            raw = found.documents.get(path)
            before = (read_object(raw) if raw else None) or {}
            change, document = _edit(view, found, before, version, wish, self._same)
            documents.append(document)
            return change

        await self._services.publishing.change(view, key, edit, None, (path,))
        return next(each for each in objects(documents[-1], "versions") if each.get("num") == version)


def _edit(
    view: View, found: Hosted, before: Json, version: str, wish: Wish, same: frozenset[str]
) -> tuple[Change | None, Json]:
    index, ownership, now = changeable(view.actor, found, "publish")
    key = found.key
    try:
        was = hosted.is_yanked(index, version)
    except NotFound:
        raise NotFound(f"crate `{key.name}` does not have a version `{version[:80]}`") from None
    message = _message(wish, was=was)
    yanked = was if wish.yanked is None else wish.yanked
    after = hosted.with_yank(index, version, yanked=yanked)
    deed = Deed(view.actor.user, now)
    if message is None and was == yanked:
        message = _known_message(before, version)
    document = hosted_document.with_yank(before, version, deed, yanked=yanked, message=message or "")
    if after is index and document is before:
        return None, before
    action = "yank" if yanked else "unyank"
    detail = {"yanked": "true" if yanked else "false"} | ({"message": message[:400]} if message else {})
    change = Change(
        index=after,
        action=action,
        subject=f"@{version}",
        events=(("release_changed", version, detail),),
        further=((FurtherKey(key, crate_path(key.name)), stored_json(document, now)),),
        summary=summarize_hosted(key, after, document, ownership, same),
    )
    return change, document


def _message(wish: Wish, *, was: bool) -> str | None:
    message = wish.yank_message
    if message is None:
        return None
    if wish.yanked is False:
        raise Invalid("Cannot set yank message when unyanking")
    if wish.yanked is None and not was:
        raise Invalid("Cannot update yank message for a version that is not yanked")
    if len(message) > MAX_MESSAGE:
        raise Invalid(f"the yank message is longer than {MAX_MESSAGE} characters")
    return message


def _known_message(document: Json, version: str) -> str | None:
    release = next((each for each in objects(document, "versions") if each.get("num") == version), {})
    message = release.get("yank_message")
    return message if isinstance(message, str) else None
