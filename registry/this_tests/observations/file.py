"""Reads and writes the folder ``test_observations``: one file, merged without locks.

A file is never changed. A merge writes the union as a new file and only then removes those that it
read, so sessions that end at the same time lose nothing, and files of other machines can be put beside it.
"""

import sys
import zlib
from array import array
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import accumulate
from operator import sub
from pathlib import Path

import msgspec
from msgspec.structs import replace

from ..files import atomic_write
from ..registry.model import Outcome
from ..settings import OBSERVATIONS
from ..source.fingerprint import Outline
from .audits import Audit, Audits, united_audits
from .collected import Collected
from .inputs import SharedInputs
from .observations import Observations, learned, merged
from .proofs import Proof, Proofs, united_proofs
from .relation import Relation, Row
from .sections import (
    LEVEL,
    SUFFIX,
    SUMMARY,
    Notice,
    file_of,
    packed,
    read_parts,
    read_sections,
    unpacked,
    value,
)
from .snapshots import Snapshot
from .unsteady import Unsteady, existing

__all__ = [
    "add",
    "evidence_files",
    "load",
    "load_audits",
    "load_names",
    "load_proofs",
    "load_relations",
    "load_snapshots",
    "write",
]


def write(folder: Path, part_name: str, observations: Observations) -> Path:
    """Write *observations* as one file in *folder*, and return it.

    The folder gets a ``.gitignore``, because what runs see is not committed.

    Raises:
        OSError: The file cannot be written; an existing one of that name is not changed.
    """
    return _write(folder, part_name, _sections(observations))


