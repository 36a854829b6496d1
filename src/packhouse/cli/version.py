"""`packhouse version`."""

from importlib.metadata import version


def show_version() -> None:
    """Print the version."""
    print(version("packhouse"))
