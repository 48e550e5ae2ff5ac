"""Reads and writes the observations of sessions: one file for each, merged without locks.

A file is never changed. A merge writes the union as a new file and only then removes those that it
read, so sessions that end at the same time lose nothing.
"""

import sys
import zlib
from array import array
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from operator import sub
from pathlib import Path

import msgspec

from ..files import atomic_write
from .relation import Relation, RelationBuilder, Row, united

__all__ = ["Relation", "RelationBuilder", "load", "merge_parts", "write"]

_SUFFIX = ".observed"
# The last byte changes with the format. The checksum of what follows comes behind it.
_MAGIC = b"this-tests observed 2\n"
_ATTEMPTS = 5
_LEVEL = 6


def write(folder: Path, part_name: str, relation: Relation) -> Path:
    """Write *relation* as one part of the cache, and return its file.

    Raises:
        OSError: The file cannot be written; an existing part of that name is not changed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{part_name}{_SUFFIX}"
    atomic_write(path, _encoded(relation))
    return path


def load(folder: Path, notice: Callable[[str], object] = lambda _: None) -> Relation:
    """Return the union of all parts in *folder*; an empty relation if there are none.

    Args:
        notice: Called with a message for each file that is incomplete or of another version; it is left out.
    """
    return united(relation for _, relation in _parts(folder, notice))


def merge_parts(
    folder: Path,
    part_name: str,
    fresh: Relation | None = None,
    *,
    keep: Callable[[str], bool] = lambda _: True,
    notice: Callable[[str], object] = lambda _: None,
) -> Relation:
    """Replace all parts in *folder* by a single one named *part_name*, and return its relation.

    Args:
        fresh: A relation to add.
        keep: Returns whether to keep the test of a node id.
        notice: As for `load`. A file that cannot be read is not removed.
    """
    parts = _parts(folder, notice)
    known = [relation for _, relation in parts]
    relation = united([*known, fresh or Relation()]).only(keep)
    new = write(folder, part_name, relation)
    for path, _ in parts:
        if path != new:
            path.unlink(missing_ok=True)
    return relation


def _parts(folder: Path, notice: Callable[[str], object]) -> list[tuple[Path, Relation]]:
    for _ in range(_ATTEMPTS):
        try:
            return list(_read_all(sorted(folder.glob(f"*{_SUFFIX}")), notice))
        except FileNotFoundError:
            continue  # Another session merged the parts while we read them; its file is there now.
    return []


def _read_all(paths: Sequence[Path], notice: Callable[[str], object]) -> Iterator[tuple[Path, Relation]]:
    for path in paths:
        try:
            yield path, _decoded(path.read_bytes())
        except FileNotFoundError:
            raise
        except OSError as error:
            notice(f"{path.name} in {path.parent} cannot be read, and is left out ({error.strerror})")
        except (ValueError, msgspec.MsgspecError, zlib.error) as error:
            notice(
                f"{path.name} in {path.parent} is incomplete or of another version, and is left out ({error})"
            )


# The file: a line that says what it is, a checksum, the length of the first of two packed blocks.
# The first is JSON. The second holds for all rows, one after the other, the distances between
# positions (small numbers, which pack well), then all flags.


class _FileHeader(msgspec.Struct):
    """The content of a file besides its pairs; the lists have an item per row."""

    order: str
    code: str
    table: tuple[str, ...]
    tests: list[str]
    lengths: list[int]
    outcomes: list[str]
    sessions: list[int]


def _encoded(relation: Relation) -> bytes:
    rows = relation.rows.values()
    head = _FileHeader(
        order=sys.byteorder,
        code="H" if len(relation.table) <= 1 << 16 else "I",
        table=relation.table,
        tests=list(relation.rows),
        lengths=[len(row.functions) for row in rows],
        outcomes=[row.outcome for row in rows],
        sessions=[row.session for row in rows],
    )
    body = zlib.compressobj(_LEVEL)
    packed = [body.compress(_distances(row, head.code)) for row in rows]
    packed += [body.compress(row.flags) for row in rows]
    first, second = zlib.compress(msgspec.json.encode(head), _LEVEL), b"".join([*packed, body.flush()])
    content = len(first).to_bytes(8, "little") + first + second
    return _MAGIC + zlib.crc32(content).to_bytes(4, "little") + content


def _distances(row: Row, code: str) -> bytes:
    return array(code, map(sub, row.functions, [0, *row.functions])).tobytes()


def _decoded(data: bytes) -> Relation:
    if not data.startswith(_MAGIC):
        raise ValueError("no such format")
    content = memoryview(data)[len(_MAGIC) + 4 :]
    if zlib.crc32(content) != int.from_bytes(data[len(_MAGIC) : len(_MAGIC) + 4], "little"):
        raise ValueError("the checksum is wrong")
    end = 8 + int.from_bytes(content[:8], "little")
    head = msgspec.json.decode(zlib.decompress(content[8:end]), type=_FileHeader)
    if head.order != sys.byteorder:
        raise ValueError("it comes from a machine of the other byte order")
    return Relation(head.table, dict(_rows(head, memoryview(zlib.decompress(content[end:])))))


def _rows(head: _FileHeader, body: memoryview) -> Iterator[tuple[str, Row]]:
    width, begin = array(head.code).itemsize, 0
    flags = sum(head.lengths) * width
    columns = zip(head.tests, head.lengths, head.outcomes, head.sessions, strict=True)
    for test, length, outcome, session in columns:
        end = begin + length
        distances = array(head.code, bytes(body[begin * width : end * width]))
        functions, how = array("I", accumulate(distances)), bytes(body[flags + begin : flags + end])
        yield test, Row(functions, how, outcome, session)
        begin = end
