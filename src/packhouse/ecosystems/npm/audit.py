"""What `npm audit` asks and is answered: the bulk form of today, and the trees of npm 6, pnpm 10 and Yarn 1.

An audit names packages that are nobody else's business. Everything here is answered from what this server knows; an
answer never speaks of a package that was not asked for.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Literal

import msgspec
from msgspec import Struct

from packhouse.domain.errors import Invalid, TooLarge
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.view import View
from packhouse.ecosystems.npm.audit_tree import Tree
from packhouse.ecosystems.npm.names import parse_name
from packhouse.ecosystems.npm.versions import MAX_LENGTH

Severity = Literal["info", "low", "moderate", "high", "critical"]
SEVERITIES: tuple[Severity, ...] = ("info", "low", "moderate", "high", "critical")
MAX_VERSIONS = 100_000
"""Of one question. The largest workspaces have some 10,000."""
_MAX_PATHS_CHARACTERS = 4 << 20
"""Of the paths in one answer: a package that everything needs is reached in thousands of ways."""
_NO_PATCH = "<0.0.0"
"""What npm prints as "No patch available"."""

Asked = Mapping[NormalName, Sequence[str]]


class Cvss(Struct, frozen=True):
    """How bad it is, in numbers."""

    score: float = 0.0
    vectorString: str | None = None  # noqa: N815 (wire)


class Finding(Struct, frozen=True):
    """An advisory and the versions that were asked for and that it is about."""

    id: int
    """A number: pnpm drops what has another id."""
    name: NormalName
    versions: tuple[str, ...]
    url: str
    title: str
    severity: Severity
    range: str
    """The affected versions."""
    patched: str = ""
    """The versions in which it is mended; empty if there is none."""
    cwe: tuple[str, ...] = ()
    cvss: Cvss = Cvss()
    aliases: tuple[str, ...] = ()
    """Names of the same advisory elsewhere, CVE and GHSA."""
    overview: str = ""
    recommendation: str = ""


Findings = Callable[[View, Sequence[tuple[PackageKey, Sequence[str]]]], Awaitable[Sequence[Finding]]]
"""Looks up what is known of some versions; those of nobody's concern are left out."""


class BulkAdvisory(Struct, frozen=True):
    """An advisory as the bulk form has it."""

    id: int
    url: str
    title: str
    severity: Severity
    vulnerable_versions: str
    cwe: tuple[str, ...]
    cvss: Cvss


class TreeFinding(Struct, frozen=True):
    """Where in a tree an affected version stands."""

    version: str
    paths: list[str]


class TreeAdvisory(Struct, frozen=True):
    """An advisory as the old form has it."""

    id: int
    title: str
    module_name: str
    severity: Severity
    vulnerable_versions: str
    patched_versions: str
    findings: list[TreeFinding]
    url: str
    cves: tuple[str, ...]
    cwe: tuple[str, ...]
    cvss: Cvss
    overview: str
    recommendation: str
    github_advisory_id: str
    access: str = "public"


class Resolved(Struct, frozen=True):
    """One place in the tree that an action is about."""

    id: int
    path: str
    dev: bool
    optional: bool
    bundled: bool


class Action(Struct, frozen=True):
    """What is to be done about one package; which version would mend it is left to the reader."""

    module: str
    resolves: list[Resolved]
    action: str = "review"


class TreeMetadata(Struct, frozen=True):
    """The numbers of an answer."""

    vulnerabilities: dict[Severity, int]
    dependencies: int
    devDependencies: int  # noqa: N815 (wire)
    optionalDependencies: int  # noqa: N815 (wire)
    totalDependencies: int  # noqa: N815 (wire)


class TreeAnswer(Struct, frozen=True):
    """The answer to a tree."""

    actions: list[Action]
    advisories: dict[str, TreeAdvisory]
    metadata: TreeMetadata
    muted: tuple[str, ...] = ()


_decode_bulk = msgspec.json.Decoder(dict[str, list[str]]).decode


