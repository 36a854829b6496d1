"""Results as a table, each beside its goal."""

from collections.abc import Sequence


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a markdown table."""
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
    print(flush=True)


def against(value: float, goal: float, *, at_least: bool) -> str:
    """Write a value beside its goal, and whether it is reached."""
    reached = value >= goal if at_least else value <= goal
    sign = ">=" if at_least else "<="
    return f"{value:.2f} (goal {sign} {goal:g}: {'reached' if reached else 'MISSED'})"
