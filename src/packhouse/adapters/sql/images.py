"""Container images."""

from collections.abc import Sequence

from packhouse.adapters.sql.bodies import body_decoder, encode_body
from packhouse.adapters.sql.executor import Work
from packhouse.adapters.sql.packages import SqlPort
from packhouse.services.image_ports import ImageEntry, ImageRepository

_LIST = """
    SELECT body FROM image_chain JOIN image_repository ON image_repository.id = image_chain.repository_id
    WHERE chain = :chain ORDER BY registry, name LIMIT :limit
"""
_FIND = "SELECT id, body FROM image_repository WHERE registry = :registry AND name = :name"
_ADD = "INSERT INTO image_repository (registry, name, body) VALUES (:registry, :name, :body) RETURNING id"
_CHANGE = "UPDATE image_repository SET body = :body WHERE id = :id"
_ADD_CHAIN = """
    INSERT INTO image_chain (chain, repository_id) VALUES (:chain, :id) ON CONFLICT DO NOTHING RETURNING repository_id
"""
_decode = body_decoder(ImageRepository)


class SqlImages(SqlPort):
    """The store of images."""

    async def list_images(self, chain: bytes, limit: int) -> Sequence[ImageRepository]:
        """List the repositories with an image that begins with a chain of layers, by registry and name."""
        rows = await self._database.scan(_LIST, {"chain": chain, "limit": limit})
        return [_decode(row[0]) for row in rows]

    async def write_images(self, entries: Sequence[ImageEntry]) -> int:
        """Add chains to repositories, all of them or none; tell how many were new."""
        return await self._database.write(lambda: _write(entries))


def _write(entries: Sequence[ImageEntry]) -> Work[int]:
    new = 0
    for entry in entries:
        number = yield from _repository(entry.repository)
        for chain in entry.chains:
            new += len((yield _ADD_CHAIN, {"chain": chain, "id": number}))
    return new


def _repository(repository: ImageRepository) -> Work[int]:
    body = encode_body(repository)
    where = {"registry": repository.registry, "name": repository.name}
    known = yield _FIND, where
    if not known:
        return int((yield _ADD, {**where, "body": body})[0][0])
    if repository.has_facts and bytes(known[0][1]) != body:
        yield _CHANGE, {"id": known[0][0], "body": body}
    return int(known[0][0])
