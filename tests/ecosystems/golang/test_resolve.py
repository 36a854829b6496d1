"""Graphs of modules, as the go command resolves them."""

import pytest

from packhouse.domain.errors import Invalid, NotFound, TooHard, UpstreamError
from packhouse.domain.graph import Graph
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.view import View
from packhouse.ecosystems.golang.dependency_file import read_dependency
from packhouse.ecosystems.golang.go_versions import ASSUMED, precedence
from packhouse.ecosystems.golang.gomod import parse_go_mod
from packhouse.ecosystems.golang.main_module import read_main, requiring
from packhouse.ecosystems.golang.resolve import ManifestRun, build_list, explain, module_graph
from packhouse.resolver.minimal_versions import Module
from packhouse.resolver.universe import NotLoaded
from tests.agreement.golang.replay import resolve
from tests.assembled import Assembled
from tests.ecosystems.golang.modules import PROXY, module, server

FRUIT = "fruit.example/bowl"
KEY = PackageKey("golang", NormalName(FRUIT))
BOWL = """
require (
	fruit.example/apple v1.0.0
	fruit.example/pear v1.1.0 // indirect
)
"""


def bowl(own: str = BOWL, apple: str = "require fruit.example/pear v1.2.0\n") -> Assembled:
    more = module(FRUIT, {"v1.0.0": own}) | module("fruit.example/apple", {"v1.0.0": apple})
    return server(more=more | module("fruit.example/pear", {"v1.1.0": "", "v1.2.0": ""}))


async def graph(ours: Assembled, version: str = "v1.0.0") -> Graph:
    return await ours.services.resolver.resolve(View(), KEY, version)


def nodes(found: Graph) -> list[str]:
    return [f"{node.package.name} {node.version}" for node in found.nodes]


@pytest.mark.anyio
async def test_a_release_is_resolved_as_the_main_module() -> None:
    found = await graph(bowl())
    assert nodes(found) == [f"{FRUIT} v1.0.0", "fruit.example/apple v1.0.0", "fruit.example/pear v1.2.0"]
    edges = [(each.from_node, each.to_node, each.requirement, each.indirect) for each in found.edges]
    # The requirement of pear is raised, and is there for apple only.
    assert edges == [(0, 1, "v1.0.0", False), (0, 2, "v1.2.0", True), (1, 2, "v1.2.0", False)]
    assert found.error == ""


@pytest.mark.anyio
async def test_go_mod_files_are_asked_for_once_and_archives_never() -> None:
    ours = bowl()
    await graph(ours)
    await graph(ours)
    asked = [address for address in ours.asked() if not address.endswith("/list")]
    assert sorted(asked) == sorted(set(asked))
    assert all(address.endswith(".mod") for address in asked)


@pytest.mark.anyio
async def test_a_version_that_is_not_there_is_an_error_of_its_node_and_of_the_whole() -> None:
    found = await graph(bowl("require fruit.example/plum v0.9.0\n"))
    errors = {node.package.name: node.errors for node in found.nodes if node.errors}
    assert errors == {"fruit.example/plum": ("there is no fruit.example/plum v0.9.0",)}
    said = "fruit.example/bowl requires fruit.example/plum@v0.9.0, but there is no fruit.example/plum v0.9.0"
    assert found.error == said
    # What is pruned out is not looked at, as the go command does not.
    assert (await graph(bowl(apple="require fruit.example/plum v0.9.0\n"))).error == ""


@pytest.mark.anyio
async def test_a_proxy_that_is_down_is_no_answer() -> None:
    ours = bowl()
    await ours.services.records.get(View(), KEY)
    ours.off.add("golang")
    with pytest.raises(UpstreamError):
        await graph(ours)


@pytest.mark.anyio
async def test_a_release_that_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound):
        await graph(bowl(), "v7.0.0")
    ours = bowl()
    del ours.upstream.answers[f"{PROXY}/{FRUIT}/@v/v1.0.0.mod"]
    with pytest.raises(NotFound):
        await graph(ours)


@pytest.mark.anyio
async def test_a_release_with_directories_in_place_of_modules_takes_what_was_published_and_says_so() -> None:
    own = BOWL + "replace fruit.example/apple => ../apple\nreplace fruit.example/pear v1.2.0 => ./pear\n"
    found = await graph(bowl(own))
    assert nodes(found)[1:] == ["fruit.example/apple v1.0.0", "fruit.example/pear v1.2.0"]
    assert found.nodes[0].errors == (
        "fruit.example/apple is replaced by the directory ../apple, which is not published",
        "fruit.example/pear is replaced by the directory ./pear, which is not published",
    )


