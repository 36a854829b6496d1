"""Authors and maintainers, as objects or as `Name <email> (address)`."""

import re

from packhouse.domain.release import Person
from packhouse.ecosystems.npm.links import web_address

_parts = re.compile(r"(?P<name>[^<(]*)(?:<(?P<email>[^>]*)>)?\s*(?:\((?P<url>[^)]*)\))?").match
_MAX_LENGTH = 500
_MAX_PEOPLE = 100


def read_people(field: object) -> tuple[Person, ...]:
    """Read one person or a list of them; those who have neither name nor address are left out."""
    people = field if isinstance(field, list) else [field]
    return tuple(person for each in people[:_MAX_PEOPLE] if (person := _read_person(each)) is not None)


def _read_person(value: object) -> Person | None:
    if isinstance(value, str):
        match = _parts(value[:_MAX_LENGTH])
        value = match.groupdict() if match else None
    if not isinstance(value, dict):
        return None
    name, email = _text(value.get("name")), _text(value.get("email"))
    if name is None and email is None:
        return None
    return Person(name, email, web_address(value.get("url")))


def _text(value: object) -> str | None:
    return (value.strip() or None) if isinstance(value, str) else None
