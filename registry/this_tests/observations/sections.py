"""Reads and writes the sections that a file of observations consists of, each for itself."""

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

__all__ = [
    "LEVEL",
    "SUFFIX",
    "SUMMARY",
    "Notice",
    "file_of",
    "packed",
    "read_parts",
    "read_sections",
    "unpacked",
    "value",
]

SUFFIX = ".observed"
# The section of what most readers need; the others are listed in `file`.
SUMMARY = "summary"
# Of packing.
LEVEL = 6
# The last number changes with the format.
_MAGIC = b"this-tests observations 1\n"
_ATTEMPTS = 5
# Of one section, unpacked: a hundred million pairs. A file that claims more is broken or malicious.
_LARGEST = 2**30

# What reading a file that is not one of ours may raise.
_BROKEN = (
    ValueError,
    ArithmeticError,
    LookupError,
    MemoryError,
    RecursionError,
    msgspec.MsgspecError,
    zlib.error,
)

_T = TypeVar("_T")
Notice = Callable[[str], object]


def read_parts(path: Path, read: Callable[[Path], _T], notice: Notice) -> list[tuple[Path, _T]]:
    """Return what *read* makes of each file in the folder *path*, or of the file *path*.

    Args:
        notice: Called with a message for each file that cannot be read; it is left out.
    """
    for _ in range(_ATTEMPTS):
        paths = [path] if path.is_file() else sorted(path.glob(f"*{SUFFIX}"))
        try:
            return list(_read_all(paths, read, notice))
        except FileNotFoundError:
            continue  # Another session merged the files while we read them; its file is there now.
    return []


def _read_all(paths: Sequence[Path], read: Callable[[Path], _T], notice: Notice) -> Iterator[tuple[Path, _T]]:
    for path in paths:
        try:
            yield path, read(path)
        except FileNotFoundError:
            raise
        except OSError as error:
            notice(f"{path}: cannot be read, and is left out ({error.strerror})")
        except _BROKEN:
            notice(f"{path}: incomplete, or of another version of this-tests, and is left out")


# The file: a line that says what it is, the length of a directory, the directory, which is JSON, and the
# sections that it lists, each packed by itself, so that a reader unpacks only what it needs.


class _Section(msgspec.Struct, array_like=True):
    name: str
    length: int
    checksum: int


_Directory = list[_Section]


def file_of(sections: Mapping[str, bytes]) -> Iterator[bytes]:
    """Yield the content of a file with *sections*, which are packed."""
    directory = msgspec.json.encode(
        [_Section(name, len(data), zlib.crc32(data)) for name, data in sections.items()]
    )
    yield _MAGIC
    yield len(directory).to_bytes(8, "little")
    yield directory
    yield from sections.values()


def read_sections(path: Path, wanted: Callable[[str], bool]) -> dict[str, bytes]:
    """Return the sections with the names that are *wanted*, packed."""
    with path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise ValueError("no such format")
        # A length that is too large reads what is there, which is no directory then.
        data = file.read(min(int.from_bytes(file.read(8), "little"), _LARGEST))
        found = {}
        for section in msgspec.json.decode(data, type=_Directory):
            if not wanted(section.name):
                file.seek(section.length, 1)
                continue
            content = file.read(max(section.length, 0))
            if zlib.crc32(content) != section.checksum:
                raise ValueError("the checksum is wrong")
            found[section.name] = content
        return found


def packed(content: object) -> bytes:
    """Return *content* as a section: packed JSON."""
    return zlib.compress(msgspec.json.encode(content), LEVEL)


def unpacked(data: bytes) -> bytes:
    """Return the bytes that are packed in a section."""
    unpacker = zlib.decompressobj()
    found = unpacker.decompress(data, _LARGEST)
    if not unpacker.eof:
        raise ValueError("too large, or incomplete")
    return found


def value(data: bytes, kind: type[_T] | Any) -> _T:
    """Return the content of a section of packed JSON, which is of the type *kind*."""
    found: _T = msgspec.json.decode(unpacked(data), type=kind)
    return found
