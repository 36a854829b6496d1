"""Target frameworks as NuGet reads them: short (`net8.0`, `net472`), long (`.NETFramework,Version=v4.7.2`) or mixed.

Source: NuGet's documentation of target frameworks; `tests/ecosystems/nuget/test_frameworks.py` asks NuGet.Frameworks.
"""

import re
from functools import lru_cache

from msgspec import Struct

Numbers = tuple[int, int, int, int]
NOTHING: Numbers = (0, 0, 0, 0)
_NET5 = (5, 0, 0, 0)
MAX_LENGTH = 200

_IDENTIFIERS = {
    "net": ("net", "netframework", ".net", ".netframework"),
    "netcoreapp": ("netcoreapp", ".netcoreapp"),
    "netstandard": ("netstandard", ".netstandard"),
    "netstandardapp": ("netstandardapp", ".netstandardapp"),
    "dotnet": ("dotnet", ".netplatform"),
    "netmf": ("netmf", ".netmicroframework"),
    "sl": ("sl", "silverlight"),
    "portable": ("portable", "netportable", ".netportable"),
    "wp": ("wp", "windowsphone"),
    "wpa": ("wpa", "windowsphoneapp"),
    "win": ("win", "windows"),
    "aspnet": ("aspnet", "asp.net"),
    "aspnetcore": ("aspnetcore", "asp.netcore"),
    "native": ("native",),
    "monoandroid": ("monoandroid",),
    "monotouch": ("monotouch",),
    "monomac": ("monomac",),
    "xamarinios": ("xamarinios", "xamarin.ios"),
    "xamarinmac": ("xamarinmac", "xamarin.mac"),
    "xamarinpsthree": ("xamarinpsthree", "xamarin.playstation3", "xamarin.playstationthree", "xamarinplaystationthree"),
    "xamarinpsfour": ("xamarinpsfour", "xamarin.playstation4", "xamarin.playstationfour", "xamarinplaystationfour"),
    "xamarinpsvita": ("xamarinpsvita", "xamarin.playstationvita", "xamarinplaystationvita"),
    "xamarinwatchos": ("xamarinwatchos", "xamarin.watchos"),
    "xamarintvos": ("xamarintvos", "xamarin.tvos"),
    "xamarinxboxthreesixty": ("xamarinxboxthreesixty", "xamarin.xbox360"),
    "xamarinxboxone": ("xamarinxboxone", "xamarin.xboxone"),
    "dnx": ("dnx",),
    "dnxcore": ("dnxcore",),
    "netcore": ("netcore", ".netcore"),
    "winrt": ("winrt",),
    "uap": ("uap",),
    "tizen": ("tizen",),
}
_CANONICAL = {spelling: identifier for identifier, spellings in _IDENTIFIERS.items() for spelling in spellings}
_PROFILES = {"cf": "compactframework", "full": "", "wp": "windowsphone", "wp71": "windowsphone71"}
_SPECIAL = {"any", "agnostic", "unsupported"}
_DEPRECATED = {"45": "net45", "4.5": "net45", "40": "net40", "4.0": "net40", "4": "net40", "35": "net35"}
_DEPRECATED |= {"3.5": "net35", "20": "net20", "2": "net20", "2.0": "net20"}
_short = re.compile(r"([a-z.]+)([0-9.]*)(?:-([a-z0-9.+-]+))?", re.IGNORECASE).fullmatch
_platform = re.compile(r"([a-z]+)([0-9.]*)").fullmatch


class Framework(Struct, frozen=True):
    """What code is compiled for."""

    identifier: str
    version: Numbers = NOTHING
    profile: str = ""
    """Of a portable library, what it is portable to."""
    platform: str = ""
    """From .NET 5 on: windows, android..."""
    platform_version: Numbers = NOTHING

    @property
    def is_net5(self) -> bool:
        """Tell whether it is .NET 5 or later, which can have a platform."""
        return self.identifier == "netcoreapp" and self.version >= _NET5

    @property
    def is_special(self) -> bool:
        """Tell whether it stands for no framework in particular."""
        return self.identifier in _SPECIAL

    def __str__(self) -> str:
        """Write it short, as in a project file."""
        if self.is_special:
            return self.identifier
        name = "net" if self.is_net5 else self.identifier
        text = f"{name}{_written(self)}"
        if self.platform:
            numbers = ".".join(map(str, _trimmed(self.platform_version))) if any(self.platform_version) else ""
            return f"{text}-{self.platform}{numbers}"
        return f"{text}-{self.profile}" if self.profile else text


