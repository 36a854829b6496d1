"""Templates become pages; everything that they are given is escaped."""

from functools import lru_cache
from typing import TYPE_CHECKING

from packhouse.web import wording

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup


def render(template: str, **values: object) -> str:
    """Fill a template in."""
    return _environment().get_template(template).render(**values)


@lru_cache(maxsize=1)
def read_script(name: str) -> "Markup":
    """Read a script that is part of a page; it is put there as it is."""
    from markupsafe import Markup  # noqa: PLC0415 (as below)

    environment = _environment()
    if environment.loader is None:  # which jinja2 declares as possible
        raise LookupError(name)
    source, _, _ = environment.loader.get_source(environment, name)
    return Markup(source)  # noqa: S704 (our own file, not filled in with anything)


@lru_cache(maxsize=1)
def _environment() -> "Environment":
    # Imported when the first page is asked for: a server of clients only never needs it.
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415

    environment = Environment(
        loader=PackageLoader("packhouse.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(size=wording.size, safe_link=wording.safe_link, count=wording.count)
    return environment
