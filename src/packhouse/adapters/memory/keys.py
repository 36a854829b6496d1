"""Keys of issuers in a dictionary, for tests."""

from collections.abc import Mapping

from packhouse.domain.errors import UpstreamDown
from packhouse.domain.trust import Issuer


class MemoryKeys:
    """Gives the bodies that it was made with, by the address of the keys, and counts the questions."""

    def __init__(self, bodies: Mapping[str, bytes]) -> None:
        self.bodies = dict(bodies)
        self.asked: list[str] = []

    async def fetch_keys(self, issuer: Issuer) -> bytes:
        """Return the issuer's JWK Set; raise UpstreamDown if there is none."""
        self.asked.append(issuer.keys_url)
        try:
            return self.bodies[issuer.keys_url]
        except KeyError:
            raise UpstreamDown(f"the issuer {issuer.name} does not answer") from None