def _write(folder: Path, part_name: str, sections: Mapping[str, bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")
    path = folder / f"{part_name}{SUFFIX}"
    atomic_write(path, b"".join(file_of(sections)))
    return path


def load(path: Path, notice: Notice = lambda _: None) -> Observations:
    """Return the union of all files in the folder *path*, or the content of the file *path*.

    What several files show together, `learned`, is included.

    Args:
        notice: Called with a message for each file that cannot be read; it is left out.
    """
    return learned(observations for _, observations in read_parts(path, _observations, notice))


def load_relations(
    path: Path, notice: Notice = lambda _: None
) -> tuple[Sequence[Relation], Mapping[str, str]]:
    """Return the relations of `load`, and the public names of functions.

    Usually there is one file, of which nothing else is read.

    Args:
        notice: As for `load`.
    """
    parts = read_parts(path, _relations_and_names, notice)
    if len(parts) == 1:
        return parts[0][1]
    found = load(path) if parts else Observations()
    return tuple(found.relations.values()), found.named


def _relations_and_names(path: Path) -> tuple[Sequence[Relation], Mapping[str, str]]:
    found = read_sections(path, lambda name: name == _NAMES or name.startswith((f"{_TESTS} ", f"{_PAIRS} ")))
    names: Mapping[str, tuple[int, str]] = value(found[_NAMES], dict[str, tuple[int, str]])
    relations = tuple(_relations(found, _TESTS, _PAIRS).values())
    return relations, {function: name for function, (_, name) in names.items()}


def load_names(path: Path, notice: Notice = lambda _: None) -> Mapping[str, str]:
    """Return the public names of functions alone, of all files in the folder *path*.

    Args:
        notice: As for `load`.
    """
    parts = read_parts(path, _names_of, notice)
    newest: dict[str, tuple[int, str]] = {}
    for _, names in parts:
        for function, known in names.items():
            newest[function] = max(known, newest.get(function, known))
    return {function: name for function, (_, name) in newest.items()}


def _names_of(path: Path) -> Mapping[str, tuple[int, str]]:
    names: Mapping[str, tuple[int, str]] = value(
        read_sections(path, lambda name: name == _NAMES)[_NAMES], dict[str, tuple[int, str]]
    )
    return names


def load_audits(path: Path, notice: Notice = lambda _: None) -> Audits:
    """Return the audits of `load`; nothing else is read."""
    parts = read_parts(path, lambda file: _audits(read_sections(file, lambda name: name == _AUDITS)), notice)
    return united_audits(audits for _, audits in parts)


def load_proofs(path: Path, notice: Notice = lambda _: None) -> Proofs:
    """Return the proofs of `load`; nothing else is read."""
    parts = read_parts(path, lambda file: _proofs(read_sections(file, lambda name: name == _PROOFS)), notice)
    return united_proofs(proofs for _, proofs in parts)


def load_snapshots(path: Path, environment: str, notice: Notice = lambda _: None) -> Mapping[int, Snapshot]:
    """Return the code that tests last ran in one environment, by session; little else is read.

    Args:
        environment: Its name, as in `Observations.relations`.
    """
    parts = read_parts(path, lambda file: _last_snapshots(file, environment), notice)
    return {session: snapshot for _, found in parts for session, snapshot in found.items()}


def _last_snapshots(path: Path, environment: str) -> Mapping[int, Snapshot]:
    tests = f"{_TESTS} {environment}"
    found = read_sections(path, lambda name: name in (_SNAPSHOTS, tests))
    if tests not in found:
        return {}
    rows: _SessionsOfTests = value(found[tests], _SessionsOfTests)
    last = set(rows.sessions[: len(rows.sessions) - rows.earlier])
    snapshots = _snapshots(found[_SNAPSHOTS])
    return {session: snapshot for session, snapshot in snapshots.items() if session in last}


def evidence_files(registry: Path) -> list[Path]:
    """Return the files of the evidence: *registry*, and those of the observations beside it."""
    found = sorted((registry.parent / OBSERVATIONS).glob(f"*{SUFFIX}"))
    return [path for path in (registry, *found) if path.is_file()]


def add(  # noqa: PLR0913  # one merge, and what may be different about it
    folder: Path,
    part_name: str,
    fresh: Observations,
    *,
    outlines: Callable[[Container[str]], Mapping[str, Outline]] = lambda _: {},
    audits: Callable[[Sequence[Observations]], Audits] = lambda _: {},
    keep: Callable[[str], bool] = lambda _: True,
    notice: Notice = lambda _: None,
    anew: bool = False,
) -> Observations:
    """Replace all files in *folder* by a single one named *part_name* with *fresh* added; return its content.

    What the files show together, `learned`, is included, and what is no longer in the code is left out of it.

    Args:
        outlines: Returns further outlines, given those that are known by content.
        audits: Returns further audits, given what the files have.
        keep: Returns whether to keep the test of a node id.
        notice: As for `load`. A file that cannot be read is not removed.
        anew: Forget what depends on the order of tests in the environments of *fresh*, and do not compare
            *fresh* with earlier sessions.

    Raises:
        OSError: It cannot be written; then all files are left.
    """
    parts = read_parts(folder, _observations, notice)
    known = {blob for _, observations in parts for blob in observations.outlines}
    known_parts = [observations for _, observations in parts]
    fresh = replace(
        fresh,
        outlines={**fresh.outlines, **outlines(known)},
        audits={**fresh.audits, **audits(known_parts)},
    )
    if anew:
        everything = merged([merged(known_parts).without_unsteady(fresh.relations), fresh])
    else:
        everything = learned([*known_parts, fresh])
    everything = _without_gone(everything.only(keep), fresh)
    new = _write(folder, part_name, _sections(everything, _packed_outlines(parts, everything)))
    for path, _ in parts:
        if path != new:
            path.unlink(missing_ok=True)
    return everything


def _packed_outlines(parts: Iterable[tuple[Path, Observations]], everything: Observations) -> bytes:
    """Return the outlines of *everything* as one of the *parts* has them; empty if none has just these.

    Their keys identify their content. In most sessions no file has changed, and to pack the outlines takes
    longer than all else that is written.
    """
    for path, part in parts:
        if part.outlines.keys() == everything.outlines.keys():
            with suppress(OSError):  # Another session has merged it in the meantime.
                return read_sections(path, lambda name: name == _OUTLINES)[_OUTLINES]
    return b""


def _without_gone(everything: Observations, fresh: Observations) -> Observations:
    """Leave out the unsteady functions that the code of the *fresh* session no longer has."""
    unsteady = dict(everything.unsteady)
    for environment in unsteady.keys() & fresh.relations.keys():
        known = unsteady[environment]
        for snapshot in fresh.snapshots.values():
            known = replace(known, functions=existing(known.functions, snapshot.files, everything.outlines))
        unsteady[environment] = known
    return replace(everything, unsteady={name: known for name, known in unsteady.items() if known})


_NAMES, _OUTCOMES = "names", "outcomes"
_SNAPSHOTS, _OUTLINES = "snapshots", "outlines"
_TESTS, _PAIRS = "tests", "pairs"
_READERS, _INPUTS = "readers", "inputs"
_UNSTEADY = "unsteady"
_AUDITS = "audits"
_SKIPPED = "skipped"
_PROOFS = "proofs"


def _sections(observations: Observations, outlines: bytes = b"") -> dict[str, bytes]:
    """Return what a file consists of; *outlines* are those of *observations*, if they are packed already."""
    sections = {
        SUMMARY: packed(observations.summary()),
        _NAMES: packed(observations.names),
        _SNAPSHOTS: packed(_Snapshots.of(observations.snapshots)),
        _OUTLINES: outlines or packed(observations.outlines),
        _OUTCOMES: packed(observations.outcomes),
    }
    for environment, relation in observations.relations.items():
        sections |= _sections_of(relation, environment, _TESTS, _PAIRS)
    for environment, relation in observations.inputs.items():
        sections |= _sections_of(_with_inputs(relation), environment, _READERS, _INPUTS)
    if observations.unsteady:
        sections[_UNSTEADY] = packed(
            {name: _UnsteadyInFile.of(known) for name, known in observations.unsteady.items()}
        )
    if observations.audits:
        sections[_AUDITS] = packed(observations.audits)
    if observations.skipped:
        sections[_SKIPPED] = packed(observations.skipped)
    if observations.proofs:
        sections[_PROOFS] = packed(observations.proofs)
    return sections


def _sections_of(relation: Relation, environment: str, tests: str, pairs: str) -> dict[str, bytes]:
    rows = [*relation.rows.values(), *relation.earlier.values()]
    return {
        f"{tests} {environment}": packed(_Tests.of(relation)),
        f"{pairs} {environment}": b"".join(_pairs(rows)),
    }


def _observations(path: Path) -> Observations:
    found = read_sections(path, lambda name: name != SUMMARY)
    relations = _relations(found, _TESTS, _PAIRS)
    return Observations(
        relations=relations,
        inputs={
            environment: _with_all(inputs, relations[environment])
            for environment, inputs in _relations(found, _READERS, _INPUTS).items()
        },
        names=value(found[_NAMES], dict[str, tuple[int, str]]),
        snapshots=_snapshots(found[_SNAPSHOTS]),
        outlines=value(found[_OUTLINES], dict[str, Outline]),
        outcomes=value(found[_OUTCOMES], dict[str, dict[str, tuple[int, Outcome]]]),
        unsteady=_unsteady(found[_UNSTEADY]) if _UNSTEADY in found else {},
        audits=_audits(found),
        skipped=value(found[_SKIPPED], dict[str, dict[str, int]]) if _SKIPPED in found else {},
        proofs=_proofs(found),
    )


def _audits(found: Mapping[str, bytes]) -> Audits:
    return value(found[_AUDITS], dict[int, Audit]) if _AUDITS in found else {}


def _proofs(found: Mapping[str, bytes]) -> Proofs:
    return value(found[_PROOFS], dict[str, Proof]) if _PROOFS in found else {}


def _relations(found: Mapping[str, bytes], tests: str, pairs: str) -> dict[str, Relation]:
    environments = [name.partition(" ")[2] for name in found if name.startswith(f"{tests} ")]
    return {
        environment: _relation(found[f"{tests} {environment}"], found[f"{pairs} {environment}"])
        for environment in environments
    }


# Most tests have no inputs. Their rows are those of the other relation, empty, and are not written.


def _with_inputs(relation: Relation) -> Relation:
    return Relation(
        relation.table,
        *(
            {test: row for test, row in rows.items() if row.functions}
            for rows in (relation.rows, relation.earlier)
        ),
    )


def _with_all(inputs: Relation, relation: Relation) -> Relation:
    nothing = array("I")
    return Relation(
        inputs.table,
        *(
            {test: some.get(test) or replace(row, functions=nothing, flags=b"") for test, row in rows.items()}
            for some, rows in ((inputs.rows, relation.rows), (inputs.earlier, relation.earlier))
        ),
    )


class _UnsteadyInFile(msgspec.Struct):
    functions: list[str]
    tests: list[str]

    @classmethod
    def of(cls, unsteady: Unsteady) -> "_UnsteadyInFile":
        return cls(sorted(unsteady.functions), sorted(unsteady.tests))


def _unsteady(data: bytes) -> dict[str, Unsteady]:
    found: dict[str, _UnsteadyInFile] = value(data, dict[str, _UnsteadyInFile])
    return {
        environment: Unsteady(frozenset(known.functions), frozenset(known.tests))
        for environment, known in found.items()
    }


# Snapshots. Those of one project have most files in common, so each lists distances between positions in one
# table of all.


class _SnapshotInFile(msgspec.Struct):
    files: list[int]
    environment: str
    at_import: tuple[str, ...]
    inputs: SharedInputs | None = None
    made: tuple[str, ...] = ()
    collected: Collected | None = None


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
            found[session] = _SnapshotInFile(
                distances,
                snapshot.environment,
                snapshot.at_import,
                snapshot.inputs,
                snapshot.made,
                snapshot.collected,
            )
        return cls(files, found)


def _snapshots(data: bytes) -> dict[int, Snapshot]:
    found: _Snapshots = value(data, _Snapshots)
    return {
        session: Snapshot(
            dict(found.files[position] for position in accumulate(snapshot.files)),
            snapshot.environment,
            snapshot.at_import,
            snapshot.inputs,
            snapshot.made,
            snapshot.collected,
        )
        for session, snapshot in found.snapshots.items()
    }


# The relation of one environment: its tests, as JSON, and its pairs. These are for all rows, one after the
# other, the distances between positions (small numbers, which pack well), then all flags.


class _SessionsOfTests(msgspec.Struct):
    """A part of `_Tests`, to be read alone."""

    earlier: int
    sessions: list[int]


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
    packer = zlib.compressobj(LEVEL)
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
    head: _Tests = value(tests, _Tests)
    rows = list(_rows(head, memoryview(unpacked(pairs))))
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
