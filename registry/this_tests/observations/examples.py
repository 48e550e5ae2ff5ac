"""Chooses what the registry keeps of each callable's observations: counts and the most relevant tests."""

from bisect import insort
from collections.abc import Container, Iterator

from ..registry.model import Link, Observed, most_relevant
from .relation import CALL, DIRECT, MAKERS, SETUP, Named, Relation

__all__ = ["by_test", "observed_by_name"]

_CANDIDATES = 8


def by_test(relation: Relation, named: Named) -> Iterator[tuple[str, dict[str, int]]]:
    """Yield each test, with all of its cases, and how it executed callables with a public name.

    What only a teardown executed is left out: it is hardly relevant to a test, and the teardown of
    a fixture of wider scope runs in the test that happens to be last.
    """
    names = [named[function][0] if function in named else "" for function in relation.table]
    # A class is called directly by its own name; its base's `__init__` only runs on the way.
    counted = [SETUP | CALL if function.endswith(MAKERS) else ~0 for function in relation.table]
    executed: dict[str, dict[str, int]] = {}
    for case, row in relation.rows.items():
        found = executed.setdefault(case.partition("[")[0], {})
        for position, flags in zip(row.functions, row.flags, strict=True):
            if (name := names[position]) and flags & (SETUP | CALL):
                found[name] = found.get(name, 0) | (flags & counted[position])
    yield from executed.items()


def observed_by_name(relation: Relation, named: Named, tests: Container[str]) -> dict[str, Observed]:
    """Return which of *tests* executed each callable, by its name."""
    counts: dict[str, list[int]] = {}
    best: dict[str, list[tuple[bool, int, str]]] = {}
    for test, executed in by_test(relation, named):
        if test not in tests:
            continue
        among = _rounded_up(len(executed))
        for name, flags in executed.items():
            direct = bool(flags & DIRECT)
            count = counts.setdefault(name, [0, 0])
            count[0] += 1
            count[1] += direct
            _keep(best.setdefault(name, []), (not direct, among, test))
    return {name: _observed(counts[name], best[name]) for name in counts}


def _keep(best: list[tuple[bool, int, str]], candidate: tuple[bool, int, str]) -> None:
    if len(best) < _CANDIDATES or candidate < best[-1]:
        insort(best, candidate)
        del best[_CANDIDATES:]


def _observed(count: list[int], best: list[tuple[bool, int, str]]) -> Observed:
    links = {test: Link(direct=not indirect, among=among) for indirect, among, test in best}
    return Observed(tests=count[0], direct=count[1], telling=most_relevant(links))


def _rounded_up(number: int) -> int:
    return 1 << (number - 1).bit_length()
