"""A world of real packages: registrations as a registry has answered them, and some packages that they lead to.

Of packages that are only named there, the releases that are named as lowest are there, and require nothing.
"""

from collections.abc import Iterator

from packhouse.ecosystems.nuget.collected import pack_collected
from packhouse.ecosystems.nuget.facts import facts
from packhouse.ecosystems.nuget.index import INDEX
from packhouse.ecosystems.nuget.ranges import parse_range
from packhouse.ecosystems.nuget.versions import normalise
from tests.agreement.nuget.client import Group, Need, Offer, Project, Reference, World
from tests.ecosystems.nuget.feeds import key, recorded

_NAMES = ("newtonsoft.json", "castle.core", "serilog", "nuget.server.core")
_FRAMEWORKS = ("net5.0", "netstandard2.0", "net472", "netcoreapp3.1", "netstandard1.3", "net40", "uap10.0", "net35")
_STANDARD = (
    "Microsoft.NETCore.Platforms 1.1.0, Microsoft.Win32.Primitives 4.3.0, System.AppContext 4.3.0, "
    "System.Collections 4.3.0, System.Collections.Concurrent 4.3.0, System.Console 4.3.0, "
    "System.Diagnostics.Debug 4.3.0, System.Diagnostics.Tools 4.3.0, System.Diagnostics.Tracing 4.3.0, "
    "System.Globalization 4.3.0, System.Globalization.Calendars 4.3.0, System.IO 4.3.0, "
    "System.IO.Compression 4.3.0, System.IO.Compression.ZipFile 4.3.0, System.IO.FileSystem 4.3.0, "
    "System.IO.FileSystem.Primitives 4.3.0, System.Linq 4.3.0, System.Linq.Expressions 4.3.0, "
    "System.Net.Http 4.3.0, System.Net.Primitives 4.3.0, System.Net.Sockets 4.3.0, System.ObjectModel 4.3.0, "
    "System.Reflection 4.3.0, System.Reflection.Extensions 4.3.0, System.Reflection.Primitives 4.3.0, "
    "System.Resources.ResourceManager 4.3.0, System.Runtime 4.3.0, System.Runtime.Extensions 4.3.0, "
    "System.Runtime.Handles 4.3.0, System.Runtime.InteropServices 4.3.0, "
    "System.Runtime.InteropServices.RuntimeInformation 4.3.0, System.Runtime.Numerics 4.3.0, "
    "System.Security.Cryptography.Algorithms 4.3.0, System.Security.Cryptography.Encoding 4.3.0, "
    "System.Security.Cryptography.Primitives 4.3.0, System.Security.Cryptography.X509Certificates 4.3.0, "
    "System.Text.Encoding 4.3.0, System.Text.Encoding.Extensions 4.3.0, System.Text.RegularExpressions 4.3.0, "
    "System.Threading 4.3.0, System.Threading.Tasks 4.3.0, System.Threading.Timer 4.3.0, "
    "System.Xml.ReaderWriter 4.3.0, System.Xml.XDocument 4.3.0"
)
_CSHARP = (
    "System.Collections 4.3.0, System.Diagnostics.Debug 4.3.0, System.Dynamic.Runtime 4.3.0, "
    "System.Globalization 4.3.0, System.Linq 4.3.0, System.Linq.Expressions 4.3.0, System.ObjectModel 4.3.0, "
    "System.Reflection 4.3.0, System.Reflection.Extensions 4.3.0, System.Reflection.Primitives 4.3.0, "
    "System.Reflection.TypeExtensions 4.3.0, System.Resources.ResourceManager 4.3.0, System.Runtime 4.3.0, "
    "System.Runtime.Extensions 4.3.0, System.Runtime.InteropServices 4.3.0, System.Threading 4.3.0"
)
_MORE: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("NETStandard.Library", "1.6.1", {"": _STANDARD}),
    ("NETStandard.Library", "2.0.0", {"": "Microsoft.NETCore.Platforms 1.1.0"}),
    ("Microsoft.CSharp", "4.3.0", {"": _CSHARP}),
    (
        "Microsoft.Win32.Primitives",
        "4.3.0",
        {"": "Microsoft.NETCore.Platforms 1.1.0, Microsoft.NETCore.Targets 1.1.0, System.Runtime 4.3.0"},
    ),
    (
        "Newtonsoft.Json.Bson",
        "1.0.2",
        {
            "netstandard1.3": "NETStandard.Library 1.6.1, Newtonsoft.Json 12.0.1",
            "netstandard2.0": "Newtonsoft.Json 12.0.1",
        },
    ),
    (
        "Microsoft.NETCore.App",
        "2.0.0",
        {"": "Microsoft.NETCore.DotNetHostPolicy 2.0.0, Microsoft.NETCore.Platforms 2.0.0, NETStandard.Library 2.0.0"},
    ),
    ("Microsoft.NETCore.DotNetHostPolicy", "2.0.0", {"": "Microsoft.NETCore.DotNetHostResolver 2.0.0"}),
    ("Microsoft.NETCore.DotNetHostResolver", "2.0.0", {"": "Microsoft.NETCore.DotNetAppHost 2.0.0"}),
)
"""What assets files of real projects tell of some packages, for the frameworks that those were restored for."""
_EVERY = 4
"""Of the releases that are asked about."""


