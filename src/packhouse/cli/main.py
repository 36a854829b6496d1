"""The command line: which command there is and what its errors look like."""

import os
import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError

from packhouse.domain.errors import ConfigError, PackhouseError

_FAILED = 1
_MISUSED = 2
_NOBODY_READS = 141
"""The status of what the signal for a broken pipe has ended, as shells tell it."""


def build_app() -> App:
    """Name every command without importing any."""
    app = App(
        name="packhouse",
        help="One server for a team's package installs and publishes.",
        version=_version,
        help_formatter="plain",
        result_action="return_value",
    )
    app.command("packhouse.cli.serve:serve", name="serve", help="Run the server until it is told to stop.")
    app.command("packhouse.cli.doctor:doctor", name="doctor", help="Check that everything works and say what to do.")
    app.command("packhouse.cli.use:use", name="use", help="Point a client program at this server, or back.")
    app.command("packhouse.cli.info:info", name="info", help="Tell all about a package or a version.")
    app.command("packhouse.cli.versions:versions", name="versions", help="List the versions of a package.")
    app.command("packhouse.cli.deps:deps", name="deps", help="List what a version requires.")
    app.command("packhouse.cli.resolve:resolve", name="resolve", help="Tell what installing would install.")
    app.command("packhouse.cli.provenance:app", name="provenance", help="Tell where a version comes from.")
    app.command("packhouse.cli.search:search", name="search", help="Search the registry of an ecosystem.")
    app.command("packhouse.cli.upstream:app", name="upstream", help="Show upstreams; switch them on and off.")
    app.command("packhouse.cli.user:app", name="user", help="Add, list and change users.")
    app.command("packhouse.cli.token:app", name="token", help="Make, list and end tokens.")
    app.command("packhouse.cli.grant:app", name="grant", help="Grant roles: reader, publisher, maintainer, admin.")
    app.command("packhouse.cli.org:app", name="org", help="Make organisations, and say who is in them.")
    app.command("packhouse.cli.audit:audit", name="audit", help="Tell who changed or tried to change what.")
    app.command("packhouse.cli.advisories:app", name="advisories", help="Import advisories, and ask what they say.")
    app.command("packhouse.cli.capabilities:app", name="capabilities", help="Import what code can do, or find it out.")
    app.command("packhouse.cli.images:app", name="images", help="Import which container images have which layers.")
    app.command("packhouse.cli.names:app", name="names", help="Import lists of names that others are held against.")
    app.command("packhouse.cli.projects:app", name="projects", help="Show, import and refresh source repositories.")
    app.command("packhouse.cli.key:app", name="key", help="Show and change the keys that sign releases.")
    app.command("packhouse.cli.version:show_version", name="version", help="Print the version.")
    return app


def run(arguments: Sequence[str]) -> int:
    """Run one command; return 0, 1 for a failure or 2 for a wrong flag, setting or file."""
    try:
        status = build_app()(arguments, exit_on_error=False, print_error=False)
        sys.stdout.flush()
    except CycloptsError as error:
        return _explain(
            str(error), "packhouse --help lists the commands, packhouse COMMAND --help its options", _MISUSED
        )
    except ConfigError as error:
        return _explain(error.message, error.hint, _MISUSED)
    except PackhouseError as error:
        return _explain(error.message, error.hint, _FAILED)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # As in `packhouse resolve ... | head`. What is left to write must not fail again at the end of the process.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _NOBODY_READS
    return status if isinstance(status, int) else 0


def _version() -> str:
    from importlib.metadata import version  # an import of 30 ms that a server need not wait for

    return version("packhouse")


def _explain(message: str, hint: str, status: int) -> int:
    print(f"packhouse: {message}", file=sys.stderr)
    if hint:
        print(f"hint: {hint}", file=sys.stderr)
    return status
