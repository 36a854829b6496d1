"""What can be told of an environment, with what holds where it is not."""

from collections.abc import Mapping

USUAL: Mapping[str, str] = {"framework": "net8.0", "fallback": ""}
MANIFESTS = (
    "*.csproj",
    "*.fsproj",
    "*.vbproj",
    "Directory.Packages.props",
    "Directory.Build.props",
    "packages.lock.json",
)
