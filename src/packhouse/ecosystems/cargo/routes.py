"""The read side of cargo's registry protocol: the sparse index, the files, and the Web API.

Sources: cargo's own documentation of registries and what cargo 1.95 was seen to ask for.
"""

import time
from collections.abc import Sequence
from urllib.parse import quote

import msgspec

from packhouse.domain.errors import Invalid, NotAllowed, NotFound, NotSignedIn, PackhouseError, TooOften
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.ecosystems.cargo.ahead import Ahead
from packhouse.ecosystems.cargo.docs import Docs
from packhouse.ecosystems.cargo.follow_routes import FollowRoutes
from packhouse.ecosystems.cargo.git_index import GitIndex
from packhouse.ecosystems.cargo.head import FILE, file_name
from packhouse.ecosystems.cargo.index import SPARSE
from packhouse.ecosystems.cargo.invitation_routes import InvitationRoutes
from packhouse.ecosystems.cargo.me_routes import MeRoutes
from packhouse.ecosystems.cargo.names import index_path, parse_name
from packhouse.ecosystems.cargo.openapi import OpenApi
from packhouse.ecosystems.cargo.owner_routes import OwnerRoutes
from packhouse.ecosystems.cargo.places import CONFIG
from packhouse.ecosystems.cargo.token_routes import TokenRoutes
from packhouse.ecosystems.cargo.trust_routes import TrustRoutes
from packhouse.ecosystems.cargo.user_routes import UserRoutes
from packhouse.ecosystems.cargo.web_api import WebApi
from packhouse.ecosystems.cargo.write_routes import WriteRoutes
from packhouse.http.answers import JSON, Answer, json_answer, private, text_answer
from packhouse.http.callers import READS
from packhouse.http.problems import error_headers, status_of
from packhouse.http.request import Request
from packhouse.http.router import RoutedDoor, route
from packhouse.http.serving import body_answer, document_answer, file_answer
from packhouse.http.site import Mount
from packhouse.services.access import require_user
from packhouse.services.assembly import Services

_CONFIG_MS = 60_000
_GZIPPED_TAR = "application/gzip"
_NO_NAME = """We require that all requests include a `User-Agent` header, which says what asks.
"""
_ME = """{reading} takes a token.

1. Sign in at {site}/ui/login, or ask whoever runs this server for an account.
2. Make a token at {site}/ui/account.
3. Give it to cargo, by the name that your .cargo/config.toml has for this registry, such as packhouse:

       cargo login --registry packhouse

The registry's index is sparse+{base}/index/
"""
# cargo sends no token to read before it was told where tokens are kept.
_PROVIDER = """
cargo wants to be told once how it keeps tokens, in ~/.cargo/config.toml:

       [registry]
       global-credential-providers = ["cargo:token"]
"""


def build_mount(services: Services) -> Mount:
    """Make the door that cargo knocks at."""
    reads = Reads(services)
    api = WebApi(services)
    routes = [
        route(f"index/{CONFIG}", GET=reads.config),
        # One, two, three and more letters: 1/a, 2/ab, 3/a/abc, ab/cd/abcd.
        route("index/{first}/{name}", GET=reads.short_index),
        route("index/{first}/{second}/{name}", GET=reads.index),
        route("api/v1/crates/{name}/{version}/download", GET=reads.download),
        route("crates/{name}/{filename}", GET=reads.file),
        route("me", GET=reads.me),
        *WriteRoutes(services).routes(),
        *Docs(services).routes(),
        *(GitIndex(services, services.git_folder).routes() if services.git_folder else ()),
        *TrustRoutes(services).routes(),
        *OwnerRoutes(services, api.people).routes(),
        *InvitationRoutes(services).routes(),
        *TokenRoutes(services).routes(),
        *MeRoutes(services).routes(),
        *FollowRoutes(services).routes(),
        *UserRoutes(services, api.whole).routes(),
        *api.routes(),
        *OpenApi().routes(),
    ]
    return Mount(CargoDoor(routes), cargo_problem)


class CargoDoor(RoutedDoor):
    """The routes; whoever has to sign in is told where."""

    async def __call__(self, request: Request, segments: Sequence[str]) -> Answer:
        """Answer a request."""
        if segments[:1] == ["api"] and segments[-1:] != ["download"] and not request.header(b"user-agent"):
            return text_answer(_NO_NAME, 403)
        if segments[:1] == ["api"] and request.method not in READS and request.view.as_of is not None:
            raise NotAllowed("the past can only be read", "use the index whose address has no date", ("GET",))
        try:
            return await super().__call__(request, segments)
        except NotSignedIn as error:
            error.page = error.page or f"{request.base}/me"
            raise


