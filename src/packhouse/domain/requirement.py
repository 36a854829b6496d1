"""What a release asks for, before anything is resolved."""

from typing import Literal

from msgspec import Struct

Scope = Literal["runtime", "dev", "peer", "build", "test", "provided", "system", "import"]
"""When the requirement counts; each ecosystem uses the ones that it has."""

Kind = Literal["range", "tag", "git", "url", "file", "workspace", "unknown"]
"""Where the required release comes from: an index (range, tag) or elsewhere."""


class Requirement(Struct, frozen=True, omit_defaults=True):
    """A package and the releases of it that will do."""

    name: str
    """The package meant (behind an alias: the real one)."""
    range: str
    """As written, in the ecosystem's syntax (behind an alias: the inner range)."""
    scope: Scope = "runtime"
    optional: bool = False
    """True where a failure to meet it is no error."""
    alias: str | None = None
    """The name it is installed or imported under, where that differs from `name`."""
    kind: Kind = "range"
    marker: str | None = None
    """The condition under which it counts, as written (environment, target, framework)."""
    extras: tuple[str, ...] = ()
    """Extras or features asked of the required package."""
    raw: str | None = None
    """The requirement exactly as the manifest has it, where `range` is not that."""
