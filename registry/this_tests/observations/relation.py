"""The relation of tests and the functions that they executed, as one compact value."""

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import chain, compress

import msgspec
from msgspec.structs import replace

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
    "united",
]

# How a test executed a function, as bits of one byte: in which phases, whether the test's own
# code called it (a fixture or a helper in a test file counts), and whether the test's body did.
SETUP, CALL, TEARDOWN, DIRECT, BODY = 1, 2, 4, 8, 16


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
    outcome: str = "passed"
    session: int = 0

    def at(self, positions: "array[int]") -> "Row":
        """Return this row for a table in which each function has another position."""
        pairs = sorted(zip((positions[function] for function in self.functions), self.flags, strict=True))
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
            self.session,
        )


class Relation(msgspec.Struct, frozen=True, dict=True):
    """All pairs of a test and a function that it executed.

    A test is a node id, with the brackets of a parametrised case, so that a run of one case
    leaves the others unchanged. A function is ``module:qualname``, by its defining module and
    its code; so is a callable without code of the library, such as a class or a C callable.

    Attributes:
        table: The functions, each once.
        rows: The functions that each test executed, by node id.
    """

    table: tuple[str, ...] = ()
    rows: Mapping[str, Row] = msgspec.field(default_factory=dict)

    @property
    def tests(self) -> frozenset[str]:
        """The tests of the relation."""
        return frozenset(self.rows)

    @property
    def session(self) -> int:
        """The start time of the newest session of any row, in nanoseconds."""
        return max((row.session for row in self.rows.values()), default=0)

    @property
    def functions(self) -> frozenset[str]:
        """The functions that any test executed."""
        return frozenset(self._tests_by_function)

    def outcome(self, test: str) -> str:
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
        return Relation(self.table, {test: row for test, row in self.rows.items() if wanted(test)})

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

    def put(self, test: str, row: Row, outcome: str) -> None:
        """Put in the row of a case; a second one, of another process, adds to the first."""
        row = replace(row, outcome=outcome)
        self._rows[test] = self._rows[test] | row if test in self._rows else row

    def add(self, test: str, functions: Iterable[str], flags: Iterable[int], outcome: str) -> None:
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
    survivors = _newest(list(relations))
    # The table of the largest part stays as it is, and so do all its rows; and what only
    # replaced rows named is forgotten with their part.
    survivors.sort(key=lambda part: len(part.rows), reverse=True)
    table: dict[str, int] = {}
    rows: dict[str, Row] = {}
    for part in survivors:
        positions = array("I", [table.setdefault(function, len(table)) for function in part.table])
        moved = positions != array("I", range(len(positions)))
        for test, row in part.rows.items():
            new = row.at(positions) if moved else row
            rows[test] = rows[test] | new if test in rows else new
    return Relation(tuple(table), rows)


def _newest(relations: list[Relation]) -> list[Relation]:
    newest: dict[str, int] = {}
    for test, row in chain.from_iterable(relation.rows.items() for relation in relations):
        newest[test] = max(newest.get(test, 0), row.session)
    kept = (
        Relation(part.table, {test: row for test, row in part.rows.items() if row.session == newest[test]})
        for part in relations
    )
    return [part for part in kept if part.rows]


# By function the name of the callable and its aliases, as plain data: they travel between processes.
Named = dict[str, tuple[str, tuple[str, ...]]]


# A call of one of these counts as a call of the class.
MAKERS = (".__init__", ".__new__")