ANY = Framework("any")
UNSUPPORTED = Framework("unsupported")


@lru_cache(maxsize=4096)
def parse_framework(text: str) -> Framework:
    """Read a framework, empty for any; UNSUPPORTED where it is none that NuGet knows."""
    stripped = text.strip()
    if not stripped:
        return ANY
    if len(stripped) > MAX_LENGTH:
        return UNSUPPORTED
    if stripped.lower() in _SPECIAL:
        return Framework(stripped.lower())
    return _long(stripped) if "," in stripped else _read_short(stripped)


def _long(text: str) -> Framework:
    first, *others = [part.strip() for part in text.split(",") if part.strip()] or [""]
    named = {key.strip().lower(): value.strip() for key, _, value in (each.partition("=") for each in others)}
    identifier = _CANONICAL.get(first.lower(), first.lower())
    version = _dotted(named.get("version", "0").lstrip("vV"))
    if version is None or not identifier:
        return UNSUPPORTED
    if identifier == "net" and version >= _NET5:
        identifier = "netcoreapp"
    profile = named.get("profile", "").lower()
    return Framework(identifier, version, _PROFILES.get(profile, profile) if identifier == "net" else profile)


def _read_short(text: str) -> Framework:
    match = _short(text)
    if match is None:
        return _read_short(_DEPRECATED[text]) if text in _DEPRECATED else UNSUPPORTED
    name, digits, rest = match.groups(default="")
    identifier = _CANONICAL.get(name.lower(), "")
    version = _numbers(digits)
    if not identifier or version is None:
        return UNSUPPORTED
    rest = rest.lower()
    if identifier == "portable":
        return Framework(identifier, version, rest) if rest else UNSUPPORTED
    if identifier == "dotnet" and not any(version):
        version = _NET5
    if identifier == "net" and version >= _NET5:
        identifier = "netcoreapp"
    if identifier == "netcoreapp" and version >= _NET5:
        return _with_platform(version, rest)
    if identifier in {"net", "sl"}:
        rest = _PROFILES.get(rest, rest)
    return Framework(identifier, version, rest)


def _with_platform(version: Numbers, rest: str) -> Framework:
    if not rest:
        return Framework("netcoreapp", version)
    match = _platform(rest)
    platform_version = _dotted(match[2] or "0") if match is not None else None
    if match is None or platform_version is None:
        return UNSUPPORTED
    return Framework("netcoreapp", version, "", match[1], platform_version)


def _numbers(digits: str) -> Numbers | None:
    """Read a version: with periods, or a digit for each number."""
    if not digits:
        return NOTHING
    if "." in digits or len(digits) > 4:
        return _dotted(digits)
    return _padded([int(each) for each in digits])


def _dotted(text: str) -> Numbers | None:
    parts = text.split(".")
    if len(parts) > 4 or not all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts):
        return None
    return _padded([int(part) for part in parts])


def _padded(numbers: list[int]) -> Numbers:
    first, second, third, fourth = [*numbers, 0, 0, 0, 0][:4]
    return first, second, third, fourth


def _trimmed(version: Numbers) -> list[int]:
    numbers = list(version)
    while len(numbers) > 2 and not numbers[-1]:
        numbers.pop()
    return numbers


def _written(framework: Framework) -> str:
    version = framework.version
    if not any(version):
        return ""
    numbers = _trimmed(version)
    if framework.identifier in {"netcoreapp", "netstandard", "dotnet", "uap"} or max(numbers) > 9:
        return ".".join(map(str, numbers))
    return "".join(map(str, numbers))
