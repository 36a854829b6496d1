"""Which files of a module's zip are its licences.

Source: the module reference, on module zip files: every path begins with `module@version/`.
"""

import re

_is_name = re.compile(
    r"(?:.*[-_.])?(?:un)?licen[cs]e(?:s)?(?:[-_.].*)?|copying(?:[-_.].*)?", re.IGNORECASE | re.ASCII
).fullmatch
_CODE = (".go", ".js", ".ts", ".py", ".sh", ".json", ".yaml", ".yml", ".tmpl", ".tpl", ".html", ".header")


def is_licence(path: str) -> bool:
    """Tell whether a file is a licence of the module as a whole: those in folders are of what it has taken over."""
    _, at, behind = path.rpartition("@")
    _, slash, name = behind.partition("/")
    return bool(at and slash) and "/" not in name and not name.endswith(_CODE) and _is_name(name) is not None
