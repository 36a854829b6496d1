"""NuGet's own setting: in the user's NuGet.Config, the gallery's source leads to us.

The source keeps its key, so that source mappings, credentials and lock files stay as they are; other sources stay too.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from packhouse.domain.errors import ConfigError
from packhouse.ecosystems.nuget.config_file import find_sources, with_source, without_source

_INDEX = "v3/index.json"


class _Saved(Struct, frozen=True):
    """What the file was before; kept beside it."""

    original: bytes | None
    """None where there was no file."""
    written: bytes
    address: str


def use(url: str, home: Path, environ: Mapping[str, str]) -> str:
    """Point dotnet and nuget.exe at our address of the mount; return a sentence that says what was done."""
    address = f"{url.rstrip('/')}/{_INDEX}"
    paths = list(_paths(home, environ))
    # All are read before one is written: a file that cannot be changed must not leave the other half done.
    changes = [_change(path, address) for path in paths]
    for path, saved in zip(paths, changes, strict=True):
        _write(_beside(path), msgspec.json.encode(saved))
        _write(path, saved.written)
    return f"NuGet now installs from {address} (set in {' and '.join(map(str, paths))})."


def undo(home: Path, environ: Mapping[str, str]) -> str:
    """Restore the files; what was added to them meanwhile stays."""
    undone = [path for path in config_paths(home, environ) if _undo(path)]
    if not undone:
        path = next(config_paths(home, environ))
        return f"There is nothing to undo: {path} was not changed by Packhouse."
    return f"NuGet is set as it was before (in {' and '.join(map(str, undone))})."


def current(home: Path, environ: Mapping[str, str]) -> str:
    """Tell the address that packages come from: of our source where there is one, else of the first."""
    path = next(_paths(home, environ))
    content = _read(path)
    if not content or not content.strip():
        return ""
    saved = _read_saved(path)
    sources = find_sources(str(path), content)
    ours = [source.address for source in sources if saved is not None and source.address == saved.address]
    addresses = ours or [source.address for source in sources]
    return addresses[0].removesuffix(_INDEX) if addresses else ""


def _paths(home: Path, environ: Mapping[str, str]) -> Iterator[Path]:
    """Find what there is to set: dotnet's file, and that of nuget.exe where it has one."""
    dotnet, *others = config_paths(home, environ)
    yield dotnet
    yield from (path for path in others if path.is_file())


def config_paths(home: Path, environ: Mapping[str, str]) -> Iterator[Path]:
    """Name the files that a user's settings are in: dotnet's first."""
    if roaming := environ.get("APPDATA"):
        yield Path(roaming) / "NuGet" / "NuGet.Config"
        return
    # dotnet changes the folder of its user; nuget.exe under Mono goes by XDG.
    dotnet = Path(environ.get("DOTNET_CLI_HOME") or home) / ".nuget" / "NuGet"
    mono = Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "NuGet"
    yield from (_spelled(dotnet), _spelled(mono))


def _spelled(folder: Path) -> Path:
    """Find the file in the spelling that it has; NuGet reads all three."""
    names = ("NuGet.Config", "NuGet.config", "nuget.config")
    return next((folder / name for name in names if (folder / name).is_file()), folder / names[0])


def _change(path: Path, address: str) -> _Saved:
    saved = _read_saved(path)
    found = _read(path)
    original = found
    if saved is not None and found is not None:
        # A second use keeps what was there before the first one; what was added to that meanwhile stays.
        ours_only = saved.written == found
        original = (
            saved.original if ours_only else without_source(str(path), found, saved.address, saved.original or b"")
        )
    return _Saved(original, with_source(str(path), original or b"", address), address)


def _undo(path: Path) -> bool:
    saved = _read_saved(path)
    if saved is None:
        return False
    found = _read(path)
    if found == saved.written or found is None:
        restored = saved.original
    else:
        restored = without_source(str(path), found, saved.address, saved.original or b"")
    if restored is None:
        path.unlink(missing_ok=True)
    else:
        _write(path, restored)
    _beside(path).unlink()
    return True


def _beside(path: Path) -> Path:
    return path.with_name(path.name + ".before-packhouse")


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error


def _read_saved(path: Path) -> _Saved | None:
    raw = _read(_beside(path))
    try:
        return msgspec.json.decode(raw, type=_Saved) if raw is not None else None
    except msgspec.MsgspecError as error:
        raise ConfigError(f"{_beside(path)} is damaged", f"remove it, and correct {path} by hand") from error


def _write(path: Path, content: bytes) -> None:
    target = path.resolve()  # a link into somebody's dotfiles stays a link
    fresh = target.with_name(target.name + ".packhouse-new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # The file may hold passwords: nobody else may read what we leave beside it, either.
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o600
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        fresh.write_bytes(content)
        fresh.chmod(mode)
        fresh.replace(target)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from error
