"""Circles among gems that need each other."""

from collections.abc import Iterator, Mapping, Sequence


def find_circle(graph: Mapping[str, Sequence[str]]) -> list[str]:
    """Find a way that ends where it began, the first name once more at its end; empty where there is none."""
    done: set[str] = set()
    for start in graph:
        if start in done:
            continue
        way: dict[str, Iterator[str]] = {start: iter(graph[start])}
        while way:
            name = next(reversed(way))
            following = next((each for each in way[name] if each not in done), None)
            if following is None:
                done.add(name)
                del way[name]
            elif following in way:
                names = list(way)
                return [*names[names.index(following) :], following]
            else:
                way[following] = iter(graph[following])
    return []
