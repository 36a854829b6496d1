"""Archives of documentation pages, for tests."""

import gzip
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Callable, Mapping

from msgspec.structs import replace

from packhouse.domain.events import EventKind
from packhouse.domain.package import Moment
from packhouse.domain.view import View
from packhouse.ecosystems.cargo.hosted import EMPTY, add_line
from packhouse.services.ports import StoredArtifact
from packhouse.services.publishing import Change, Hosted, new_ownership
from tests.assembled import Assembled
from tests.ecosystems.cargo.crates import content, index_file, key, line

PAGES: Mapping[str, bytes] = {
    "crates.js": b"window.ALL_CRATES = ['green_pear'];",
    "help.html": b"<p>help</p>",
    "green_pear/index.html": b"<h1>A pear</h1>" + b"<p>text</p>" * 100,
    "green_pear/fn.ripen.html": b"<h1>ripen</h1>",
    "green_pear/core/index.html": b"<h1>core</h1>",
    "src/green_pear/lib.rs.html": b"<p>source</p>",
    "static.files/a.woff2": b"font" * 200,
    "static.files/a.svg": b"<svg/>",
    "static.files/what.exe": b"MZ",
    ".lock": b"",
}


def tarball(files: Mapping[str, bytes], root: str = "doc/", extra: tarfile.TarInfo | None = None) -> bytes:
    """Pack files as `tar -czf docs.tar.gz -C target doc` does."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        for path, body in files.items():
            member = tarfile.TarInfo(root + path)
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))
        if extra is not None:
            archive.addfile(extra)
    return gzip.compress(plain.getvalue(), mtime=0)


def zipped(files: Mapping[str, bytes], root: str = "") -> bytes:
    """Pack files as `zip -r` does."""
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, body in files.items():
            archive.writestr(root + path, body)
    return plain.getvalue()


async def place(
    server: Assembled,
    name: str,
    *versions: str,
    owner: str,
    restricted: bool = False,
    make: Callable[[str, str], bytes] = content,
) -> str:
    """Let a user have published releases of a crate, and return the user's token; `make` makes the files."""
    token = await server.token(owner)
    actor = await server.people.identification.identify(f"Bearer {token}", "127.0.0.1", "")
    view = View(actor=actor)

    for version in versions:
        await _publish(server, view, (name, version, make(name, version)), restricted=restricted)
    return token


async def _publish(server: Assembled, view: View, release: tuple[str, str, bytes], *, restricted: bool) -> None:
    publishing = server.services.publishing
    name, version, file = release
    fields = line(name, version, cksum=hashlib.sha256(file).hexdigest())
    upload = await publishing.store_file([file])
    async with publishing.placing(upload) as blob:

        def edit(found: Hosted) -> Change:
            stored = StoredArtifact(
                filename=f"{name}-{version}.crate",
                version=version,
                blob=blob,
                size_bytes=len(file),
                digests=upload.digests,
                stored_at=Moment(server.now),
            )
            return Change(
                add_line(key(name), found.index or EMPTY, index_file(fields).rstrip(b"\n")),
                "publish",
                f"@{version}",
                events=(("release_published", version, {}),),
                ownership=None if found.ownership else new_ownership(view.actor, restricted=restricted),
                claims=(version,),
                files=(stored,),
            )

        await publishing.change(view, key(name), edit)


async def hide(server: Assembled, name: str) -> None:
    """Let a crate be seen by its owners only, from now on."""

    def edit(found: Hosted) -> Change:
        assert found.index is not None
        assert found.ownership is not None
        ownership = replace(found.ownership, restricted=True, revision=found.ownership.revision + 1)
        event: tuple[EventKind, str, dict[str, str]] = ("access_changed", "", {"access": "restricted"})
        return Change(found.index, "access", events=(event,), ownership=ownership)

    await server.services.publishing.change(View(), key(name), edit)
