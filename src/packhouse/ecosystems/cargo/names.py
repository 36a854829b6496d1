"""Names of crates: which there can be, where the index has them, and how they stand in package URLs.

Index files are named in lower case, so that a name in lower case is the canonical one; `-` and `_` stay as they are
written, since the index has a crate under the spelling of its first release alone. That two spellings can never be
two crates is what `identity` is for.
"""

from collections.abc import Iterator
from itertools import chain, islice, product
from urllib.parse import quote

from packhouse.domain.errors import Invalid
from packhouse.domain.package import NormalName

MAX_LENGTH = 64

# Devices of Windows, crates that come with the compiler, and words that an `extern crate` could not name.
_RESERVED = (
    " aux con nul prn com0 com1 com2 com3 com4 com5 com6 com7 com8 com9"
    " lpt0 lpt1 lpt2 lpt3 lpt4 lpt5 lpt6 lpt7 lpt8 lpt9"
    " alloc arena ast builtins collections compiler_builtins compiler_rt compiletest core coretest debug driver"
    " flate"  # codespell:ignore flate
    " fmt_macros grammar graphviz macro macros proc_macro rbml rust_installer rustbook rustc rustc_back rustc_borrowck"
    " rustc_driver rustc_llvm rustc_resolve rustc_trans rustc_typeck rustdoc rustllvm rustuv serialize std syntax test"
    " unicode "
)


def parse_name(raw: str) -> NormalName:
    """Make a name canonical: in lower case, with the separators that were written; raise Invalid if it is none."""
    if len(raw) > MAX_LENGTH:
        raise Invalid(f"{raw[:MAX_LENGTH]!r}... is no crate name: it is longer than {MAX_LENGTH} characters")
    # Wider than what the public registry accepts today: private ones let a name begin with an underscore.
    if not raw.isascii() or raw.startswith("-") or not raw.replace("-", "_").isidentifier():
        hint = "a name begins with a letter and has letters, digits, - and _"
        raise Invalid(f"{raw!r} is no crate name", hint)
    return NormalName(raw.lower())


def identity(name: str) -> str:
    """Give what two names share that no registry lets two crates have."""
    return name.lower().replace("-", "_")


def is_reserved(name: str) -> bool:
    """Tell whether nobody may publish under a name: it is a device of Windows, or comes with the compiler."""
    return f" {identity(name)} " in _RESERVED


def spellings(name: NormalName) -> Iterator[NormalName]:
    """Yield what else cargo asks for where a name is not found: all separators as `_`, and all as `-`."""
    for separator in "_-":
        other = name.replace("-", separator).replace("_", separator)
        if other != name:
            yield NormalName(other)


def all_spellings(name: NormalName, most: int = 16) -> list[NormalName]:
    """List the other spellings of a name: first those that cargo tries, then as many more as there may be."""
    parts = name.replace("_", "-").split("-")
    found = dict.fromkeys(spellings(name))
    for chosen in islice(product("_-", repeat=len(parts) - 1), 4 * most):
        found[NormalName("".join(chain.from_iterable(zip(parts, (*chosen, ""), strict=True))))] = None
    found.pop(name, None)
    return list(found)[:most]


def prefix(name: str) -> str:
    """Give the folder that holds the index file of a name."""
    if len(name) <= 2:
        return str(len(name))
    if len(name) == 3:
        return f"3/{name[0]}"
    return f"{name[:2]}/{name[2:4]}"


def index_path(name: NormalName) -> str:
    """Give the path of an index file."""
    return f"{prefix(name)}/{name}"


def to_purl(name: str, version: str = "") -> str:
    """Write the package URL; raise Invalid if the name is none."""
    purl = f"pkg:cargo/{_checked(name)}"
    return f"{purl}@{quote(version, safe=':')}" if version else purl


def purl_name(namespace: str, name: str) -> NormalName:
    """Make the name that a package URL means; raise Invalid where it has a namespace."""
    if namespace:
        raise Invalid("the package URL of a crate has no namespace", "write pkg:cargo/name@version")
    return parse_name(name)


def _checked(name: str) -> str:
    parse_name(name)
    return name
