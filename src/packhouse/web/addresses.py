"""Where our own pages are, as links between them must have it."""

import re
from urllib.parse import quote, urlencode, urlsplit

_VIEW = re.compile(r"(?:/r/[^/]+)?(?:/@[^/]+)?$")


class Addresses:
    """Addresses of pages under the view that a page was asked for."""

    def __init__(self, base: str) -> None:
        self.base = base
        """Our public address with the view, without a trailing slash."""
        self.root = urlsplit(base).path.rstrip("/")
        """Its path: empty, or without a trailing slash."""

    @property
    def home(self) -> str:
        """The first page."""
        return f"{self.root}/"

    @property
    def form(self) -> str:
        """Where the search box leads."""
        return f"{self.root}/ui/search"

    @property
    def login(self) -> str:
        """Where people sign in."""
        return f"{self.root}/ui/login"

    def login_for(self, page: str) -> str:
        """Link to where people answer a client that waits for them."""
        return f"{self.login}/{quote(page, safe='')}"

    @property
    def register(self) -> str:
        """Where people make an account for themselves."""
        return f"{self.root}/ui/register"

    @property
    def logout(self) -> str:
        """Where a session is ended."""
        return f"{self.root}/ui/logout"

    @property
    def account(self) -> str:
        """The page of who has signed in."""
        return f"{self.root}/ui/account"

    @property
    def security(self) -> str:
        """Where people change their password and one-time passwords."""
        return f"{self.account}/security"

    @property
    def server(self) -> str:
        """The path of the whole server, whatever the view: empty, or without a trailing slash."""
        return _VIEW.sub("", self.root)

    @property
    def openapi(self) -> str:
        """Where the API is described."""
        return f"{self.root}/openapi.json"

    def playground(self, **question: str) -> str:
        """Link to the page that tries the API, with a question filled in."""
        query = f"?{urlencode(question)}" if question else ""
        return f"{self.root}/ui/playground{query}"

    def mount(self, mount: str) -> str:
        """Give the address that a client is pointed at."""
        return f"{self.base}/{mount}"

    def search(self, text: str, ecosystem: str = "", page: int = 1) -> str:
        """Link to a page of search results."""
        fields = {"q": text, "ecosystem": ecosystem, "page": str(page) if page > 1 else ""}
        return f"{self.form}?{urlencode({name: value for name, value in fields.items() if value})}"

    def package(self, ecosystem: str, name: str, page: int = 1) -> str:
        """Link to a package, at a page of its table of versions."""
        # A slash stays readable, unless the name could be taken for one with a version behind it.
        path = quote(name, safe="@" if "/v/" in name else "@/")
        query = f"?page={page}#versions" if page > 1 else ""
        return f"{self.root}/ui/{ecosystem}/{path}{query}"

    def release(self, ecosystem: str, name: str, version: str) -> str:
        """Link to one release."""
        return f"{self.package(ecosystem, name)}/v/{quote(version, safe='+')}"

    def dependents(self, ecosystem: str, name: str, version: str, cursor: str = "") -> str:
        """Link to a page of who depends on a release."""
        query = f"?{urlencode({'cursor': cursor})}" if cursor else ""
        return f"{self.release(ecosystem, name, version)}/dependents{query}"
