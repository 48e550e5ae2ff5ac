"""Explains why a change affects a test, or why it does not."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..observations.lookup import matching_tests, similar_tests
from ..observations.relation import unit
from ..settings import Project
from .affected import Chosen, choose_known
from .surroundings import CollectedTest

__all__ = ["Explanation", "Why", "why"]


@dataclass(frozen=True)
class Explanation:
    """Why a change affects a test, or does not.

    Attributes:
        reasons: Each reason, with the node ids of its cases; empty if the test is not affected.
        cases: The number of known cases of the test.
        executed: The functions of the library that they were observed to execute, as dotted names, sorted.
        changed: Those of them that changed.
        reached: Those of them that may use what changed, each with what it uses.
    """

    reasons: Mapping[str, Sequence[str]]
    cases: int
    executed: Sequence[str]
    changed: Sequence[str]
    reached: Mapping[str, str]


@dataclass(frozen=True)
class Why:
    """Why a change affects tests, or does not.

    Attributes:
        tests: By test, without brackets.
        summary: How many of all tests are affected, and by what.
        suggestions: Similar node ids, if no test matches.
    """

    tests: Mapping[str, Explanation]
    summary: str
    suggestions: tuple[str, ...] = ()


def why(project: Project, name: str, rev: str, notice: Callable[[str], object] = lambda _: None) -> Why:
    """Return why the changes since a commit affect the tests called *name*, or why they do not.

    Args:
        name: A node id, or the last parts of one; of a node id with brackets, the one case.
        rev: The commit. What changed since tests were observed counts, too.
        notice: Called with a message for each file of observations that cannot be read; it is left out.

    Raises:
        NothingObservedError: No session has observed tests with this Python.
        RepositoryError: git fails, or has no such commit.
        RegistryError: The registry cannot be read.
    """
    found = choose_known(project, rev, notice)
    by_test: dict[str, list[CollectedTest]] = {}
    for case in found.cases:
        by_test.setdefault(case.test, []).append(case)
    wanted = {test: _cases(name, by_test[test]) for test in matching_tests(name, by_test)}
    tests = {test: _explained(cases, found) for test, cases in wanted.items() if cases}
    return Why(tests, found.summary, () if tests else similar_tests(name, sorted(by_test)))


def _cases(name: str, cases: Sequence[CollectedTest]) -> Sequence[CollectedTest]:
    _, bracket, case = name.partition("[")
    return [found for found in cases if found.node_id.endswith(f"[{case}")] if bracket else cases


def _explained(cases: Sequence[CollectedTest], found: Chosen) -> Explanation:
    reasons: dict[str, list[str]] = {}
    for case in cases:
        if why := found.choice.reasons.get(case.node_id):
            reasons.setdefault(why, []).append(case.node_id)
    impacts = (found.ground.since_rev, *found.ground.since_session.values())
    changed = {name for impact in impacts for name in impact.functions}
    reached = {name: used for impact in impacts for name, used in impact.reached.items()}
    executed = sorted(set(_executed(cases, found)))
    return Explanation(
        reasons,
        len(cases),
        [_dotted(name) for name in executed],
        [_dotted(name) for name in executed if name in changed],
        {_dotted(name): reached[name] for name in executed if name in reached and name not in changed},
    )


def _executed(cases: Sequence[CollectedTest], found: Chosen) -> Iterator[str]:
    relation = found.relation
    for case in cases:
        if row := relation.rows.get(case.node_id):
            yield from (unit(relation.table[position]) for position in row.functions)


def _dotted(function: str) -> str:
    return function.replace(":", ".")
