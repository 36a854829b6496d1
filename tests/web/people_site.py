"""The pages about people, and a browser that keeps its cookies."""

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from urllib.parse import urlencode

import msgspec

from packhouse.domain.accounts import Ownership
from packhouse.domain.index import Index
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.view import View
from packhouse.http.callers import COOKIE, Callers
from packhouse.http.public import PublicAddress
from packhouse.http.ready import Ready
from packhouse.http.site import Mount, Site
from packhouse.services.assembly import Services
from packhouse.services.publishing import Change
from packhouse.web.door import WebDoor, web_problem
from tests.apis.universe import services_of
from tests.asgi import Reply, call

PASSWORD = "correct horse battery"
OURS = "http://packhouse.example"


class Browser:
    """Sends what a browser would, from pages of ours unless it is told to come from elsewhere."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.cookie = ""
        self.page: Reply | None = None

    async def get(self, path: str) -> Reply:
        """Open a page, and follow where it leads to."""
        self.page = await self._send(path, "GET", {})
        return await self._followed()

    async def post(
        self, path: str, fields: Mapping[str, str], origin: str | None = OURS, *, mark: str | None = None
    ) -> Reply:
        """Send a form with the mark of the page that is open, and follow where that leads to."""
        sent = dict(fields)
        found = self._mark() if mark is None else mark
        if found:
            sent.setdefault("form_token", found)
        headers = {"content-type": "application/x-www-form-urlencoded"} | ({"origin": origin} if origin else {})
        self.page = await self._send(path, "POST", headers, urlencode(sent).encode())
        return await self._followed()

    async def sign_in(self, name: str, password: str = PASSWORD, otp: str = "") -> Reply:
        """Send the form to sign in with."""
        return await self.post("/ui/login", {"name": name, "password": password, "otp": otp})

    @property
    def text(self) -> str:
        """What the page says, without its marks."""
        assert self.page is not None
        return re.sub(
            r"\s+", " ", re.sub(r"<[^>]+>", " ", re.sub(r"<style>.*</style>", "", self.page.text, flags=re.DOTALL))
        )

    async def _followed(self) -> Reply:
        assert self.page is not None
        if self.page.status == 303:
            assert self.page.headers["location"].startswith("/")
            assert not self.page.headers["location"].startswith("//")
            return await self.get(self.page.headers["location"].partition("#")[0])
        return self.page

    async def _send(self, path: str, method: str, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        cookie = {"cookie": f"other=1; {COOKIE}={self.cookie}"} if self.cookie else {}
        agent = {"accept": "text/html", "user-agent": "Browser/1"}
        reply = await call(self.site, path, method, agent | cookie | dict(headers), body)
        if found := re.match(rf"{COOKIE}=([^;]*);", reply.headers.get("set-cookie", "")):
            self.cookie = found[1]
        return reply

    def _mark(self) -> str:
        found = re.search(r'name="form_token" value="(\w+)"', self.page.text) if self.page is not None else None
        return found[1] if found else ""


class PeopleSite:
    """The web pages over an empty store."""

    def __init__(self, site: Site, services: Services) -> None:
        self.site = site
        self.services = services
        self.people = services.people

    def browser(self) -> Browser:
        """Open another browser."""
        return Browser(self.site)

    async def signed_in(self, name: str = "ada") -> Browser:
        """Open a browser of somebody who has signed in."""
        await self.user(name)
        browser = self.browser()
        reply = await browser.sign_in(name)
        assert reply.status == 200, browser.text
        return browser

    async def user(self, name: str = "ada") -> None:
        """Make an account unless there is one."""
        if await self.people.accounts.find(name) is None:
            await self.people.accounts.add(name, f"{name}@team.example", PASSWORD)

    async def publish(self, name: str, owner: str, *, restricted: bool = False) -> None:
        """Publish a package without any release."""
        key = PackageKey("toy", NormalName(name))
        ownership = Ownership((owner,), restricted=restricted)
        change = Change(Index(b"", (), "d"), "publish", ownership=ownership)
        await self.services.publishing.change(View(), key, lambda _: change)


async def people_site(*, registration: bool = True, public_url: str | None = None) -> PeopleSite:
    """Build the pages."""
    services = await services_of(())
    people = msgspec.structs.replace(services.people, registration=registration)
    services = msgspec.structs.replace(services, people=people)
    root = Mount(WebDoor({"toy": services}), web_problem)
    address = PublicAddress(public_url, ())
    callers = Callers(people.identification, people.audit, address)
    return PeopleSite(Site({}, root, address, ("default",), Ready(0), callers), services)


class _Labels(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.labelled: set[str] = set()
        self.fields: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "label" and values.get("for"):
            self.labelled.add(values["for"] or "")
        if tag == "input" and values.get("type") not in ("hidden", "checkbox", "search"):
            self.fields.add(values.get("id") or "without an id")


def unlabelled(page: str) -> set[str]:
    """List the fields that have no label."""
    found = _Labels()
    found.feed(page)
    return found.fields - found.labelled
