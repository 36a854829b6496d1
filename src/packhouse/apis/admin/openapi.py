"""The OpenAPI document of /api: made of its routes, of what they read, and of what they answer."""

import inspect
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from packhouse.apis.admin.asking import OTP_HEADER
from packhouse.apis.admin.audit import AuditAnswer
from packhouse.apis.admin.changes import ChangesAnswer
from packhouse.apis.admin.grants import GrantAnswer, GrantsAnswer, NewGrant
from packhouse.apis.admin.organisations import (
    Member,
    NewOrganisation,
    OrganisationAnswer,
    OrganisationsAnswer,
    TeamForm,
)
from packhouse.apis.admin.packages import DependentsAnswer, PackagesAnswer
from packhouse.apis.admin.session import BegunAnswer, SessionAnswer, SignIn
from packhouse.apis.admin.similar import SimilarNamesAnswer
from packhouse.apis.admin.tokens import NewToken, TokenAnswer, TokensAnswer
from packhouse.apis.admin.upstreams import UpstreamsAnswer
from packhouse.apis.admin.users import NewUser, UserAnswer, UserChange, UsersAnswer
from packhouse.http.answers import JSON
from packhouse.http.router import Route
from packhouse.http.schemas import REFERENCE, schemas_of

_DESCRIPTION = f"""\
People and upstreams of this server. Sign in with `POST /api/session`, or send a token as `Authorization: Bearer ...`;
a write of somebody who has one-time passwords takes one in the header `{OTP_HEADER.decode()}`.
"""


class Fault(Struct, frozen=True):
    """What went wrong."""

    code: str
    """The kind of error, for programs."""
    message: str
    hint: str
    """What to do about it; may be empty."""


class Problem(Struct, frozen=True):
    """The answer to whatever was not done."""

    error: Fault


class Form(Struct, frozen=True):
    """What a request may be asked with, and what it is answered with."""

    answer: type[Struct] | None
    """None for an empty answer."""
    status: int = 200
    body: type[Struct] | None = None
    query: tuple[str, ...] = ()
    failures: tuple[int, ...] = ()
    """Statuses beside those that anything may have."""
    open: bool = False
    """Whether anybody may ask."""


_WRITE = (400, 403, 404, 409)
_ORGANISATION = "organisations/{name}"
_TEAM = f"{_ORGANISATION}/teams/{{team}}"
FORMS: dict[tuple[str, str], Form] = {
    ("GET", "upstreams"): Form(UpstreamsAnswer, open=True),
    ("GET", "similar/{ecosystem}/{name}"): Form(SimilarNamesAnswer, failures=(400, 404), open=True),
    ("GET", "packages/{ecosystem}"): Form(PackagesAnswer, query=("after", "limit"), failures=(404,), open=True),
    ("GET", "packages/{ecosystem}/{name}/versions/{version}/dependents"): Form(
        DependentsAnswer, query=("cursor", "limit"), failures=(400, 404, 502, 503), open=True
    ),
    ("GET", "changes"): Form(ChangesAnswer, query=("since", "ecosystem", "limit", "wait"), failures=(404,), open=True),
    ("GET", "session"): Form(SessionAnswer, failures=(404,)),
    ("POST", "session"): Form(BegunAnswer, 201, SignIn, failures=(403, 429), open=True),
    ("DELETE", "session"): Form(None, 204, failures=(400, 404)),
    ("GET", "users"): Form(UsersAnswer, query=("after", "limit"), failures=(403,)),
    ("POST", "users"): Form(UserAnswer, 201, NewUser, failures=(403, 409)),
    ("GET", "users/{name}"): Form(UserAnswer, failures=(403, 404)),
    ("PATCH", "users/{name}"): Form(UserAnswer, 200, UserChange, failures=_WRITE),
    ("GET", "tokens"): Form(TokensAnswer, query=("user",), failures=(403,)),
    ("POST", "tokens"): Form(TokenAnswer, 201, NewToken, failures=(403, 404, 429)),
    ("GET", "tokens/{key}"): Form(TokenAnswer, query=("user",), failures=(403, 404)),
    ("DELETE", "tokens/{key}"): Form(None, 204, query=("user",), failures=(403, 404)),
    ("GET", "grants"): Form(GrantsAnswer, query=("subject",), failures=(403,)),
    ("POST", "grants"): Form(GrantAnswer, 201, NewGrant, failures=(403, 404)),
    ("DELETE", "grants/{id}"): Form(None, 204, failures=(403, 404)),
    ("GET", "organisations"): Form(OrganisationsAnswer),
    ("POST", "organisations"): Form(OrganisationAnswer, 201, NewOrganisation, failures=_WRITE),
    ("GET", _ORGANISATION): Form(OrganisationAnswer, failures=(403, 404)),
    ("DELETE", _ORGANISATION): Form(None, 204, failures=_WRITE),
    ("PUT", f"{_ORGANISATION}/members/{{user}}"): Form(OrganisationAnswer, 200, Member, failures=_WRITE),
    ("DELETE", f"{_ORGANISATION}/members/{{user}}"): Form(OrganisationAnswer, failures=_WRITE),
    ("PUT", _TEAM): Form(OrganisationAnswer, 201, TeamForm, failures=_WRITE),
    ("DELETE", _TEAM): Form(OrganisationAnswer, failures=_WRITE),
    ("PUT", f"{_TEAM}/members/{{user}}"): Form(OrganisationAnswer, failures=_WRITE),
    ("DELETE", f"{_TEAM}/members/{{user}}"): Form(OrganisationAnswer, failures=_WRITE),
    ("GET", "audit"): Form(AuditAnswer, query=("before", "limit", "user", "subject"), failures=(403,)),
}
"""Every method of every route, but for the one that answers with this document."""

