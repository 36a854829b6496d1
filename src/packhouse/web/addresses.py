"""Where our own pages are, as links between them must have it."""

from urllib.parse import quote, urlencode, urlsplit


class Addresses:
    """Addresses of pages under the view that a page was asked for."""

    def __init__(self, base: str) -> None:
        self.base = base
        """Our public address with the view, without a trailing slash."""
        self._root = urlsplit(base).path.rstrip("/")

    @property
    def home(self) -> str:
        """The first page."""
        return f"{self._root}/"

    @property
    def form(self) -> str:
        """Where the search box leads."""
        return f"{self._root}/ui/search"

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
        return f"{self._root}/ui/{ecosystem}/{path}{query}"

    def release(self, ecosystem: str, name: str, version: str) -> str:
        """Link to one release."""
        return f"{self.package(ecosystem, name)}/v/{quote(version, safe='+')}"