@pytest.mark.anyio
async def test_a_release_whose_own_file_cannot_be_read_is_a_graph_with_an_error() -> None:
    found = await graph(bowl("require fruit.example/apple main\n"))
    assert nodes(found) == [f"{FRUIT} v1.0.0"]
    assert found.error == "the go.mod has an odd line: require fruit.example/apple main"
    assert found.nodes[0].errors == (found.error,)


@pytest.mark.anyio
async def test_a_stand_in_is_the_node_and_its_requirements_count() -> None:
    own = BOWL + "replace fruit.example/apple => fruit.example/other/apple/v3 v3.1.0\n"
    ours = bowl(own)
    ours.upstream.answers |= module("fruit.example/other/apple/v3", {"v3.1.0": "require fruit.example/pear v1.3.0\n"})
    ours.upstream.answers |= module("fruit.example/pear", {"v1.3.0": ""})
    assert nodes(await graph(ours))[1:] == ["fruit.example/other/apple/v3 v3.1.0", "fruit.example/pear v1.3.0"]


MODS = {
    "fruit.example/apple@v1.0.0": b"module fruit.example/apple\ngo 1.21\nrequire fruit.example/pear v1.2.0\n",
    "fruit.example/pear@v1.1.0": b"module fruit.example/pear\n",
    "fruit.example/pear@v1.2.0": b"module fruit.example/pear\n",
}


def project(text: str) -> ManifestRun:
    return resolve(read_main(f"module fruit.example/bowl\n{text}".encode()), MODS, {"./near": b"module near\n"})


def test_go_and_toolchain_stand_in_the_graph_and_not_in_the_build_list() -> None:
    run = project("go 1.20\ntoolchain go1.22.0\nrequire fruit.example/apple v1.0.0\n")
    assert module_graph(run) == [
        "fruit.example/bowl fruit.example/apple@v1.0.0",
        "fruit.example/bowl go@1.21",
        "fruit.example/bowl toolchain@go1.22.0",
        "fruit.example/apple@v1.0.0 fruit.example/pear@v1.2.0",
        "fruit.example/apple@v1.0.0 go@1.21",
        "go@1.21 toolchain@go1.21",
    ]
    assert build_list(run) == ["fruit.example/bowl", "fruit.example/apple v1.0.0", "fruit.example/pear v1.2.0"]


def test_a_requirement_on_an_excluded_version_is_passed_over() -> None:
    run = project("require fruit.example/apple v1.0.0\nexclude fruit.example/pear v1.2.0\n")
    assert build_list(run) == ["fruit.example/bowl", "fruit.example/apple v1.0.0"]


def test_a_project_may_have_directories_in_place_of_modules() -> None:
    run = project("require fruit.example/apple v1.0.0\nreplace fruit.example/apple => ./near\n")
    assert build_list(run) == ["fruit.example/bowl", "fruit.example/apple v1.0.0 => ./near"]
    assert run.resolve().error == ""
    away = project("require fruit.example/apple v1.0.0\nreplace fruit.example/apple => ./far\n")
    assert "the directory ./far, which has no go.mod here" in away.resolve().error


def test_a_module_that_calls_itself_otherwise_is_an_error() -> None:
    run = resolve(
        requiring(Module("fruit.example/fig", "v1.0.0"), "1.26"), {"fruit.example/fig@v1.0.0": b"module x.y\n"}
    )
    assert run.resolve().error.endswith("but the go.mod of fruit.example/fig v1.0.0 calls itself x.y")
    assert resolve(requiring(Module("fig", "v1.0.0"), "1.26"), {}).resolve().error.startswith("command-line-arguments")


def test_what_was_chosen_is_explained_by_the_requirement_that_set_it() -> None:
    run = project("require fruit.example/pear v1.1.0\nrequire fruit.example/apple v1.0.0\n")
    assert explain(run, "fruit.example/pear") == (
        "fruit.example/pear@v1.2.0 is the highest that is asked for: "
        "fruit.example/bowl requires fruit.example/apple@v1.0.0 requires fruit.example/pear@v1.2.0"
    )
    for path in ("fruit.example/plum", "fruit.example/bowl"):
        with pytest.raises(NotFound):
            explain(run, path)


def test_a_project_is_not_resolved_before_its_files_are_read() -> None:
    with pytest.raises(NotLoaded):
        ManifestRun(read_main(b"module a.example\nrequire fruit.example/apple v1.0.0\n")).resolve()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "go 1.20",
        "module a.example\nrequire x.example v2.0.0",
        "module a.example\nrequire x.example latest",
        "module a.example\nrequire x.example/v2 v1.0.0",
        "module a.example\nexclude x.example",
        "module a.example\nreplace x.example v1.0.0",
        "module a.example\nreplace x.example => y.example",
        "module a.example\nreplace x.example => y.example 1.0",
        "module a.example\nreplace x.example => ../y v1.0.0",
        "module a.example\nreplace x.example => ../y\nreplace x.example => ../z",
        "module a.example\ntoolchain rust",
    ],
)
def test_in_a_main_module_nothing_odd_is_passed_over(text: str) -> None:
    with pytest.raises(Invalid):
        read_main(text.encode())


