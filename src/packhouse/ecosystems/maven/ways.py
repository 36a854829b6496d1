"""Put the ways together to a graph of visits, and reduce it."""

from collections.abc import Callable

from packhouse.domain.errors import TooHard
from packhouse.ecosystems.maven.collecting import Collector, Expansion, Place, Step
from packhouse.ecosystems.maven.scopes import JavaScopes
from packhouse.ecosystems.maven.wishes import Thing
from packhouse.resolver.nearest import MAX_DEPTH, Reduction, Visit
from packhouse.resolver.turns import number_things, order_things

_MOST = 2_000_000


def reduce_ways(root: Visit, is_cancelled: Callable[[], bool] = lambda: False) -> None:
    """Reduce a graph to the tree in which everything stands once; raise Conflict, TooHard."""
    number_things(root)
    order, circles = order_things(root)
    Reduction(root, JavaScopes(), is_cancelled).reduce(order, circles)


class Weaver:
    """Weaves the graph of all ways."""

    def __init__(self, collector: Collector) -> None:
        self._collector = collector
        self.woven: dict[Place, list[Visit]] = {}
        """What is led to, less what is only behind something that is on the way already."""
        self._open: dict[Thing, list[list[Visit]]] = {}
        self._count = 0

    def weave(self) -> Visit:
        """Make the graph, requirements in the order of the POMs."""
        root = Visit(None, None)
        self._fill(root.children, self._collector.root or Expansion(()), 1)
        return root

    def _fill(self, children: list[Visit], expansion: Expansion, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise TooHard("the ways through this project are too long")
        for step in expansion.steps:
            circle = self._circle(step)
            visit = _visit(step if circle is None else circle[0])
            children.append(visit)
            if circle is not None:
                visit.children = circle[1]
            elif step.behind is not None:
                self._follow(visit, step.behind, depth)

    def _circle(self, step: Step) -> tuple[Step, list[Visit]] | None:
        """Find what is on the way already: then it leads there, and nothing behind it is looked at again."""
        earlier = step.earlier and self._circle(step.earlier)
        if earlier:
            return earlier
        entered = self._open.get(step.wish.thing)
        return (step, entered[-1]) if entered else None

    def _follow(self, visit: Visit, place: Place, depth: int) -> None:
        known = self.woven.get(place)
        if known is not None:
            visit.children = known
            return
        self._count += 1
        if self._count > _MOST:
            raise TooHard("too many ways lead through this project")
        self.woven[place] = visit.children
        entered = self._open.setdefault(place.thing, [])
        entered.append(visit.children)
        self._fill(visit.children, self._collector.expansions[place], depth + 1)
        entered.pop()


def _visit(step: Step) -> Visit:
    wish = step.wish
    return Visit(
        wish.thing,
        step.order,
        wish.scope,
        optional=bool(wish.optional),
        constraint=step.allowed,
        aliases=tuple(each.thing for each in step.moved_from),
        is_managed_scope=step.is_managed_scope,
        is_managed_optional=step.is_managed_optional,
        payload=step,
    )
