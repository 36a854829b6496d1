"""Who wants to know at once that a package has changed."""

from collections.abc import Callable

from packhouse.domain.package import PackageKey


class Notices:
    """Tells caches of ready answers to forget a package."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[PackageKey], None]] = []

    def subscribe(self, listener: Callable[[PackageKey], None]) -> None:
        """Call the listener at every change from now on."""
        self._listeners.append(listener)

    def changed(self, key: PackageKey) -> None:
        """Say that a package's answers are no longer what they were."""
        for listener in self._listeners:
            listener(key)
