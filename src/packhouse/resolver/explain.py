"""Sentences about requirements that are not met."""

from packhouse.resolver.tree import Edge, Place

_KINDS = {
    "runtime": "",
    "dev": " for development",
    "peer": " as its peer",
    "peer-optional": " as an optional peer",
    "optional": " as an option",
    "build": " to be built",
}


def title(place: Place) -> str:
    """Name a place by its release, as in `react@18.2.0`."""
    if place.source is not None:
        return title(place.source)
    version = place.candidate.version
    name = place.candidate.package or place.name
    if place.is_project:
        return f"the project {name}" if name else "the project"
    return f"{name}@{version}" if version else place.name


def explain_edge(edge: Edge) -> str:
    """Say what an edge asks for and who asks."""
    return f"{title(edge.origin)} wants {edge.name}@{edge.want.text or '*'}{_KINDS[edge.declared.kind]}"


def explain_conflict(edge: Edge, current: Place | None) -> str:
    """Say why an edge cannot be met, and who holds what is in the way."""
    sentence = explain_edge(edge)
    if current is None or edge.accepts(current):
        return f"{sentence}, which cannot be placed together with what else is wanted"
    holders = [each for each in current.edges_in if each is not edge and each.valid] or list(current.edges_in)
    held = f" because {explain_edge(holders[0])}" if holders and holders[0] is not edge else ""
    return f"{sentence}, but {title(current)} is there{held}"
