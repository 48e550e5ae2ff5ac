"""The relation of tests and the functions that they executed, as one compact value."""

from array import array
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import chain, compress
from typing import Literal

import msgspec
from msgspec.structs import replace

from ..registry.model import Outcome

__all__ = [
    "BODY",
    "CALL",
    "DIRECT",
    "MAKERS",
    "SETUP",
    "TEARDOWN",
    "Named",
    "Relation",
    "RelationBuilder",
    "Row",
    "combined",
    "unit",
    "united",
]

# How a test executed a function, as bits of one byte: in which phases, whether the test's own
# code called it (a fixture or a helper in a test file counts), and whether the test's body did.
SETUP, CALL, TEARDOWN, DIRECT, BODY = 1, 2, 4, 8, 16


def unit(function: str) -> str:
    """Return the outermost function around *function*: the smallest part in which changes are detected."""
    return function.partition(".<locals>")[0]


class Row(msgspec.Struct, frozen=True, gc=False):
    """The functions that a test executed.

    Attributes:
        functions: Ascending positions in the relation's table of functions.
        flags: For each of them a byte of `SETUP`, `CALL`, `TEARDOWN`, `DIRECT` and `BODY`.
        outcome: ``passed``, ``failed`` or ``xfailed``.
        session: The start time of the session, in nanoseconds; the newest row of a test counts.
    """

    functions: "array[int]"
    flags: bytes
    outcome: Outcome = "passed"
    session: int = 0

    @property
    def is_good(self) -> bool:
        """Whether the test passed, or failed as expected."""
        return self.outcome != "failed"

    def at(self, positions: "array[int]") -> "Row":
        """Return this row for a table in which each function has another position."""
        pairs = sorted(zip((positions[function] for function in self.functions), self.flags, strict=True))
        functions, flags = array("I", [position for position, _ in pairs]), bytes(flag for _, flag in pairs)
        return replace(self, functions=functions, flags=flags)

    def of(self, positions: Mapping[int, int]) -> "Row":
        """Return this row with those functions only that have a position in another table, in its order."""
        pairs = [
            (positions[function], flag)
            for function, flag in zip(self.functions, self.flags, strict=True)
            if function in positions
        ]
        functions, flags = array("I", [position for position, _ in pairs]), bytes(flag for _, flag in pairs)
        return replace(self, functions=functions, flags=flags)

    def __or__(self, other: "Row") -> "Row":
        """Return both rows in one: a case that ran in two workers of one session."""
        flags = dict(zip(self.functions, self.flags, strict=True))
        for function, flag in zip(other.functions, other.flags, strict=True):
            flags[function] = flags.get(function, 0) | flag
        outcome = max(self.outcome, other.outcome, key=("passed", "xfailed", "failed").index)
        order = sorted(flags)
        return Row(
            array("I", order),
            bytes(flags[function] for function in order),
            outcome,
            max(self.session, other.session),
        )


class Relation(msgspec.Struct, frozen=True, dict=True):
    """All pairs of a test and a function that it executed.

    A test is a node id, with the brackets of a parametrised case, so that a run of one case
    leaves the others unchanged. A function is ``module:qualname``, by its defining module and
    its code; so is a callable without code of the library, such as a class or a C callable.

    Attributes:
        table: The functions, each once.
        rows: The functions that each test executed when it last ran, by node id.
        earlier: Of tests that failed then, those that they executed when they last passed.
    """

    table: tuple[str, ...] = ()
    rows: Mapping[str, Row] = msgspec.field(default_factory=dict)
    earlier: Mapping[str, Row] = msgspec.field(default_factory=dict)

    @property
    def tests(self) -> frozenset[str]:
        """The tests of the relation."""
        return frozenset(self.rows)

    @property
    def session(self) -> int:
        """The start time of the newest session of any row, in nanoseconds."""
        return max((row.session for row in self.rows.values()), default=0)

    def good_rows(self) -> Iterator[tuple[str, Row]]:
        """Yield all rows of runs in which the test passed, or failed as expected."""
        yield from ((test, row) for test, row in self.rows.items() if row.is_good)
        yield from self.earlier.items()

    def passing(self) -> Iterator[tuple[str, Row]]:
        """Yield each test that ever passed, or failed as expected, with its last row of such a run."""
        for test, row in self.rows.items():
            good = row if row.is_good else self.earlier.get(test)
            if good is not None:
                yield test, good

    @property
    def functions(self) -> frozenset[str]:
        """The functions that any test executed."""
        return frozenset(self._tests_by_function)

    def used(self) -> frozenset[str]:
        """Return the functions of all rows, also of earlier ones."""
        positions = {
            position for row in (*self.rows.values(), *self.earlier.values()) for position in row.functions
        }
        return frozenset(self.table[position] for position in positions)

    def outcome(self, test: str) -> Outcome | Literal[""]:
        """Return the observed outcome of *test*: ``passed``, ``xfailed``, ``failed``, or ``""``."""
        row = self.rows.get(test)
        return "" if row is None else row.outcome

    def functions_of(self, test: str) -> frozenset[str]:
        """Return the functions that *test* executed, in any phase."""
        row = self.rows.get(test)
        return frozenset() if row is None else frozenset(self.table[position] for position in row.functions)

    def flags_of(self, test: str) -> Iterator[tuple[str, int]]:
        """Yield each function that *test* executed, and how."""
        if (row := self.rows.get(test)) is not None:
            yield from zip((self.table[position] for position in row.functions), row.flags, strict=True)

    def tests_of(self, function: str) -> frozenset[str]:
        """Return the tests that executed *function*."""
        return frozenset(self._tests_by_function.get(function, ()))

    def __len__(self) -> int:
        """Return the number of pairs."""
        return sum(len(row.functions) for row in self.rows.values())

    def only(self, wanted: Callable[[str], bool]) -> "Relation":
        """Return the relation of the tests whose node ids are *wanted*."""
        rows = {test: row for test, row in self.rows.items() if wanted(test)}
        return Relation(self.table, rows, {test: row for test, row in self.earlier.items() if test in rows})

    def without(self, unwanted: Container[str]) -> "Relation":
        """Return the relation without *unwanted* functions."""
        kept = [position for position, name in enumerate(self.table) if name not in unwanted]
        positions = {old: new for new, old in enumerate(kept)}
        rows, earlier = (
            {test: row.of(positions) for test, row in rows.items()} for rows in (self.rows, self.earlier)
        )
        return Relation(tuple(self.table[position] for position in kept), rows, earlier)

    def __or__(self, other: "Relation") -> "Relation":
        """Return the union; of a test in both, the row of the newer session."""
        return united([self, other])

    @cached_property
    def _tests_by_function(self) -> Mapping[str, list[str]]:
        found: list[list[str]] = [[] for _ in self.table]
        for test, row in self.rows.items():
            for position in row.functions:
                found[position].append(test)
        return {self.table[position]: found[position] for position in compress(range(len(found)), found)}


