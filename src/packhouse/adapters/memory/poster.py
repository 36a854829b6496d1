"""Messages that go nowhere, for tests."""

import asyncio
from collections.abc import Mapping, Sequence

from packhouse.domain.errors import Invalid, UpstreamDown


class MemoryPoster:
    """Remembers what was sent; answers by endpoint with one status after the other, the last one for ever."""

    def __init__(self, answers: Mapping[str, Sequence[int]] | None = None) -> None:
        """Take the statuses; 0 is an endpoint that cannot be reached, and one without any answers 200."""
        self._answers = {endpoint: list(statuses) for endpoint, statuses in (answers or {}).items()}
        self.sent: list[tuple[str, bytes, dict[str, str]]] = []
        """Endpoint, body and headers of each message."""
        self.arrived = asyncio.Event()
        """Set with the first message."""
        self.most_at_once = 0
        self._now = 0

    def check(self, endpoint: str) -> None:
        """Raise Invalid for what is no address."""
        if not endpoint.startswith("https://"):
            raise Invalid("the endpoint is no address")

    async def post(self, endpoint: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Remember a message; raise UpstreamDown if that is the answer."""
        self.sent.append((endpoint, body, dict(headers)))
        self.arrived.set()
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        try:
            await asyncio.sleep(0)
        finally:
            self._now -= 1
        answers = self._answers.get(endpoint, [200])
        status = answers.pop(0) if len(answers) > 1 else answers[0]
        if not status:
            raise UpstreamDown("it cannot be reached")
        return status
