"""Reads and writes ``test_registry.json``: its text, its lock and its atomic replacement."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from ..errors import RegistryError, RegistryNotFoundError
from ..files import atomic_write, remove_unfinished
from .file_format import FORMAT, EntryInFile, RegistryFile
from .model import Entry, Link, Observed, Registry, Test
from .validation import explained, refuse_repetitions

__all__ = ["decode", "encode", "load", "rewrite"]

# torch's would have some 20 MB.
_LARGEST = 256 * 2**20
_LOCK_SECONDS = 60.0
_ATTEMPTS = 10
_PLAIN = Link()
_UNOBSERVED = Observed()


def load(path: str | os.PathLike[str]) -> Registry:
    """Return the registry in the file at *path*.

    Raises:
        RegistryNotFoundError: There is no such file.
        RegistryError: The file cannot be read, is not a registry, or has an unknown format.
    """
    path = Path(path)
    return decode(_read(path), path)


def decode(data: bytes, path: Path) -> Registry:
    """Return the registry encoded in *data*, which was read from *path*.

    fastai's format is read, too:
    ``{"pkg.f": [{"file": …, "line": …, "test": …}]}``.

    Raises:
        RegistryError: The data is invalid; the error has the first place.
    """
    try:
        content = msgspec.json.decode(data, type=RegistryFile)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        if (ancestor := _decode_fastai(data)) is None:
            raise explained(error, data, path) from None
        refuse_repetitions(data, path)
        return ancestor
    refuse_repetitions(data, path, content)
    return Registry(
        callables={
            name: Entry(entry.declared, _observed(entry), entry.inferred)
            for name, entry in content.callables.items()
        },
        tests={test: Test(markers=info.markers) for test, info in content.tests.items()},
    )


def _observed(entry: EntryInFile) -> Observed:
    if not entry.examples:
        return _UNOBSERVED
    direct = sum(link.direct for link in entry.examples.values())
    return Observed(len(entry.examples), direct, entry.examples, entry.more)


def encode(registry: Registry) -> bytes:
    """Return *registry* as the content of its file: sorted, one node id per line.

    Numbers of tests, and outcomes, are left out: they depend on what was run. Of a number, it is kept
    whether there are more tests than those listed.
    """
    return "".join(_lines(registry)).encode()


def rewrite(path: Path, change: Callable[[Registry], Registry]) -> tuple[Registry, Registry]:
    """Replace the registry at *path* by the result of *change*, and return both.

    The file is read, changed and replaced under a lock, so sessions that end at the same
    time wait for each other, and the file has the results of all. The new text is written
    beside the file and renamed, so a crash leaves the complete old or new file.
    A file that would not change is not written. If another program, such as git, replaces the
    file in the meantime, *change* is applied to the new content.

    Raises:
        RegistryError: The file cannot be read, locked or written; it is not changed.
    """
    path = path.resolve()
    # The lock, and its import, are needed only if the file changes, which is rare.
    # An existing lock file is held, or was left by a killed session and is removed with ours.
    edit = _Edit.of(_read_if_there(path), path, change)
    if edit.is_idle and not _lock_of(path).exists():
        return edit.old, edit.new
    with _locked(path):
        for _ in range(_ATTEMPTS):
            if (data := _read_if_there(path)) != edit.data:
                edit = _Edit.of(data, path, change)
            if edit.is_idle or _replace(path, edit.data, edit.text):
                return edit.old, edit.new
    raise RegistryError(path, "cannot be written: another program keeps replacing it")


class _Edit(NamedTuple):
    """A file's content, None if there is no file, and its replacement."""

    data: bytes | None
    text: bytes
    old: Registry
    new: Registry

    @classmethod
    def of(cls, data: bytes | None, path: Path, change: Callable[[Registry], Registry]) -> "_Edit":
        old = Registry() if data is None else decode(data, path)
        new = change(old)
        return cls(data, encode(new), old, new)

    @property
    def is_idle(self) -> bool:
        """Whether the file need not be written; a project without declarations gets none."""
        return self.text == self.data or not (self.data or self.new != Registry())


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            # A device, or a link to one, has no size and may have no end.
            large = os.fstat(file.fileno()).st_size > _LARGEST
            data = b"" if large else file.read(_LARGEST + 1)
    except FileNotFoundError:
        raise RegistryNotFoundError(path) from None
    except OSError as error:
        raise RegistryError(path, f"cannot be read: {error.strerror}") from error
    if large or len(data) > _LARGEST:
        raise RegistryError(path, f"larger than {_LARGEST >> 20} MiB, which no registry is")
    return data


