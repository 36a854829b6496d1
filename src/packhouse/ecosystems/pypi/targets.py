"""The environments that are resolved for: a client, a Python and a platform, with its markers and wheel tags."""

import platform
import re
import sys
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal, cast

from msgspec import Struct

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.pypi.markers import normal_extra
from packhouse.ecosystems.pypi.usual import USUAL

Client = Literal["pip", "uv"]
Resolution = Literal["highest", "lowest", "lowest-direct"]
Prereleases = Literal["usual", "allow", "disallow"]

_GLIBC = 36
"""The minor version of glibc 2 whose wheels a Linux takes: that of Debian 12."""
_OLDEST_GLIBC = {"x86_64": 5, "aarch64": 17}
_OLD_NAMES = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
_MACOS = {"arm64": (14, 0), "x86_64": (13, 0)}
_PLATFORMS: Mapping[str, tuple[str, str, str, str]] = {
    "linux_x86_64": ("posix", "linux", "Linux", "x86_64"),
    "linux_aarch64": ("posix", "linux", "Linux", "aarch64"),
    "macosx_arm64": ("posix", "darwin", "Darwin", "arm64"),
    "macosx_x86_64": ("posix", "darwin", "Darwin", "x86_64"),
    "win_amd64": ("nt", "win32", "Windows", "AMD64"),
}
_ALIASES = {"linux": "linux_x86_64", "macosx": "macosx_arm64", "macos": "macosx_arm64", "windows": "win_amd64"}
_IMPLEMENTATIONS = {"cpython": ("CPython", "cp"), "pypy": ("PyPy", "pp")}
_is_name = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,200}[A-Za-z0-9])?").fullmatch
_python = re.compile(r"3\.([0-9]{1,2})(?:\.([0-9]{1,3}))?").fullmatch


class Target(Struct, frozen=True):
    """What a resolution takes the environment to be."""

    client: Client
    python: tuple[int, int, int]
    platform: str
    implementation: str
    resolution: Resolution = "highest"
    prereleases: Prereleases = "usual"
    extras: frozenset[str] = frozenset()
    """Those of the project, or release, that are asked for beside what it always needs."""
    groups: frozenset[str] = frozenset()
    """The project's dependency groups (PEP 735) that are asked for."""

    @property
    def markers(self) -> Mapping[str, str]:
        """What the variables of a marker are, but for `extra`."""
        return _markers(self.python, self.platform, self.implementation)

    @property
    def tags(self) -> Mapping[str, int]:
        """The tags of wheels that can be installed: the lower the better."""
        return _tags(self.python[:2], self.platform, self.implementation)

    @property
    def version(self) -> str:
        """The Python's full version."""
        return ".".join(map(str, self.python))


def read_target(environment: Mapping[str, str]) -> Target:
    """Read what differs from the usual environment; raise Invalid for a value that it cannot have."""
    told = {**USUAL, **environment}
    where = told["platform"]
    return Target(
        client=cast("Client", _one_of("client", told["client"], ("pip", "uv"))),
        python=_read_python(told["python"]),
        platform=_one_of("platform", _ALIASES.get(where, where), tuple(_PLATFORMS)),
        implementation=_one_of("implementation", told["implementation"], tuple(_IMPLEMENTATIONS)),
        resolution=cast(
            "Resolution", _one_of("resolution", told["resolution"], ("highest", "lowest", "lowest-direct"))
        ),
        prereleases=cast("Prereleases", _one_of("prereleases", told["prereleases"], ("usual", "allow", "disallow"))),
        extras=_read_names(told["extras"]),
        groups=_read_names(told["groups"]),
    )


def _one_of(name: str, value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        raise Invalid(f"{value[:80]!r} is no {name}", f"known are {', '.join(known)}")
    return value


def _read_names(text: str) -> frozenset[str]:
    """Read `a,b`; extras and groups are normalised alike."""
    names = [each.strip() for each in text.split(",") if each.strip()]
    for each in names:
        if not _is_name(each):
            raise Invalid(f"{each[:80]!r} is no name of an extra or a group", "write extras=a,b")
    return frozenset(map(normal_extra, names))


def _read_python(text: str) -> tuple[int, int, int]:
    """Read a version; where only two numbers are told, it is the running Python's own third number, else none."""
    found = _python(text)
    if found is None:
        raise Invalid(f"{text[:80]!r} is no version of Python 3", "write 3.12 or 3.12.1")
    minor = int(found[1])
    if found[2] is not None:
        return 3, minor, int(found[2])
    return 3, minor, sys.version_info.micro if minor == sys.version_info.minor else 0


@lru_cache
def _markers(python: tuple[int, int, int], where: str, implementation: str) -> Mapping[str, str]:
    os_name, sys_platform, system, machine = _PLATFORMS[where]
    full = ".".join(map(str, python))
    is_here = where == USUAL["platform"] and platform.system() == system
    return {
        "implementation_name": implementation,
        "implementation_version": full,
        "os_name": os_name,
        "platform_machine": machine,
        "platform_python_implementation": _IMPLEMENTATIONS[implementation][0],
        "platform_release": platform.release() if is_here else "",
        "platform_system": system,
        "platform_version": platform.version() if is_here else "",
        "python_full_version": full,
        "python_version": f"{python[0]}.{python[1]}",
        "sys_platform": sys_platform,
    }


@lru_cache
def _tags(python: tuple[int, int], where: str, implementation: str) -> Mapping[str, int]:
    from packaging import tags  # noqa: PLC0415 (start-up time)

    platforms = _platform_tags(where)
    short = f"{_IMPLEMENTATIONS[implementation][1]}{python[0]}{python[1]}"
    if implementation == "cpython":
        own = list(tags.cpython_tags(python, [short], platforms))
    else:
        own = list(tags.generic_tags(short, [f"pypy{python[0]}{python[1]}_pp73"], platforms))
    rest = tags.compatible_tags(python, short, platforms)
    return {str(tag): rank for rank, tag in reversed(list(enumerate([*own, *rest])))}


def _platform_tags(where: str) -> list[str]:
    from packaging.tags import mac_platforms  # noqa: PLC0415 (start-up time)

    _, sys_platform, _, machine = _PLATFORMS[where]
    if sys_platform == "darwin":
        return list(mac_platforms(_MACOS[machine], machine))
    if sys_platform == "win32":
        return [where]
    found = [where]
    for minor in range(_GLIBC, _OLDEST_GLIBC[machine] - 1, -1):
        found.append(f"manylinux_2_{minor}_{machine}")
        if minor in _OLD_NAMES:
            found.append(f"{_OLD_NAMES[minor]}_{machine}")
    return found
