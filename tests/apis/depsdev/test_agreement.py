"""Both transports give the same answers, and neither fails at anything that can be asked."""

# ruff: noqa: ARG002 (a double has the arguments of its port)

import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import grpc
import pytest
from google.protobuf import json_format
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from packhouse.adapters.memory.forges import MemoryForges, Told
from packhouse.adapters.memory.store import MemoryStore
from packhouse.apis.depsdev.behind import Behind
from packhouse.apis.depsdev.finding_messages import Finding
from packhouse.apis.depsdev.insights import Insights
from packhouse.apis.depsdev.list_messages import Dependents
from packhouse.apis.depsdev.messages import AdvisoryKey
from packhouse.apis.depsdev.project_answers import KnownProjects
from packhouse.apis.depsdev.project_messages import Advisory
from packhouse.apis.depsdev.wire import Definition
from packhouse.app import load_ecosystems
from packhouse.domain.errors import UpstreamDown
from packhouse.domain.project import Check, Fuzzing, Repository, Scorecard
from packhouse.domain.release import Release
from packhouse.services.assembly import Services
from packhouse.services.project_packages import ProjectPackages
from packhouse.services.projects import Projects
from tests.apis.depsdev.conftest import RECORDS, site_over
from tests.apis.depsdev.reflected import NPM, Reflected, client, opened
from tests.apis.universe import NOW, clock, services_of
from tests.asgi import call

pytestmark = pytest.mark.anyio

NAMES = [*(each.key.name for each in RECORDS), "Crate", "none", "behind", "", "_bad", "a b", "ü/%2F:findings"]
VERSIONS = ["1.0.0", "2.0.0", "3.0.0-rc", "v2.0.0+incompatible", "9", "", "1.0.0:requirements", "x/versions/y"]
PROJECTS = ["github.com/A/b", "github.com/a/down", "gitlab.com/orchard/group/crate", "github.com/orchard/crate.js"]
SYSTEMS = ["NPM", "GO", "SYSTEM_UNSPECIFIED"]

texts = st.text(max_size=12).filter(lambda text: text.isprintable() or text.isascii())
names = st.sampled_from(NAMES) | texts
versions = st.sampled_from(VERSIONS) | texts
packages = st.fixed_dictionaries({"system": st.sampled_from(SYSTEMS), "name": names})
releases = st.fixed_dictionaries({"system": st.sampled_from(SYSTEMS), "name": names, "version": versions})
purls = st.sampled_from(
    [
        "pkg:toy/crate@2.0.0",
        "pkg:toy/crate",
        "pkg:toy/%40colors/colors@1.5.0",
        "pkg:toy/github.com/user/repo@v2.0.0%2Bincompatible",
        "pkg:toy/crate@2.0.0?x=y",
        "pkg:npm/crate@2.0.0",
        "pkg:toy/none@1",
    ]
) | texts.map(lambda text: f"pkg:toy/{text}")
hashes = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["MD5", "SHA1", "SHA256", "SHA512"]),
        "value": st.binary(max_size=70).map(lambda raw: b64encode(raw).decode()),
    }
)
questions = st.one_of(
    st.tuples(st.just("GetPackage"), st.fixed_dictionaries({"packageKey": packages})),
    st.tuples(
        st.sampled_from(["GetVersion", "GetDependencies", "GetDependents", "GetCapabilities", "GetFindings"]),
        st.fixed_dictionaries({"versionKey": releases}),
    ),
    st.tuples(
        st.sampled_from(["GetFindings", "GetSimilarlyNamedPackages"]), st.fixed_dictionaries({"packageKey": packages})
    ),
    st.tuples(st.just("Query"), st.fixed_dictionaries({}, optional={"hash": hashes, "versionKey": releases})),
    st.tuples(st.just("PurlLookup"), st.fixed_dictionaries({"purl": purls})),
    st.tuples(
        st.sampled_from(["GetProject", "GetProjectPackageVersions"]),
        st.fixed_dictionaries({"projectKey": st.fixed_dictionaries({"id": st.sampled_from(PROJECTS) | texts})}),
    ),
    st.tuples(st.just("GetAdvisory"), st.just({"advisoryKey": {"id": "GHSA-1"}})),
    st.tuples(
        st.just("GetVersionBatch"),
        st.fixed_dictionaries({"requests": st.lists(st.fixed_dictionaries({"versionKey": releases}), max_size=5)}),
    ),
    st.tuples(
        st.just("GetFindingsBatch"),
        st.fixed_dictionaries(
            {
                "requests": st.lists(
                    st.fixed_dictionaries({"versionKey": releases})
                    | st.fixed_dictionaries({"packageKey": packages})
                    | st.just({}),
                    max_size=5,
                )
            }
        ),
    ),
    st.tuples(
        st.just("PurlLookupBatch"),
        st.fixed_dictionaries({"requests": st.lists(st.fixed_dictionaries({"purl": purls}), max_size=5)}),
    ),
)

_VERBS = {
    "GetDependencies": ":dependencies",
    "GetDependents": ":dependents",
    "GetCapabilities": ":capabilities",
    "GetFindings": ":findings",
    "GetSimilarlyNamedPackages": ":similarlyNamedPackages",
    "GetProjectPackageVersions": ":packageversions",
}
_BODIES = {
    "GetVersionBatch": "versionbatch",
    "GetFindingsBatch": "findingsbatch",
    "PurlLookupBatch": "purlbatch",
}