def read_world() -> World:
    """Put together what the registrations say."""
    known = [*_read(), *_read_more()]
    there = {offer.name.lower() for offer in known}
    named: dict[tuple[str, str], Offer] = {}
    for offer in known:
        for group in offer.groups:
            for need in group.needs:
                lower = parse_range(need.range).lower
                version = lower.normal if lower is not None else "1.0.0"
                if need.name.lower() not in there or not any(
                    (offer.name.lower(), offer.version) == (need.name.lower(), version) for offer in known
                ):
                    named.setdefault((need.name.lower(), version), Offer(need.name, version))
    return [*known, *named.values()]


def _read() -> Iterator[Offer]:
    for name in _NAMES:
        record = INDEX.describe(key(name), INDEX.split(key(name), pack_collected(recorded(name))))
        for position, version in enumerate(record.versions):
            found = facts(record.release(position))
            groups = tuple(
                Group(group.framework, tuple(Need(each.name, each.range) for each in group.dependencies))
                for group in found.groups
            )
            yield Offer(found.id, normalise(version), groups)


def _read_more() -> Iterator[Offer]:
    for name, version, groups in _MORE:
        yield Offer(
            name,
            version,
            tuple(
                Group(framework, tuple(Need(*each.split()) for each in needs.split(", ")))
                for framework, needs in groups.items()
            ),
        )


def read_projects() -> Iterator[tuple[str, Project]]:
    """Make the projects: one release, on one framework after the other; then some packages together."""
    number = 0
    for name in _NAMES:
        offers = [offer for offer in _read() if offer.name.lower() == name]
        for offer in offers[:: _EVERY if len(offers) < 200 else 12]:
            framework = _FRAMEWORKS[number % len(_FRAMEWORKS)]
            number += 1
            yield f"{offer.name} {offer.version}", _project(framework, Reference(offer.name, offer.version))
    for framework in _FRAMEWORKS:
        for name, version, _ in _MORE:
            yield f"{name} {version} on {framework}", _project(framework, Reference(name, version))
        bson = Reference("Newtonsoft.Json.Bson", "1.0.2")
        yield f"several on {framework}", _project(framework, bson, Reference("Castle.Core", "4.2.0"))
        yield (
            f"more on {framework}",
            _project(framework, bson, Reference("Serilog", "2.5.0"), Reference("System.Runtime", "4.1.0")),
        )
        for wanted in ("*", "2.*", "3.*-*"):
            references = (Reference("Serilog", wanted), Reference("Castle.Core", "4.4.0"))
            yield (
                f"Serilog {wanted} on {framework}",
                _project(framework, *references, Reference("Newtonsoft.Json", "*")),
            )


def _project(framework: str, *references: Reference) -> Project:
    return Project(framework, references)
