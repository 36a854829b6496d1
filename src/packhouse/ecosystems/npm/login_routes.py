"""The door of signing in by a browser: `npm login` and one-time passwords, entered on our own page.

The client shows the page's address to its user and asks here until somebody has answered there.
"""

from collections.abc import Sequence

import msgspec

from packhouse.domain.errors import NotPermitted, OtpWanted, TooOften
from packhouse.ecosystems.npm.proving import OTP_HEADER
from packhouse.ecosystems.npm.small_bodies import read_small
from packhouse.http.answers import Answer, json_answer
from packhouse.http.request import Request
from packhouse.http.router import Door, Route, route
from packhouse.services.people import People
from packhouse.services.sign_in import SignIn

_RETRY_S = b"1"
_BY_BROWSER = "web"


class LoginRoutes:
    """The handlers; `mount` is the first segment of the door's addresses."""

    def __init__(self, people: People, mount: str) -> None:
        self._people = people
        self._mount = mount

    def routes(self) -> list[Route]:
        """List the addresses; they must stand before those of packages."""
        return [
            route("-/v1/login", POST=self.begin),
            route("-/v1/done/{poll}", GET=self.poll),
        ]

    async def begin(self, request: Request) -> Answer:
        """Let a client wait for somebody who signs in on the page."""
        wanted = await read_small(request, object)  # yarn sends null
        creates = isinstance(wanted, dict) and wanted.get("create") is True
        if creates and not self._people.registration:
            # A refusal makes npm ask for name and password itself, and who has an account can go on with them.
            hint = "ask an administrator, who can run: packhouse user add"
            raise NotPermitted("nobody can make an account here for themselves", hint)
        waiting = self._people.sign_ins.begin("token", request.view.actor.address, _client(request))
        page, poll = addresses(request, self._mount, waiting)
        return json_answer({"loginUrl": page, "doneUrl": poll})

    async def poll(self, request: Request, poll: str) -> Answer:
        """Hand the answer over, once; 202 while there is none."""
        del request
        secret = self._people.sign_ins.poll(poll)
        if secret is None:
            return msgspec.structs.replace(json_answer({}, 202), headers=((b"retry-after", _RETRY_S),))
        return json_answer({"token": secret})


class OtpByBrowser:
    """A door at which one-time passwords can be entered in a browser, by clients that can do that."""

    def __init__(self, door: Door, people: People, mount: str) -> None:
        self._door = door
        self._people = people
        self._mount = mount

    async def __call__(self, request: Request, segments: Sequence[str]) -> Answer:
        """Answer, and name the page where a one-time password is wanted."""
        try:
            return await self._door(request, segments)
        except OtpWanted as error:
            user = request.view.actor.user
            # Without a user there is nobody who could be asked; a wrong password was typed, and can be typed again.
            if not user or request.header(b"npm-auth-type") != _BY_BROWSER or request.header(OTP_HEADER):
                raise
            try:
                waiting = self._people.sign_ins.begin("otp", request.view.actor.address, _client(request), user)
            except TooOften:
                raise error from None
            page, poll = addresses(request, self._mount, waiting)
            raise OtpWanted(error.message, error.hint, page, poll) from None


def addresses(request: Request, mount: str, waiting: SignIn) -> tuple[str, str]:
    """Return where a person answers, and where the client asks whether somebody has."""
    root = request.base.removesuffix(f"/{mount}")
    return f"{root}/ui/login/{waiting.page}", f"{request.base}/-/v1/done/{waiting.poll}"


def _client(request: Request) -> str:
    """Name the program as it names itself, and the command."""
    agent, command = request.header(b"user-agent"), request.header(b"npm-command")
    text = f"{agent} ({command})" if command else agent
    return "".join(letter for letter in text if letter.isprintable())[:200]
