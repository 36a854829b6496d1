"""The order in which the client takes names and paths: that of its language's collator for English.

Characters compare first without regard to case; only where that leaves two texts equal, small letters go first.
"""

from functools import lru_cache

_ORDER = " _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789abcdefghijklmnopqrstuvwxyz"
_PRIMARY = {ord(character): place for place, character in enumerate(_ORDER)}
_PRIMARY |= {ord(character.upper()): _PRIMARY[ord(character)] for character in _ORDER if character.isalpha()}
_CASE = {code: int(chr(code).isupper()) for code in range(128)}


@lru_cache(maxsize=65_536)
def sort_key(text: str) -> tuple[str, str]:
    """Make the key that sorts names and paths as `localeCompare` does; what is not ASCII goes last."""
    return text.translate(_PRIMARY), text.translate(_CASE) if text != text.lower() else ""
