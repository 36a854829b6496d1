"""Where an upstream's documents and files may be: its own host and those that the operator added."""

import msgspec

from packhouse.adapters.upstream.targets import Target, follow_location, parse_place, parse_target
from packhouse.domain.errors import ConfigError, UpstreamBad
from packhouse.domain.upstream import UpstreamRegistry

Place = tuple[str, int]


class Places:
    """The hosts of one upstream."""

    def __init__(self, registry: UpstreamRegistry, redirect_hosts: tuple[str, ...] = ()) -> None:
        """Read the addresses; raise ConfigError for one that is wrong."""
        self._name = registry.name
        try:
            self.base = parse_target(registry.url)
            services = {name: parse_target(url) for name, url in registry.urls.items()}
            further = [parse_place(text) for text in (*registry.extra_hosts, *redirect_hosts)]
        except ValueError as error:
            hint = "correct its url, urls and extra_hosts"
            raise ConfigError(f"the upstream {registry.name} has {error}", hint) from None
        self._own = {(self.base.host, self.base.port)}
        if self.base.scheme == "http" and self.base.port == 80:
            self._own.add((self.base.host, 443))
        self.services = {"": self.base, **services}
        """The addresses of its services by name; the empty name is its base."""
        self._further: set[Place] = {(target.host, target.port) for target in services.values()}
        for host, port in further:
            self._further |= {(host, port)} if port else {(host, 80), (host, 443)}

    def enter(self, url: str) -> Target:
        """Check the address of a document or file; raise UpstreamBad if it is not on an allowed host."""
        try:
            target = parse_target(url)
        except ValueError as error:
            raise UpstreamBad(f"the upstream {self._name} names {error}", "nothing was fetched") from None
        return self._check(self._secured(target), "names a file on")

    def follow(self, current: Target, location: str) -> Target:
        """Check the next address of a redirect; raise UpstreamBad if it may not be followed."""
        try:
            target = follow_location(current, location)
        except ValueError as error:
            raise UpstreamBad(f"{current.place} redirects to {error}", "nothing was fetched") from None
        return self._check(target, "redirects to")

    def is_own(self, target: Target) -> bool:
        """Tell whether credentials of the upstream may be sent there."""
        return target.scheme == self.base.scheme and (target.host, target.port) == (self.base.host, self.base.port)

    def _secured(self, target: Target) -> Target:
        """Ask over TLS for files that an upstream behind TLS still names with http://."""
        if self.base.scheme == "https" and (target.scheme, target.host, target.port) == ("http", self.base.host, 80):
            url = f"https://{self.base.place}{target.url.removeprefix(f'http://{target.place}')}"
            return msgspec.structs.replace(target, url=url, scheme="https", port=self.base.port)
        return target

    def _check(self, target: Target, how: str) -> Target:
        place = (target.host, target.port)
        if place not in self._own and place not in self._further:
            message = f"the upstream {self._name} {how} {target.place}, which is not one of its hosts"
            raise UpstreamBad(message, f"if it should be, add {target.place} to extra_hosts of the upstream")
        if self.base.scheme == "https" and target.scheme != "https":
            message = f"the upstream {self._name} {how} {target.place} without TLS"
            raise UpstreamBad(message, "an upstream with an https address is never asked over plain http")
        return target
