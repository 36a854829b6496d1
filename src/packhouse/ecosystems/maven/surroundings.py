"""The machine that Maven is taken to run on: what profiles and references ask of it."""

import re
from collections.abc import Mapping

from msgspec import Struct

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.maven.pom import Activation, Pom, Profile
from packhouse.ecosystems.maven.usual import USUAL

_MAX_LENGTH = 100
_FOLDERS = ("user.dir", "user.home", "java.home")
_is_jdk = re.compile(r"[0-9]+(?:[._-][0-9A-Za-z]+)*").fullmatch
_not_number = re.compile(r"[^0-9._-]").sub
_between = re.compile(r"[._-]").split
_reference = re.compile(r"\$\{([^}]*)\}").sub


class Surroundings(Struct, frozen=True):
    """What is known of the machine."""

    jdk: str
    os_name: str
    os_arch: str
    os_version: str

    def properties(self) -> dict[str, str]:
        """List the properties that a Java program finds there."""
        short = ".".join(self.jdk.split(".")[:2]) if self.jdk.startswith("1.") else self.jdk.split(".")[0]
        return {
            "java.version": self.jdk,
            "java.specification.version": short,
            "java.vm.specification.version": short,
            "java.home": "/usr/lib/jvm/java",
            "os.name": self.os_name,
            "os.arch": self.os_arch,
            "os.version": self.os_version,
            "file.separator": "\\" if self._is_windows() else "/",
            "path.separator": ";" if self._is_windows() else ":",
            "user.home": "/srv",
            "user.name": "user",
            "user.dir": "/srv/project",
        }

    def with_profiles(self, pom: Pom, system: Mapping[str, str]) -> tuple[Profile, ...]:
        """List the profiles of a POM that count here; those by default only where no other does."""
        active = tuple(
            each
            for each in pom.profiles
            if each.activation and self._is_active(each.activation, pom.properties, system)
        )
        return active or tuple(each for each in pom.profiles if each.activation and each.activation.by_default)

    def _is_active(self, condition: Activation, properties: Mapping[str, str], system: Mapping[str, str]) -> bool:
        """Tell whether all that a profile asks for is so."""
        found = []
        if condition.jdk is not None:
            found.append(self._has_jdk(condition.jdk))
        if condition.os:
            found.append(all(self._has_system(name, value) for name, value in condition.os))
        if condition.property is not None:
            found.append(_has_property(condition.property, condition.value or "", system))
        if condition.file:
            found.append(_has_file(dict(condition.file), {**system, **properties}))
        return bool(found) and all(found)

    def _has_jdk(self, wanted: str) -> bool:
        if wanted.startswith("!"):
            return not self.jdk.startswith(wanted[1:])
        if not wanted.startswith(("[", "(")):
            return self.jdk.startswith(wanted)
        ends = _ends(wanted)
        left = _relation(self.jdk, *ends[0], is_left=True)
        return left == 0 or (left > 0 and _relation(self.jdk, *ends[1], is_left=False) <= 0)

    def _has_system(self, name: str, wanted: str) -> bool:
        is_not, bare = wanted.startswith("!"), wanted.removeprefix("!").lower()
        match name:
            case "family":
                found = self._is_family(bare)
            case "name":
                found = self.os_name.lower() == bare
            case "arch":
                found = self.os_arch.lower() == bare
            case "version":
                found = self.os_version.lower() == bare
            case _:
                return True
        return found != is_not

    def _is_family(self, family: str) -> bool:
        """Tell whether the system is of a family, as plexus-utils does."""
        name = self.os_name.lower()
        match family:
            case "dos":
                return False
            case "unix":
                return not self._is_windows() and ("mac" not in name or name.endswith("x"))
            case _:
                return family in name

    def _is_windows(self) -> bool:
        return "windows" in self.os_name.lower()


def read_surroundings(environment: Mapping[str, str]) -> Surroundings:
    """Read an environment, of which only what differs from the usual need be told; raise Invalid."""
    told = {**USUAL, **environment}
    for name, value in told.items():
        if not value or len(value) > _MAX_LENGTH or not value.isprintable():
            raise Invalid(f"{value[:_MAX_LENGTH]!r} is no value of {name}", f"usual is {USUAL.get(name, '')!r}")
    if not _is_jdk(told["jdk"]):
        raise Invalid(f"{told['jdk']!r} is no version of Java", "write e.g. 17, 21.0.2 or 1.8")
    return Surroundings(told["jdk"], told["os.name"], told["os.arch"], told["os.version"])


def _has_property(written: str, value: str, system: Mapping[str, str]) -> bool:
    is_not, name = written.startswith("!"), written.removeprefix("!")
    if not name:
        return False
    found = system.get(name)
    if not value:
        return bool(found) != is_not
    return (found != value[1:]) if value.startswith("!") else found == value


def _has_file(wanted: Mapping[str, str], properties: Mapping[str, str]) -> bool:
    """Tell whether a file is there or missing; of the machine only the folders that every one has are known."""
    path, is_missing = wanted.get("exists"), False
    if not path:
        path, is_missing = wanted.get("missing"), True
    if not path or "${basedir}" in path:
        return False
    full = _reference(lambda match: properties.get(match[1], match[0]), path)
    is_there = full.rstrip("/") in {properties.get(name) for name in _FOLDERS} or full == "/"
    return full.startswith("/") and is_there != is_missing


End = tuple[str, bool]


def _ends(text: str) -> list[End]:
    """Read the ends of a range of JDKs, each with whether it is in the range."""
    ends: list[End] = []
    for token in text.split(","):
        if token.startswith(("[", "(")):
            ends.append((token[1:].strip(), token.startswith("[")))
        elif token.endswith(("]", ")")):
            ends.append((token[:-1].strip(), token.endswith("]")))
        elif not token:
            ends.append(("", False))
    if len(ends) < 2:
        ends.append(("99999999", False))
    return ends


def _relation(version: str, end: str, is_closed: bool, *, is_left: bool) -> int:  # noqa: FBT001 (a part of the end)
    """Compare a JDK with an end of a range, by three numbers; an open end is never met."""
    if not end:
        return 1 if is_left else -1
    for one, other in zip(_numbers(_between(_not_number("", version))), _numbers(end.split(".")), strict=True):
        if one != other:
            return -1 if one < other else 1
    if is_closed:
        return 0
    return -1 if is_left else 1


def _numbers(parts: list[str]) -> list[int]:
    return [int(part) if part.isdecimal() else 0 for part in [*parts, "0", "0", "0"][:3]]
