"""Signing keys in a dictionary, for tests."""

from collections.abc import Sequence

from packhouse.services.ports import StoredSigningKey


class MemorySigningKeys:
    """Keeps the keys for as long as it lives."""

    def __init__(self) -> None:
        super().__init__()
        self._signing_keys: dict[str, StoredSigningKey] = {}

    async def list_signing_keys(self) -> Sequence[StoredSigningKey]:
        """List all keys, oldest first."""
        return sorted(self._signing_keys.values(), key=lambda key: (key.created_at, key.keyid))

    async def write_signing_key(self, key: StoredSigningKey) -> None:
        """Store a new key, or when a known one ends."""
        self._signing_keys[key.keyid] = key
