"""What came of importing something into the store."""

import msgspec
from msgspec import Struct

from packhouse.domain.errors import TooLarge
from packhouse.services.advisory_ports import FeedFault

_MAX_FAULTS = 100_000
"""A file of the right kind has a handful of records that cannot be read; a file of something else nothing but."""


class IntakeReport(Struct):
    """Counts of one import."""

    read: int = 0
    """Records that were found, readable or not."""
    written: int = 0
    """Those that were new, or said something new."""
    failed: list[FeedFault] = msgspec.field(default_factory=list)
    """What could not be read; all the rest is stored."""

    def fail(self, fault: FeedFault) -> None:
        """Name what cannot be read; raise TooLarge once that is so much that there are hardly any records."""
        self.failed.append(fault)
        if len(self.failed) > _MAX_FAULTS:
            raise TooLarge(
                f"more than {_MAX_FAULTS:,} records cannot be read, the last at {fault.where}: {fault.reason}",
                "name files of the kind that is asked for; what could be read until then is stored",
            )
