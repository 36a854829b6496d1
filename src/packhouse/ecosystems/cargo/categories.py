"""The categories that a crate can be in: a list of the operator's, or else the usual ones."""

from functools import cache
from pathlib import Path

from msgspec import Struct

from packhouse.domain.errors import ConfigError
from packhouse.ecosystems.cargo.listing import Json
from packhouse.services.assembly import Services

_USUAL = Path(__file__).with_name("categories.tsv")
_LONG_AGO = "1970-01-01T00:00:00Z"


class Category(Struct, frozen=True):
    """One of them."""

    slug: str
    title: str
    description: str = ""

    def json(self, crates: int) -> Json:
        """Write it as the Web API does."""
        return {
            "id": self.slug,
            "category": self.title,
            "slug": self.slug,
            "description": self.description,
            "created_at": _LONG_AGO,
            "crates_cnt": crates,
        }


class Categories:
    """All of them, by their slug."""

    def __init__(self, known: dict[str, Category]) -> None:
        self._known = known
        self.slugs = frozenset(known)

    def find(self, slug: str) -> Category | None:
        """Look one up."""
        return self._known.get(slug)

    def all(self) -> list[Category]:
        """List all in the order of their slugs."""
        return [self._known[slug] for slug in sorted(self._known)]

    def at_the_top(self) -> list[Category]:
        """List those that are below no other."""
        return [each for each in self.all() if "::" not in each.slug]

    def parents(self, slug: str) -> list[Category]:
        """List those that one is below, from the top on."""
        parts = slug.split("::")
        above = ("::".join(parts[:end]) for end in range(1, len(parts)))
        return [self._known[each] for each in above if each in self._known]

    def children(self, slug: str) -> list[Category]:
        """List those directly below one."""
        level = slug.count("::") + 1
        return [each for each in self.all() if each.slug.startswith(f"{slug}::") and each.slug.count("::") == level]


def known_categories(services: Services) -> Categories:
    """Give the categories of a server; raise ConfigError where its file of them cannot be read."""
    return _read(services.categories or _USUAL)


@cache
def _read(path: Path) -> Categories:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the file of categories {path} cannot be read: {error}") from error
    known = {}
    for line in lines:
        slug, *rest = (each.strip() for each in line.split("\t"))
        if slug and not slug.startswith("#"):
            title, description = (*rest, "", "")[:2]
            known[slug] = Category(slug, title or slug, description)
    return Categories(known)
