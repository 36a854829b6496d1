"""Count how the ranges and the lists of real advisories agree, for docs/reference/advisories.md.

`python tools/advisories.py` writes the page anew, with `--check` it tells whether it is current. The records are those
of the shared data, found as tests find them.
"""

import importlib
import lzma
import os
import pkgutil
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from packhouse import ecosystems as folders
from packhouse.domain.advisory import Mention
from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.errors import Invalid
from packhouse.policy.affected import Prepared, ask
from packhouse.services.osv_names import OsvNames
from packhouse.services.osv_records import mentions, read_advisory

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "advisories.md"
KINDS = ("both", "list alone", "outside", "no version")


class Agreement:
    """The listed versions of many records, by what the ranges of the same record say of them."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self.odd: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))

    def add(self, ecosystem: Ecosystem, mention: Mention) -> None:
        """Count the versions that one record lists."""
        ready = Prepared(ecosystem, mention)
        for version in mention.versions:
            asked = ask(ecosystem, version)
            if asked.key is None:
                kind = "no version"
            elif not mention.ranges:
                kind = "list alone"
            else:
                kind = "both" if ready.spans(asked) else "outside"
            self.counts[ecosystem.key, kind] += 1
            if kind in ("outside", "no version"):
                self.odd[ecosystem.key, kind][mention.id].append(version)


def load_values() -> list[Ecosystem]:
    """Import the value of every ecosystem."""
    found = pkgutil.iter_modules(folders.__path__)
    return [importlib.import_module(f"{folders.__name__}.{each.name}").ECOSYSTEM for each in found]


def count(lines: Iterable[bytes], ecosystems: Iterable[Ecosystem]) -> Agreement:
    """Count the agreement of all records among some lines."""
    names = OsvNames(ecosystems)
    agreement = Agreement()
    for line in lines:
        try:
            advisory = read_advisory(line, "", names)
        except Invalid:
            continue  # named by an import
        if advisory.withdrawn_at is None:
            for key, mention in mentions(advisory, names).items():
                agreement.add(names.of(key), mention)
    return agreement


def shared_lines(folder: Path) -> Iterator[bytes]:
    """Read every record in OSV's own form."""
    for path in sorted(folder.glob("*.jsonl.xz")):
        if "raw" not in path.name:
            with lzma.open(path) as lines:
                yield from lines


def shared_folder() -> Path:
    """Find the records of the shared data."""
    named = os.environ.get("PACKHOUSE_SHARED")
    root = Path(named) if named else Path(__file__).resolve().parents[2] / "shared"
    return root / "data" / "osv"


def agreement_table(agreement: Agreement, ecosystems: Iterable[Ecosystem]) -> str:
    """Write the counts as a table."""
    head = ("ecosystem", "in list and range", "no range to compare", "outside of the range", "no version")
    rows = [
        (each.title, *(f"{agreement.counts[each.key, kind]:,}" for kind in KINDS))
        for each in ecosystems
        if any(agreement.counts[each.key, kind] for kind in KINDS)
    ]
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in lines)


def disagreements(agreement: Agreement, kind: str) -> str:
    """List the versions of one kind, by ecosystem and advisory."""
    return "\n".join(
        f"- {ecosystem}, {name}: {_few(versions)}"
        for (ecosystem, each), records in sorted(agreement.odd.items())
        if each == kind
        for name, versions in sorted(records.items())
    )


def _few(versions: list[str], most: int = 8) -> str:
    shown = ", ".join(f"`{each}`" for each in versions[:most])
    return shown if len(versions) <= most else f"{shown} and {len(versions) - most} more"


def page(text: str) -> str:
    """Put what is counted now between the marks of a page."""
    ecosystems = load_values()
    agreement = count(shared_lines(shared_folder()), ecosystems)
    counted = {
        "agreement": agreement_table(agreement, ecosystems),
        "outside": disagreements(agreement, "outside"),
        "no version": disagreements(agreement, "no version"),
    }
    for name, made in counted.items():
        begin, end = f"<!-- counted: {name} -->", "<!-- end -->"
        head, _, rest = text.partition(begin)
        _, _, tail = rest.partition(end)
        text = f"{head}{begin}\n\n{made}\n\n{end}{tail}"
    return text


def main() -> int:
    """Write the page, or tell whether it is current."""
    before = PAGE.read_text(encoding="utf-8")
    after = page(before)
    if "--check" in sys.argv:
        return int(before != after)
    PAGE.write_text(after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
