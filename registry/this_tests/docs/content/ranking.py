"""Ranks the tests of a callable: the order of a section's rows."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ...registry.model import Evidence
from ...registry.relevance import CallableName, TestName, distance_of_file, name_relevance

__all__ = ["ASPECTS", "PROVEN", "STANDINGS", "Candidate", "leaders", "ranked"]

STANDINGS = ("declared", "direct", "indirect", "inferred")
# What a test may be besides: known to fail if the callable does nothing.
PROVEN = "proven"
# Functions that a test calls where it is about what any object has.
ASPECTS = ("repr", "dumps", "loads", "deepcopy")
# How many tests of one class or file are shown while there are others.
_OF_A_KIND = 3
# A test is ranked for each callable that it exercises, and its name is read into words once.
_test_name = lru_cache(maxsize=4096)(TestName)
_callable_name = lru_cache(maxsize=4096)(CallableName)


@dataclass(frozen=True)
class Candidate:
    """A test that may be shown for a callable, with its ranking criteria.

    Attributes:
        uses: Whether the test's own body, or a decorator of it, uses the callable.
        refused: Whether it uses it only where it expects an error or a warning.
        aspect: Whether it is about what any object has, such as `repr`.
        values: Whether it asserts something with a value written out.
        proven: Whether it is proven to fail without the callable.
        inherited: Whether it is inherited from another class of tests.
        others: How many other callables the test is linked to.
        line: The line of the test's source; 0 if it cannot be read.
        pinned: Whether the setting ``this_tests_first`` names it.
    """

    evidence: Evidence
    uses: bool = False
    refused: bool = False
    aspect: bool = False
    values: bool = False
    proven: bool = False
    inherited: bool = False
    others: int = 0
    line: int = 0
    pinned: bool = False


def ranked(candidates: Iterable[Candidate], name: str) -> list[Candidate]:
    """Return *candidates* for the callable *name*, the most relevant first.

    The order is total, because node ids are distinct, and does not depend on timings or anything
    else that differs between runs.
    """
    known = list(candidates)
    wanted = _callable_name(name)
    counts = Counter(place for candidate in known for place in _places(candidate))
    return sorted(known, key=lambda candidate: _key(candidate, wanted, counts))


def leaders(order: Sequence[Candidate], limit: int, name: str) -> list[Candidate]:
    """Return the *limit* candidates of the ranked *order* that a page shows, in that order.

    Of tests without a declaration, while there are others: at most one that only expects an error, even where
    the others have weaker evidence; at most one of those that classes inherit from one; and at most three
    of a class or file.
    """
    wanted = _callable_name(name)
    chosen: list[int] = []
    alike: list[int] = []
    errors: list[int] = []
    seen = Counter[object]()
    for index, candidate in enumerate(order):
        kinds = (_family(candidate), candidate.evidence.test.rpartition("::")[0])
        is_error = _is_refusal(candidate, wanted)
        if candidate.pinned or candidate.evidence.kind == "declared":
            chosen.append(index)
        elif is_error and seen["errors"]:
            errors.append(index)
        elif seen[kinds[0]] or seen[kinds[1]] >= _OF_A_KIND:
            alike.append(index)
        else:
            chosen.append(index)
        seen.update((*kinds, "errors") if is_error else kinds)
    by_standing = sorted([*chosen, *alike], key=lambda index: _standing(order[index]))
    return [order[index] for index in sorted([*by_standing, *errors][:limit])]


def _standing(candidate: Candidate) -> tuple[bool, int]:
    return not candidate.pinned, STANDINGS.index(candidate.evidence.standing)


def _key(candidate: Candidate, name: CallableName, counts: Mapping[object, int]) -> tuple[object, ...]:
    evidence = candidate.evidence
    test = _test_name(evidence.test)
    distance, poverty, _ = name_relevance(test, name)
    return (
        *_standing(candidate),
        evidence.outcome != "passed",
        not candidate.uses,
        # Tests of errors show less about a callable than tests of its results.
        candidate.refused or poverty > 1,
        candidate.aspect or poverty > 0,
        # Not before: most tests without a proof were never tried, because another one noticed first.
        not candidate.proven,
        _class_used(evidence) != _class_of(name.name),
        candidate.inherited,
        distance,
        distance_of_file(test, _callable_name(evidence.name)),
        # Where the test only passes through the callable, the fewer it passes through the better.
        0 if candidate.uses else candidate.others,
        *(-counts[place] for place in _places(candidate)),
        not candidate.values,
        # The first tests of a file or class are the plainest.
        candidate.line,
        candidate.others,
        evidence.test,
    )


def _is_refusal(candidate: Candidate, name: CallableName) -> bool:
    return candidate.refused or name_relevance(_test_name(candidate.evidence.test), name)[1] > 1


def _places(candidate: Candidate) -> tuple[object, object]:
    """Return the test's file, and its file or class, each with the kind of its evidence."""
    evidence = candidate.evidence
    file, scope = evidence.test.partition("::")[0], evidence.test.rpartition("::")[0]
    return (evidence.standing, "file", file), (evidence.standing, "scope", scope)


def _family(candidate: Candidate) -> object:
    """Return what is the same for tests that several classes inherit."""
    test = candidate.evidence.test
    return test.partition("::")[0], test.rpartition("::")[2], candidate.line or test


def _class_used(evidence: Evidence) -> str:
    """Return the class that the test used: of an inherited method, the subclass's tests come first."""
    return evidence.link.receiver.rpartition(".")[2] or _class_of(evidence.name)


def _class_of(name: str) -> str:
    # For a function it is a module, the same for all candidates, and so decides nothing.
    return name.rpartition(".")[0].rpartition(".")[2]
