"""Print the ten largest modules and functions: each is a question, not a crime."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

SHOWN = 10


def main(folder: Path) -> None:
    """List what is largest below a folder, by lines."""
    modules = [(len(path.read_text().splitlines()), str(path)) for path in folder.rglob("*.py")]
    functions = [function for path in folder.rglob("*.py") for function in _functions(path)]
    _show("modules", modules)
    _show("functions", functions)


def _functions(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
            yield node.end_lineno - node.lineno + 1, f"{path}:{node.lineno} {node.name}"


def _show(title: str, sized: list[tuple[int, str]]) -> None:
    print(f"largest {title}, in lines:")
    for lines, name in sorted(sized, reverse=True)[:SHOWN]:
        print(f"{lines:6} {name}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("src/packhouse"))
