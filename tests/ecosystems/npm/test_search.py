"""`/-/v1/search`: its parameters, its qualifiers, the shape of its answer, and what it must not show."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from packhouse.domain.accounts import Ownership
from packhouse.domain.actor import Limit
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.upstream import UpstreamRegistry
from packhouse.domain.view import View
from packhouse.ecosystems.npm import ECOSYSTEM
from packhouse.ecosystems.npm.hosted import add_release, begin, with_maintainers
from packhouse.ecosystems.npm.routes import build_mount
from packhouse.policy.decision import Rule
from packhouse.policy.rules.deny import Denied, Deny
from packhouse.services.access import AccessRules
from packhouse.services.publishing import Change
from tests.assembled import START, Assembled

pytestmark = pytest.mark.anyio

FARM = UpstreamRegistry("farm", "npm", "https://farm.example")


def packument(name: str, *versions: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 (any JSON)
    """Make a document as an upstream has it; what is said of the newest version stands in both places."""
    versions = versions or ("1.0.0",)
    manifests = {
        version: {"name": name, "version": version, "dist": {"tarball": f"https://farm.example/{version}.tgz"}}
        for version in versions
    }
    manifests[versions[-1]] |= fields
    times = {version: f"2025-0{number}-01T00:00:00.000Z" for number, version in enumerate(versions, 1)}
    return {"name": name, "dist-tags": {"latest": versions[-1]}, "versions": manifests, "time": times, **fields}


SINDRE = {"name": "sindre", "email": "sindre@farm.example"}
GARDEN = (
    packument(
        "express",
        "4.0.0",
        "4.1.0",
        description="Fast web framework",
        keywords=["web", "framework", "rest"],
        maintainers=[{"name": "dougwilson", "email": "doug@farm.example"}],
        author={"name": "TJ", "email": "tj@farm.example"},
        license="MIT",
        homepage="https://express.example/",
        repository={"type": "git", "url": "git+https://code.example/express/express.git"},
        bugs={"url": "https://code.example/express/express/issues"},
        _npmUser={"name": "wesleytodd", "email": "wes@farm.example"},
    ),
    packument("express-session", keywords=["session", "web"], maintainers=[SINDRE]),
    packument("lodash", "4.17.21", description="Utilities", keywords=["modules", "stdlib"], maintainers=[SINDRE]),
    packument("react", "0.14.0", "19.0.0", description="A library", keywords=["react", "ui"]),
    packument("@types/react", description="Types for react", keywords=["types"]),
    packument("find-my-way-router", "0.9.0", description="Crazy fast", keywords=["web"]),
    packument("koamiddleware", "2.0.0-beta.1", description="Not so fast"),
    packument("request", "2.88.2", description="Simplified HTTP", deprecated="request has been deprecated"),
)


class Garden:
    """A server that has been asked for some packages."""

    def __init__(
        self,
        documents: Sequence[dict[str, Any]] = GARDEN,
        rules: Sequence[Rule] = (),
        access: AccessRules = AccessRules(),  # noqa: B008 (frozen)
    ) -> None:
        self.names = [document["name"] for document in documents]
        answers = {
            f"https://farm.example/{name.replace('/', '%2f')}": json.dumps(document).encode()
            for name, document in zip(self.names, documents, strict=True)
        }
        self.server = Assembled(ECOSYSTEM, build_mount, answers, [FARM], rules, access)

    async def grown(self) -> "Garden":
        """Ask for every package, so that it is known."""
        for name in self.names:
            # What is refused as a whole is known as well.
            assert (await self.server.get(f"/npm/{name}")).status in {200, 403}
        return self

    async def told(self, query: str, token: str = "") -> Any:  # noqa: ANN401 (whatever is answered)
        """Send a search that must be answered."""
        reply = await self.server.send("GET", f"/npm/-/v1/search?{query}", token=token)
        assert reply.status == 200, reply.text
        return json.loads(reply.body)

    async def found(self, text: str, token: str = "") -> list[str]:
        """Name what is found, the best first."""
        told = await self.told(f"text={text}&size=250", token)
        assert told["total"] == len(told["objects"])
        return [each["package"]["name"] for each in told["objects"]]

    async def publish(self, name: str, owner: str, *, restricted: bool) -> PackageKey:
        """Publish a package, or change who may see it."""
        await self.server.token(owner)
        key = PackageKey("npm", NormalName(name))
        manifest = {"name": name, "version": "7.0.0", "description": "Ours", "dist": {"tarball": "\0/a/-/a.tgz"}}
        body = json.dumps(manifest).replace("\\u0000", "\0").encode()
        index = with_maintainers(add_release(begin(key, START), "7.0.0", body, START), [(owner, "")], START)
        change = Change(index, "publish", ownership=Ownership((owner,), restricted=restricted))
        await self.server.services.publishing.change(View(), key, lambda _: change)
        return key


async def test_a_result_has_all_that_clients_and_web_sites_read() -> None:
    garden = await Garden().grown()
    told = await garden.told("text=express&size=1")
    assert told["total"] == 2
    assert told["time"] == "2026-01-01T00:00:00.000Z"
    (found,) = told["objects"]
    assert found["package"] == {
        "name": "express",
        "scope": "unscoped",
        "version": "4.1.0",
        "description": "Fast web framework",
        "keywords": ["web", "framework", "rest"],
        "date": "2025-02-01T00:00:00.000Z",
        "links": {
            "npm": f"{told_base(found)}/express",
            "homepage": "https://express.example/",
            "repository": "https://code.example/express/express",
            "bugs": "https://code.example/express/express/issues",
        },
        "publisher": {"username": "wesleytodd", "email": "wes@farm.example"},
        "maintainers": [{"username": "dougwilson", "email": "doug@farm.example"}],
        "author": {"name": "TJ", "email": "tj@farm.example"},
        "license": "MIT",
    }
    assert found["score"]["final"] == 1.0
    assert set(found["score"]["detail"]) == {"quality", "popularity", "maintenance"}
    assert all(0 <= part <= 1 for part in found["score"]["detail"].values())
    assert found["searchScore"] > 0
    assert found["flags"] == {"insecure": 0}


def told_base(found: dict[str, Any]) -> str:
    """Take the address of the mount from a result."""
    address: str = found["package"]["links"]["npm"]
    assert address.startswith("http")
    return address.rsplit("/", 1)[0]


async def test_a_package_of_which_little_is_known_still_has_what_npm_dereferences() -> None:
    garden = await Garden().grown()
    (found,) = (await garden.told("text=koamiddleware"))["objects"]
    assert found["package"]["maintainers"] == []
    assert found["package"]["publisher"] == {"username": "", "email": ""}
    assert found["package"]["keywords"] == []
    (scoped,) = (await garden.told("text=@types/react&size=1"))["objects"]
    assert scoped["package"]["scope"] == "types"


@pytest.mark.parametrize("query", ["", "text=", "text=%20%20", "size=5"])
async def test_a_search_for_nothing_is_a_mistake(query: str) -> None:
    assert (await Garden().server.get(f"/npm/-/v1/search?{query}")).status == 400


@pytest.mark.parametrize("wrong", ["size=x", "size=-1", "from=1.5", "quality=high", "popularity=nan", "maintenance=-1"])
async def test_a_parameter_that_is_no_number_is_a_mistake(wrong: str) -> None:
    assert (await Garden().server.get(f"/npm/-/v1/search?text=a&{wrong}")).status == 400


async def test_pages_follow_one_another_and_the_total_is_that_of_all() -> None:
    documents = [packument(f"plum-{number:03}") for number in range(260)]
    garden = await Garden(documents).grown()
    assert len((await garden.told("text=plum"))["objects"]) == 20
    whole = await garden.told("text=plum&size=9999")
    assert (whole["total"], len(whole["objects"])) == (260, 250)
    pages = [await garden.told(f"text=plum&size=100&from={offset}") for offset in (0, 100, 200, 300, 10**18)]
    assert [page["total"] for page in pages] == [260] * 5
    assert [len(page["objects"]) for page in pages] == [100, 100, 60, 0, 0]
    names = [each["package"]["name"] for page in pages for each in page["objects"]]
    assert sorted(names) == garden.names
    empty = await garden.told("text=plum&size=0")
    assert (empty["total"], empty["objects"]) == (260, [])


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("express", "express"),
        ("expres", "express"),  # codespell:ignore expres
        ("expr", "express"),
        ("exprses", "express"),
        ("lodahs", "lodash"),
        ("reakt", "react"),
        ("router", "find-my-way-router"),
        ("middleware", "koamiddleware"),
        ("findmyway", "find-my-way-router"),
        ("framework", "express"),
        ("stdlib", "lodash"),
        ("@types/react", "@types/react"),
        ("LODASH", "lodash"),
    ],
)
async def test_what_is_meant_comes_first(text: str, first: str) -> None:
    garden = await Garden().grown()
    assert (await garden.found(text))[0] == first


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("maintainer:sindre", {"express-session", "lodash"}),
        ("maintainer:SINDRE@farm.example", {"express-session", "lodash"}),
        ("maintainer:sindre+web", {"express-session"}),
        ("author:tj", {"express"}),
        ("author:nobody", set()),
        ('author:"TJ"', {"express"}),
        ("scope:types", {"@types/react"}),
        ("scope:@types", {"@types/react"}),
        ("scope:type", set()),
        ("keywords:web", {"express", "express-session", "find-my-way-router"}),
        ("keywords:web,stdlib", {"express", "express-session", "find-my-way-router", "lodash"}),
        ("keywords:web%2Brest", {"express"}),
        ("keywords:web,-session", {"express", "find-my-way-router"}),
        ("keywords:web,-session,-rest", {"find-my-way-router"}),
        ("keywords:frame", set()),
        ("keywords:web+not:unstable", {"express", "express-session"}),
        ("is:unstable", {"find-my-way-router", "koamiddleware"}),
        ("is:deprecated", {"request"}),
        ("is:insecure", set()),
        ("request+not:deprecated", set()),
        ("fast+not:insecure", {"express", "find-my-way-router", "koamiddleware"}),
        ("is:nonsense", set()),
        ("express+maintainer:", {"express"} - {"express"}),
    ],
)
async def test_qualifiers_choose(text: str, names: set[str]) -> None:
    garden = await Garden().grown()
    assert set(await garden.found(text)) == names


async def test_the_exact_name_need_not_come_first() -> None:
    garden = await Garden([packument("plum-tree", keywords=["a"] * 3, description="Well told", license="MIT")]).grown()
    await garden.publish("plum", "ada", restricted=False)
    for _ in range(3):
        assert (await garden.server.get("/npm/plum-tree")).status == 200
    assert (await garden.found("plum"))[0] == "plum"
    scores = {}
    for favour in ("true", "false"):
        told = await garden.told(f"text=plum+boost-exact:{favour}")
        scores[favour] = {each["package"]["name"]: each["searchScore"] for each in told["objects"]}
    assert scores["false"]["plum"] < scores["true"]["plum"]
    assert scores["false"]["plum-tree"] == scores["true"]["plum-tree"]


async def test_weights_change_the_order() -> None:
    documents = [
        packument("pear-one", description="told", keywords=["x"], license="MIT"),
        packument("pear-two", "1.0.0", "1.1.0", "1.2.0", "1.3.0"),
    ]
    garden = await Garden(documents).grown()

    async def order(weights: str) -> list[str]:
        return [each["package"]["name"] for each in (await garden.told(f"text=pear&{weights}"))["objects"]]

    assert await order("quality=1&popularity=0&maintenance=0") == ["pear-one", "pear-two"]
    assert await order("quality=0&popularity=0&maintenance=1") == ["pear-two", "pear-one"]
    await garden.server.store.add_downloads(
        "2026-01-01", {("default", PackageKey("npm", NormalName("pear-two")), ""): 9000}
    )
    assert await order("quality=0&popularity=1&maintenance=0") == ["pear-two", "pear-one"]


async def test_a_restricted_package_is_neither_shown_nor_counted_to_strangers() -> None:
    garden = await Garden().grown()
    await garden.publish("express-secret", "ada", restricted=True)
    await garden.publish("express-open", "ada", restricted=False)
    ada, bob = await garden.server.token("ada"), await garden.server.token("bob")
    everybody = {"express", "express-session", "express-open"}
    assert set(await garden.found("express")) == everybody
    assert set(await garden.found("express", bob)) == everybody
    assert set(await garden.found("express", ada)) == {*everybody, "express-secret"}
    for text in ("secret", "secrte", "cret", "maintainer:ada", "scope:x", "express-secret", "ours"):
        assert "express-secret" not in await garden.found(text)
        assert "express-secret" not in await garden.found(text, bob)
    root = json.loads((await garden.server.get("/npm/")).body)
    assert root["doc_count"] == len(garden.names) + 1


async def test_no_cache_keeps_what_was_found() -> None:
    garden = await Garden().grown()
    await garden.publish("express-secret", "ada", restricted=True)
    for token in ("", await garden.server.token("ada")):
        reply = await garden.server.send("GET", "/npm/-/v1/search?text=express", token=token)
        assert reply.headers["cache-control"] == "no-store"


async def test_access_that_changes_counts_at_once() -> None:
    garden = await Garden().grown()
    await garden.publish("damson", "ada", restricted=False)
    assert await garden.found("damson") == ["damson"]
    await garden.publish("damson", "ada", restricted=True)
    assert await garden.found("damson") == []
    await garden.publish("damson", "ada", restricted=False)
    assert await garden.found("damson") == ["damson"]


async def test_a_package_published_here_hides_that_of_an_upstream() -> None:
    garden = await Garden().grown()
    await garden.publish("lodash", "ada", restricted=False)
    told = await garden.told("text=lodash")
    assert told["total"] == 1
    assert told["objects"][0]["package"]["version"] == "7.0.0"
    await garden.publish("lodash", "ada", restricted=True)
    # Whoever asks for it by name is told that it does not exist: so are those who search.
    assert await garden.found("lodash") == []


@pytest.mark.parametrize(
    ("access", "anybody", "signed_in"),
    [
        (AccessRules(), {"express", "express-open"}, {"express", "express-open"}),
        (AccessRules(upstream="users"), {"express-open"}, {"express", "express-open"}),
        (AccessRules(hosted="users"), {"express"}, {"express", "express-open"}),
        (AccessRules(upstream="users", hosted="users"), set(), {"express", "express-open"}),
        (AccessRules(upstream="granted", hosted="granted"), set(), set()),
        (AccessRules(reserved=("npm/expr*",)), {"express-open"}, {"express-open"}),
    ],
)
async def test_a_search_keeps_to_what_may_be_read(access: AccessRules, anybody: set[str], signed_in: set[str]) -> None:
    garden = Garden(GARDEN[:1], access=access)
    await garden.server.services.publishing._upstream.snapshot(View(), PackageKey("npm", NormalName("express")))
    await garden.publish("express-open", "ada", restricted=False)
    token = await garden.server.token("bob")
    assert set(await garden.found("express")) == anybody
    assert set(await garden.found("express", token)) == signed_in
    assert "express-open" in await garden.found("express", await garden.server.token("ada"))


async def test_a_token_for_some_packages_finds_no_other_restricted_ones() -> None:
    garden = await Garden().grown()
    await garden.publish("express-open", "ada", restricted=False)
    await garden.publish("express-secret", "ada", restricted=True)
    await garden.publish("express-other", "ada", restricted=True)
    limits = (Limit(("read",), "npm", "express-s*"),)
    token = await garden.server.token("ada", limits=limits)
    everybody = {"express", "express-session", "express-open"}
    assert set(await garden.found("express", token)) == {*everybody, "express-secret"}


async def test_no_refused_release_is_shown() -> None:
    denied = Denied("some", lambda key, version: (key.name, version) in {("express", "4.1.0"), ("lodash", "4.17.21")})
    rules = [Deny((denied,))]
    garden = await Garden(rules=rules).grown()
    (first, *_) = (await garden.told("text=express"))["objects"]
    assert first["package"]["version"] == "4.0.0"
    assert (await garden.told("text=lodash"))["objects"] == []


async def test_a_dated_view_shows_the_version_of_that_day() -> None:
    garden = await Garden().grown()
    reply = await garden.server.get("/@2025-01-15/npm/-/v1/search?text=express&size=1")
    assert json.loads(reply.body)["objects"][0]["package"]["version"] == "4.0.0"


LONG = ("%25" * 3000, "*" * 3000, '"' * 3000, "a" * 9000, "a%20" * 3000, "author:" * 1500, "keywords:a,-b+" * 900)
ODD = ("%27", "%5C", "%00", "%F0%9F%8D%8E", "AND", "NOT+a", "name:x", "a%5E", "{a}", "%CC%81", "%C2%B2", "-", "_", ".")


@pytest.mark.parametrize("text", [*LONG, *ODD])
async def test_no_text_is_too_much(text: str) -> None:
    garden = await Garden().grown()
    reply = await garden.server.get(f"/npm/-/v1/search?text={text}")
    assert reply.status == 200, reply.text
