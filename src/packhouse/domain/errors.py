"""Every error that Packhouse raises on purpose.

PackhouseError
├── Invalid                 what the caller sent has the wrong form
├── NotFound                no such package, release, file, document or route
│   └── Expired             it was an offer that has ended
├── NotTold                 the registry does not tell such a thing about its packages
├── NotAllowed              the route exists, the method does not
├── NotSignedIn             it takes a user, and nobody or an invalid credential asked
│   └── OtpWanted           it takes a one-time password as well
├── NotPermitted            who asks, or the token in use, may not do that
├── TooOften                so many attempts that the next has to wait
├── Conflict                somebody else was faster, or it is there already
├── Refused                 a policy says no
├── TooLarge                what the caller sent is over a limit
├── Unresolvable            the requirements cannot be met together
│   └── TooHard             whether they can was not found out in the steps allowed
├── UpstreamError           another registry is to blame
│   ├── UpstreamDown        it cannot be reached, is too slow, answers 5xx or asks us to wait
│   ├── UpstreamBad         it answered, and the answer is not to be trusted
│   ├── UpstreamDenied      it refuses our credentials
│   └── UpstreamOff         it is switched off here, and what was asked for is not in the cache
├── StorageError            our own disk or database is to blame
│   ├── StorageFull         no space left
│   └── StorageDamaged      what was read is not what was written
└── ConfigError             a setting, flag or file of the operator is wrong
"""


class PackhouseError(Exception):
    """The root of the tree; `hint` says what to do, and may be empty."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class Invalid(PackhouseError):
    """What the caller sent has the wrong form."""


class NotFound(PackhouseError):
    """No such package, release, file, document or route."""


class Expired(NotFound):
    """It was an offer that has ended."""


class NotTold(PackhouseError):
    """The registry does not tell such a thing about its packages."""


class NotAllowed(PackhouseError):
    """The route exists, the method does not."""

    def __init__(self, message: str, hint: str = "", methods: tuple[str, ...] = ()) -> None:
        """Take also the methods that the route has."""
        super().__init__(message, hint)
        self.methods = methods


class NotSignedIn(PackhouseError):
    """It takes a user, and nobody or an invalid credential asked."""

    def __init__(self, message: str, hint: str = "", page: str = "") -> None:
        """Take also the address where a person gets what it takes."""
        super().__init__(message, hint)
        self.page = page


class OtpWanted(NotSignedIn):
    """It takes a one-time password as well."""

    def __init__(self, message: str, hint: str = "", page: str = "", poll: str = "") -> None:
        """Take also the addresses where a person can enter it and where a program gets it then."""
        super().__init__(message, hint, page)
        self.poll = poll


class NotPermitted(PackhouseError):
    """Who asks, or the token in use, may not do that."""


class TooOften(PackhouseError):
    """So many attempts that the next has to wait."""

    def __init__(self, message: str, hint: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(message, hint)
        self.retry_after_s = retry_after_s


class Conflict(PackhouseError):
    """Somebody else was faster, or it is there already."""


class Refused(PackhouseError):
    """A policy says no."""


class TooLarge(PackhouseError):
    """What the caller sent is over a limit."""


class Unresolvable(PackhouseError):
    """The requirements cannot be met together."""


class TooHard(Unresolvable):
    """Whether they can was not found out in the steps allowed."""


class UpstreamError(PackhouseError):
    """Another registry is to blame."""


class UpstreamDown(UpstreamError):
    """It cannot be reached, is too slow, answers 5xx or asks us to wait."""

    def __init__(self, message: str, hint: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(message, hint)
        self.retry_after_s = retry_after_s


class UpstreamBad(UpstreamError):
    """It answered, and the answer is not to be trusted."""


class UpstreamDenied(UpstreamError):
    """It refuses our credentials."""


class UpstreamOff(UpstreamError):
    """It is switched off here, and what was asked for is not in the cache."""


class StorageError(PackhouseError):
    """Our own disk or database is to blame."""


class StorageFull(StorageError):
    """No space left."""


class StorageDamaged(StorageError):
    """What was read is not what was written."""


class ConfigError(PackhouseError):
    """A setting, flag or file of the operator is wrong."""
