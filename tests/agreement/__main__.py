"""Print how often each ecosystem's resolver agrees with its client.

Usage: python -m tests.agreement [ECOSYSTEM...]

Each folder beside this file that has a module `outcomes` takes part; its function `groups` yields groups.
"""

import sys
from importlib import import_module
from pathlib import Path

from tests.agreement.report import write_group


def main() -> None:
    """Print the figures; end with 1 where a miss is among them."""
    chosen = sys.argv[1:] or sorted(found.parent.name for found in Path(__file__).parent.glob("*/outcomes.py"))
    missed = False
    for name in chosen:
        for group in import_module(f"tests.agreement.{name}.outcomes").groups():
            sys.stdout.write(f"{write_group(group)}\n")
            missed = missed or group.exact() < len(group.outcomes)
    raise SystemExit(int(missed))


if __name__ == "__main__":
    main()
