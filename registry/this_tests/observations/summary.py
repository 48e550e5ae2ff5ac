"""Summarises observations: by callable how many tests executed it, and the most relevant of them."""

from bisect import insort
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from ..registry.model import LISTED, Link, Observed, Outcome, test_file
from ..registry.relevance import CallableName, TestName, distance_of_file, name_relevance
from .relation import CALL, DIRECT, MAKERS, SETUP, Named, Relation

__all__ = [
    "Outcomes",
    "Summary",
    "by_test",
    "is_news",
    "latest_outcomes",
    "summary",
    "worst_outcome",
]

# A test that executed a callable: whether indirectly, what its names tell, the number of callables that it
# executed, its node id.
_Candidate = tuple[bool, tuple[int, int, int], int, str]
_WORST: tuple[Outcome, ...] = ("passed", "xfailed", "failed")

# By test, without brackets, the session in which it last ran, and its outcome.
Outcomes = Mapping[str, tuple[int, Outcome]]


class Summary(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What readers of a registry need to know of all observations.

    Attributes:
        callables: The tests that executed each callable, by its name.
        outcomes: The last outcomes of the tests that did not pass, by node id without brackets; the
            worst of a test's cases and environments.
    """

    callables: Mapping[str, Observed] = {}
    outcomes: Mapping[str, Outcome] = {}


def summary(
    relations: Iterable[Relation],
    named: Named,
    outcomes: Mapping[str, Outcome] | None = None,
    *,
    every: bool = False,
) -> Summary:
    """Return the summary of the *relations* of all environments, with the *outcomes* of tests.

    Args:
        every: List all tests of each callable, and not only the most relevant ones.
    """
    found: dict[str, _Tests] = {}
    # By test file, the distance of its name from those of callables.
    distances: dict[str, dict[str, int]] = {}
    # There may be millions of pairs of a test and a callable, of which few are listed. So this loop does as
    # little as possible for the others: nearly all are indirect, with names that have nothing in common.
    for test, executed in by_test(relations, named):
        among, named_test = _rounded_up(len(executed)), TestName(test)
        text, near = named_test.text, distances.setdefault(test_file(test), {})
        unlike = [(3, 0, distance, among) for distance in range(3)]
        for name, flags in executed.items():
            tests = found.get(name)
            if tests is None:
                tests = found[name] = _Tests(CallableName(name), None if every else LISTED)
            distance = near.get(name)
            if distance is None:
                distance = near[name] = distance_of_file(named_test, tests.name)
            tests.number += 1
            if flags & DIRECT:
                tests.direct += 1
            elif tests.bar is not None and tests.bar < unlike[distance] and tests.word not in text:
                continue
            tests.keep((not flags & DIRECT, name_relevance(named_test, tests.name), among, test))
    callables = {name: found[name].observed() for name in sorted(found)}
    return Summary(callables, outcomes or {})


def by_test(relations: Iterable[Relation], named: Named) -> Iterator[tuple[str, dict[str, int]]]:
    """Yield each test, with all of its cases, and how it executed callables with a public name.

    Runs that failed are left out. So is what only a teardown executed: it is hardly relevant to a test,
    and the teardown of a fixture of wider scope runs in the test that happens to be last.
    """
    executed: dict[str, dict[str, int]] = {}
    for relation in relations:
        names = [named.get(function, "") for function in relation.table]
        # A class is called directly by its own name; its base's `__init__` only runs on the way.
        counted = [SETUP | CALL if function.endswith(MAKERS) else ~0 for function in relation.table]
        for case, row in relation.passing():
            found = executed.setdefault(case.partition("[")[0], {})
            for position, flags in zip(row.functions, row.flags, strict=True):
                if (name := names[position]) and flags & (SETUP | CALL):
                    found[name] = found.get(name, 0) | (flags & counted[position])
    yield from executed.items()


def latest_outcomes(relation: Relation, others: Outcomes) -> Outcomes:
    """Return the last outcome of each test: as observed, or as sessions that did not observe told it."""
    found: dict[str, tuple[int, Outcome]] = {}
    for case, row in relation.rows.items():
        test = case.partition("[")[0]
        session, outcome = found.get(test, (0, "passed"))
        found[test] = max(session, row.session), worst_outcome((outcome, row.outcome))
    for test, last in others.items():
        if is_news(last, found.get(test)):
            found[test] = last
    return found


def is_news(last: tuple[int, Outcome], known: tuple[int, Outcome] | None) -> bool:
    """Return whether an outcome tells more than what is *known* of a test."""
    if known is None:
        return last[1] != "passed"
    return last[0] > known[0] and last[1] != known[1]


def worst_outcome(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the worst of some outcomes."""
    return max(outcomes, key=_WORST.index)


class _Tests:
    """The tests that executed one callable: their numbers, and the most relevant of them.

    Args:
        most: How many are kept; None means all.

    Attributes:
        number: How many there are.
        direct: How many of them called it.
        word: What the name of a test that is named after it contains.
        bar: Where no more are kept, what an indirect test must be less than: what its names tell, and the
            number of callables that it executed.
    """

    __slots__ = ("_best", "_most", "bar", "direct", "name", "number", "word")

    def __init__(self, name: CallableName, most: int | None) -> None:
        self.name = name
        self.word = name.joined
        self.number = self.direct = 0
        self.bar: tuple[int, ...] | None = None
        self._most = most
        self._best: list[_Candidate] = []

    def keep(self, candidate: _Candidate) -> None:
        """Keep a test if it is one of the most relevant."""
        best, most = self._best, self._most
        if most is None:
            best.append(candidate)
        elif len(best) < most or candidate < best[-1]:
            insort(best, candidate)
            del best[most:]
            if len(best) == most:
                indirect, told, among, _ = best[-1]
                self.bar = (*told, among) if indirect else ()

    def observed(self) -> Observed:
        """Return what the registry keeps of them."""
        links = {
            test: Link(direct=not indirect, callables_executed=among)
            for indirect, _, among, test in self._best
        }
        return Observed(self.number, self.direct, {test: links[test] for test in sorted(links)})


def _rounded_up(number: int) -> int:
    return 1 << (number - 1).bit_length()
