"""Answers kept over a restart."""

from packhouse.adapters.sql.executor import Work
from packhouse.adapters.sql.packages import SqlPort, package, package_id
from packhouse.domain.package import PackageKey
from packhouse.services.ports import Rendered


class SqlRendered(SqlPort):
    """The store of rendered answers."""

    async def find_rendered(self, origin: str, key: PackageKey, variant: str) -> Rendered | None:
        """Look an answer up."""
        where = package(origin, key) | {"variant": variant}
        row = await self._database.one(self._database.text.find_rendered, where)
        return None if row is None else Rendered(*row)

    async def write_rendered(
        self, origin: str, key: PackageKey, generation: int, variant: str, rendered: Rendered
    ) -> None:
        """Keep an answer; drop those of older generations, and the oldest where a package has very many."""
        await self._database.write(lambda: self._write_rendered(origin, key, generation, variant, rendered))

    def _write_rendered(
        self, origin: str, key: PackageKey, generation: int, variant: str, rendered: Rendered
    ) -> Work[None]:
        text = self._database.text
        row = yield from package_id(text, origin, key)
        columns = {
            "package_id": row,
            "variant": variant,
            "generation": generation,
            "encoding": rendered.encoding,
            "etag": rendered.etag,
            "changed_at": rendered.changed_at,
            "body": rendered.body,
        }
        yield text.write_rendered, columns
        yield text.drop_rendered, {"of_package": row, "below": generation}
