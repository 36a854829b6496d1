"""Projects as MSBuild and NuGet read them, as far as they can be read without running anything."""

from collections.abc import Mapping

import pytest

from packhouse.domain.errors import Invalid
from packhouse.domain.graph import Graph
from packhouse.domain.package import PackageKey
from packhouse.domain.release import PackageRecord
from packhouse.ecosystems.nuget import ECOSYSTEM
from tests.agreement.nuget.client import Group, Need, Offer
from tests.agreement.nuget.replay import Records

WORLD = Records(
    [
        *(Offer("Apple", version) for version in ("1.0.0", "1.1.0", "1.5.0", "2.0.0")),
        *(Offer("Pear", version) for version in ("1.0.0", "2.0.0")),
        Offer("Tree", "1.0.0", (Group("", (Need("Apple", "1.0.0"),)),)),
    ]
)
SDK = '<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>net8.0</TargetFramework></PropertyGroup>'


def begin(files: Mapping[str, str], **environment: str) -> Graph:
    assert ECOSYSTEM.begin_manifest is not None
    run = ECOSYSTEM.begin_manifest({name: text.encode() for name, text in files.items()}, environment)
    while needed := run.needed():
        found: dict[PackageKey, PackageRecord | None] = {each: WORLD.find(each) for each in needed}
        run.load(found)
    return run.resolve()


def project(items: str, **more: str) -> Graph:
    """Resolve a project of some items."""
    return begin({"app.csproj": f"{SDK}<ItemGroup>{items}</ItemGroup></Project>"} | more)


def chosen(graph: Graph) -> list[str]:
    """List what was chosen, after the project by name."""
    first, *rest = [f"{node.package.name} {node.version}".strip() for node in graph.nodes]
    return [first, *sorted(rest)]


def test_references_are_read_with_versions_of_any_form() -> None:
    within = '<PackageReference Include="Tree"><Version>1.0</Version></PackageReference>'
    graph = project(f'<PackageReference Include="Apple" Version="1.*" />{within}')
    assert chosen(graph) == ["app", "apple 1.5.0", "tree 1.0.0"]


def test_properties_and_conditions_are_filled_in() -> None:
    text = (
        "<Project><PropertyGroup><TargetFrameworks>net8.0;net472</TargetFrameworks><V>1.0.0</V>"
        "<V Condition=\"'$(TargetFramework)' == 'net472'\">2.0.0</V></PropertyGroup>"
        '<ItemGroup><PackageReference Include="Apple" Version="$(V)" />'
        "<PackageReference Include=\"Pear\" Version=\"1.0.0\" Condition=\"!('$(V)' == '2.0.0') And '1' != '2'\" />"
        "</ItemGroup></Project>"
    )
    assert chosen(begin({"app.csproj": text})) == ["app", "apple 1.0.0", "pear 1.0.0"]
    assert chosen(begin({"app.csproj": text}, framework="net472")) == ["app", "apple 2.0.0"]
    with pytest.raises(Invalid, match="not for net6"):
        begin({"app.csproj": text}, framework="net6.0")


def test_what_cannot_be_computed_is_noted_on_the_project() -> None:
    graph = project('<PackageReference Include="Apple" Version="1.0.0" Condition="Exists(\'x\')" />')
    assert chosen(graph) == ["app"]
    assert graph.nodes[0].errors == ("the condition Exists('x') is not computed, so that it does not hold",)


CENTRAL = (
    "<Project><PropertyGroup><ManagePackageVersionsCentrally>true</ManagePackageVersionsCentrally>"
    "<CentralPackageTransitivePinningEnabled>{}</CentralPackageTransitivePinningEnabled></PropertyGroup>"
    '<ItemGroup><PackageVersion Include="Tree" Version="1.0.0" /><PackageVersion Include="Apple" Version="1.5.0" />'
    "</ItemGroup></Project>"
)


@pytest.mark.parametrize(("pinning", "expected"), [("true", "apple 1.5.0"), ("false", "apple 1.0.0")])
def test_central_versions_count_for_what_is_required_of_others_only_where_that_is_switched_on(
    pinning: str, expected: str
) -> None:
    props = {"Directory.Packages.props": CENTRAL.format(pinning)}
    assert chosen(project('<PackageReference Include="Tree" />', **props)) == ["app", expected, "tree 1.0.0"]


def test_a_version_override_goes_before_the_central_version() -> None:
    items = '<PackageReference Include="Apple" VersionOverride="[2.0.0]" />'
    assert chosen(project(items, **{"Directory.Packages.props": CENTRAL.format("false")})) == ["app", "apple 2.0.0"]


LOCK = (
    '{"version": 1, "dependencies": {"net8.0": {"Apple": {"type": "Direct", "requested": "%s", "resolved": "1.1.0"}}}}'
)


def test_a_lock_file_is_kept_as_long_as_the_project_asks_for_the_same() -> None:
    items = '<PackageReference Include="Apple" Version="1.0.0" />'
    assert chosen(project(items, **{"packages.lock.json": LOCK % "[1.0.0, )"})) == ["app", "apple 1.1.0"]
    assert chosen(project(items, **{"packages.lock.json": LOCK % "[1.0.1, )"})) == ["app", "apple 1.0.0"]


def test_a_project_that_is_referred_to_brings_what_is_not_private_to_it() -> None:
    other = (
        f'{SDK}<ItemGroup><PackageReference Include="Apple" Version="1.1.0" />'
        '<PackageReference Include="Pear" Version="2.0.0" PrivateAssets="all" /></ItemGroup></Project>'
    )
    graph = project('<ProjectReference Include="..\\lib\\lib.csproj" />', **{"lib.csproj": other})
    assert chosen(graph) == ["app", "apple 1.1.0", "lib 1.0.0"]
    graph = project('<ProjectReference Include="..\\lib\\lib.csproj" />')
    assert graph.nodes[0].errors == ("the project lib.csproj is not here, nor what it requires",)


def test_older_frameworks_come_as_packages_that_the_sdk_adds() -> None:
    text = SDK.replace("net8.0", "netstandard2.0") + "</Project>"
    graph = begin({"app.csproj": text})
    assert graph.nodes[0].errors == ("there is no package NETStandard.Library (NU1101)",)


@pytest.mark.parametrize("text", ["", "<Project>", "<html></html>", "<!DOCTYPE x><Project/>"])
def test_what_is_no_project_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        begin({"app.csproj": text})
