"""Programs that people use to ask deps.dev ask us, and nothing but the address is changed."""

import asyncio
import hashlib
from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Any

import pydepsdev.api
import pytest
import uvicorn
from depsdev.v3 import DepsDevClientV3, HashType, System
from depsdev.v3alpha import DepsDevClientV3Alpha

from packhouse.apis.depsdev.behind import Behind
from packhouse.apis.depsdev.insights import Insights
from packhouse.apis.depsdev.list_messages import ContainerImage, Dependents
from packhouse.apis.depsdev.messages import ProjectKey, RelatedProject, VersionKey
from packhouse.apis.depsdev.project_messages import Project, ProjectVersion
from packhouse.domain.digest import Digest
from packhouse.domain.package import PackageKey
from packhouse.domain.release import Artifact, Release
from packhouse.domain.view import View
from tests.apis.depsdev.conftest import RECORDS, site_over
from tests.apis.depsdev.reflected import NPM
from tests.apis.universe import NOW, record, services_of

pytestmark = [pytest.mark.anyio, pytest.mark.client]

_SHA1 = hashlib.sha1(b"hashed", usedforsecurity=False)
_HASHED = Artifact("hashed.tgz", "/hashed.tgz", (Digest("sha1", _SHA1.hexdigest()),))


class Known:
    """One project, one image, three dependents, one similar name."""

    async def find(self, view: View, project: str) -> Project | None:
        del view
        return Project(ProjectKey(project), stars_count=5) if project == "github.com/user/repo" else None

    async def versions(self, view: View, project: str, limit: int) -> list[ProjectVersion]:
        del view, project, limit
        return [ProjectVersion(VersionKey("NPM", "crate", "2.0.0"))]

    async def relate(self, *asked: object) -> list[RelatedProject]:
        del asked
        return []

    async def list(self, view: View, chain_id: str, limit: int) -> list[ContainerImage]:
        del view, limit
        return [ContainerImage(f"image of {chain_id}")]

    async def count(self, view: View, key: PackageKey, version: str) -> Dependents:
        del view, key, version
        return Dependents(3, 1, 2)


class Similar:
    """Everything is similar to a pear."""

    async def list(self, view: View, key: PackageKey) -> list[PackageKey]:
        del view
        return [PackageKey(key.ecosystem, RECORDS[2].key.name)]


