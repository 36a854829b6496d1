"""Git's smart protocol over HTTP, as far as reading goes: what there is, and a pack of what a client does not have."""

import io
from contextlib import closing
from pathlib import Path
from typing import cast

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.cargo.git_repository import open_objects

UPLOAD_PACK = "git-upload-pack"
BRANCH = b"refs/heads/master"


def advertise(folder: Path, commits: list[str]) -> bytes:
    """Tell a client what there is: one branch, and its newest commit."""
    service = f"# service={UPLOAD_PACK}\n".encode()
    return b"%04x%b0000%b" % (len(service) + 4, service, _handle(folder, commits[:1], b"", told=True))


def upload_pack(folder: Path, commits: list[str], body: bytes) -> bytes:
    """Answer what a client wants and has with a pack; raise Invalid for a request that makes no sense."""
    from dulwich.errors import GitProtocolError, HangupException  # noqa: PLC0415 (optional, and start-up time)

    try:
        try:
            return _handle(folder, commits, body, told=False)
        except OSError:
            # Objects were packed just now, and the files are gone that they were in: by now they are found again.
            return _handle(folder, commits, body, told=False)
    except (GitProtocolError, HangupException, AssertionError, ValueError, KeyError) as error:
        raise Invalid(f"the git request cannot be answered: {str(error)[:200]}", "fetch again") from error


def _handle(folder: Path, commits: list[str], body: bytes, *, told: bool) -> bytes:
    from dulwich.protocol import CAPABILITY_FILTER, ReceivableProtocol  # noqa: PLC0415 (optional, and start-up time)
    from dulwich.refs import DictRefsContainer, Ref  # noqa: PLC0415 (optional, and start-up time)
    from dulwich.repo import BaseRepo  # noqa: PLC0415 (optional, and start-up time)
    from dulwich.server import BackendRepo, DictBackend, UploadPackHandler  # noqa: PLC0415 (optional, and start-up time)

    class Handler(UploadPackHandler):
        def capabilities(self) -> list[bytes]:
            # A filter may be read from any object of the store. And libgit2, which cargo fetches with, takes the rest
            # of the answer for the name of a format.
            offered = super().capabilities()
            return [each for each in offered if each != CAPABILITY_FILTER and not each.startswith(b"object-format")]

    names = [Ref(b"HEAD"), *(Ref(b"refs/recent/%d" % number) for number in range(1, len(commits)))]
    refs: dict[Ref, bytes] = {name: commit.encode() for name, commit in zip(names, commits, strict=True)}
    refs[Ref(BRANCH)] = commits[0].encode()
    out = io.BytesIO()
    protocol = ReceivableProtocol(io.BytesIO(body).read, out.write)
    with closing(open_objects(folder)) as store:
        # It has all that the handler asks of one, though it is not declared so.
        repository = cast(BackendRepo, BaseRepo(store, DictRefsContainer(refs)))
        Handler(DictBackend({"/": repository}), ["/"], protocol, stateless_rpc=True, advertise_refs=told).handle()
    return out.getvalue()
