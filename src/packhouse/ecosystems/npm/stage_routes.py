"""The door at which `npm stage` knocks: a version is sent now and published when somebody approves of it.

Who may publish a package may see, approve of and remove what is staged for it. A staged version of a name that nobody
has yet is seen by who staged it.
"""

import uuid
from datetime import UTC, datetime

import msgspec

from packhouse.domain.digest import Digest
from packhouse.domain.errors import Invalid, NotFound, NotPermitted, NotSignedIn
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.domain.view import View
from packhouse.ecosystems.npm.names import parse_name
from packhouse.ecosystems.npm.publication import Publication, decode_tarball, read_publication
from packhouse.ecosystems.npm.publishing import Publisher, check_version
from packhouse.http.answers import Answer, json_answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.policy.permission import publish_operation
from packhouse.services.access import require_user
from packhouse.services.assembly import Services
from packhouse.services.staging import Staged

_MOST = 100
_REST_BYTES = 8 << 20


class StageRoutes:
    """The handlers."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._staging = services.staging
        self._publisher = Publisher(services)
        self._limit_bytes = services.archive_bytes // 3 * 4 + _REST_BYTES

    def routes(self) -> list[Route]:
        """List the addresses; they must stand before those of packages."""
        return [
            route("-/stage", GET=self.list),
            route("-/stage/package/{name}", POST=self.stage),
            route("-/stage/{id}", GET=self.get, DELETE=self.remove),
            route("-/stage/{id}/tarball", GET=self.tarball),
            route("-/stage/{id}/approve", POST=self.approve),
        ]

    async def stage(self, request: Request, name: str) -> Answer:
        """Take a version in; it is held against its archive as at publishing, and seen by nobody else."""
        key = PackageKey(self._services.ecosystem.key, parse_name(name))
        view = request.view
        # A one-time password is asked for when somebody approves: a machine that stages has none.
        access = self._services.access
        await access.require(_unasked(view), "publish", key, publish_operation(await access.find_readable(view, key)))
        body = await request.read_large(self._limit_bytes)
        publication = read_publication(NormalName(key.name), body)
        check_version(await self._services.publishing.find(view, key), publication)
        checked = await self._publisher.receive(view, publication)
        await checked.upload.abort()
        proof = view.actor.proof
        draft = Staged(
            id="",
            registry=view.registry,
            key=key,
            version=publication.version,
            tag=next(iter(publication.tags), "latest"),
            user=view.actor.user,
            by_token=proof is not None and proof.kind == "token",
            created_at=Moment(0),
            shasum=publication.sha1,
            blob=Digest("sha256", ""),
            size_bytes=0,
        )
        staged = await self._staging.add(draft, body)
        await self._audit(request, "stage", staged)
        return json_answer({"stageId": staged.id}, 201)

    async def list(self, request: Request) -> Answer:
        """List what waits and the asker may decide on."""
        require_user(request.view.actor, write=False)
        query = request.query
        page, size = _number(query, "page", 0), min(_number(query, "perPage", _MOST), _MOST) or 1
        wanted = query.get("package")
        waiting = [
            staged
            for staged in await self._staging.waiting(request.view.registry)
            if (wanted is None or staged.key.name == wanted) and await self._may_decide(request, staged)
        ]
        items = [_shown(staged) for staged in waiting[page * size : (page + 1) * size]]
        return json_answer({"items": items, "total": len(waiting)})

    async def get(self, request: Request, id: str) -> Answer:  # noqa: A002 (the protocol's word)
        """Tell of one that waits."""
        return json_answer(_shown(await self._find(request, id)))

    async def tarball(self, request: Request, id: str) -> Answer:  # noqa: A002
        """Send the archive of one that waits, to be looked at."""
        publication = await self._publication(await self._find(request, id))
        headers = ((b"content-disposition", b"attachment"),)
        body = b"".join(decode_tarball(publication))
        return Answer(content_type="application/octet-stream", body=body, headers=headers)

    async def approve(self, request: Request, id: str) -> Answer:  # noqa: A002
        """Publish one that waits; raise Conflict where its version was published meanwhile."""
        staged = await self._find(request, id)
        proof = request.view.actor.proof
        if proof is not None and proof.bypass_otp:
            raise NotPermitted("a token for automation stages versions, and people approve of them", "sign in yourself")
        access = self._services.access
        owned = await access.find_readable(request.view, staged.key)
        await access.require(request.view, "publish", staged.key, publish_operation(owned))
        document = await self._staging.document(staged)
        published = await self._publisher.publish(request.view, staged.key, document)
        await self._staging.remove(staged)
        await self._audit(request, "stage approve", staged)
        return json_answer({"ok": True, "success": True, "rev": published.rev}, 201)

    async def remove(self, request: Request, id: str) -> Answer:  # noqa: A002
        """Let one wait no longer."""
        staged = await self._find(request, id)
        await self._services.access.require(request.view, "publish", staged.key)
        await self._staging.remove(staged)
        await self._audit(request, "stage reject", staged)
        return json_answer({"ok": True, "success": True})

    async def _find(self, request: Request, id: str) -> Staged:  # noqa: A002
        require_user(request.view.actor, write=False)
        try:
            staged = await self._staging.get(request.view.registry, str(uuid.UUID(id)))
        except ValueError:
            raise Invalid(f"{id[:60]!r} is no id of a staged version", "ids are UUIDs") from None
        if not await self._may_decide(request, staged):
            raise NotFound("no such publication waits", "it may have been approved of or removed")
        return staged

    async def _may_decide(self, request: Request, staged: Staged) -> bool:
        access, view = self._services.access, request.view
        ownership = await access.ownership(view, staged.key)
        if ownership is None and view.actor.user != staged.user and not view.actor.administrator:
            return False
        try:
            await access.require(_unasked(view), "publish", staged.key)
        except (NotFound, NotPermitted, NotSignedIn):
            return False
        return True

    async def _publication(self, staged: Staged) -> Publication:
        return read_publication(NormalName(staged.key.name), await self._staging.document(staged))

    async def _audit(self, request: Request, action: str, staged: Staged) -> None:
        audit = self._services.people.audit
        await audit.done(request.view.actor, f"npm {action}", f"{staged.key}@{staged.version}", staged.id)


def _unasked(view: View) -> View:
    """Ask for no one-time password: it is taken when something is decided."""
    return msgspec.structs.replace(view, actor=msgspec.structs.replace(view.actor, otp="shown"))


def _shown(staged: Staged) -> dict[str, object]:
    return {
        "id": staged.id,
        "packageName": staged.key.name,
        "version": staged.version,
        "tag": staged.tag,
        "createdAt": datetime.fromtimestamp(staged.created_at / 1000, UTC).isoformat().replace("+00:00", "Z"),
        "actor": staged.user,
        "actorType": "token" if staged.by_token else "user",
        "shasum": staged.shasum,
    }


def _number(query: dict[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit()):
        raise Invalid(f"{name} must be a whole number", f"e.g. {name}={default}")
    return int(text[:6])
