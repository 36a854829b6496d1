"""Container images in files: JSON Lines of repositories with their chains; OCI image layouts as folders or archives.

A line is an object of `repository`, `chains` (chain ids) or `layers` (the digests of what the layers of one image
unpack to, the lowest first), and what a registry says: `registry`, `stars`, `pulls`, `official`, `registeredAt` and
`updatedAt`. Of a layout everything is read that its index leads to; each document is held against its digest.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from packhouse.adapters.feeds.layouts import BadLayout, Layout, open_layout
from packhouse.adapters.feeds.streams import BadFile, read_lines
from packhouse.domain.errors import ConfigError, Invalid
from packhouse.domain.package import Moment
from packhouse.services.advisory_ports import FeedFault
from packhouse.services.image_ports import ImageEntry, ImageRepository
from packhouse.services.images import chains_of_image, read_chain

_DEPTH = 4
"""Indexes within indexes; those of real images are two deep."""
_MOST_LAYERS = 1000
_NAMES = ("io.containerd.image.name", "org.opencontainers.image.ref.name")
_PACKED = (".xz", ".gz")

Images = Iterator[ImageEntry | FeedFault]


class _Line(Struct, rename="camel"):
    repository: str
    registry: str = ""
    chains: list[str] = []
    layers: list[str] = []
    stars: int | None = None
    pulls: int | None = None
    official: bool = False
    registered_at: datetime | None = None
    updated_at: datetime | None = None


class _Descriptor(Struct, rename="camel"):
    digest: str
    media_type: str = ""
    annotations: dict[str, str] | None = None


class _Index(Struct, rename="camel"):
    manifests: list[_Descriptor] | None = None
    config: _Descriptor | None = None


class _RootFs(Struct):
    diff_ids: list[str] = []


class _Config(Struct):
    rootfs: _RootFs | None = None


_line = msgspec.json.Decoder(_Line).decode
_index = msgspec.json.Decoder(_Index).decode
_config = msgspec.json.Decoder(_Config).decode


def read_images(paths: Iterable[Path], repository: str = "") -> Images:
    """Yield the images of some paths; raise ConfigError for one that is not there.

    `repository` names those of layouts, which seldom say where they are from.
    """
    for path in paths:
        if not path.exists():
            raise ConfigError(f"there is no file or folder {path}", "name JSON Lines or OCI image layouts")
        try:
            if path.is_dir() or _is_archive(path):
                with open_layout(path) as layout:
                    yield from _read_layout(path.name, layout, repository)
            else:
                yield from _read_lines(path)
        except (BadFile, BadLayout, OSError) as error:
            yield FeedFault(path.name, str(error))


def _is_archive(path: Path) -> bool:
    return any(suffix in (".tar", ".tgz") for suffix in path.suffixes[-2:])


def _read_lines(path: Path) -> Images:
    for number, line in enumerate(read_lines(path), 1):
        if line.strip():
            where = f"{path.name}:{number}"
            try:
                yield _read_line(_line(line))
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, Invalid) as error:
                yield FeedFault(where, str(error))


def _read_line(line: _Line) -> ImageEntry:
    registry, name = _name(line.repository, line.registry)
    found = [read_chain(each) for each in line.chains]
    found += chains_of_image(_layers(line.layers))
    if not found:
        raise Invalid("it has neither chains nor layers")
    said = ImageRepository(
        name,
        registry,
        registered_at=_moment(line.registered_at),
        updated_at=_moment(line.updated_at),
        stars=_count(line.stars),
        pulls=_count(line.pulls),
        official=line.official,
    )
    return ImageEntry(said, tuple(dict.fromkeys(found)))


def _read_layout(where: str, layout: Layout, repository: str) -> Images:
    try:
        body = layout.read("index.json")
    except BadLayout as error:
        yield FeedFault(where, str(error))
        return
    yield from _read_index(where, layout, body, repository, _DEPTH)


def _read_index(where: str, layout: Layout, body: bytes, repository: str, depth: int) -> Images:
    try:
        index = _index(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        yield FeedFault(where, f"it is no index or manifest: {error}")
        return
    if index.config is not None:
        yield _read_config(where, layout, index.config, repository)
        return
    if index.manifests is None or not depth:
        yield FeedFault(where, "it leads to no manifest")
        return
    for each in index.manifests:
        below = f"{where}/{each.digest[:80]}"
        try:
            inner = _blob(layout, each.digest)
        except (BadLayout, Invalid) as error:
            yield FeedFault(below, str(error))
        else:
            yield from _read_index(below, layout, inner, repository or _named(each), depth - 1)


def _read_config(where: str, layout: Layout, config: _Descriptor, repository: str) -> ImageEntry | FeedFault:
    try:
        registry, name = _name(repository, "")
        layers = _layers((_config(_blob(layout, config.digest)).rootfs or _RootFs()).diff_ids)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, BadLayout, Invalid) as error:
        return FeedFault(where, str(error))
    if not layers:
        return FeedFault(where, "it is no image: its configuration lists no layers")
    return ImageEntry(ImageRepository(name, registry), chains_of_image(layers))


def _blob(layout: Layout, digest: str) -> bytes:
    wanted = read_chain(digest)
    body = layout.read(f"blobs/sha256/{wanted.hex()}")
    if sha256(body).digest() != wanted:
        raise BadLayout(f"what is stored as {digest[:80]} is something else")
    return body


def _layers(digests: Iterable[str]) -> list[bytes]:
    found = [read_chain(each) for each in digests]
    if len(found) > _MOST_LAYERS:
        raise Invalid(f"an image has more than {_MOST_LAYERS} layers")
    return found


def _named(descriptor: _Descriptor) -> str:
    said: dict[str, Any] = descriptor.annotations or {}
    return next((said[name] for name in _NAMES if "/" in said.get(name, "")), "")


def _name(text: str, registry: str) -> tuple[str, str]:
    """Take `registry/name:tag@digest` apart; the first part is a registry if it looks like a host."""
    plain = text.strip().partition("@")[0]
    first, slash, rest = plain.partition("/")
    if not registry and slash and (first == "localhost" or "." in first or ":" in first):
        registry, plain = first, rest
    name = plain.rpartition(":")[0] if ":" in plain.rpartition("/")[2] else plain
    if not name or len(name) > 255 or any(letter.isspace() or not letter.isprintable() for letter in name):
        raise Invalid(f"{text[:80]!r} names no repository", "name it with --repository")
    return registry, name


def _moment(at: datetime | None) -> Moment | None:
    return None if at is None else Moment(int(at.timestamp() * 1000))


def _count(number: int | None) -> int | None:
    if number is not None and not 0 <= number < 1 << 63:
        raise Invalid(f"{number} is no count")
    return number
