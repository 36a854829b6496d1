"""The door of trusted publishing: which builds a crate trusts, and tokens for those that show who they are."""

from collections.abc import Sequence
from functools import partial

from packhouse.domain.errors import Invalid, NotFound, NotSignedIn
from packhouse.domain.further import FurtherKey
from packhouse.domain.trust import IssuerKind, TrustedPublisher
from packhouse.domain.view import View
from packhouse.ecosystems.cargo.crate_document import crate_path, read_object
from packhouse.ecosystems.cargo.hosted_summary import summarize_hosted
from packhouse.ecosystems.cargo.listing import Json
from packhouse.ecosystems.cargo.maintaining import changeable, find_key, require_published
from packhouse.ecosystems.cargo.paging import DEFAULT_PER_PAGE, MAX_PER_PAGE
from packhouse.ecosystems.cargo.people import number_of
from packhouse.ecosystems.cargo.publishing import stored_json
from packhouse.ecosystems.cargo.trust_forms import CrateForm, ExchangeForm, read_fields, read_form, shown
from packhouse.http.answers import Answer, json_answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.services.access import absent, require_user
from packhouse.services.assembly import Services
from packhouse.services.publishing import Change, Hosted
from packhouse.services.secrets import is_secret

_LARGEST = 64 << 10
_FOLDER = "api/v1/trusted_publishing"
_KINDS: tuple[IssuerKind, ...] = ("github", "gitlab")


class TrustRoutes:
    """The handlers."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._trusting = services.trusting
        self._same = frozenset(each.known_as for each in services.upstreams if each.known_as)

    def routes(self) -> list[Route]:
        """List the addresses."""
        of_kinds = [
            each
            for kind in _KINDS
            for each in (
                route(f"{_FOLDER}/{kind}_configs", GET=partial(self.configs, kind), POST=partial(self.add, kind)),
                route(f"{_FOLDER}/{kind}_configs/{{id}}", DELETE=partial(self.remove, kind)),
            )
        ]
        return [
            route(f"{_FOLDER}/tokens", POST=self.exchange, DELETE=self.revoke),
            *of_kinds,
            route("api/v1/crates/{name}", PATCH=self.patch),
        ]

    async def exchange(self, request: Request) -> Answer:
        """Give a token for an identity that an issuer has signed."""
        asked = read_form(await request.read_body(_LARGEST), ExchangeForm)
        return json_answer({"token": await self._trusting.exchange(request.view, asked.jwt)})

    async def revoke(self, request: Request) -> Answer:
        """End the token that is in use; one that has ended by itself is no error."""
        sent = request.header(b"authorization")
        if not sent:
            raise NotSignedIn("Missing authorization header")
        if request.view.actor.signed_in or not is_secret(sent.rpartition(" ")[2]):
            await self._trusting.revoke(request.view.actor)
        return Answer(status=204)

    async def configs(self, kind: IssuerKind, request: Request) -> Answer:
        """List what a crate trusts, or what any crate of who asks does, a page at a time."""
        query = request.query
        after, size = _number(query, "seek", 0), _number(query, "per_page", DEFAULT_PER_PAGE)
        if "page" in query:
            raise Invalid("`page` is not supported here, use `seek`")
        if not 0 < size <= MAX_PER_PAGE:
            raise Invalid(f"cannot request more than {MAX_PER_PAGE} items" if size else "per_page must be above 0")
        found = await self._find(kind, request)
        left = [each for each in found if each.id > after]
        more = {"per_page": str(size)} if "per_page" in query else {}
        for name in ("crate", "user_id"):
            if name in query:
                more[name] = query[name]
        meta = {"total": len(found), "next_page": _next(left, size, more)}
        return json_answer({f"{kind}_configs": [shown(each) for each in left[:size]], "meta": meta})

    async def add(self, kind: IssuerKind, request: Request) -> Answer:
        """Trust a workflow."""
        require_user(request.view.actor, write=False)
        fields = read_fields(await request.read_body(_LARGEST), kind)
        wanted = fields.wanted()
        key = await find_key(self._services, request.view, fields.crate)
        await require_published(self._services, request.view, key, "maintain", "trust")
        added = await self._trusting.add(request.view, key, wanted)
        return json_answer({f"{kind}_config": shown(added)})

    async def remove(self, kind: IssuerKind, request: Request, id: str) -> Answer:  # noqa: A002 (the protocol's word)
        """Trust a workflow no longer."""
        require_user(request.view.actor, write=False)
        if not (id.isascii() and id.isdigit() and len(id) < 19):
            raise NotFound("there is no such config")
        await self._trusting.remove(request.view, int(id), kind)
        return Answer(status=204)

    async def patch(self, request: Request, name: str) -> Answer:
        """Take new versions of a crate from trusted builds only, or from every token again."""
        only = read_form(await request.read_body(_LARGEST), CrateForm).crate.trustpub_only
        view = request.view
        key = await find_key(self._services, view, name)
        await require_published(self._services, view, key, "maintain", "trust")
        crates: list[Json] = []

        def edit(found: Hosted) -> Change | None:
            document, change = _edit(view, found, self._same, only=only)
            crates.append(document["crate"])
            return change

        await self._services.publishing.change(view, key, edit, None, (crate_path(key.name),))
        return json_answer({"crate": crates[-1]})

    async def _find(self, kind: IssuerKind, request: Request) -> Sequence[TrustedPublisher]:
        query, view = request.query, request.view
        actor = require_user(view.actor, write=False)
        if ("crate" in query) == ("user_id" in query):
            raise Invalid("Must specify either `crate` or `user_id`, and not both")
        if "crate" in query:
            key = await find_key(self._services, view, query["crate"])
            await require_published(self._services, view, key, "maintain", "trust")
            return await self._trusting.list(view, key, kind)
        me = number_of(actor.user)
        if query["user_id"] != str(me):
            raise Invalid("Configs of another user are not shown", f"your own number is {me}")
        require_user(actor)  # not with a token for some crates only
        owned = await self._services.holdings.owned(view, actor.user)
        return await self._trusting.list_of(view, owned, kind)


def _edit(view: View, found: Hosted, same: frozenset[str], *, only: bool) -> tuple[Json, Change | None]:
    index, ownership, now = changeable(view.actor, found, "maintain")
    path = crate_path(found.key.name)
    raw = found.documents.get(path)
    before = read_object(raw) if raw else None
    if before is None or not isinstance(before.get("crate"), dict):
        raise absent(found.key)
    if before["crate"].get("trustpub_only") is only:
        return before, None
    document = {**before, "crate": {**before["crate"], "trustpub_only": only}}
    action = "trusted publishing only" if only else "publishing with any token"
    change = Change(
        index,
        action,
        further=((FurtherKey(found.key, path), stored_json(document, now)),),
        summary=summarize_hosted(found.key, index, document, ownership, same),
    )
    return document, change


def _next(left: Sequence[TrustedPublisher], size: int, query: dict[str, str]) -> str | None:
    from urllib.parse import urlencode  # noqa: PLC0415 (start-up time)

    return "?" + urlencode({**query, "seek": left[size - 1].id}) if len(left) > size else None


def _number(query: dict[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Invalid(f"{name} must be a number")
    return int(text)
