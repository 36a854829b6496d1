"""Capslock: what it writes, and how it is run on a module that our own door serves.

Source: the JSON form of its CapabilityInfoList (proto/capability.proto), and answers of version 0.2.8.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct

from packhouse.domain.capability import Analysis, Capability, CapableRelease
from packhouse.domain.errors import Invalid
from packhouse.ecosystems.golang.names import parse_name

_DIRECT = "CAPABILITY_TYPE_DIRECT"
_MAIN = "packhouse.invalid/look"
"""The module that requires the one that is looked at; it can be no one else's (RFC 2606)."""


class _Info(Struct, rename="camel"):
    capability: str
    package_dir: str = ""
    capability_type: str = ""


class _Module(Struct):
    path: str
    version: str = ""


class _Package(Struct):
    path: str


class _Document(Struct, rename="camel"):
    capability_info: list[_Info] = []
    module_info: list[_Module] = []
    package_info: list[_Package] = []


_decode = msgspec.json.Decoder(_Document).decode


def read_capslock(body: bytes, name: str = "") -> Sequence[CapableRelease]:
    """Read of each module that was analysed what it can do; raise Invalid for what is no such document.

    A module was analysed if a finding is about a package of it. Where nothing was found, it is the one with this name,
    or the only one that there is.
    """
    try:
        document = _decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(f"it is no JSON that Capslock writes: {error}") from error
    modules = {each.path: each.version for each in document.module_info if each.version}
    found: dict[str, list[_Info]] = {}
    for info in document.capability_info:
        path = _module_of(info.package_dir, modules)
        if path is None:
            raise Invalid(f"no module has the package {info.package_dir[:120]!r}", "analyse a module with a version")
        found.setdefault(path, []).append(info)
    if not found and (name in modules or len(modules) == 1):
        found = {path: [] for path in modules if path == name or not name}
    if not found:
        raise Invalid("it names no module that was analysed", "say with --release which one it is about")
    return [CapableRelease(parse_name(path), modules[path], _count(infos)) for path, infos in sorted(found.items())]


def plan(base_url: str, name: str, version: str) -> Analysis:
    """Let an empty module require the one that is looked at, and analyse that alone."""
    own = f"module {_MAIN}\n\nrequire {name} {version}\n"
    return Analysis(
        files={"go.mod": own.encode()},
        environment={
            "HOME": "{folder}",
            "GOPATH": "{folder}/path",
            "GOCACHE": "{folder}/cache",
            "GOPROXY": base_url,
            "GONOPROXY": "none",
            "GONOSUMDB": "*",
            "GOSUMDB": "off",
            "GOFLAGS": "-mod=mod -modcacherw",
            "GOTOOLCHAIN": "local",
            "GOWORK": "off",
            "GOENV": "off",
            "GOVCS": "*:off",
            # Nothing of the module is run, not even by a C compiler.
            "CGO_ENABLED": "0",
        },
        steps=(
            ("go", "get", f"{name}/...@{version}"),
            ("capslock", f"-packages={name}/...", "-output=json", "-force_local_module"),
        ),
    )


def _module_of(package: str, modules: Iterable[str]) -> str | None:
    """Find the module of a package: the longest path that it begins with."""
    holding = [each for each in modules if package == each or package.startswith(f"{each}/")]
    return max(holding, key=len, default=None)


def _count(infos: Iterable[_Info]) -> tuple[Capability, ...]:
    direct: Counter[str] = Counter()
    indirect: Counter[str] = Counter()
    for info in infos:
        (direct if info.capability_type == _DIRECT else indirect)[info.capability] += 1
    return tuple(Capability(name, direct[name], indirect[name]) for name in sorted({*direct, *indirect}))
