"""Reads and writes the folder ``test_observations``: one file, merged without locks.

A file is never changed. A merge writes the union as a new file and only then removes those that it
read, so sessions that end at the same time lose nothing, and files of other machines can be put beside it.
"""

import sys
import zlib
from array import array
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from itertools import accumulate
from operator import sub
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from ..files import atomic_write
from ..registry.model import Outcome
from ..settings import OBSERVATIONS
from ..source.fingerprint import Outline
from .observations import Observations, merged
from .relation import Relation, Row
from .snapshots import Snapshot
from .summary import Summary

__all__ = ["add", "evidence_files", "load", "load_summary", "write"]

_SUFFIX = ".observed"
# The last number changes with the format.
_MAGIC = b"this-tests observations 1\n"
_ATTEMPTS = 5
_LEVEL = 6
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


def write(folder: Path, part_name: str, observations: Observations) -> Path:
    """Write *observations* as one file in *folder*, and return it.

    The folder gets a ``.gitignore``, because what runs see is not committed.

    Raises:
        OSError: The file cannot be written; an existing one of that name is not changed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")
    path = folder / f"{part_name}{_SUFFIX}"
    atomic_write(path, b"".join(_file(_sections(observations))))
    return path


def load(path: Path, notice: Notice = lambda _: None) -> Observations:
    """Return the union of all files in the folder *path*, or the content of the file *path*.

    Args:
        notice: Called with a message for each file that cannot be read; it is left out.
    """
    return merged(observations for _, observations in _parts(path, _observations, notice))


def load_summary(path: Path, notice: Notice = lambda _: None) -> Summary:
    """Return the summary of all files in the folder *path*, or of the file *path*.

    Usually there is one file, which contains it, and nothing else is read of it.

    Args:
        notice: As for `load`.
    """
    found = _parts(path, _summary, notice)
    return found[0][1] if len(found) == 1 else load(path).summary() if found else Summary()


def evidence_files(registry: Path) -> list[Path]:
    """Return the files of the evidence: *registry*, and those of the observations beside it."""
    found = sorted((registry.parent / OBSERVATIONS).glob(f"*{_SUFFIX}"))
    return [path for path in (registry, *found) if path.is_file()]


def add(  # noqa: PLR0913  # one merge, and what may be different about it
    folder: Path,
    part_name: str,
    fresh: Observations,
    *,
    outlines: Callable[[Container[str]], Mapping[str, Outline]] = lambda _: {},
    keep: Callable[[str], bool] = lambda _: True,
    notice: Notice = lambda _: None,
) -> Observations:
    """Replace all files in *folder* by a single one named *part_name* with *fresh* added; return its content.

    Args:
        outlines: Returns further outlines, given those that are known by content.
        keep: Returns whether to keep the test of a node id.
        notice: As for `load`. A file that cannot be read is not removed.

    Raises:
        OSError: It cannot be written; then all files are left.
    """
    parts = _parts(folder, _observations, notice)
    known = {blob for _, observations in parts for blob in observations.outlines}
    fresh = replace(fresh, outlines={**fresh.outlines, **outlines(known)})
    everything = merged([*(observations for _, observations in parts), fresh]).only(keep)
    new = write(folder, part_name, everything)
    for path, _ in parts:
        if path != new:
            path.unlink(missing_ok=True)
    return everything


def _parts(path: Path, read: Callable[[Path], _T], notice: Notice) -> list[tuple[Path, _T]]:
    for _ in range(_ATTEMPTS):
        paths = [path] if path.is_file() else sorted(path.glob(f"*{_SUFFIX}"))
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


def _file(sections: Mapping[str, bytes]) -> Iterator[bytes]:
    directory = msgspec.json.encode(
        [_Section(name, len(data), zlib.crc32(data)) for name, data in sections.items()]
    )
    yield _MAGIC
    yield len(directory).to_bytes(8, "little")
    yield directory
    yield from sections.values()


def _read_sections(path: Path, wanted: Callable[[str], bool]) -> dict[str, bytes]:
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
            packed = file.read(max(section.length, 0))
            if zlib.crc32(packed) != section.checksum:
                raise ValueError("the checksum is wrong")
            found[section.name] = packed
        return found


def _packed(value: object) -> bytes:
    return zlib.compress(msgspec.json.encode(value), _LEVEL)


def _unpacked(data: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    found = unpacker.decompress(data, _LARGEST)
    if not unpacker.eof:
        raise ValueError("too large, or incomplete")
    return found


def _value(data: bytes, kind: type[_T] | Any) -> _T:
    found: _T = msgspec.json.decode(_unpacked(data), type=kind)
    return found


_SUMMARY, _NAMES, _OUTCOMES = "summary", "names", "outcomes"
_SNAPSHOTS, _OUTLINES = "snapshots", "outlines"
_TESTS, _PAIRS = "tests", "pairs"


def _sections(observations: Observations) -> dict[str, bytes]:
    sections = {
        _SUMMARY: _packed(observations.summary()),
        _NAMES: _packed(observations.names),
        _SNAPSHOTS: _packed(_Snapshots.of(observations.snapshots)),
        _OUTLINES: _packed(observations.outlines),
        _OUTCOMES: _packed(observations.outcomes),
    }
    for environment, relation in observations.relations.items():
        rows = [*relation.rows.values(), *relation.earlier.values()]
        sections[f"{_TESTS} {environment}"] = _packed(_Tests.of(relation))
        sections[f"{_PAIRS} {environment}"] = b"".join(_pairs(rows))
    return sections


def _summary(path: Path) -> Summary:
    return _value(_read_sections(path, lambda name: name == _SUMMARY)[_SUMMARY], Summary)


def _observations(path: Path) -> Observations:
    found = _read_sections(path, lambda name: name != _SUMMARY)
    environments = [name.partition(" ")[2] for name in found if name.startswith(f"{_TESTS} ")]
    return Observations(
        relations={
            environment: _relation(found[f"{_TESTS} {environment}"], found[f"{_PAIRS} {environment}"])
            for environment in environments
        },
        names=_value(found[_NAMES], dict[str, tuple[int, str]]),
        snapshots=_snapshots(found[_SNAPSHOTS]),
        outlines=_value(found[_OUTLINES], dict[str, Outline]),
        outcomes=_value(found[_OUTCOMES], dict[str, dict[str, tuple[int, Outcome]]]),
    )


# Snapshots. Those of one project have most files in common, so each lists distances between positions in one
# table of all.


class _SnapshotInFile(msgspec.Struct):
    files: list[int]
    environment: str
    at_import: tuple[str, ...]


class _Snapshots(msgspec.Struct):
    files: list[tuple[str, str]]
    snapshots: dict[int, _SnapshotInFile]

    @classmethod
    def of(cls, snapshots: Mapping[int, Snapshot]) -> "_Snapshots":
        files = sorted({file for snapshot in snapshots.values() for file in snapshot.files.items()})
        positions = {file: position for position, file in enumerate(files)}
        found = {}
        for session, snapshot in snapshots.items():
            listed = sorted(positions[file] for file in snapshot.files.items())
            distances = list(map(sub, listed, [0, *listed]))
            found[session] = _SnapshotInFile(distances, snapshot.environment, snapshot.at_import)
        return cls(files, found)


def _snapshots(data: bytes) -> dict[int, Snapshot]:
    found: _Snapshots = _value(data, _Snapshots)
    return {
        session: Snapshot(
            dict(found.files[position] for position in accumulate(snapshot.files)),
            snapshot.environment,
            snapshot.at_import,
        )
        for session, snapshot in found.snapshots.items()
    }


# The relation of one environment: its tests, as JSON, and its pairs. These are for all rows, one after the
# other, the distances between positions (small numbers, which pack well), then all flags.


class _Tests(msgspec.Struct):
    """The content of a relation besides its pairs; the other lists have an item per row.

    Attributes:
        earlier: The number of rows at the end that are those of `Relation.earlier`.
    """

    table: tuple[str, ...]
    tests: list[str]
    earlier: int
    lengths: list[int]
    outcomes: list[Outcome]
    sessions: list[int]

    @classmethod
    def of(cls, relation: Relation) -> "_Tests":
        rows = [*relation.rows.values(), *relation.earlier.values()]
        return cls(
            table=relation.table,
            tests=[*relation.rows, *relation.earlier],
            earlier=len(relation.earlier),
            lengths=[len(row.functions) for row in rows],
            outcomes=[row.outcome for row in rows],
            sessions=[row.session for row in rows],
        )


def _pairs(rows: Sequence[Row]) -> Iterator[bytes]:
    packer = zlib.compressobj(_LEVEL)
    yield from (packer.compress(_little(_distances(row)).tobytes()) for row in rows)
    yield from (packer.compress(row.flags) for row in rows)
    yield packer.flush()


def _distances(row: Row) -> "array[int]":
    return array("I", map(sub, row.functions, [0, *row.functions]))


def _little(numbers: "array[int]") -> "array[int]":
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def _relation(tests: bytes, pairs: bytes) -> Relation:
    head: _Tests = _value(tests, _Tests)
    rows = list(_rows(head, memoryview(_unpacked(pairs))))
    if not 0 <= head.earlier <= len(rows):
        raise ValueError("a wrong number of rows")
    split = len(rows) - head.earlier
    return Relation(head.table, dict(rows[:split]), dict(rows[split:]))


def _rows(head: _Tests, body: memoryview) -> Iterator[tuple[str, Row]]:
    width = array("I").itemsize
    flags = sum(head.lengths) * width
    if min(head.lengths, default=0) < 0 or len(body) != flags + sum(head.lengths):
        raise ValueError("a wrong number of pairs")
    begin = 0
    columns = zip(head.tests, head.lengths, head.outcomes, head.sessions, strict=True)
    for test, length, outcome, session in columns:
        end = begin + length
        distances = _little(array("I", bytes(body[begin * width : end * width])))
        functions = array("I", accumulate(distances))
        if functions and functions[-1] >= len(head.table):
            raise ValueError("an unknown function")
        yield test, Row(functions, bytes(body[flags + begin : flags + end]), outcome, session)
        begin = end
