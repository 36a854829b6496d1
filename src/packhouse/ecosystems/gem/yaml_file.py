"""One setting in a file of YAML that somebody has written by hand: set, read and put back, all else byte for byte.

Only files of plain `key: value` lines are changed, with what is indented below them; in any other the setting would
have to be found by a real parser, which would lose comments.
"""

import re
from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec import Struct

from packhouse.domain.errors import ConfigError

_is_key = re.compile(rb"[\"']?:?[A-Za-z_][^\s#]*:(?:[ \t\r\n].*)?", re.DOTALL).fullmatch
_is_filler = re.compile(rb"[ \t]*(?:#.*)?\r?\n?", re.DOTALL).fullmatch
_is_below = re.compile(rb"(?:[ \t]+|-[ \t]).*", re.DOTALL).fullmatch
_is_begin = re.compile(rb"---[ \t]*(?:#.*)?\r?\n?").fullmatch


class Saved(Struct, frozen=True):
    """What the file was before; kept beside it."""

    original: bytes | None
    """None where there was no file."""
    written: bytes


class YamlFile:
    """A file and the setting in it that is ours to change."""

    def __init__(self, path: Path, key: bytes) -> None:
        self.path = path
        self._beside = path.with_name(path.name + ".before-packhouse")
        self._is_ours = re.compile(rb"[\"']?:?%b[\"']?:(?:[ \t\r\n].*)?" % re.escape(key), re.DOTALL).fullmatch

    def change(self, write: Callable[[bytes], bytes]) -> None:
        """Set the setting to what `write` makes of its lines, empty where there are none."""
        saved, found = self._saved(), self._read()
        # A second use keeps what was there before the first one, as long as the file is still ours.
        original = saved.original if saved and saved.written == found else found
        written = self._with(original or b"", write)
        self._write(self._beside, msgspec.json.encode(Saved(original, written)))
        self._write(self.path, written)

    def restore(self) -> bool:
        """Put back what was there before; tell whether anything was changed."""
        saved = self._saved()
        if saved is None:
            return False
        found = self._read()
        restored = saved.original if found == saved.written else self._merged(saved, found or b"") or None
        if restored is not None:
            self._write(self.path, restored)
        else:
            self.path.unlink(missing_ok=True)
        self._beside.unlink()
        return True

    def lines(self) -> bytes:
        """Read the setting's lines; empty where there are none."""
        before, ours, _ = self._cut(self._read() or b"")
        del before
        return ours

    def _with(self, content: bytes, write: Callable[[bytes], bytes]) -> bytes:
        before, ours, after = self._cut(content)
        if not before and not ours and not after:
            before = b"---\n"
        elif before and not before.endswith(b"\n"):
            before += b"\n"
        return before + write(ours) + after

    def _merged(self, saved: Saved, found: bytes) -> bytes:
        """Take our lines out of a file that was edited since."""
        before, ours, after = self._cut(found)
        if ours.strip() != self._cut(saved.written)[1].strip():
            return found  # somebody has chosen otherwise meanwhile
        old = self._cut(saved.original or b"")[1]
        left = before + old + after
        return b"" if saved.original is None and not left.replace(b"---", b"").strip() else left

    def _cut(self, content: bytes) -> tuple[bytes, bytes, bytes]:
        """Cut the file into what is before the setting, the setting, and what is behind it."""
        lines = content.splitlines(keepends=True)
        start = stop = len(lines)
        inside = False
        for at, line in enumerate(lines):
            if _is_key(line):
                inside = self._is_ours(line) is not None
                if inside and start < len(lines):
                    raise self._unclear("the setting stands in it twice")
                if inside:
                    start, stop = at, at + 1
            elif _is_below(line) and not _is_filler(line):
                stop = at + 1 if inside else stop
            elif not (_is_filler(line) or (_is_begin(line) and not b"".join(lines[:at]).strip(b"# \t\r\n"))):
                raise self._unclear("it is not made of keys and values")
        return b"".join(lines[:start]), b"".join(lines[start:stop]), b"".join(lines[stop:])

    def _unclear(self, why: str) -> ConfigError:
        return ConfigError(f"{self.path} cannot be changed safely: {why}", "change it by hand, or move it away")

    def _read(self) -> bytes | None:
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ConfigError(f"{self.path} cannot be read: {error.strerror}") from error

    def _saved(self) -> Saved | None:
        try:
            return msgspec.json.decode(self._beside.read_bytes(), type=Saved)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError) as error:
            hint = f"remove it, and correct {self.path} by hand"
            raise ConfigError(f"{self._beside} is damaged", hint) from error

    def _write(self, path: Path, content: bytes) -> None:
        target = path.resolve()  # a link into somebody's dotfiles stays a link
        fresh = target.with_name(target.name + ".packhouse-new")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            # The file may hold keys: nobody else may read what we leave beside it, either.
            mode = target.stat().st_mode & 0o777 if target.exists() else 0o600
            fresh.unlink(missing_ok=True)
            fresh.touch(mode=0o600)
            fresh.write_bytes(content)
            fresh.chmod(mode)
            fresh.replace(target)
        except OSError as error:
            raise ConfigError(f"{path} cannot be written: {error.strerror}") from error
