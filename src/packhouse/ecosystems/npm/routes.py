"""The read side of the npm registry protocol.

Sources: the registry's own API document and what npm 11, pnpm and yarn were seen to ask for.
"""

import hashlib
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from packhouse.domain.errors import Invalid, NotFound, OtpWanted, PackhouseError
from packhouse.domain.further import FurtherKey
from packhouse.domain.index import BASE, Fragment, Index
from packhouse.domain.package import PackageKey
from packhouse.domain.view import View
from packhouse.ecosystems.npm.access_routes import AccessRoutes
from packhouse.ecosystems.npm.addresses import is_served_name
from packhouse.ecosystems.npm.audit_findings import KnownFindings
from packhouse.ecosystems.npm.audit_routes import Audits
from packhouse.ecosystems.npm.feed_routes import FeedRoutes
from packhouse.ecosystems.npm.hook_routes import HookRoutes
from packhouse.ecosystems.npm.index import version_document
from packhouse.ecosystems.npm.listing_routes import ListingRoutes
from packhouse.ecosystems.npm.login_routes import LoginRoutes, OtpByBrowser
from packhouse.ecosystems.npm.names import parse_name
from packhouse.ecosystems.npm.organisation_routes import OrganisationRoutes
from packhouse.ecosystems.npm.owner_routes import OwnerRoutes
from packhouse.ecosystems.npm.package_routes import PackageRoutes
from packhouse.ecosystems.npm.profile_routes import ProfileRoutes
from packhouse.ecosystems.npm.ranges import max_satisfying, parse_range
from packhouse.ecosystems.npm.search import SearchRoutes
from packhouse.ecosystems.npm.signature_routes import Signatures
from packhouse.ecosystems.npm.stage_routes import StageRoutes
from packhouse.ecosystems.npm.star_routes import StarRoutes
from packhouse.ecosystems.npm.tag_routes import TagRoutes
from packhouse.ecosystems.npm.tags import retag, tags_of
from packhouse.ecosystems.npm.token_routes import TokenRoutes
from packhouse.ecosystems.npm.user_routes import UserRoutes
from packhouse.ecosystems.npm.view_routes import ViewRoutes
from packhouse.formats.compression import choose_coding, compress
from packhouse.http.answers import Answer, json_answer
from packhouse.http.problems import error_headers, status_of
from packhouse.http.request import Request
from packhouse.http.router import RoutedDoor, route
from packhouse.http.serving import file_answer
from packhouse.http.site import Mount
from packhouse.services.assembly import Services
from packhouse.services.snapshot import Need, Snapshot

ABBREVIATED = "application/vnd.npm.install-v1+json"
_REVALIDATE = "public, max-age=0, must-revalidate"
_API = "-"
"""What begins the addresses of the API; there is a package of that name, and its versions stand in its packument."""
_MAX_WANTED = 1000
"""Characters of a range in an address: reading takes up to 20 microseconds for each word, and everyone waits."""


def build_mount(services: Services) -> Mount:
    """Make the door that npm, pnpm and yarn knock at."""
    reads = Reads(services)
    routes = [
        route("", GET=reads.registry),
        route("-/ping", GET=reads.ping),
        *SearchRoutes(services).routes(),
        route("-/package/{name}/dist-tags", GET=reads.dist_tags),
        *TagRoutes(services).routes(),
        *OwnerRoutes(services).routes(),
        *AccessRoutes(services).routes(),
        *OrganisationRoutes(services.people, services.access).routes(),
        *StarRoutes(services).routes(),
        *UserRoutes(services.people).routes(),
        *LoginRoutes(services.people, services.ecosystem.mount).routes(),
        *TokenRoutes(services.people, services.ecosystem.key, services.clock).routes(),
        *ProfileRoutes(services.people).routes(),
        *FeedRoutes(services).routes(),
        *ListingRoutes(services).routes(),
        *ViewRoutes(services).routes(),
        *StageRoutes(services).routes(),
        *HookRoutes(services.hooks, services.access, services.people.audit).routes(),
        *Audits(services, KnownFindings(services.advisories)).routes(),
        *Signatures(services, services.signing, _beside(services)).routes(),
        *PackageRoutes(services, services.archive_bytes).routes(),
        route("{name}/-/{filename}", GET=reads.tarball),
        route("{name}/{version}", GET=reads.version),
        *TagRoutes(services).old_routes(),
        route("{name}", GET=reads.packument),
    ]
    door = RoutedDoor(routes, join_scopes)
    return Mount(OtpByBrowser(door, services.people, services.ecosystem.mount), npm_problem)


def _beside(services: Services) -> Callable[[View, PackageKey, str], Awaitable[bytes | None]]:
    """Make what reads documents beside a packument."""

    async def read(view: View, key: PackageKey, path: str) -> bytes | None:
        try:
            return (await services.further.get(view, FurtherKey(key, path))).body
        except NotFound:
            return None

    return read


def join_scopes(segments: Sequence[str]) -> list[str]:
    """Put a scope and its name into one segment, so that `@scope/name` and `@scope%2fname` are the same path."""
    joined: list[str] = []
    rest = iter(segments)
    for segment in rest:
        if segment.startswith("@") and "/" not in segment:
            following = next(rest, None)
            joined.append(segment if following is None else f"{segment}/{following}")
        else:
            joined.append(segment)
    return joined


