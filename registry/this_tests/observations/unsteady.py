"""Finds what a test executes in one order of the tests and not in another: there, a value is kept.

Of two tests that need the same kept value, the one that runs first computes it. In another order it is
another test: however the value is kept, the function that computes it moves.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import chain

import msgspec

from ..source.fingerprint import Outline
from ..source.packages import may_be_file_of
from .relation import CALL, SETUP, Relation, RelationBuilder, Row, unit, united

__all__ = ["Unsteady", "compared", "existing"]


class Unsteady(msgspec.Struct, frozen=True):
    """What depends on the order of tests.

    Attributes:
        functions: The outermost functions that a test executed in one session and not in another, of equal
            code, as ``module:qualname``.
        tests: The tests, by node id, that passed in one such session and not in another.
    """

    functions: frozenset[str] = frozenset()
    tests: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        """Return whether anything does."""
        return bool(self.functions or self.tests)

    def __or__(self, other: "Unsteady") -> "Unsteady":
        """Return the union."""
        return Unsteady(self.functions | other.functions, self.tests | other.tests)

    def only(self, wanted: Callable[[str], bool]) -> "Unsteady":
        """Return this without the tests whose node ids are not *wanted*."""
        return Unsteady(self.functions, frozenset(filter(wanted, self.tests)))


def compared(relations: Iterable[Relation], code: Mapping[int, Hashable]) -> tuple[Unsteady, Relation]:
    """Compare the rows of *relations* from sessions of equal code.

    Args:
        code: Identifies the code that a session ran, and what it ran on; sessions without are not compared.

    Returns:
        What the comparison shows, and the rows that differ, united, each as of its newest session.
    """
    functions: set[str] = set()
    tests: set[str] = set()
    builders: dict[int, RelationBuilder] = {}
    for test, runs in _runs_of_equal_code(list(relations), code):
        if len({run.row.outcome for run in runs}) > 1:
            tests.add(test)
        # What a test that failed did not reach says nothing.
        passed = [run for run in runs if run.row.outcome == "passed"]
        moved = _moved(passed)
        if moved:
            functions |= moved
            newest = max(run.row.session for run in passed)
            builder = builders.setdefault(newest, RelationBuilder(newest))
            for run in passed:
                names = [run.table[position] for position in run.row.functions]
                builder.add(test, names, run.row.flags, "passed")
    rows = united(builder.relation() for builder in builders.values())
    return Unsteady(frozenset(functions), frozenset(tests)), rows


class _Run(msgspec.Struct, frozen=True, gc=False):
    """A row, with its table of functions, and of the outermost functions around them."""

    row: Row
    table: tuple[str, ...]
    units: list[str]

    def reached(self) -> Iterator[str]:
        """Yield what the test executed before its teardown.

        That of a fixture of wider scope runs in the test that happens to be last.
        """
        for position, flags in zip(self.row.functions, self.row.flags, strict=True):
            if flags & (SETUP | CALL):
                yield self.units[position]


def _runs_of_equal_code(
    relations: Sequence[Relation], code: Mapping[int, Hashable]
) -> Iterator[tuple[str, list[_Run]]]:
    """Yield the tests that ran in several sessions of equal code, with these runs."""
    compare = _in_several(code)
    found: dict[tuple[str, Hashable], list[_Run]] = {}
    for relation in relations if compare else ():
        units = [unit(function) for function in relation.table]
        for test, row in chain(relation.rows.items(), relation.earlier.items()):
            if row.session in compare:
                runs = found.setdefault((test, code[row.session]), [])
                runs.append(_Run(row, relation.table, units))
    for (test, _), runs in found.items():
        if len({run.row.session for run in runs}) > 1:
            yield test, runs


def _in_several(code: Mapping[int, Hashable]) -> frozenset[int]:
    """Return the sessions whose code another session ran as well."""
    sessions: dict[Hashable, list[int]] = {}
    for session, ran in code.items():
        sessions.setdefault(ran, []).append(session)
    return frozenset(session for same in sessions.values() if len(same) > 1 for session in same)


def _moved(runs: Sequence[_Run]) -> set[str]:
    """Return the functions that some sessions have and others have not."""
    reached: dict[int, set[str]] = {}
    for run in runs:
        reached.setdefault(run.row.session, set()).update(run.reached())
    by_any: set[str] = set().union(*reached.values())
    return by_any.difference(by_any.intersection(*reached.values()))


def existing(
    functions: Iterable[str], files: Mapping[str, str], outlines: Mapping[str, Outline]
) -> frozenset[str]:
    """Return those of *functions* that the code still has, or of which the file is not known.

    Args:
        files: The project's files, as in `Snapshot.files`.
        outlines: Those of Python files, by content.
    """
    by_module: dict[str, list[str]] = {}
    for function in functions:
        by_module.setdefault(function.partition(":")[0], []).append(function)
    found: set[str] = set()
    for module, of_module in by_module.items():
        known = [outlines.get(files[path]) for path in files if may_be_file_of(path, module)]
        if not known or None in known:
            found.update(of_module)
        else:
            names = {name for outline in known if outline is not None for name in outline.functions}
            found.update(function for function in of_module if function.partition(":")[2] in names)
    return frozenset(found)
