"""What becomes of a scope on the way, and where ways meet (maven-resolver-util, JavaScopeDeriver and -Selector)."""

from collections.abc import Iterable

_ORDER = ("compile", "runtime", "provided", "test")


class JavaScopes:
    """The rules of Maven's scopes."""

    def derive(self, parent: str | None, child: str) -> str:
        """Return the scope that a child has below a parent."""
        if child in {"system", "test"} or parent in {None, "", "compile"}:
            return child
        if parent in {"test", "runtime"}:
            return parent or ""
        return "provided" if parent in {"system", "provided"} else "runtime"

    def choose(self, declared: str, nearest: Iterable[tuple[int, str, Iterable[str]]]) -> str:
        """Let a direct requirement decide, else the widest scope of all ways."""
        if declared == "system":
            return declared
        scopes: set[str] = set()
        for depth, own, derived in nearest:
            if depth <= 1:
                return own
            scopes.update(derived)
        if len(scopes) > 1:
            scopes.discard("system")
        if len(scopes) == 1:
            return next(iter(scopes))
        return next((scope for scope in _ORDER if scope in scopes), "")
