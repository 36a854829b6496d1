"""How the Go vulnerability database writes names and versions.

Source: go.dev/doc/security/vuln/database, "package" and "ranges".
"""

from packhouse.domain.package import NormalName
from packhouse.ecosystems.golang.names import parse_name

_OF_GO_ITSELF = ("stdlib", "toolchain")
"""The standard library and the go command: no modules, but versioned like such."""


def osv_name(raw: str) -> NormalName:
    """Make a module path of a record canonical; raise Invalid if it is none."""
    return NormalName(raw) if raw in _OF_GO_ITSELF else parse_name(raw)


def osv_version(version: str) -> str:
    """Put the v back that records leave out, and the go of a release of Go itself."""
    bare = version.removeprefix("go")
    return f"v{bare}" if bare[:1].isdigit() else version
