"""One-time passwords that were shown a moment ago: a command is more than one request, and sends the same with each."""

import hashlib
from collections import OrderedDict

from packhouse.domain.package import Moment
from packhouse.services.ports import Clock

_COUNTS_MS = 90_000
"""As long as a password made at the first moment of its time could be shown (RFC 6238 section 5.2)."""
_REMEMBERED = 10_000


class ShownOtps:
    """Remembers what was shown by whom: with another credential or from elsewhere it does not count again."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._shown: OrderedDict[bytes, Moment] = OrderedDict()

    def remember(self, authorization: str, address: str, otp: str) -> None:
        """Let a password that was taken count for a while with the credential that it was sent with."""
        self._shown[_place(authorization, address, otp)] = Moment(self._clock() + _COUNTS_MS)
        while len(self._shown) > _REMEMBERED:
            self._shown.popitem(last=False)

    def knows(self, authorization: str, address: str, otp: str) -> bool:
        """Tell whether it was taken from them a moment ago."""
        until = self._shown.get(_place(authorization, address, otp))
        return until is not None and until > self._clock()


def _place(authorization: str, address: str, otp: str) -> bytes:
    text = f"{authorization}\0{address}\0{otp}"
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
