"""Scores of CVSS vectors, by FIRST's tables as the `cvss` library has them."""

from functools import lru_cache

_LARGEST_CHARACTERS = 500
_PREFIXES = {"CVSS:4": "CVSS4", "CVSS:3": "CVSS3"}


@lru_cache(maxsize=4096)
def base_score(vector: str) -> float | None:
    """Score a vector of version 2, 3.0, 3.1 or 4.0 from 0 to 10; None for a text that is no vector."""
    import cvss  # noqa: PLC0415 (start-up time)
    from cvss.exceptions import CVSSError  # noqa: PLC0415

    if len(vector) > _LARGEST_CHARACTERS:
        return None
    kind = getattr(cvss, _PREFIXES.get(vector[:6], "CVSS2"))
    try:
        return float(kind(vector.strip("()")).base_score)
    except CVSSError:
        return None
