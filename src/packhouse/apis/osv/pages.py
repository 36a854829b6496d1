"""Tokens of pages: they say after which record to go on, so that an import in between loses none."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NoBase64

from packhouse.domain.errors import Invalid

_MARK = "after:"
_MAX_CHARACTERS = 1_000


def write_token(last: str) -> str:
    """Make the token of the page behind a record; of the first page where it is empty."""
    return urlsafe_b64encode(f"{_MARK}{last}".encode()).decode()


def read_token(token: str) -> str:
    """Tell behind which record a page begins, empty for the first; raise Invalid."""
    if not token:
        return ""
    try:
        text = urlsafe_b64decode(token.encode()).decode() if len(token) <= _MAX_CHARACTERS else ""
    except (NoBase64, ValueError):
        text = ""
    if not text.startswith(_MARK):
        raise Invalid("Invalid page token.")
    return text.removeprefix(_MARK)
