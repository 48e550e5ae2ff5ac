"""Works out which tests a change affects, without running pytest or importing the library."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial

from ..errors import ThisTestsError
from ..observations.file import load as load_observations
from ..observations.relation import BODY, CALL, DIRECT, Relation, Row, unit
from ..observations.snapshots import environment_name
from ..registry.relevance import CallableName, TestName, name_relevance
from ..settings import Project
from .change_selection import ChangeSelection, known_evidence
from .known_tests import KnownTests, without_group
from .similarity import Similarity, words_of_change, words_of_tests
from .surroundings import CollectedTest
from .survey import text_of
from .tests_to_run import Choice, Ground

_Rank = tuple[int, int, int, int, int]
# First in a rank: tests of a function that changed, and of one that may use what changed.
_BY_CODE = frozenset({1, 2})
# So many tests are compared by their texts, with the changes of so many files.
_COMPARED, _MOST_FILES = 200, 20

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
        text: Returns the text of a file, empty if it cannot be read.
        former: Returns the texts of files in the commit that the change begins with; empty for those that
            it does not have.
    """

    cases: Sequence[CollectedTest]
    choice: Choice
    ground: Ground
    relation: Relation
    text: Callable[[str], str]
    former: Callable[[Sequence[str]], Mapping[str, str]]

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
    tests = _by_similarity(_folded(found.cases, found.choice, order), found)
    return Affected(
        tuple(ranked.test for ranked in tests), found.choice, rev, found.ground.since_rev.everything
    )


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
    return Chosen(
        cases,
        choice,
        ground,
        evidence.relation,
        text=lambda path: text_of(project.root / path),
        former=partial(selection.former, rev),
    )


def _nothing_observed(here: str, others: Sequence[str]) -> str:
    found = f", only with {'; '.join(others)}" if others else ""
    return f"no tests were observed with {here}{found}. Run them once with `pytest --this-tests-observe`"


@dataclass(frozen=True, order=True)
class _Ranked:
    """An affected test with its place in the order; less is earlier."""

    rank: _Rank
    node_id: str
    test: AffectedTest = field(compare=False)
    case: CollectedTest = field(compare=False)


def _folded(cases: Sequence[CollectedTest], choice: Choice, order: "_Order") -> Sequence[_Ranked]:
    """Return the tests of the chosen cases, in order; all cases of a test, if they are chosen, as one."""
    numbers: dict[str, int] = {}
    chosen: dict[str, list[_Ranked]] = {}
    for case in cases:
        numbers[case.test] = numbers.get(case.test, 0) + 1
        if reason := choice.reasons.get(case.node_id):
            test = AffectedTest(without_group(case.node_id), reason)
            chosen.setdefault(case.test, []).append(_Ranked(order.rank(case), case.node_id, test, case))
    found: list[_Ranked] = []
    for name, some in chosen.items():
        if len(some) == numbers[name]:
            first = min(some)
            test = AffectedTest(name, first.test.reason, len(some))
            found.append(_Ranked(first.rank, name, test, first.case))
        else:
            found += some
    return sorted(found)


def _by_similarity(tests: Sequence[_Ranked], found: Chosen) -> Sequence[_Ranked]:
    """Return *tests* with the first of them in the order of how much they speak of what changed."""
    first = tests[:_COMPARED]
    if len(first) == 1 or not any(ranked.rank[0] in _BY_CODE for ranked in first):
        return tests
    similarity = _similarity(first, found)
    compared = sorted(
        first,
        key=lambda ranked: (
            *(ranked.rank[:2] if ranked.rank[0] in _BY_CODE else ranked.rank),
            -similarity.of(ranked.case.test) if ranked.rank[0] in _BY_CODE else 0,
            ranked,
        ),
    )
    return [*compared, *tests[_COMPARED:]]


def _similarity(tests: Sequence[_Ranked], found: Chosen) -> Similarity:
    impact = found.ground.since_rev
    sources = {ranked.case.source for ranked in tests}
    changed = [path for path in sorted(impact.paths - sources) if path.endswith(".py")][:_MOST_FILES]
    before = found.former(changed) if changed else {}
    change = Counter[str]()
    for path in changed:
        change.update(words_of_change(before[path], found.text(path)))
    functions: dict[str, set[str]] = {}
    for ranked in tests:
        if ranked.case.source.endswith(".py"):
            functions.setdefault(ranked.case.source, set()).add(ranked.case.function)
    known = {path: words_of_tests(found.text(path), names) for path, names in functions.items()}
    return Similarity(
        change,
        {
            ranked.case.test: known[ranked.case.source][ranked.case.function]
            for ranked in tests
            if ranked.case.function in known.get(ranked.case.source, {})
        },
    )


class _Order:
    """The order of affected tests: who is likeliest to notice a mistake in what changed is first."""

    def __init__(self, relation: Relation, ground: Ground, choice: Choice) -> None:
        self._relation = relation
        self._choice = choice
        self._impacts = (ground.since_rev, *ground.since_session.values())

    def rank(self, case: CollectedTest) -> _Rank:
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
