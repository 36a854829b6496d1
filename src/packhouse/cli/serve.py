"""`packhouse serve`."""

import gc

from packhouse.cli.configured import configured
from packhouse.config import Config


@configured()
def serve(config: Config) -> int:
    """Run the server until it is told to stop; SIGTERM lets running requests finish."""
    # What a start makes stays; the server begins to collect when it is ready.
    gc.disable()
    from packhouse import app
    from packhouse.cli.logs import write_logs

    write_logs(config.log)
    return 0 if app.serve(config) else 1