def cargo_problem(error: PackhouseError) -> Answer:
    """Word an error for cargo, which prints every `detail`."""
    answer = json_answer({"errors": [{"detail": str(error)}]}, status_of(error))
    headers = error_headers(error)
    if isinstance(error, TooOften) and error.retry_after_s is not None:
        from email.utils import formatdate  # noqa: PLC0415 (start-up time)

        # As the public registry writes it; cargo reads a number as well.
        at = formatdate(time.time() + max(1.0, error.retry_after_s), usegmt=True)
        headers = ((b"retry-after", at.encode()),)
    if isinstance(error, NotSignedIn) and error.page.isascii():
        # RFC 2789: without the challenge cargo does not try again with a token.
        headers = (*headers, (b"www-authenticate", f'Cargo login_url="{error.page}"'.encode()))
    return msgspec.structs.replace(answer, headers=headers)


class Reads:
    """The handlers of what every build asks for."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.ahead = Ahead(services)

    async def config(self, request: Request) -> Answer:
        """Say where files and Web API are: here; and that every request is to bring a token, where one is needed."""
        places: dict[str, object] = {"dl": f"{request.base}/api/v1/crates", "api": request.base}
        if self._services.access.is_closed:
            require_user(request.view.actor, write=False)
            return private(body_answer(request, msgspec.json.encode(places | {"auth-required": True}), JSON))
        valid_until = Moment(self._services.clock() + _CONFIG_MS)
        return body_answer(request, msgspec.json.encode(places), JSON, valid_until=valid_until)

    async def index(self, request: Request, first: str, second: str, name: str) -> Answer:
        """Answer with an index file, at its one address only."""
        return await self._index(request, f"{first}/{second}/{name}", name)

    async def short_index(self, request: Request, first: str, name: str) -> Answer:
        """Answer with the index file of a name of one or two letters."""
        return await self._index(request, f"{first}/{name}", name)

    async def download(self, request: Request, name: str, version: str) -> Answer:
        """Send a release's file, or say where it is to whoever accepts that."""
        key = self._key(name)
        filename = file_name(key.name, version)
        if JSON in request.header(b"accept"):
            await self._services.source.locate(request.view, key, filename)
            url = f"{request.base}/crates/{quote(key.name)}/{quote(filename)}"
            return msgspec.structs.replace(json_answer({"url": url}), vary="Accept")
        return msgspec.structs.replace(await self._file(request, key, filename), vary="Accept")

    async def file(self, request: Request, name: str, filename: str) -> Answer:
        """Send a release's file, at the address that a static store of files has for it."""
        key = self._key(name)
        if not filename.endswith(FILE):
            raise NotFound(f"{key} has no file {filename[:200]!r}")
        return await self._file(request, key, filename)

    async def me(self, request: Request) -> Answer:
        """Tell whom cargo has sent here how to get a token."""
        closed = self._services.access.is_closed
        reading = "Reading" if closed else "Everybody may read here. Publishing"
        page = _ME.format(reading=reading, site=_site(request.base), base=request.base)
        return text_answer(page + _PROVIDER if closed else page)

    async def _index(self, request: Request, path: str, raw: str) -> Answer:
        # cargo tries other spellings of a name that it does not find: what is no file is not asked of an upstream.
        try:
            name = parse_name(raw)
        except Invalid:
            raise _no_file(path) from None
        if path != index_path(name):
            raise _no_file(path)
        key = self._of(name)
        answer = await document_answer(self._services, request, key, SPARSE)
        await self.ahead.follow(request.view, key)
        return answer

    async def _file(self, request: Request, key: PackageKey, filename: str) -> Answer:
        headers = ((b"content-disposition", b"attachment"),)
        return await file_answer(self._services, request, key, filename, content_type=_GZIPPED_TAR, headers=headers)

    def _key(self, raw: str) -> PackageKey:
        try:
            return self._of(parse_name(raw))
        except Invalid as error:
            raise NotFound(f"there is no crate {raw[:80]!r}", error.message) from None

    def _of(self, name: NormalName) -> PackageKey:
        return PackageKey(self._services.ecosystem.key, name)


def _site(base: str) -> str:
    return base.rpartition("/")[0]


def _no_file(path: str) -> NotFound:
    return NotFound(f"the index has no file {path[:200]!r}")
