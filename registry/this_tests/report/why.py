"""Answers of `this-tests why` as text and JSON."""

from collections.abc import Iterator, Sequence

from ..selection.why import Explanation, Why
from ..text import abbreviated, counted, printable
from .evidence import unknown_test_lines
from .styles import styled

__all__ = ["why_data", "why_lines"]


def why_lines(name: str, found: Why) -> Iterator[str]:
    """Yield, with styles, why the tests called *name* are affected or not, and what changed."""
    if not found.tests:
        yield from unknown_test_lines(name, found.suggestions)
        return
    for test, explanation in found.tests.items():
        yield from _test_lines(test, explanation)
    yield ""
    yield styled(printable(found.summary), "dim")


def _test_lines(test: str, found: Explanation) -> Iterator[str]:
    affected = sum(map(len, found.reasons.values()))
    state = "is affected" if affected else "is not affected"
    number = f", {affected:,} of {counted(found.cases, 'case')}" if 0 < affected < found.cases else ""
    yield f"{styled(printable(test), 'bold')}  {styled(state, 'yellow' if affected else 'green')}{number}"
    for reason, cases in found.reasons.items():
        few = len(cases) < found.cases
        yield f"  {printable(reason)}{styled(f'  {_brackets(cases)}', 'dim') if few else ''}"
    if not affected:
        executed = counted(len(found.executed), "function")
        yield f"  none of the {executed} that it executes may use what changed"
    if found.changed:
        yield styled(f"  executes, and changed: {printable(abbreviated(found.changed))}", "dim")
    if found.reached:
        pairs = [f"{function} ({used})" for function, used in found.reached.items()]
        yield styled(f"  executes, and may use what changed: {printable(abbreviated(pairs))}", "dim")


def _brackets(cases: Sequence[str]) -> str:
    return printable(abbreviated([f"[{case.partition('[')[2]}" for case in cases]))


def why_data(found: Why) -> dict[str, object]:
    """Return the same answer as data for JSON."""
    return {
        "summary": found.summary,
        "tests": {
            test: {
                "affected": bool(explanation.reasons),
                "cases": explanation.cases,
                "reasons": explanation.reasons,
                "executed": len(explanation.executed),
                "changed": explanation.changed,
                "reached": explanation.reached,
            }
            for test, explanation in found.tests.items()
        },
        "suggestions": found.suggestions,
    }