def _read_if_there(path: Path) -> bytes | None:
    try:
        return _read(path)
    except RegistryNotFoundError:
        return None


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    # Not before it is needed: filelock 4 sets an audit hook when it is imported, which makes
    # each call of `id`, `open` and `import` in the process slower.
    from filelock import FileLock, Timeout

    lock = FileLock(_lock_of(path), timeout=_LOCK_SECONDS)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise RegistryError(
            path, f"another session has held {lock.lock_file} for {_LOCK_SECONDS:.0f} s"
        ) from None
    except OSError as error:
        raise RegistryError(path, f"cannot be locked: {error.strerror}") from error
    try:
        yield
    finally:
        # Removed while held: a session that waits on the removed file sees that it has no name and
        # tries anew. Windows refuses to remove an open file, and keeps it.
        with suppress(OSError):
            Path(lock.lock_file).unlink()
        lock.release()


def _lock_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.lock")


def _replace(path: Path, old: bytes | None, text: bytes) -> bool:
    """Replace *old* by *text*; return False if the file has other content by now."""
    try:
        remove_unfinished(path)  # We hold the lock.
        return atomic_write(path, text, sync=True, still=lambda: _read_if_there(path) == old)
    except OSError as error:
        raise RegistryError(path, f"cannot be written: {error.strerror}") from error


# The text. msgspec's own formatter gives each brace a line; a link stays on the line of its
# node id, so that git merges and people read one test at a time.


def _lines(registry: Registry) -> Iterator[str]:
    yield f'{{\n  "format": {FORMAT},\n  "callables": '
    yield from _block(registry.callables, 2, _entry)
    yield ',\n  "tests": '
    marked = {test: {"markers": info.markers} for test, info in registry.tests.items() if info.markers}
    yield from _block(marked, 2, lambda test, _: _flat(test))
    yield "\n}\n"


def _entry(entry: Entry, indent: int) -> str:
    by_kind = {"declared": entry.declared, "examples": entry.observed.examples, "inferred": entry.inferred}
    parts = {kind: _links(links, indent + 2) for kind, links in by_kind.items() if links}
    if entry.observed.more or entry.observed.tests > len(entry.observed.examples):
        parts["more"] = "true"
    return "".join(_block(parts, indent, lambda text, _: text, ordered=False))


def _links(links: Mapping[str, Link], indent: int) -> str:
    # Most of the file are links, and most links are plain.
    margin = "\n" + " " * (indent + 2)
    lines = [
        f"{margin}{_quoted(test)}: {'{}' if links[test] == _PLAIN else _flat(links[test])}"
        for test in sorted(links)
    ]
    return f"{{{','.join(lines)}\n{' ' * indent}}}" if lines else "{}"


def _block(
    items: Mapping[str, Any],
    indent: int,
    text: Callable[[Any, int], str],
    *,
    ordered: bool = True,
) -> Iterator[str]:
    if not items:
        yield "{}"
        return
    margin = "\n" + " " * (indent + 2)
    separator = "{" + margin
    for key in sorted(items) if ordered else items:
        yield f"{separator}{_quoted(key)}: {text(items[key], indent + 2)}"
        separator = "," + margin
    yield "\n" + " " * indent + "}"


def _quoted(text: str) -> str:
    return msgspec.json.encode(text).decode()


def _flat(value: object) -> str:
    compact = msgspec.json.encode(value, order="sorted")
    return msgspec.json.format(compact, indent=0).decode()


# The ancestor's format.


class _FastaiTest(msgspec.Struct, forbid_unknown_fields=True):
    file: str
    test: str
    line: int = 0


def _decode_fastai(data: bytes) -> Registry | None:
    try:
        found = msgspec.json.decode(data, type=dict[str, list[_FastaiTest]])
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    return Registry(
        callables={
            name: Entry(declared={f"{test.file}::{test.test}": Link() for test in tests})
            for name, tests in found.items()
            if tests
        }
    )