def read_bulk(body: bytes) -> dict[NormalName, tuple[str, ...]]:
    """Read `{name: [versions]}`; raise Invalid or TooLarge. What can be no package's name is nobody's, and left out."""
    try:
        asked = _decode_bulk(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(f"the audit cannot be read: {error}", 'send {"name": ["version"]}') from error
    if max(len(asked), sum(map(len, asked.values()))) > MAX_VERSIONS:
        raise TooLarge(f"an audit may ask for {MAX_VERSIONS} versions")
    return collect((name, version) for name, versions in asked.items() for version in versions)


def collect(pairs: Iterable[tuple[str, str]]) -> dict[NormalName, tuple[str, ...]]:
    """Put versions together by package, each once; leave out what can be neither a name nor a version."""
    names: dict[str, NormalName | None] = {}
    found: dict[NormalName, dict[str, None]] = {}
    for raw, version in pairs:
        if raw not in names:
            names[raw] = _name(raw)
        name = names[raw]
        if name is not None and 0 < len(version) <= MAX_LENGTH:
            found.setdefault(name, {})[version] = None
    return {name: tuple(versions) for name, versions in found.items()}


def bulk_answer(asked: Asked, findings: Sequence[Finding]) -> dict[NormalName, list[BulkAdvisory]]:
    """Answer with the advisories by package; packages without any are left out."""
    answer: dict[NormalName, list[BulkAdvisory]] = {}
    for each in relevant(asked, findings):
        answer.setdefault(each.name, []).append(
            BulkAdvisory(each.id, each.url, each.title, each.severity, each.range, each.cwe, each.cvss)
        )
    return answer


def relevant(asked: Asked, findings: Sequence[Finding]) -> list[Finding]:
    """Keep of the findings what was asked for, each once, in the order of the question."""
    by_name: dict[NormalName, dict[int, Finding]] = {name: {} for name in asked}
    known = {each.name: frozenset(asked.get(each.name, ())) for each in findings}
    for each in findings:
        versions = tuple(version for version in dict.fromkeys(each.versions) if version in known[each.name])
        if versions:
            by_name[each.name].setdefault(each.id, msgspec.structs.replace(each, versions=versions))
    return [each for of_one in by_name.values() for each in of_one.values()]


def asked_by(tree: Tree) -> dict[NormalName, tuple[str, ...]]:
    """List what a tree holds, as the bulk form would ask for it."""
    return collect((node.name, node.version) for node in tree.nodes)


def tree_answer(tree: Tree, findings: Sequence[Finding]) -> TreeAnswer:
    """Answer with what was found, where in the tree it stands, and the numbers that are printed."""
    concerned = relevant(asked_by(tree), findings)
    places: dict[tuple[str, str], list[int]] = {}
    wanted = {(each.name, version) for each in concerned for version in each.versions}
    for at, node in enumerate(tree.nodes):
        if (node.name, node.version) in wanted:
            places.setdefault((node.name, node.version), []).append(at)
    counts = Counter[Severity]()
    writer = _Writer(tree, places)
    for each in concerned:
        counts[each.severity] += writer.add(each)
    numbers = TreeMetadata(
        {severity: counts[severity] for severity in SEVERITIES},
        dependencies=sum(not node.dev and not node.optional for node in tree.nodes),
        devDependencies=sum(node.dev for node in tree.nodes),
        optionalDependencies=sum(node.optional for node in tree.nodes),
        totalDependencies=len(tree.nodes),
    )
    return TreeAnswer([Action(name, resolves) for name, resolves in writer.actions.items()], writer.advisories, numbers)


class _Writer:
    """Writes advisories and actions; names no further places when there are very many, but counts them all."""

    def __init__(self, tree: Tree, places: Mapping[tuple[str, str], Sequence[int]]) -> None:
        self.advisories: dict[str, TreeAdvisory] = {}
        self.actions: dict[str, list[Resolved]] = {}
        self._tree = tree
        self._places = places
        self._left = _MAX_PATHS_CHARACTERS

    def add(self, finding: Finding) -> int:
        """Write one advisory, and tell in how many places it is."""
        places = {version: self._places[finding.name, version] for version in finding.versions}
        found = [TreeFinding(version, self._paths(finding, at)) for version, at in places.items()]
        self.advisories[str(finding.id)] = _advisory(finding, found)
        return sum(map(len, places.values()))

    def _paths(self, finding: Finding, places: Sequence[int]) -> list[str]:
        resolves = self.actions.setdefault(finding.name, [])
        paths: list[str] = []
        for at in places:
            node = self._tree.nodes[at]
            if self._left > 0:
                path = self._tree.path(at)
            elif paths:
                break
            else:
                # Clients take it for granted that there is a path.
                path = node.name
            self._left -= len(path)
            paths.append(path)
            resolves.append(Resolved(finding.id, path, node.dev, node.optional, node.bundled))
        return paths


def _advisory(finding: Finding, found: list[TreeFinding]) -> TreeAdvisory:
    return TreeAdvisory(
        id=finding.id,
        title=finding.title,
        module_name=finding.name,
        severity=finding.severity,
        vulnerable_versions=finding.range,
        patched_versions=finding.patched or _NO_PATCH,
        findings=found,
        url=finding.url,
        cves=tuple(alias for alias in finding.aliases if alias.startswith("CVE-")),
        cwe=finding.cwe,
        cvss=finding.cvss,
        overview=finding.overview,
        recommendation=finding.recommendation,
        github_advisory_id=next((alias for alias in finding.aliases if alias.startswith("GHSA-")), ""),
    )


def _name(raw: str) -> NormalName | None:
    try:
        return parse_name(raw)
    except Invalid:
        return None
