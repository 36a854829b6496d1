"""The answers that every ecosystem's door gives: index documents, files, further documents, and bodies of its own."""

import hashlib

import msgspec

from packhouse.domain.further import FurtherKey
from packhouse.domain.package import Moment, PackageKey
from packhouse.formats.compression import choose_coding, compress
from packhouse.http.answers import Answer, Headers
from packhouse.http.request import Request
from packhouse.services.assembly import Services
from packhouse.services.snapshot import Need
from packhouse.services.sources.source import Download

REVALIDATE = "public, max-age=0, must-revalidate"
"""For what may change: kept by clients and proxies, and asked about each time."""
IMMUTABLE = "public, max-age=31536000, immutable"
"""For files, which never change."""


async def document_answer(
    services: Services,
    request: Request,
    key: PackageKey,
    form: str,
    *,
    vary: str = "Accept-Encoding",
    need: Need = "usual",
) -> Answer:
    """Answer with a package's index document in one of its forms; raise NotFound, Refused or an UpstreamError."""
    coding = choose_coding(request.header(b"accept-encoding"))
    document = await services.documents.get(request.view, key, form, request.base, coding, need)
    rendered = document.rendered
    return Answer(
        content_type=document.content_type,
        body=rendered.body,
        headers=() if coding == "identity" else ((b"content-encoding", coding.encode()),),
        etag=rendered.etag,
        changed_at=document.changed_at,
        cache_control=REVALIDATE,
        vary=vary,
        valid_until=document.valid_until,
        about=str(key),
    )


async def file_answer(
    services: Services,
    request: Request,
    key: PackageKey,
    filename: str,
    *,
    content_type: str = "application/octet-stream",
    headers: Headers = (),
) -> Answer:
    """Send a file that a release owns; raise NotFound, Refused or an UpstreamError."""
    located = await services.source.locate(request.view, key, filename)
    download = await services.source.download(request.view, key, located)
    return download_answer(download, key, content_type=content_type, headers=headers)


def download_answer(download: Download, key: PackageKey, *, content_type: str, headers: Headers = ()) -> Answer:
    """Send a file that is at hand or arriving."""
    return Answer(
        content_type=content_type,
        chunks=download.chunks,
        open_file=download.open_file,
        size_bytes=download.size_bytes,
        headers=((b"accept-ranges", b"bytes"), *headers),
        etag=download.etag,
        changed_at=download.stored_at if download.etag else None,
        cache_control=IMMUTABLE,
        valid_until=download.valid_until,
        about=str(key),
        sent=download.sent,
    )


async def further_answer(
    services: Services,
    request: Request,
    further: FurtherKey,
    *,
    content_type: str | None = None,
    vary: str = "Accept-Encoding",
) -> Answer:
    """Pass on a further document in the upstream's own bytes; raise NotFound or an UpstreamError.

    `content_type` is what upstream calls it, where none is given.
    """
    found = await services.further.get(request.view, further)
    answer = body_answer(
        request,
        found.body,
        content_type or found.content_type or "application/octet-stream",
        valid_until=found.valid_until,
        about=str(further.key),
        vary=vary,
    )
    lasting = services.ecosystem.lasting(further)
    return msgspec.structs.replace(
        answer, changed_at=found.changed_at, cache_control=IMMUTABLE if lasting else REVALIDATE
    )


def body_answer(
    request: Request,
    body: bytes,
    content_type: str,
    *,
    valid_until: Moment | None = None,
    about: str = "",
    vary: str = "Accept-Encoding",
) -> Answer:
    """Answer with bytes that the door has made: compressed as the client likes, and comparable."""
    coding = choose_coding(request.header(b"accept-encoding"))
    tag = hashlib.blake2b(body, digest_size=12).hexdigest()
    return Answer(
        content_type=content_type,
        body=compress(body, coding),
        headers=() if coding == "identity" else ((b"content-encoding", coding.encode()),),
        etag=f'"{tag}-{coding}"',
        cache_control=REVALIDATE,
        vary=vary,
        valid_until=valid_until or Moment(0),
        about=about,
    )
