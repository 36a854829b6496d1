"""The lines of a requirements file, as pip reads them: continued lines, comments, options, other files."""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.pypi.wanted import Wanted, read_wanted

_MOST_FILES = 100
_comment = re.compile(r"(?:^|\s+)#.*$")
_own_option = re.compile(r"\s--(?:hash|config-settings?|global-option|install-option)[= ].*$")
_option = re.compile(r"(--?[A-Za-z-]+)(?:[= ]\s*(.*))?")
_QUIET = frozenset(
    {
        "-i", "--index-url", "--extra-index-url", "--trusted-host", "--require-hashes", "--use-feature",
        "--prefer-binary",
    }
)  # fmt: skip
"""Options that say where files come from, or which of one release: here it is the view that says so."""


class Lines:
    """What was read so far."""

    def __init__(self) -> None:
        self.wanted: list[Wanted] = []
        self.constraints: list[Wanted] = []
        self.notes: list[str] = []
        self.allows_prereleases = False
        self.files: set[tuple[str, bool]] = set()


def read_lines(name: str, texts: Mapping[str, str], lines: Lines, *, is_limit: bool = False) -> None:
    """Read a file, and those that it names; raise Invalid for a line that is none."""
    if (name, is_limit) in lines.files or len(lines.files) > _MOST_FILES:
        return
    lines.files.add((name, is_limit))
    for line in _joined(texts[name]):
        if line.startswith("-"):
            _read_option(line, name, texts, lines, is_limit=is_limit)
        elif _is_elsewhere(line):
            lines.notes.append(f"{line} is not taken from an index")
        else:
            try:
                wanted = read_wanted(_own_option.sub("", line).strip())
            except Invalid as invalid:
                raise Invalid(f"{name}: {invalid.message}", invalid.hint) from invalid
            (lines.constraints if is_limit else lines.wanted).append(wanted)


def _read_option(line: str, name: str, texts: Mapping[str, str], lines: Lines, *, is_limit: bool) -> None:
    found = _option.fullmatch(line)
    option, value = (found[1], (found[2] or "").strip()) if found else (line, "")
    if line[:2] in {"-r", "-c"} and not line.startswith("--"):
        option, value = line[:2], line[2:].strip(" =")
    if option in {"-r", "--requirement", "-c", "--constraint"}:
        other = str(PurePosixPath(value).name)
        if other in texts:
            read_lines(other, texts, lines, is_limit=is_limit or option in {"-c", "--constraint"})
        else:
            lines.notes.append(f"{name} names {value}, which was not given")
    elif option == "--pre":
        lines.allows_prereleases = True
    elif option in {"-e", "--editable"}:
        lines.notes.append(f"{value} is not taken from an index")
    elif option not in _QUIET:
        lines.notes.append(f"the option {option} is not followed")


def _joined(text: str) -> Iterator[str]:
    """Join lines that end with a backslash, and leave comments and empty ones out."""
    pending = ""
    for line in text.splitlines():
        if line.lstrip().startswith("#"):
            continue
        pending += line
        if pending.endswith("\\"):
            pending = pending[:-1]
            continue
        if whole := _comment.sub("", pending).strip():
            yield whole
        pending = ""
    if whole := _comment.sub("", pending).strip():
        yield whole


def _is_elsewhere(line: str) -> bool:
    """Tell a path or an address from a requirement."""
    first = line.split(";", maxsplit=1)[0].split(maxsplit=1)[0]
    return first.startswith((".", "/", "file:")) or ("://" in first and "@" not in line.partition("://")[0])
