"""Finds the functions of which it is proven that no test notices what they do, for the code as it is now."""

from collections.abc import Iterable, Iterator, Mapping

from ..observations.proofs import Proofs, Unnoticed
from ..observations.relation import CALL, SETUP, Relation
from .current_code import CurrentCode

__all__ = ["unnoticed"]


def unnoticed(proofs: Proofs, relations: Iterable[Relation], code: CurrentCode) -> Mapping[str, Unnoticed]:
    """Return, of *proofs*, the functions of which nothing that was put in their place was noticed.

    That counts for the present code only. So a function is left out if its body changed, or if any test that
    was observed to execute it could not be used, or is another one than the one that was tried.

    Args:
        relations: What tests executed.
    """
    wanted = {
        function
        for function, proof in proofs.items()
        if proof.replaced and not proof.noticed and code.holds(function, proof)
    }
    found = {}
    for function, tests in _tests_of(wanted, relations).items():
        proof = proofs[function]
        plain = {test.partition("[")[0] for test in tests}
        # A new case of a test has the body of the others.
        if len(tests) <= proof.unaware and all(
            (digest := code.of_test(test)) and digest == proof.tests.get(test) for test in plain
        ):
            found[function] = Unnoticed(len(tests), proof.replaced)
    return found


def _tests_of(functions: set[str], relations: Iterable[Relation]) -> Mapping[str, set[str]]:
    """Return the tests of each function that could notice it."""
    found: dict[str, set[str]] = {}
    for relation in relations if functions else ():
        positions = {place: name for place, name in enumerate(relation.table) if name in functions}
        for test, position in _executed(relation, positions):
            found.setdefault(positions[position], set()).add(test)
    return found


def _executed(relation: Relation, positions: Mapping[int, str]) -> Iterator[tuple[str, int]]:
    for test, row in (*relation.rows.items(), *relation.earlier.items()):
        # What is expected to fail has noticed nothing by it.
        if row.outcome != "xfailed":
            for position, flags in zip(row.functions, row.flags, strict=True):
                if position in positions and flags & (SETUP | CALL):
                    yield test, position
