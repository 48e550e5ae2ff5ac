"""Works out which tests a change affects, without running pytest or importing the library."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ..errors import ThisTestsError
from ..observations.file import load as load_observations
from ..observations.relation import BODY, CALL, DIRECT, Relation, Row, unit
from ..observations.snapshots import environment_name
from ..registry.relevance import CallableName, TestName, name_relevance
from ..settings import Project
from .change_selection import ChangeSelection, known_evidence
from .known_tests import KnownTests, without_group
from .surroundings import CollectedTest
from .tests_to_run import Choice, Ground

__all__ = ["Affected", "AffectedTest", "Chosen", "NothingObservedError", "affected", "choose_known"]


class NothingObservedError(ThisTestsError):
    """No session has observed tests with this Python."""


@dataclass(frozen=True)
class AffectedTest:
    """A test to run, or one case of a parametrised test.

    Attributes:
        node_id: As pytest takes it. Without brackets, it stands for all cases.
        reason: Why it is affected; of several cases, the first one's.
        cases: How many known cases it stands for.
    """

    node_id: str
    reason: str
    cases: int = 1


@dataclass(frozen=True)
class Affected:
    """The tests that a change affects.

    Attributes:
        tests: The one that is likeliest to notice a mistake in the change is first.
        choice: The choice of cases that they come from.
        rev: The commit that the change begins with, as given.
        everything: Why all tests are affected; empty where they are not.
    """

    tests: tuple[AffectedTest, ...]
    choice: Choice
    rev: str
    everything: str = ""

    @property
    def summary(self) -> str:
        """How many tests are affected, and by what."""
        return self.choice.headline.removeprefix("this-tests: ")


@dataclass(frozen=True)
class Chosen:
    """The choice among the cases that earlier sessions know.

    Attributes:
        cases: The known cases.
        choice: Those that a change affects, and why.
        ground: The comparison that they were chosen by.
        relation: The cases and the functions that they were observed to execute.
    """

    cases: Sequence[CollectedTest]
    choice: Choice
    ground: Ground
    relation: Relation

    @property
    def summary(self) -> str:
        """How many tests are affected, and by what."""
        return self.choice.headline.removeprefix("this-tests: ")


def affected(project: Project, rev: str, notice: Callable[[str], object] = lambda _: None) -> Affected:
    """Return the tests of *project* that the changes since a commit affect.

    They are those that `--this-tests-changed` selects, except for what only a collection can know: new cases
    of a parametrised test, and new tests that no file defines by name.

    Args:
        rev: The commit. What changed since tests were observed counts, too.
        notice: Called with a message for each file of observations that cannot be read; it is left out.

    Raises:
        NothingObservedError: No session has observed tests with this Python.
        RepositoryError: git fails, or has no such commit.
        RegistryError: The registry cannot be read.
    """
    found = choose_known(project, rev, notice)
    order = _Order(found.relation, found.ground, found.choice)
    tests = _folded(found.cases, found.choice, order)
    return Affected(tests, found.choice, rev, found.ground.since_rev.everything)


def choose_known(project: Project, rev: str, notice: Callable[[str], object] = lambda _: None) -> Chosen:
    """Return which of the known cases the changes since a commit affect; see `affected`."""
    here = environment_name()
    observations = load_observations(project.observations, notice)
    if not observations.of(here).rows:
        raise NothingObservedError(_nothing_observed(here, sorted(observations.relations)))
    known = KnownTests(project, observations, here)
    evidence = known_evidence(project, observations)
    selection = ChangeSelection(project, observations, evidence, known.surroundings)
    changes = selection.since_rev(rev)
    cases = list(known.tests(selection.files()))
    choice, ground = selection.choose_since(rev, cases, changes)
    return Chosen(cases, choice, ground, evidence.relation)


def _nothing_observed(here: str, others: Sequence[str]) -> str:
    found = f", only with {'; '.join(others)}" if others else ""
    return f"no tests were observed with {here}{found}. Run them once with `pytest --this-tests-observe`"


def _folded(cases: Sequence[CollectedTest], choice: Choice, order: "_Order") -> tuple[AffectedTest, ...]:
    """Return the tests of the chosen cases; all cases of a test, if they are chosen, as one."""
    numbers: dict[str, int] = {}
    chosen: dict[str, list[CollectedTest]] = {}
    for case in cases:
        numbers[case.test] = numbers.get(case.test, 0) + 1
        if case.node_id in choice.reasons:
            chosen.setdefault(case.test, []).append(case)
    found: list[tuple[tuple[object, ...], AffectedTest]] = []
    for test, some in chosen.items():
        ranked = sorted((order.rank(case), case.node_id) for case in some)
        if len(some) == numbers[test]:
            rank, first = ranked[0]
            found.append((rank, AffectedTest(test, choice.reasons[first], len(some))))
        else:
            found += [
                (rank, AffectedTest(without_group(node_id), choice.reasons[node_id]))
                for rank, node_id in ranked
            ]
    return tuple(test for _, test in sorted(found, key=lambda pair: (pair[0], pair[1].node_id)))


class _Order:
    """The order of affected tests: who is likeliest to notice a mistake in what changed is first."""

    def __init__(self, relation: Relation, ground: Ground, choice: Choice) -> None:
        self._relation = relation
        self._choice = choice
        self._impacts = (ground.since_rev, *ground.since_session.values())

    def rank(self, case: CollectedTest) -> tuple[int, int, int, int, int]:
        """Return the place of a chosen case; less is earlier."""
        row = self._relation.rows.get(case.node_id)
        if any((case.source, case.function) in found.tests for found in self._impacts):
            return (0, 0, 0, 0, 0)
        if row is None:
            return (3, 0, 0, 0, 0)
        if row.outcome == "failed":
            return (0, 1, 0, 0, 0)
        name = TestName(case.test)
        for place, functions in ((1, self._changed), (2, self._reached)):
            if how := self._how(row, name, functions):
                return (place, *how, len(row.functions))
        return (4, 0, 0, 0, len(row.functions))

    @staticmethod
    def _how(row: Row, test: TestName, functions: Mapping[int, CallableName]) -> tuple[int, int, int] | None:
        """Return how near the nearest of *functions* is to a test: how directly it ran, and by the names."""
        found = [
            (flags, functions[position])
            for position, flags in zip(row.functions, row.flags, strict=True)
            if position in functions
        ]
        if not found:
            return None
        return min((_distance(flags), *name_relevance(test, name)[:2]) for flags, name in found)

    @cached_property
    def _changed(self) -> Mapping[int, CallableName]:
        return self._named({name for found in self._impacts for name in found.functions})

    @cached_property
    def _reached(self) -> Mapping[int, CallableName]:
        return self._named({name for found in self._impacts for name in found.reached})

    def _named(self, units: Collection[str]) -> Mapping[int, CallableName]:
        return {
            position: CallableName(name.replace(":", "."))
            for position, name in enumerate(self._relation.table)
            if unit(name) in units
        }


def _distance(flags: int) -> int:
    if flags & BODY:
        return 0
    if flags & DIRECT:
        return 1
    return 2 if flags & CALL else 3
