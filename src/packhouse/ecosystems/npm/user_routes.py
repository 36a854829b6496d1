"""The door of accounts: `npm whoami`, `npm adduser`, `npm login` with a password, `npm logout`, user documents.

A user document is what CouchDB had under `org.couchdb.user:NAME`, as the registry's old API describes it.
"""

import hashlib
import hmac
from base64 import b64encode
from datetime import UTC, datetime

from msgspec import Struct

from packhouse.domain.accounts import User
from packhouse.domain.errors import Conflict, Invalid, NotFound, NotPermitted, NotSignedIn
from packhouse.domain.package import Moment
from packhouse.ecosystems.npm.proving import prove_second_factor, require_otp
from packhouse.ecosystems.npm.small_bodies import read_small
from packhouse.http.answers import Answer, json_answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.services.access import require_user
from packhouse.services.people import People

ID_PREFIX = "org.couchdb.user:"
_MISSING = {"error": "not_found", "reason": "missing", "message": "missing", "ok": False, "success": False}
"""CouchDB's own words, by which old clients know that they have to make the account first."""


class _UserDocument(Struct):
    name: str | None = None
    password: str | None = None
    email: str | None = None

    def check_name(self, name: str) -> None:
        """Raise Invalid for a document that is about somebody else than its address."""
        if self.name not in (None, name):
            raise Invalid("the name in the address and the one in the body differ", "send the same twice")


class UserRoutes:
    """The handlers."""

    def __init__(self, people: People) -> None:
        self._people = people

    def routes(self) -> list[Route]:
        """List the addresses; they must stand before those of packages."""
        return [
            route("-/whoami", GET=self.whoami),
            route("-/user/token/{token}", DELETE=self.log_out),
            route("-/user/{document}", GET=self.document, PUT=self.sign_in),
            route("-/user/{document}/-rev/{rev}", PUT=self.change),
        ]

    async def whoami(self, request: Request) -> Answer:
        """Tell the name of who asks."""
        return json_answer({"username": require_user(request.view.actor, write=False).user})

    async def log_out(self, request: Request, token: str) -> Answer:
        """End a token of who asks, at once; any token may end itself."""
        actor = require_user(request.view.actor, write=False)
        found = await self._people.tokens.get(actor.user, token)
        if actor.proof is None or actor.proof.token != found.key:
            require_user(actor)
        await self._people.tokens.end(actor.user, found.key)
        await self._people.audit.done(actor, "npm logout", f"token {found.key}")
        return json_answer({"ok": True})

    async def document(self, request: Request, document: str) -> Answer:
        """Show what may be known of a user to who has signed in; nobody else learns which users there are."""
        user = await self._people.accounts.find(_name_in(document))
        if user is None or not request.view.actor.signed_in:
            return json_answer(_MISSING, 404)
        shown = {
            "_id": ID_PREFIX + user.name,
            "_rev": revision(user),
            "name": user.name,
            "type": "user",
            "roles": [],
            "date": iso(user.updated_at),
            "email": user.email,
        }
        return json_answer(shown)

    async def sign_in(self, request: Request, document: str) -> Answer:
        """Give a new token to who knows the password; make the account first, where that is open to everybody."""
        name = _name_in(document)
        asked = await read_small(request, _UserDocument)
        asked.check_name(name)
        if not asked.password:
            raise Invalid("the document has no password", "send it as `password`")
        user = await self._user(request, name, asked.password, asked.email or "")
        return await self._token(request, user)

    async def change(self, request: Request, document: str, rev: str) -> Answer:
        """Change address or password of who asks, and give them a new token; npm 8 and older sign in like this."""
        name = _name_in(document)
        actor = require_user(request.view.actor)
        asked = await read_small(request, _UserDocument)
        asked.check_name(name)
        if actor.user != name:
            raise NotPermitted("only users themselves change their documents", "sign in as that user")
        if actor.proof is None or actor.proof.kind != "password":
            raise NotSignedIn("this takes your password", "send it in a Basic Authorization header")
        require_otp(request)
        user = await self._people.accounts.get(name)
        # A one-time password that was just taken has made a revision that the client cannot know of yet.
        counting = {revision(user)} | ({revision(user, -1)} if actor.otp == "shown" else set())
        if rev not in counting:
            raise Conflict("Document update conflict.", "the document has changed meanwhile; read it again")
        if asked.email is not None and asked.email != user.email:
            user = await self._people.accounts.change(user, email=asked.email)
            await self._people.audit.done(actor, "npm profile set", name, "email")
        if asked.password and not _is_sent(request, name, asked.password):
            user = await self._people.accounts.set_password(user, asked.password)
            await self._people.tokens.end_all(name)
            await self._people.audit.done(actor, "npm profile set", name, "password")
        return await self._token(request, user)

    async def _user(self, request: Request, name: str, password: str, email: str) -> User:
        people, address = self._people, request.view.actor.address
        only_known = not people.registration or request.header(b"npm-command") == "login"
        if only_known or await people.accounts.find(name) is not None:
            try:
                return await people.accounts.check_password(name, password, address)
            except NotSignedIn:
                # Only who asks for a new account by naming an address learns that there is none of that name.
                if not people.registration and email and await people.accounts.find(name) is None:
                    hint = f"ask an administrator, who can run: packhouse user add {name[:64]}"
                    raise NotPermitted("nobody can make an account here for themselves", hint) from None
                raise
        try:
            user = await people.accounts.add(name, email, password)
        except Conflict:
            # Somebody else has just taken the name, or this very request was sent twice.
            return await people.accounts.check_password(name, password, address)
        await people.audit.done(request.view.actor, "npm adduser", f"user {user.name}")
        return user

    async def _token(self, request: Request, user: User) -> Answer:
        user = await prove_second_factor(self._people, request, user)
        client = request.header(b"user-agent").partition(" ")[0][:60]
        secret, token = await self._people.tokens.create(user, f"{client or 'npm'} login")
        actor = await self._people.identification.of_user(user, request.view.actor.address, request.view.actor.proof)
        await self._people.audit.done(actor, "npm login", f"user {user.name}", f"token {token.key}")
        document = {"ok": True, "id": ID_PREFIX + user.name, "rev": revision(user), "token": secret}
        return json_answer(document, 201)


def revision(user: User, ahead: int = 0) -> str:
    """Name a state of a user document, as CouchDB does; it says nothing of what stands in it."""
    number = user.revision + ahead
    digest = hashlib.blake2b(f"{user.name}\0{number}".encode(), digest_size=16).hexdigest()
    return f"{number}-{digest}"


def iso(moment: Moment) -> str:
    """Write a moment as JavaScript does."""
    return datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _is_sent(request: Request, name: str, password: str) -> bool:
    """Tell whether it is the password that the request was signed in with."""
    pair = b64encode(f"{name}:{password}".encode()).decode()
    return hmac.compare_digest(request.header(b"authorization").partition(" ")[2].strip(), pair)


def _name_in(document: str) -> str:
    if not document.startswith(ID_PREFIX):
        raise NotFound("there is nothing at this address", f"user documents are at -/user/{ID_PREFIX}NAME")
    return document.removeprefix(ID_PREFIX)