_ANY_BODY = (400, 413)
_SAID = {
    400: "The request is wrong.",
    401: "Nobody has signed in, or a one-time password is missing.",
    403: "The account or the token may not do that.",
    404: "There is no such thing.",
    409: "It is there already, or has been changed meanwhile.",
    413: "The body is too large.",
    429: "Too many have been tried; wait as long as `Retry-After` says.",
    502: "What an upstream answered cannot be used.",
    503: "An upstream is down or switched off, which says nothing about the package.",
}
_NUMBERS = {"before": 10**15 - 1, "limit": 10**15 - 1, "since": 10**18 - 1, "wait": 10**15 - 1}
"""The largest of each that can be read."""
_MEANS = {
    "after": "List those behind this name.",
    "before": "List those before this number.",
    "limit": "How many at most; 1000 and more are as many.",
    "since": "List what came after this number: what `next` was; from the beginning without it.",
    "wait": "Where there is nothing new, for how many seconds to wait for it; 60 at most.",
    "cursor": "Go on at this place: what `next` was.",
    "ecosystem": "Of this ecosystem only.",
    "user": "Of this user instead; other people's are for administrators.",
    "subject": "About this only.",
}


def build_document(routes: Sequence[Route]) -> dict[str, Any]:
    """Write the document, but for the servers."""
    from importlib.metadata import version  # noqa: PLC0415 (start-up time)

    kinds = [kind for form in FORMS.values() for kind in (form.answer, form.body) if kind is not None]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Packhouse", "version": version("packhouse"), "description": _DESCRIPTION},
        "servers": [],
        "paths": {f"/{'/'.join(each.pattern)}": _path(each) for each in routes},
        "security": [{"token": []}],
        "components": {
            "schemas": schemas_of((*dict.fromkeys(kinds), Problem)),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _path(route: Route) -> dict[str, Any]:
    names = [part[1:-1] for part in route.pattern if part.startswith("{")]
    parameters = [{"name": name, "in": "path", "required": True, "schema": _TEXT} for name in names]
    path = "/".join(route.pattern)
    methods = {
        method.lower(): _method(method, path, inspect.getdoc(handler) or "")
        for method, handler in route.handlers.items()
    }
    return {**({"parameters": parameters} if parameters else {}), **methods}


def _method(method: str, path: str, said: str) -> dict[str, Any]:
    form = FORMS[method, path]
    failures = sorted({401, *form.failures, *(_ANY_BODY if form.body or form.query else ())})
    operation: dict[str, Any] = {
        "operationId": f"{method.lower()}_{path.replace('/', '_').replace('{', '').replace('}', '')}",
        "summary": said.splitlines()[0].rstrip("."),
        "responses": {
            str(form.status): _response("Done.", form.answer),
            **{str(status): _response(_SAID[status], Problem) for status in failures},
        },
    }
    if form.open:
        operation["security"] = [{}]
    if form.body is not None:
        operation["requestBody"] = {"required": True, "content": _content(form.body)}
    if form.query:
        operation["parameters"] = [_parameter(name) for name in form.query]
    return operation


def _parameter(name: str) -> dict[str, Any]:
    schema = {"type": "integer", "minimum": 0, "maximum": _NUMBERS[name]} if name in _NUMBERS else {"type": "string"}
    return {"name": name, "in": "query", "description": _MEANS[name], "schema": schema}


def _response(said: str, kind: type[Struct] | None) -> dict[str, Any]:
    return {"description": said} if kind is None else {"description": said, "content": _content(kind)}


def _content(kind: type[Struct]) -> dict[str, Any]:
    return {JSON: {"schema": {"$ref": REFERENCE.format(name=kind.__name__)}}}


_TEXT = {"type": "string", "minLength": 1}