@pytest.mark.parametrize(
    "line",
    [
        "require x.example v2.0.0",
        "require x.example main",
        "require x.example",
        "require (\n\tx.example/v2 v1.0.0\n)",
        "require (\n\tx.example v1.0.0 v1.0.0\n)",
        "require gopkg.in/x v1.0.0",
        "require gopkg.in/x.v2 v0.0.0-20240102030405-abcdefabcdef",
        "go one",
        "go 1.20\ngo 1.21",
        "module b.example",
    ],
)
def test_what_the_go_command_cannot_read_in_a_dependency_is_a_fault(line: str) -> None:
    assert read_dependency(f"module a.example\n{line}\n".encode()).needs.fault


@pytest.mark.parametrize(
    "text",
    [
        "require x.example v1.0.0",
        'require (\n\t"x.example" v1.0.0 // indirect\n)',
        "require ( // these\n\n\t// a comment\n\tx.example v1\n\tgopkg.in/x.v1 v0.0.0-20240102030405-abcdefabcdef\n)",
        "require(\r\n\tx.example v1.0.0\r\n\tx.example/v2 v2.1.0+incompatible\r\n)\r\n",
        "require x.example v3.0.0+incompatible // why\nrequire y.example v1.2.0+meta",
        "replace (\n\tx.example => y.example v1.0.0\n)\nrequire (\n\tx.example v1.0.0\n)\nretract [v1.0.0, v1.1.0]",
        "odd (\n\ta\n)\nrequire (\n\tx.example v1.0.0\n)",
        "// require (\n//\tx.example v1.0.0\n// )\nrequire (\n)",
    ],
)
def test_blocks_read_at_once_say_what_they_say_line_by_line(text: str) -> None:
    body = f"module a.example\n{text}\n".encode()
    slowly = [(each.path, each.version) for each in parse_go_mod(body).requires]
    read = read_dependency(body)
    assert [tuple(each) for each in read.needs.requires] == slowly
    assert (read.module, read.needs.fault) == ("a.example", "")


def test_go_versions_are_ordered_as_the_toolchain_reference_says() -> None:
    ascending = ["x", "1", "1.9", "1.20rc1", "1.20", "1.20.1", "1.21", "1.21beta1", "1.21rc1", "1.21rc2", "1.21.0"]
    ascending += ["1.21.1", "1.21.10", "1.22"]
    assert sorted(sorted(ascending), key=lambda version: precedence("go", version)) == ascending
    assert precedence("go", "1.20") == precedence("go", "1.20.0")
    assert precedence("toolchain", "default") < precedence("toolchain", "go1.21.0-house")
    assert precedence("toolchain", "go1.21.0-house") == precedence("toolchain", "go1.21.0")
    assert precedence("x.example", "nonsense") < precedence("x.example", "v0.0.0-0")
    assert precedence("go", ASSUMED) < precedence("go", "1.17")


def test_a_graph_without_an_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("packhouse.ecosystems.golang.resolve._MOST", 100)
    run = ManifestRun(read_main(b"module a.example\nrequire fruit.example/plum v0.1.0\n"))
    for number in range(1, 102):
        more = f"module fruit.example/plum\nrequire fruit.example/plum v0.{number + 1}.0\n".encode()
        run.take(dict.fromkeys(run.wanted(), more))
    with pytest.raises(TooHard, match="more than 100 versions"):
        run.wanted()


@pytest.mark.anyio
async def test_what_set_a_version_is_told_where_others_were_asked_for() -> None:
    wants_less = "require fruit.example/pear v1.1.0\n"
    own = "require (\n\tfruit.example/apple v1.0.0\n\tfruit.example/plum v1.0.0\n\tfruit.example/pear v1.2.0\n)\n"
    answers = module("fruit.example/pear", {"v1.1.0": "", "v1.2.0": ""}) | module(FRUIT, {"v1.0.0": own})
    for path in ("fruit.example/plum", "fruit.example/apple"):
        answers |= module(path, {"v1.0.0": wants_less})
    found = await graph(server(more=answers))
    whys = {str(node.package.name): node.why for node in found.nodes}
    assert whys["fruit.example/pear"] == "v1.2.0 is the highest that is asked for, by the main module"
    assert whys["fruit.example/apple"] == ""
