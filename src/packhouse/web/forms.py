"""What is sent by a form of ours: read, and believed only if it comes from a page of ours."""

import hmac
import secrets
from urllib.parse import parse_qsl

import msgspec

from packhouse.domain.errors import Invalid, NotPermitted, PackhouseError
from packhouse.http.answers import Answer
from packhouse.http.callers import is_from_us
from packhouse.http.problems import error_headers, status_of
from packhouse.http.request import Request

_LIMIT_BYTES = 16 << 10
_MOST_FIELDS = 40
FORM_TOKEN = "form_token"  # noqa: S105 (a field's name)


class FormTokens:
    """Marks forms as made for one session; the marks of a server that was started anew are others."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def of(self, request: Request) -> str:
        """Give the mark that the forms of a session carry; empty for who has none."""
        proof = request.view.actor.proof
        if proof is None or proof.kind != "session":
            return ""
        return hmac.digest(self._key, proof.token.encode(), "sha256").hex()

    def check(self, request: Request, form: dict[str, str]) -> None:
        """Raise NotPermitted for a form that was not made for the session that sends it."""
        expected = self.of(request)
        if not expected or not hmac.compare_digest(form.get(FORM_TOKEN, "").encode(), expected.encode()):
            raise NotPermitted("the form was not made for your session", "open the page anew and send it once more")


async def read_form(request: Request) -> dict[str, str]:
    """Read the fields of a form; raise NotPermitted if a page of another site has sent it."""
    if not is_from_us(request):
        raise NotPermitted("the form was sent from another site", "open the page here and send it once more")
    if not request.header(b"content-type").startswith("application/x-www-form-urlencoded"):
        raise Invalid("this takes a form", "send it as application/x-www-form-urlencoded")
    body = await request.read_body(_LIMIT_BYTES)
    try:
        fields = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError:
        raise Invalid("the form cannot be read", "send it as UTF-8, percent-encoded") from None
    form: dict[str, str] = {}
    for name, value in fields:
        form.setdefault(name, value)
    return form


def with_form(page: Answer) -> Answer:
    """Let a browser say where the forms of a page come from.

    Without a referrer policy that allows it, it sends `Origin: null` (Fetch standard, append a request Origin header).
    """
    headers = tuple((name, b"same-origin" if name == b"referrer-policy" else value) for name, value in page.headers)
    return msgspec.structs.replace(page, headers=headers)


def refused(page: Answer, error: PackhouseError) -> Answer:
    """Answer with a page that tells of an error."""
    headers = (*page.headers, *error_headers(error))
    return msgspec.structs.replace(page, status=status_of(error), headers=headers)


def see_other(address: str, *cookies: str) -> Answer:
    """Lead a browser to one of our own pages after a form was taken."""
    headers = [(b"location", address.encode()), *((b"set-cookie", cookie.encode()) for cookie in cookies)]
    return Answer(status=303, content_type="text/plain; charset=utf-8", headers=tuple(headers))
