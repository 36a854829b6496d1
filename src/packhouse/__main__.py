"""The `packhouse` command, also as `python -m packhouse`."""

import sys

from packhouse.cli.main import run


def main() -> None:
    """Run the command that the arguments name and exit with its status."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
