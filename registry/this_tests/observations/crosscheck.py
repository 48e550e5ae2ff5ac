"""Compares what tests declare with what they executed, for suggestions."""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from .relation import BODY, Named, Relation
from .summary import by_test

__all__ = ["Disagreements", "disagreements"]

Pair = tuple[str, str]


class Disagreements(msgspec.Struct, frozen=True):
    """Pairs of a test and the name of a callable, sorted.

    Attributes:
        not_executed: The test declares the callable, and did not execute it.
        not_declared: The test's own body calls the callable, and the test, which declares
            others, does not declare it.
    """

    not_executed: tuple[Pair, ...] = ()
    not_declared: tuple[Pair, ...] = ()


def disagreements(
    relation: Relation, claims: Mapping[str, Iterable[str]], named: Named, declared: Mapping[str, list[str]]
) -> Disagreements:
    """Return the differences between *claims*, by test, and the observed *relation*.

    Args:
        declared: The functions of each declared name; at least one runs when the name is used.
    """
    claimed = {test: set(names) for test, names in claims.items() if names}
    if not claimed:  # As where nothing is declared yet; then the pairs, which are many, tell nothing.
        return Disagreements()
    executed = _functions_by_test(relation)
    missing = (
        (test, name)
        for test, names in claimed.items()
        if test in executed
        for name in names
        if name in declared and executed[test].isdisjoint(declared[name])
    )
    return Disagreements(tuple(sorted(missing)), tuple(sorted(_undeclared(relation, claimed, named))))


def _functions_by_test(relation: Relation) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for case in relation.rows:
        found.setdefault(case.partition("[")[0], set()).update(relation.functions_of(case))
    return found


def _undeclared(relation: Relation, claimed: Mapping[str, set[str]], named: Named) -> Iterator[Pair]:
    for test, executed in by_test([relation], named):
        if names := claimed.get(test):
            called = {name for name, flags in executed.items() if flags & BODY}
            yield from ((test, name) for name in called if not _is_covered(name, names))


def _is_covered(name: str, declared: set[str]) -> bool:
    """Return whether *name* is declared: itself, its class or module, or one of its members."""
    return any(
        name == other or name.startswith(f"{other}.") or other.startswith(f"{name}.") for other in declared
    )
