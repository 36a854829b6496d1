"""Errors as codes of gRPC, which go into headers of HTTP answers too."""

from packhouse.domain.errors import (
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    NotPermitted,
    NotSignedIn,
    NotTold,
    PackhouseError,
    Refused,
    StorageError,
    TooLarge,
    TooOften,
    Unresolvable,
    UpstreamError,
)

CODES: dict[type[PackhouseError], int] = {
    PackhouseError: 13,
    Invalid: 3,
    NotFound: 5,
    NotTold: 12,
    NotAllowed: 12,
    NotSignedIn: 16,
    NotPermitted: 7,
    TooOften: 8,
    Conflict: 10,
    Refused: 7,
    TooLarge: 3,
    Unresolvable: 9,
    UpstreamError: 14,
    StorageError: 13,
}
"""Codes of google.rpc.Code; an error without an entry of its own has that of the nearest class above it."""


def code_of(error: PackhouseError) -> int:
    """Look the code up along the error's classes."""
    return next(CODES[cls] for cls in type(error).__mro__ if cls in CODES)