@pytest.fixture
async def address() -> AsyncIterator[str]:
    records = [*RECORDS, record("hashed", [Release("1.0.0", NOW, artifacts=(_HASHED,))])]
    services = await services_of(records, NPM)
    known: Any = Known()
    store: Any = services.events
    behind = Behind(projects=known, images=known, dependents=known, similar=Similar(), digests=store)
    site = site_over(Insights({"toy": services}, behind))
    server = uvicorn.Server(uvicorn.Config(site, port=0, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 (it has no event for that)
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await serving


@pytest.fixture
async def aiohttp_client(address: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Any]:
    monkeypatch.setattr(pydepsdev.api, "BASE_URL", f"{address}/v3alpha")
    async with pydepsdev.api.DepsdevAPI(max_retries=0) as client:
        yield client


async def test_pydepsdev_asks_for_packages_and_versions(aiohttp_client: Any) -> None:  # noqa: ANN401
    package = await aiohttp_client.get_package("npm", "@colors/colors")
    assert [each["versionKey"]["version"] for each in package["versions"]] == ["1.5.0", "1.6.0"]
    version = await aiohttp_client.get_version("NPM", "github.com/user/repo", "v2.0.0+incompatible")
    assert version["versionKey"]["version"] == "v2.0.0+incompatible"
    graph = await aiohttp_client.get_dependencies("NPM", "crate", "2.0.0")
    assert [each["relation"] for each in graph["nodes"]] == ["SELF", "DIRECT", "INDIRECT", "DIRECT"]
    assert (await aiohttp_client.get_requirements("NPM", "crate", "2.0.0")).keys() == {"npm"}


async def test_pydepsdev_asks_in_batches(aiohttp_client: Any) -> None:  # noqa: ANN401
    wanted = [("npm", "crate", "2.0.0"), ("npm", "none", "1.0.0")]
    found = await aiohttp_client.get_all_versions_batch(wanted)
    assert ["version" in each for each in found] == [True, False]
    projects = await aiohttp_client.get_project_batch(["github.com/user/repo", "github.com/user/none"])
    assert ["project" in each for each in projects["responses"]] == [True, False]
    purls = await aiohttp_client.get_purl_lookup_batch(["pkg:toy/crate@2.0.0", "pkg:toy/none@1"])
    assert ["result" in each for each in purls["responses"]] == [True, False]


async def test_pydepsdev_asks_for_all_the_rest(aiohttp_client: Any) -> None:  # noqa: ANN401
    assert (await aiohttp_client.get_dependents("NPM", "crate", "2.0.0"))["dependentCount"] == 3
    assert (await aiohttp_client.get_project("github.com/user/repo"))["starsCount"] == 5
    mapped = await aiohttp_client.get_project_package_versions("github.com/user/repo")
    assert mapped["versions"][0]["versionKey"]["name"] == "crate"
    similar = await aiohttp_client.get_similarly_named_packages("NPM", "crate")
    assert similar["packages"] == [{"packageKey": {"system": "NPM", "name": "pear"}}]
    by_purl = await aiohttp_client.get_purl_lookup("pkg:toy/%40colors/colors@1.5.0")
    assert by_purl["version"]["versionKey"]["name"] == "@colors/colors"
    # It sends the base64 of the digits instead of that of the bytes.
    found = await aiohttp_client.query_package_versions(hash_type="SHA1", hash_value=_SHA1.hexdigest())
    assert found["results"][0]["version"]["versionKey"]["name"] == "hashed"


async def test_pydepsdev_tells_that_something_is_not_found(aiohttp_client: Any) -> None:  # noqa: ANN401
    with pytest.raises(pydepsdev.APIError) as caught:
        await aiohttp_client.get_package("NPM", "none")
    assert caught.value.status == 404
    with pytest.raises(pydepsdev.APIError):
        await aiohttp_client.get_advisory("GHSA-none")


@pytest.mark.parametrize("edition", [DepsDevClientV3, DepsDevClientV3Alpha])
async def test_depsdev_asks_either_edition(address: str, edition: Any) -> None:  # noqa: ANN401
    client = edition(base_url=address)
    async with client.client:
        package = await client.get_package(System.NPM.value, "@colors/colors")
        assert len(package["versions"]) == 2
        version = await client.get_version(System.NPM.value, "github.com/user/repo", "v2.0.0+incompatible")
        assert version["versionKey"]["version"] == "v2.0.0+incompatible"
        assert (await client.get_requirements(System.NPM.value, "crate", "2.0.0")).keys() == {"npm"}
        graph = await client.get_dependencies(System.NPM.value, "crate", "2.0.0")
        assert len(graph["nodes"]) == 4
        assert (await client.get_project("github.com/user/repo"))["starsCount"] == 5
        assert (await client.get_project_package_versions("github.com/user/repo"))["versions"]
        value = b64encode(_SHA1.digest()).decode()
        found = await client.query(hash_type=HashType.SHA1, hash_value=value)
        assert found["results"][0]["version"]["versionKey"]["name"] == "hashed"


async def test_depsdev_asks_what_only_v3alpha_has(address: str) -> None:
    client: Any = DepsDevClientV3Alpha(base_url=address)
    async with client.client:
        batch = await client.get_version_batch([{"system": "NPM", "name": "crate", "version": "2.0.0"}])
        assert batch["responses"][0]["version"]["isDefault"] is True
        assert (await client.get_dependents(System.NPM.value, "crate", "2.0.0"))["directDependentCount"] == 1
        assert (await client.get_project_batch(["github.com/user/repo"]))["responses"][0]["project"]
        images = await client.query_container_images("sha256:abc")
        assert images["results"][0]["repository"] == "image of sha256:abc"
        purl = await client.purl_lookup("pkg:toy/crate@2.0.0")
        assert purl["version"]["versionKey"]["name"] == "crate"
        assert (await client.purl_lookup_batch(["pkg:toy/crate@2.0.0"]))["responses"][0]["result"]
        assert (await client.get_similarly_named_packages(System.NPM.value, "crate"))["packages"]