class RelationBuilder:
    """Makes a `Relation`, test by test.

    Args:
        session: The start time of the session, in nanoseconds.
    """

    def __init__(self, session: int) -> None:
        self._session = session
        self._positions: dict[str, int] = {}
        self._rows: dict[str, Row] = {}

    def row(self, functions: Iterable[str], flags: Iterable[int]) -> Row:
        """Return the functions that a test executed as a row, to be put in later."""
        positions = self._positions
        pairs = sorted(
            zip(
                (positions.setdefault(function, len(positions)) for function in functions), flags, strict=True
            )
        )
        return Row(
            array("I", [position for position, _ in pairs]),
            bytes(flag for _, flag in pairs),
            session=self._session,
        )

    def put(self, test: str, row: Row, outcome: Outcome) -> None:
        """Put in the row of a case; a second one, of another process, adds to the first."""
        row = replace(row, outcome=outcome)
        self._rows[test] = self._rows[test] | row if test in self._rows else row

    def add(self, test: str, functions: Iterable[str], flags: Iterable[int], outcome: Outcome) -> None:
        """Put in what a case executed."""
        self.put(test, self.row(functions, flags), outcome)

    def relation(self) -> Relation:
        """Return the relation of the rows so far."""
        return Relation(tuple(self._positions), dict(self._rows))


def united(relations: Iterable[Relation]) -> Relation:
    """Return the union of *relations*: the newest row of each test, or all that are equally new.

    The union is commutative, associative and idempotent, so parts can be merged in any order and
    more than once.
    """
    parts = list(relations)
    newest = _newest(chain.from_iterable(part.rows.items() for part in parts))
    failed = {
        test
        for part in parts
        for test, row in part.rows.items()
        if row.session == newest[test] and not row.is_good
    }
    good = _newest((test, row) for part in parts for test, row in part.good_rows() if test in failed)
    return _joined([_survivors(part, newest, good) for part in parts])


def combined(relations: Iterable[Relation]) -> Relation:
    """Return all rows of *relations*, those of the same test as one: of runs in several environments."""
    return _joined(list(relations))


def _newest(rows: Iterable[tuple[str, Row]]) -> dict[str, int]:
    newest: dict[str, int] = {}
    for test, row in rows:
        newest[test] = max(newest.get(test, 0), row.session)
    return newest


def _survivors(part: Relation, newest: Mapping[str, int], good: Mapping[str, int]) -> Relation:
    rows = {test: row for test, row in part.rows.items() if row.session == newest[test]}
    earlier = {test: row for test, row in part.good_rows() if row.session == good.get(test)}
    return Relation(part.table, rows, earlier)


def _joined(parts: list[Relation]) -> Relation:
    # The table of the largest part stays as it is, and so do all its rows; and what only
    # replaced rows named is forgotten with their part.
    parts = [part for part in parts if part.rows or part.earlier]
    parts.sort(key=lambda part: len(part.rows), reverse=True)
    table: dict[str, int] = {}
    rows: dict[str, Row] = {}
    earlier: dict[str, Row] = {}
    for part in parts:
        positions = array("I", [table.setdefault(function, len(table)) for function in part.table])
        moved = None if positions == array("I", range(len(positions))) else positions
        _add(rows, part.rows, moved)
        _add(earlier, part.earlier, moved)
    return Relation(tuple(table), rows, earlier)


def _add(rows: dict[str, Row], more: Mapping[str, Row], moved: "array[int] | None") -> None:
    for test, row in more.items():
        new = row if moved is None else row.at(moved)
        rows[test] = rows[test] | new if test in rows else new


# By function the name of the callable, as plain data: they travel between processes.
Named = Mapping[str, str]


# A call of one of these counts as a call of the class.
MAKERS = (".__init__", ".__new__")
