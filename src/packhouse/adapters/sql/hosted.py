"""Packages that were published here: a change of one is one transaction."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from packhouse.adapters.sql import fulltext, fulltext_waiting
from packhouse.adapters.sql.artifacts import put_artifact, stored_event
from packhouse.adapters.sql.audit import note
from packhouse.adapters.sql.bodies import body_decoder, encode_body
from packhouse.adapters.sql.executor import Row, Work
from packhouse.adapters.sql.further import put_further
from packhouse.adapters.sql.indexes import put_document
from packhouse.adapters.sql.packages import SqlPort, append_numbered, next_numbers, package, package_id
from packhouse.adapters.sql.packing import pack_bytes, pack_index
from packhouse.adapters.sql.texts import Texts
from packhouse.domain.accounts import Ownership
from packhouse.domain.errors import Conflict
from packhouse.domain.package import NormalName, PackageKey
from packhouse.services.account_ports import HostedChange
from packhouse.services.ports import IndexState

decode_ownership = body_decoder(Ownership)
"""Read one back; raise StorageDamaged."""


class _Packed(Struct, frozen=True):
    """The large values of a change, packed before its transaction begins."""

    index: bytes
    further: tuple[bytes, ...]


class SqlHosted(SqlPort):
    """The store of hosted packages."""

    async def commit(self, change: HostedChange) -> IndexState:
        """Write a change; raise Conflict if the package has changed meanwhile or a version is taken."""
        further = [await pack_bytes(stored.body) for _, stored in change.further]
        packed = _Packed(await pack_index(change.index), tuple(further))
        text = self._database.text
        is_new = change.expected == 0
        state = await self._database.write(lambda: _commit(text, change, packed), durable=True, rests=is_new)
        if is_new:
            self._database.fresh.add(change.state.key.name)
        return state

    async def find_ownership(self, origin: str, key: PackageKey) -> Ownership | None:
        """Tell whose a package is; None for one that was never published here."""
        row = await self._database.one(self._database.text.find_ownership, package(origin, key))
        return None if row is None else decode_ownership(row[0])

    async def list_owned(self, origin: str, ecosystem: str, owner: str | None) -> dict[PackageKey, Ownership]:
        """List the packages of one owner, or of all (None), by name; removed ones are left out."""
        text = self._database.text
        where = {"origin": origin, "ecosystem": ecosystem}
        if owner is None:
            return _owned(ecosystem, await self._database.scan(text.list_owned, where))
        return _owned(ecosystem, await self._database.scan(text.list_owned_by, where | {"user": owner}))

    async def list_restricted(self, origin: str, ecosystem: str) -> dict[PackageKey, Ownership]:
        """List the packages that not everybody may see, by name; removed ones are left out."""
        where = {"origin": origin, "ecosystem": ecosystem}
        return _owned(ecosystem, await self._database.scan(self._database.text.list_restricted, where))

    async def list_claims(self, origin: str, key: PackageKey) -> frozenset[str]:
        """List the versions that were ever published, those that were removed too."""
        rows = await self._database.scan(self._database.text.list_claims, package(origin, key))
        return frozenset(version for (version,) in rows)

    async def find_spelling(self, origin: str, ecosystem: str, identity: str) -> NormalName | None:
        """Tell the name of the package that has an identity, be it removed; None where none has ever had it."""
        row = await self._database.one(self._database.text.list_claims, _names(origin, ecosystem, identity))
        return None if row is None else NormalName(row[0])

    async def list_starred(self, origin: str, ecosystem: str, user: str) -> Sequence[PackageKey]:
        """List the packages that a user has starred, by name."""
        where = {"origin": origin, "ecosystem": ecosystem, "user": user}
        rows = await self._database.scan(self._database.text.list_starred, where)
        return [PackageKey(ecosystem, NormalName(name)) for (name,) in sorted(rows)]

    async def write_star(self, origin: str, key: PackageKey, user: str, starred: bool) -> None:  # noqa: FBT001 (a value)
        """Note that a user has starred a package, or no longer does; it need not be published here."""
        await self._database.write(lambda: _write_star(self._database.text, origin, key, {user: starred}), durable=True)


def _write_star(text: Texts, origin: str, key: PackageKey, stars: dict[str, bool]) -> Work[None]:
    row = yield from package_id(text, origin, key)
    yield from _write_stars(text, row, stars)


def _commit(text: Texts, change: HostedChange, packed: _Packed) -> Work[IndexState]:
    origin, key = change.state.origin, change.state.key
    row, is_new = yield from _row(text, origin, key)
    # The numbers come first: from then on no other transaction can change what is checked next.
    count = len(change.events) + 1 + len(change.files)
    first = (yield from next_numbers(text, count)) - count + 1
    yield from _check(text, row, change, is_new=is_new)
    generation = first + len(change.events)
    state = msgspec.structs.replace(change.state, generation=generation, digest=change.index.digest)
    yield from put_document(text, row, state, packed.index)
    yield from _write_files(text, row, change)
    stored = [stored_event(origin, key, artifact) for artifact in change.files]
    numbers = (*range(first, generation), *range(generation + 1, generation + 1 + len(stored)))
    yield from append_numbered(text, row, [*change.events, *stored], numbers)
    yield from _write_further(text, row, change, packed)
    yield from _write_people(text, row, change, is_new=is_new)
    # After the people: what is restricted is found by nobody else from the same moment on.
    summary = change.summary if change.index.fragments else None
    if is_new and summary is not None:
        yield from fulltext_waiting.put_off(text, row, summary)
    else:
        yield from fulltext_waiting.learn_one(row)
        yield from fulltext.write_summary(text, row, state, summary)
    if change.audit is not None:
        yield from note(text, change.audit)
    return state


def _row(text: Texts, origin: str, key: PackageKey) -> Work[tuple[int, bool]]:
    """Find a package's row or make it; tell whether it was made."""
    where = package(origin, key)
    rows = yield text.find_package, where
    if rows:
        return int(rows[0][0]), False
    made = yield text.write_package, where
    return int(made[0][0]), True


