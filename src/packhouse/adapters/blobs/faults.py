"""What an error of the operating system means to an operator."""

import errno

from packhouse.domain.errors import StorageDamaged, StorageError, StorageFull

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def translate(error: OSError, doing: str) -> StorageError:
    """Say what happened to a file in our own words; the caller keeps the cause."""
    if error.errno in _FULL:
        return StorageFull(f"no space left while {doing}", "free some space; nothing half-written was kept")
    if error.errno == errno.EIO:
        return StorageDamaged(f"the disk failed while {doing}", "look at the disk's health")
    return StorageError(f"failed {doing}: {error.strerror}", "look at the rights and the state of the data folder")
