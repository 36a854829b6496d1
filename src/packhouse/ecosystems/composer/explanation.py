"""Why nothing fits, in sentences, from the clauses that cannot hold together."""

from collections.abc import Iterator, Sequence

import msgspec

from packhouse.domain.graph import Edge, Graph, Node
from packhouse.ecosystems.composer.platform import is_platform
from packhouse.ecosystems.composer.pool import Loading, document_key
from packhouse.ecosystems.composer.project import NAMELESS, Project
from packhouse.ecosystems.composer.statements import Excludes, OneOf, Requires
from packhouse.resolver.clauses import Clause

_MAX_SENTENCES = 24
_MAX_LISTED = 6


def explain_release(clauses: Sequence[Clause], project: Project, loading: Loading, root: tuple[str, str]) -> Graph:
    """Draw the way from a release to the one whose requirement nothing meets, or the release alone, with the error."""
    name, version = root
    inner = [each for each in clauses if not (isinstance(each.cause, Requires) and each.cause.owner is None)]
    message = _Explanation(project, loading).tell(inner or clauses)
    causes = [each.cause for each in clauses if isinstance(each.cause, Requires)]
    way = _way(causes, name)
    if len(way) < 2:
        return Graph((Node(document_key(name), version, errors=(message,)),), (), message)
    nodes = [Node(document_key(cause.owner.name), cause.owner.pretty) for cause in way if cause.owner is not None]
    last = way[-1].link
    nodes[-1] = msgspec.structs.replace(nodes[-1], errors=(f"nothing meets {last.target} {last.text}",))
    edges = tuple(Edge(number, number + 1, cause.link.text) for number, cause in enumerate(way[:-1]))
    return Graph(tuple(nodes), edges, message)


def _way(causes: Sequence[Requires], name: str) -> list[Requires]:
    """Find how a release leads to a requirement that nothing meets: one cause after the other."""
    dead = next((each for each in causes if each.owner is not None and not each.providers), None)
    way: list[Requires] = []
    while dead is not None and dead not in way:
        way.insert(0, dead)
        owner = dead.owner
        if owner is not None and owner.name == name:
            return way
        dead = next((each for each in causes if owner in each.providers and each.owner is not None), None)
    return []


def explain(clauses: Sequence[Clause], project: Project, loading: Loading) -> str:
    """Tell why the requirements cannot be met together."""
    return _Explanation(project, loading).tell(clauses)


class _Explanation:
    def __init__(self, project: Project, loading: Loading) -> None:
        self._project = project
        self._loading = loading

    def tell(self, clauses: Sequence[Clause]) -> str:
        """Tell it, what the project requires first."""
        grouped: dict[str, list[str]] = {}
        for asked in (True, False):
            for clause in clauses:
                for sentence, owner in self._sentences(clause, asked=asked):
                    owners = grouped.setdefault(sentence, [])
                    if owner not in owners:
                        owners.append(owner)
        told = [sentence.replace("{}", _listed(owners)) for sentence, owners in grouped.items()]
        if len(told) > _MAX_SENTENCES:
            told = [*told[:_MAX_SENTENCES], f"and {len(told) - _MAX_SENTENCES} more such reasons"]
        if len(told) == 1:
            return told[0]
        return " ".join(f"({number}) {_begun(sentence)}." for number, sentence in enumerate(told, 1))

    def _sentences(self, clause: Clause, *, asked: bool) -> Iterator[tuple[str, str]]:
        match clause.cause:
            case Requires() as cause if (cause.owner is None) == asked:
                who = self._name() if cause.owner is None else str(cause.owner)
                yield f"{{}} requires {cause.link.target} {cause.link.text}{self._met(cause)}", who
            case Excludes() as cause if not asked:
                said = f"{cause.link.target} {cause.link.text}"
                yield f"{{}} conflicts with {said}, so that {cause.other} cannot be had", str(cause.owner)
            case OneOf() as cause if not asked:
                yield f"only one version of {cause.name}, or of what replaces it, can be had", ""
            case _:
                pass

    def _name(self) -> str:
        name = self._project.root.name
        return "the project" if name == NAMELESS else name

    def _met(self, cause: Requires) -> str:
        """Say what would meet a requirement, or why nothing does."""
        link = cause.link
        if cause.providers:
            return f", which {_listed([str(each) for each in cause.providers])} would meet"
        if is_platform(link.target):
            there = self._project.environment.packages.get(link.target)
            return f", but here is {link.target} {there}" if there else f", but {link.target} is not here"
        return f", but {self._loading.lack(link.target, link.constraint)}"


def _begun(sentence: str) -> str:
    """Begin a sentence with a capital, unless that is the name of a package."""
    return sentence if "/" in sentence.partition(" ")[0] else f"{sentence[0].upper()}{sentence[1:]}"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_MAX_LISTED])
    return f"{shown} and {len(names) - _MAX_LISTED} more" if len(names) > _MAX_LISTED else shown
