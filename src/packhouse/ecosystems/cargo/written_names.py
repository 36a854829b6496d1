"""Names in a manifest of who publishes: stricter than what is read of registries, in the public registry's words."""

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.cargo.names import MAX_LENGTH

_SHOWN = 120


def check_crate_name(what: str, name: str) -> None:
    """Raise Invalid unless a crate can be published under a name; `what` is crate or dependency."""
    _check_length(what, name)
    if not name:
        raise Invalid(f"{what} name cannot be empty")
    _check_digit(what, name)
    if not (name[0].isascii() and name[0].isalpha()):
        first = f"invalid character `{_shown(name[0])}` in {what} name: `{_shown(name)}`"
        raise Invalid(f"{first}, the first character must be an ASCII character")
    _check_rest(what, name)


def check_dependency_name(name: str) -> None:
    """Raise Invalid unless a manifest can call a dependency by a name."""
    what = "dependency"
    _check_length(what, name)
    if not name:
        raise Invalid("dependency name cannot be empty")
    _check_digit(what, name)
    if not (name[0].isascii() and (name[0].isalpha() or name[0] == "_")):
        first = f"invalid character `{_shown(name[0])}` in dependency name: `{_shown(name)}`"
        raise Invalid(f"{first}, the first character must be an ASCII character, or `_`")
    _check_rest(what, name)


def check_feature_name(name: str) -> None:
    """Raise Invalid unless a feature can have a name."""
    if not name:
        raise Invalid("feature cannot be empty")
    first = name[0]
    if not (first.isidentifier() or (first.isascii() and first.isdigit())):
        raise Invalid(
            f"invalid character `{_shown(first)}` in feature `{_shown(name)}`, the first character must be a Unicode"
            " XID start character or digit (most letters or `_` or `0` to `9`)"
        )
    wrong = next((each for each in name if not (f"_{each}".isidentifier() or each in "+-.")), None)
    if wrong is not None:
        raise Invalid(
            f"invalid character `{_shown(wrong)}` in feature `{_shown(name)}`, characters must be Unicode XID"
            " characters, `+`, `-`, or `.` (numbers, `+`, `-`, `_`, `.`, or most letters)"
        )


def check_feature(text: str) -> None:
    """Raise Invalid unless a feature can switch this on: a feature, `dep:name`, `name/feature` or `name?/feature`."""
    dependency, slash, feature = text.partition("/")
    if slash:
        check_dependency_name(dependency.removesuffix("?"))
        check_feature_name(feature)
    elif text.startswith("dep:"):
        check_dependency_name(text.removeprefix("dep:"))
    else:
        check_feature_name(text)


def _check_length(what: str, name: str) -> None:
    if len(name) > MAX_LENGTH:
        raise Invalid(f"the {what} name `{_shown(name)}` is too long (max {MAX_LENGTH} characters)")


def _check_digit(what: str, name: str) -> None:
    if name[0].isascii() and name[0].isdigit():
        raise Invalid(f"the name `{_shown(name)}` cannot be used as a {what} name, the name cannot start with a digit")


def _check_rest(what: str, name: str) -> None:
    wrong = next((each for each in name if not (each.isascii() and (each.isalnum() or each in "-_"))), None)
    if wrong is not None:
        raise Invalid(
            f"invalid character `{_shown(wrong)}` in {what} name: `{_shown(name)}`, characters must be an ASCII"
            " alphanumeric characters, `-`, or `_`"
        )


def _shown(text: str) -> str:
    """Make a text safe to print on somebody's terminal."""
    return "".join(each if each.isprintable() else f"\\u{{{ord(each):x}}}" for each in text[:_SHOWN])
