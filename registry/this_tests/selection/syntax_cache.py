"""Keeps what was read from the syntax of files, by their content: to parse a whole library takes seconds."""

import sys
import zlib
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from ..files import atomic_write
from ..observations.snapshots import blob_of
from ..source import import_time
from . import shared_state, source_files
from .shared_state import Facts, facts_of
from .source_files import SourceFile, read_source

__all__ = ["SyntaxCache"]

# Of one file, unpacked. A larger one is not ours.
_LARGEST = 2**28
# The code that reads syntax: what an earlier version of it read is read again.
_READERS = (import_time, shared_state, source_files)
_T = TypeVar("_T")


class SyntaxCache:
    """What was read from the syntax of a project's files, in this process and in earlier ones.

    It can be thrown away at any time. A file of it that is broken, or that another version of Python or of
    this-tests has written, is not used.

    Args:
        folder: pytest's cache folder, as nobody carries it to another machine. If there is none, nothing
            is kept.
        text: Returns the text of a file of the project, empty if it does not exist.
        blobs: The current files, as in `Snapshot.files`, as far as they are known.
    """

    def __init__(self, folder: Path, text: Callable[[str], str], blobs: Mapping[str, str]) -> None:
        self._text = text
        self._blobs = blobs
        self._pytest_cache = folder
        self._folder = folder / "d" / "this-tests"  # Where plugins of pytest keep files.
        self._facts = _Kept(self._folder / "facts", Facts)
        self._sources = _Kept(self._folder / "sources", SourceFile)

    def facts(self, path: str) -> Facts:
        """Return what `facts_of` reads from the file at *path*."""
        return self._facts.get(self._blob(path), lambda: facts_of(self._source(path)))

    def source_file(self, path: str, names: tuple[str, ...]) -> SourceFile:
        """Return what `read_source` reads from the file at *path*, whose module may have these *names*."""
        key = "\n".join((self._blob(path), path, *names))
        return self._sources.get(key, lambda: read_source(path, names, self._source(path)))

    def save(self) -> None:
        """Write what is new to the disk; if that fails, it is read again next time."""
        if self._pytest_cache.is_dir():
            for kept in (self._facts, self._sources):
                kept.save()

    def _source(self, path: str) -> bytes:
        return self._text(path).encode()

    def _blob(self, path: str) -> str:
        return self._blobs.get(path) or blob_of(self._source(path))


class _Kept(Generic[_T]):
    """Values of one type, by key, in one file."""

    def __init__(self, path: Path, kind: type[_T]) -> None:
        self._path = path
        self._kind = kind
        self._used: dict[str, _T] = {}
        self._is_new = False

    def get(self, key: str, read: Callable[[], _T]) -> _T:
        found = self._used.get(key)
        if found is None:
            found = self._known.get(key)
            if found is None:
                found = read()
                self._is_new = True
            self._used[key] = found
        return found

    def save(self) -> None:
        if not self._is_new:
            return
        try:
            data = msgspec.msgpack.encode(self._used)
            self._path.parent.mkdir(parents=True, exist_ok=True)
            atomic_write(self._path, _stamp() + zlib.compress(data, 1))
        except (OSError, msgspec.MsgspecError):
            return
        self._is_new = False

    @cached_property
    def _known(self) -> Mapping[str, _T]:
        try:
            data = self._path.read_bytes()
            if not data.startswith(_stamp()):
                return {}
            packed = data[len(_stamp()) :]
            unpacked = zlib.decompressobj().decompress(packed, _LARGEST)
            found: Mapping[str, _T] = msgspec.msgpack.decode(unpacked, type=dict[str, self._kind])  # type: ignore[name-defined]  # at run time
        except (OSError, ValueError, msgspec.MsgspecError, zlib.error, RecursionError, MemoryError):
            return {}
        return found


def _stamp() -> bytes:
    """Return what begins a file: the version of Python and the code that reads syntax."""
    code = b"".join(Path(module.__file__ or "").read_bytes() for module in _READERS)
    return f"this-tests syntax {sys.version_info[:2]} {blob_of(code)}\n".encode()
