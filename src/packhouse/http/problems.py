"""Errors as HTTP answers: the one table of statuses, and the shape that most doors share."""

from packhouse.domain.errors import (
    ConfigError,
    Conflict,
    Expired,
    Invalid,
    NotAllowed,
    NotFound,
    NotPermitted,
    NotSignedIn,
    NotTold,
    OtpWanted,
    PackhouseError,
    Refused,
    StorageDamaged,
    StorageError,
    StorageFull,
    TooHard,
    TooLarge,
    TooOften,
    Unresolvable,
    UpstreamBad,
    UpstreamDenied,
    UpstreamDown,
    UpstreamError,
    UpstreamOff,
)
from packhouse.http.answers import Answer, json_answer

STATUS: dict[type[PackhouseError], int] = {
    PackhouseError: 500,
    Invalid: 400,
    NotFound: 404,
    Expired: 410,
    NotTold: 501,
    NotAllowed: 405,
    NotSignedIn: 401,
    OtpWanted: 401,
    NotPermitted: 403,
    TooOften: 429,
    Conflict: 409,
    Refused: 403,
    TooLarge: 413,
    Unresolvable: 422,
    TooHard: 422,
    UpstreamError: 502,
    UpstreamDown: 503,
    UpstreamBad: 502,
    UpstreamDenied: 502,
    UpstreamOff: 503,
    StorageError: 500,
    StorageFull: 507,
    StorageDamaged: 500,
    ConfigError: 500,
}
"""An error without an entry of its own has that of the nearest class above it."""


def status_of(error: PackhouseError) -> int:
    """Look the status up along the error's classes."""
    return next(STATUS[cls] for cls in type(error).__mro__ if cls in STATUS)


def code_of(error: PackhouseError) -> str:
    """Name an error for programs: its class, in words joined by underscores."""
    name = type(error).__name__
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def error_headers(error: PackhouseError) -> tuple[tuple[bytes, bytes], ...]:
    """Say when to try again, where somebody said so, and what methods there are."""
    methods = getattr(error, "methods", ())
    if methods:
        # RFC 9110, 15.5.6: who answers 405 must say what is possible.
        return ((b"allow", ", ".join(methods).encode()),)
    retry_after_s = getattr(error, "retry_after_s", None)
    if isinstance(retry_after_s, float | int):
        return ((b"retry-after", str(max(1, round(retry_after_s))).encode()),)
    return ()


def problem(error: PackhouseError) -> Answer:
    """Answer with code, message and hint."""
    document = {"error": {"code": code_of(error), "message": error.message, "hint": error.hint}}
    answer = json_answer(document, status_of(error))
    return Answer(status=answer.status, body=answer.body, headers=error_headers(error))