def _address(name: str, asked: Mapping[str, Any]) -> str | None:  # noqa: PLR0911 (one for each form)
    """Write what is asked as a path; None where there is none, as for an empty name."""

    def escaped(text: str) -> str:
        return quote(text, safe="")

    verb = _VERBS.get(name, "")
    match asked:
        case _ if name == "Query":
            fields = {f"{outer}.{inner}": text for outer, inside in asked.items() for inner, text in inside.items()}
            return "query?" + urlencode({each: text for each, text in fields.items() if text != "SYSTEM_UNSPECIFIED"})
        case {"versionKey": key} if all(key.values()):
            package = f"systems/{key['system']}/packages/{escaped(key['name'])}"
            return f"{package}/versions/{escaped(key['version'])}{verb}"
        case {"packageKey": key} if all(key.values()):
            return f"systems/{key['system']}/packages/{escaped(key['name'])}{verb}"
        case {"projectKey": {"id": project}} if project:
            return f"projects/{escaped(project)}{verb}"
        case {"advisoryKey": {"id": advisory}}:
            return f"advisories/{escaped(advisory)}"
        case {"purl": purl} if purl:
            return f"purl/{escaped(purl)}"
    return _BODIES.get(name)


async def _over_grpc(alpha: Reflected, name: str, asked: Mapping[str, Any]) -> object:
    try:
        return await alpha.ask_json(name, asked)
    except grpc.aio.AioRpcError as error:
        return error.code().value[0], error.details()


async def _over_http(site: Any, name: str, asked: Mapping[str, Any]) -> object:  # noqa: ANN401
    path = _address(name, asked)
    body = json.dumps(asked).encode() if name in _BODIES else b""
    reply = await call(site, f"/v3alpha/{path}", "POST" if body else "GET", body=body)
    if reply.status == 200:
        return json.loads(reply.text)
    return int(reply.headers["grpc-status"]), reply.text


class Advised:
    """One advisory about each second version."""

    async def find(self, view: object, advisory: str) -> Advisory | None:
        key = AdvisoryKey(advisory)
        return Advisory(key, "https://a.example", "Bad", ("CVE-1",), 9.5, "CVSS:3.1/AV:N") if advisory else None

    async def list_keys(self, view: object, releases: Any) -> list[list[AdvisoryKey]]:  # noqa: ANN401
        return [[AdvisoryKey("GHSA-1")] if version.startswith("2") else [] for _, version in releases]

    async def findings(self, view: object, key: object, versions: Any) -> dict[str, list[Finding]]:  # noqa: ANN401
        return {version: [Finding("VULNERABLE", "RISK_HIGH")] for version in versions if version.startswith("2")}


def _projects(services: Services) -> KnownProjects:
    """Know two projects, one of which cannot be asked about."""
    told: list[tuple[str, Told]] = [
        ("github.com/a/b", Repository("github.com/a/b", stars=5, description="b")),
        ("github.com/a/b", Scorecard(NOW, 3.5, (Check("Maintained", -1, details=("none",)),))),
        ("github.com/a/b", Fuzzing("b", 7, 3, NOW)),
        ("github.com/a/down", UpstreamDown("the forge is down")),
    ]
    store = services.events
    assert isinstance(store, MemoryStore)
    forges = MemoryForges(told, clock)
    packages = ProjectPackages(store, {"toy": services.records}, forges.hosts)
    return KnownProjects(Projects(store, forges, clock), packages, {"toy": services})


class Counts:
    """Three for everything."""

    async def count(self, view: object, key: object, version: str) -> Dependents:
        return Dependents(3, 1, 2)


async def test_http_and_grpc_give_the_same_message_or_the_same_error() -> None:
    services = await services_of(RECORDS, NPM, down=("behind",))
    behind = Behind(advisories=Advised(), projects=_projects(services), dependents=Counts(), digests=_digests(services))
    insights = Insights({"toy": services}, behind, cooldown_ms=3 * 86_400_000)
    site = site_over(insights)
    async with opened(insights) as port, client(port) as alpha:
        asked: list[tuple[str, Mapping[str, Any]]] = []

        # Hypothesis makes the questions; they are asked afterwards, since its functions cannot await.
        @settings(max_examples=300, database=None, suppress_health_check=list(HealthCheck))
        @given(questions)
        def collect(question: tuple[str, Mapping[str, Any]]) -> None:
            asked.append(question)

        collect()
        answered = 0
        for name, question in asked:
            if _address(name, question) is None:
                continue
            over_grpc = await _over_grpc(alpha, name, question)
            over_http = await _over_http(site, name, question)
            assert over_http == over_grpc, (name, question)
            assert not isinstance(over_grpc, tuple) or over_grpc[0] != 13, (name, question)
            answered += isinstance(over_grpc, dict)
        assert answered > 30


def _digests(services: Any) -> Any:  # noqa: ANN401 (the store of the toys is behind their event log)
    return services.events


@pytest.mark.parametrize("ecosystem", [each for each, _ in load_ecosystems().values()], ids=lambda each: each.key)
def test_requirements_have_a_place_in_the_definition(ecosystem: Any) -> None:  # noqa: ANN401
    wire = {ecosystem.system.lower(): ecosystem.requirements_wire(Release("1.0.0"))}
    built = Definition("v3alpha").build("GetRequirements", wire)
    shown = json_format.MessageToDict(built, always_print_fields_with_no_presence=True)
    known = {name for name in wire if name in built.DESCRIPTOR.fields_by_name}
    # The API's definition knows nothing of two ecosystems, whose requirements go by HTTP alone.
    assert known or ecosystem.key in ("composer", "pub")
    for name in known:
        assert wire[name].items() <= shown[name].items()