def _check(text: Texts, row: int, change: HostedChange, *, is_new: bool) -> Work[None]:
    found: Sequence[Row] = [] if is_new else (yield text.find_generation, {"of_package": row})
    if (found[0][0] if found else 0) != change.expected:
        raise Conflict(f"{change.state.key} has been changed meanwhile", "try again")
    for version in change.claims:
        claimed = yield text.claim_version, {"package_id": row, "version": version}
        if not claimed:
            raise Conflict(f"{change.state.key} has had version {version} before")
    if change.identity:
        yield from _claim_identity(text, change)


def _claim_identity(text: Texts, change: HostedChange) -> Work[None]:
    """Note under what all spellings share which of them it is; the first one stays."""
    origin, key = change.state.origin, change.state.key
    shared = _names(origin, key.ecosystem, change.identity)
    found = yield text.list_claims, shared
    for (spelt,) in found:
        if spelt != key.name:
            raise Conflict(f"{key} is {spelt} in another spelling")
    if not found:
        row = yield from package_id(text, shared["origin"], PackageKey(key.ecosystem, shared["name"]))
        yield text.claim_version, {"package_id": row, "version": key.name}


def _names(origin: str, ecosystem: str, identity: str) -> dict[str, Any]:
    # Spellings are claimed as versions are, of packages that no origin has.
    return package(f"names:{origin}", PackageKey(ecosystem, NormalName(identity)))


def _write_files(text: Texts, row: int, change: HostedChange) -> Work[None]:
    for filename in change.removed_files:
        yield text.drop_artifact, {"of_package": row, "of_filename": filename}
    for artifact in change.files:
        yield from put_artifact(text, row, artifact)


def _write_further(text: Texts, row: int, change: HostedChange, packed: _Packed) -> Work[None]:
    origin, own = change.state.origin, change.state.key
    for gone in change.removed_further:
        of = row if gone.key == own else (yield from package_id(text, origin, gone.key))
        yield text.drop_further, {"of_package": of, "at_path": gone.path}
    for (further, stored), body in zip(change.further, packed.further, strict=True):
        of = row if further.key == own else (yield from package_id(text, origin, further.key))
        yield from put_further(text, of, further, stored, body)


def _write_people(text: Texts, row: int, change: HostedChange, *, is_new: bool) -> Work[None]:
    if change.ownership is not None:
        yield from _write_ownership(text, row, change.ownership, is_new=is_new)
    yield from _write_stars(text, row, change.stars)


def _write_stars(text: Texts, row: int, stars: dict[str, bool]) -> Work[None]:
    for user, starred in stars.items():
        if starred:
            yield text.add_star, {"package_id": row, "user": user}
        else:
            yield text.drop_star, {"of_package": row, "of_user": user}


def _write_ownership(text: Texts, row: int, ownership: Ownership, *, is_new: bool) -> Work[None]:
    known: Sequence[Row] = [] if is_new else (yield text.find_ownership_revision, {"of_package": row})
    revision = known[0][0] + 1 if known else 1
    columns = {
        "package_id": row,
        "revision": revision,
        "restricted": int(ownership.restricted),
        "removed_at": ownership.removed_at,
        "body": encode_body(msgspec.structs.replace(ownership, revision=revision)),
    }
    yield text.write_ownership, columns
    if not is_new:
        yield text.drop_owners, {"of_package": row}
    for user in ownership.owners:
        yield text.add_owner, {"package_id": row, "user": user}


def _owned(ecosystem: str, rows: Sequence[Row]) -> dict[PackageKey, Ownership]:
    return {PackageKey(ecosystem, NormalName(name)): decode_ownership(body) for name, body in sorted(rows)}
