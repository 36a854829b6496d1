"""A bare git repository that holds index files, as cargo read them before there was the sparse index.

All files stand in one tree. To it each public address of this server adds its `config.json`, in a line of commits of
its own: so nobody is ever led to an address that somebody else has asked under. Only the last few commits of that line
can be fetched; after something was removed a new line begins, so that what was there before cannot.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

import msgspec
from msgspec import Struct

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.cargo.places import CONFIG

if TYPE_CHECKING:
    from dulwich.object_store import DiskObjectStore
    from dulwich.objects import ObjectID, ShaFile, Tree

_STATE = "packhouse.json"
_AUTHOR = b"Packhouse <packhouse@localhost>"
_FILE, _FOLDER = 0o100644, 0o040000
_ADDRESSES = 8
"""Lines of commits that are kept."""
_COMMITS = 8
"""Of each line: a client that has just been told of a commit may still fetch it."""
_MANY = 50
"""As many new objects at once are one file."""
_LOOSE = 2_000
"""Objects that are files of their own, before they are packed."""
_PACKS = 40
"""Before they become one."""


class _State(Struct):
    sequence: int = 0
    tree: str = ""
    lines: dict[str, list[str]] = {}
    """Commits by public address, newest first, none where the next begins a new line; the latest address is last."""


class GitRepository:
    """Changes and serves the repository; its methods wait for the disk, and only one at a time may change it."""

    def __init__(self, folder: Path) -> None:
        """Open the repository, made where there is none."""
        from dulwich.object_store import DiskObjectStore  # noqa: PLC0415 (optional, and start-up time)
        from dulwich.objects import Tree  # noqa: PLC0415 (as above)

        self._folder = folder
        objects = folder / "objects"
        if not (objects / "pack").exists():
            objects.mkdir(parents=True, exist_ok=True)
            DiskObjectStore.init(str(objects)).close()
        self._new: dict[bytes, ShaFile] = {}
        """Objects that are not written yet, by name."""
        self._state = _read_state(folder / _STATE)
        with self._opened():
            if not self._state.tree or self._id(self._state.tree) not in self._store:
                empty = Tree()
                self._add(empty)
                self._state = _State(tree=empty.id.decode())

    @property
    def sequence(self) -> int:
        """How far the event log was followed; 0 for not at all."""
        return self._state.sequence

    def paths(self) -> frozenset[str]:
        """List the paths of all index files."""
        with self._opened():
            contents = self._store.iter_tree_contents(self._id(self._state.tree))
            return frozenset(each.path.decode() for each in contents)

    def apply(self, files: Mapping[str, bytes | None], sequence: int) -> bool:
        """Write files, and remove those that are None; tell whether anything has changed."""
        changes: dict[str, dict[str, bytes | None]] = {}
        for path, body in files.items():
            folder, _, name = path.rpartition("/")
            changes.setdefault(folder, {})[name] = body
        removes = False
        with self._opened():
            tree = self._tree(self._state.tree)
            before = tree.id
            for folder, names in changes.items():
                removes |= self._change(tree, folder.encode().split(b"/") if folder else [], names)
            self._add(tree)
        lines = {each: [] if removes else commits for each, commits in self._state.lines.items()}
        self._state = _State(sequence, tree.id.decode(), lines)
        self._save()
        if removes:
            self._forget()
        return bool(tree.id != before)

    def knows(self, address: str) -> bool:
        """Tell whether there is a line of commits of a public address."""
        return address in self._state.lines

    def commits(self, address: str, config: bytes, now_s: int) -> list[str]:
        """List the commits of an address, newest first: the first has all that was applied, and the configuration."""
        state = self._state
        line = state.lines.get(address, [])
        with self._opened():
            made = self._commit(line, config, now_s)
        if made is None:
            return line
        lines = {each: commits for each, commits in state.lines.items() if each != address}
        while len(lines) >= _ADDRESSES:
            del lines[next(iter(lines))]
        lines[address] = [made, *line][:_COMMITS]
        self._state = _State(state.sequence, state.tree, lines)
        self._save()
        return lines[address]

    def _commit(self, line: list[str], config: bytes, now_s: int) -> str | None:
        """Make a commit of what there is; None where the last one of the line has all of it."""
        from dulwich.objects import Blob, Commit  # noqa: PLC0415 (as above)

        blob = Blob.from_string(config)
        tree = self._tree(self._state.tree)
        tree[CONFIG.encode()] = (_FILE, blob.id)
        if line:
            last = self._store[self._id(line[0])]
            if isinstance(last, Commit) and last.tree == tree.id:
                return None
        commit = Commit()
        commit.tree = tree.id
        commit.parents = [self._id(each) for each in line[:1]]
        commit.author = commit.committer = _AUTHOR
        commit.author_time = commit.commit_time = now_s
        commit.author_timezone = commit.commit_timezone = 0
        commit.message = b"Update crates\n"
        for each in (blob, tree, commit):
            self._add(each)
        return str(commit.id.decode())

    def _forget(self) -> None:
        """Delete what only the past has: somebody has decided that not everybody may see it."""
        with self._opened():
            tree = self._id(self._state.tree)
            kept = {tree, *(each.sha for each in self._store.iter_tree_contents(tree, include_trees=True))}
            self._store.repack(exclude=set(self._store) - kept)

    def _change(self, tree: "Tree", folders: list[bytes], names: dict[str, bytes | None]) -> bool:
        """Change the files of a folder and all trees above it; tell whether one was removed."""
        from dulwich.objects import Blob, Tree  # noqa: PLC0415 (as above)

        if folders:
            inner = self._tree(tree[folders[0]][1].decode()) if folders[0] in tree else Tree()
            removes = self._change(inner, folders[1:], names)
            if len(inner):
                self._add(inner)
                tree[folders[0]] = (_FOLDER, inner.id)
            elif folders[0] in tree:
                del tree[folders[0]]
            return removes
        removes = False
        for name, body in names.items():
            path = name.encode()
            if body is not None:
                blob = Blob.from_string(body)
                if path not in tree or tree[path][1] != blob.id:
                    self._add(blob)
                    tree[path] = (_FILE, blob.id)
            elif path in tree:
                del tree[path]
                removes = True
        return removes

    def _tree(self, name: str) -> "Tree":
        from dulwich.objects import Tree  # noqa: PLC0415 (as above)

        found = self._new.get(name.encode()) or self._store[self._id(name)]
        if not isinstance(found, Tree):
            raise Invalid(f"{name} is no folder of the git index")
        return cast("Tree", found.copy())

    def _add(self, made: "ShaFile") -> None:
        self._new[made.id] = made

    @contextmanager
    def _opened(self) -> Iterator[None]:
        """Open the objects, and at the end write what was made: many as one pack, in a tenth of the time."""
        with closing(open_objects(self._folder)) as self._store:
            try:
                yield
                if len(self._new) > _MANY:
                    self._store.add_objects([(each, None) for each in self._new.values()])
                else:
                    for each in self._new.values():
                        self._store.add_object(each)
                if self._store.count_loose_objects() > _LOOSE:
                    self._store.pack_loose_objects()
                if len(self._store.packs) > _PACKS:
                    self._store.repack()
            finally:
                self._new.clear()

    @staticmethod
    def _id(name: str) -> "ObjectID":
        from dulwich.objects import ObjectID  # noqa: PLC0415 (as above)

        return ObjectID(name.encode())

    def _save(self) -> None:
        path = self._folder / _STATE
        fresh = path.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(self._state))
        fresh.replace(path)


def open_objects(folder: Path) -> "DiskObjectStore":
    """Open the objects of a repository for reading or writing; they are to be closed."""
    from dulwich.object_store import DiskObjectStore  # noqa: PLC0415 (as above)

    return DiskObjectStore(str(folder / "objects"))


def _read_state(path: Path) -> _State:
    """Read how far we were; whatever cannot be read is made anew."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=_State)
    except (OSError, msgspec.MsgspecError):
        return _State()