def npm_problem(error: PackhouseError) -> Answer:
    """Word an error for npm, which prints `error` and nothing else; old clients print `reason`, pnpm all of it."""
    sentence = str(error)
    document = {"error": sentence, "reason": sentence, "message": sentence, "ok": False, "success": False}
    headers = error_headers(error)
    if isinstance(error, OtpWanted):
        # The only challenge that npm knows what to do with. For any other (RFC 9110 section 11.6.1 wants one with
        # every 401) it prints a sentence of its own, and the reason why a token does not count would be lost.
        headers += ((b"www-authenticate", b"OTP"),)
        if error.page:
            document |= {"authUrl": error.page, "doneUrl": error.poll}
    answer = json_answer(document, status_of(error))
    return msgspec.structs.replace(answer, headers=headers)


class Reads:
    """The handlers of one mount."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def registry(self, request: Request) -> Answer:
        """Describe the registry as CouchDB describes a database."""
        count = await self._services.search.count(request.view, self._services.ecosystem.key)
        sequence = await self._services.feed.last_sequence(request.view)
        # A follower takes it for a database only with a time of start; CouchDB has said "0" there since 1.7.
        told = {"db_name": "registry", "doc_count": count, "doc_del_count": 0, "update_seq": sequence}
        return json_answer(told | {"purge_seq": 0, "compact_running": False, "instance_start_time": "0"})

    async def ping(self, request: Request) -> Answer:
        """Say that the registry is there."""
        del request
        return json_answer({})

    async def packument(self, request: Request, name: str) -> Answer:
        """Answer with the full or the abbreviated index document."""
        key = self._key(name)
        form = "abbreviated" if ABBREVIATED in request.header(b"accept") else "full"
        coding = choose_coding(request.header(b"accept-encoding"))
        need: Need = "confirmed" if request.query.get("write") == "true" else "usual"
        document = await self._services.documents.get(request.view, key, form, request.base, coding, need)
        rendered = document.rendered
        headers = () if coding == "identity" else ((b"content-encoding", coding.encode()),)
        return Answer(
            content_type=document.content_type,
            body=rendered.body,
            headers=headers,
            etag=rendered.etag,
            changed_at=document.changed_at,
            cache_control=_REVALIDATE,
            vary="Accept, Accept-Encoding",
            valid_until=document.valid_until,
            about=str(key),
        )

    async def version(self, request: Request, name: str, version: str) -> Answer:
        """Answer with the manifest of one version, named by number, tag or range."""
        if name == _API:
            raise NotFound("there is nothing at this address")
        key = self._key(name)
        snapshot, index = await self._index(request, key)
        fragment = _choose(index, version)
        if fragment is None:
            raise NotFound(f"version not found: {version[:100]}", f"{key.name} has no such version, tag or match")
        body = version_document(index, fragment).replace(BASE, request.base.encode("ascii"))
        return self._compared(request, snapshot, body)

    async def dist_tags(self, request: Request, name: str) -> Answer:
        """Answer with the tags, as an object of versions."""
        snapshot, index = await self._index(request, self._key(name))
        return self._compared(request, snapshot, msgspec.json.encode(_tags(index)))

    async def tarball(self, request: Request, name: str, filename: str) -> Answer:
        """Send a file; it never changes."""
        key = self._key(name)
        # A scope may be repeated before the file name: npm itself publishes such addresses.
        scope, _, bare = filename.rpartition("/")
        if scope and scope != key.name.partition("/")[0]:
            raise NotFound(f"{key} has no file {filename[:200]}")
        if not is_served_name(bare):
            # An unknown file is looked for upstream: one that cannot be ours is not worth a question.
            raise NotFound(f"{key} has no file {bare[:200]!r}")
        return await file_answer(self._services, request, key, bare, headers=((b"content-disposition", b"attachment"),))

    def _key(self, name: str) -> PackageKey:
        return PackageKey(self._services.ecosystem.key, parse_name(name))

    async def _index(self, request: Request, key: PackageKey) -> tuple[Snapshot, Index]:
        need: Need = "confirmed" if request.query.get("write") == "true" else "usual"
        snapshot = await self._services.source.snapshot(request.view, key, need)
        return snapshot, await self._services.source.index(request.view, snapshot)

    def _compared(self, request: Request, snapshot: Snapshot, body: bytes) -> Answer:
        """Answer with a small document that can be compared and repeated like a packument."""
        coding = choose_coding(request.header(b"accept-encoding"))
        tag = hashlib.blake2b(body, digest_size=12).hexdigest()
        return Answer(
            body=compress(body, coding),
            headers=() if coding == "identity" else ((b"content-encoding", coding.encode()),),
            etag=f'"{tag}-{coding}"',
            cache_control=_REVALIDATE,
            vary="Accept, Accept-Encoding",
            valid_until=snapshot.valid_until,
            about=str(snapshot.key),
        )


def _tags(index: Index) -> dict[str, str]:
    return retag(tags_of(index), [fragment.version for fragment in index.fragments])


def _choose(index: Index, wanted: str) -> Fragment | None:
    """Find a version by its text, by a tag, or as the highest that a range allows."""
    versions = {fragment.version: fragment for fragment in index.fragments}
    if wanted in versions:
        return versions[wanted]
    tagged = _tags(index).get(wanted or "latest")
    if tagged is not None:
        return versions[tagged]
    if len(wanted) > _MAX_WANTED:
        return None
    try:
        best = max_satisfying(list(versions), parse_range(wanted))
    except Invalid:
        return None
    return None if best is None else versions[best]
