"""Answers of `this-tests affected` as text, JSON, arguments of pytest and outputs of a GitHub step."""

from collections.abc import Iterator, Sequence

from ..registry.commands import argument_for
from ..selection.affected import Affected, AffectedTest
from ..text import counted, printable
from .styles import styled

__all__ = ["affected_arguments", "affected_data", "affected_lines", "affected_outputs"]

# Lets pytest collect nothing.
_NOTHING = "--ignore-glob=*"


def affected_lines(found: Affected, shown: Sequence[AffectedTest]) -> Iterator[str]:
    """Yield, with styles, the summary, the tests that are *shown* with their reasons, and a command."""
    yield styled(printable(found.summary), "bold")
    for test in shown:
        cases = styled(f"  {counted(test.cases, 'case')}", "dim") if test.cases > 1 else ""
        yield f"  {printable(test.node_id)}  {styled(printable(test.reason), 'dim')}{cases}"
    if (more := len(found.tests) - len(shown)) > 0:
        yield styled(f"  and {more:,} more", "dim")
    if found.tests:
        yield ""
        yield styled(f"$ pytest $(this-tests affected --since {found.rev} --format args)", "dim")


def affected_data(found: Affected, shown: Sequence[AffectedTest]) -> dict[str, object]:
    """Return the same answer as data for JSON."""
    return {
        "summary": found.summary,
        "everything": found.everything,
        "affected": len(found.choice.reasons),
        "total": found.choice.total,
        "tests": [{"test": test.node_id, "reason": test.reason, "cases": test.cases} for test in shown],
    }


def affected_arguments(found: Affected, shown: Sequence[AffectedTest]) -> Iterator[str]:
    """Yield the arguments that let pytest run the tests that are *shown*; if all are affected, none."""
    if not found.tests:
        yield _NOTHING
    elif len(shown) < len(found.tests) or not found.everything:
        yield from (argument_for(test.node_id) for test in shown)


def affected_outputs(found: Affected, arguments: str) -> Iterator[str]:
    """Yield the outputs of a step of GitHub Actions.

    Args:
        arguments: What the command prints as arguments of pytest.
    """
    yield f"affected={len(found.choice.reasons)}"
    yield f"total={found.choice.total}"
    yield f"arguments={arguments}"
    yield f"summary={printable(found.summary)}"
