"""What came of ``this-tests prove``, as lines for a terminal and as data."""

from collections.abc import Iterator, Mapping, Sequence

from ..prove.trial import Verdict
from ..text import counted, printable
from .styles import styled

__all__ = ["prove_data", "prove_lines"]


def prove_lines(
    verdicts: Sequence[Verdict], names: Mapping[str, str], planned: int, *, named: bool
) -> Iterator[str]:
    """Yield what no test noticed, what could not be judged, and the sum.

    Args:
        names: The public names by function.
        planned: How many callables were to be judged.
        named: Also tell what was noticed, and by which test: the user asked for these callables.
    """
    ordered = sorted(verdicts, key=lambda verdict: names[verdict.function])
    judged = [verdict for verdict in ordered if not verdict.problem]
    if named:
        yield from _section("Noticed", "green", [v for v in judged if not v.unnoticed], names)
    partly = [verdict for verdict in judged if verdict.noticed and verdict.unnoticed]
    never = [verdict for verdict in judged if not verdict.noticed]
    problems = [verdict for verdict in ordered if verdict.problem]
    yield from _section("Noticed in part", "yellow", partly, names)
    yield from _section("Executed, and no test notices", "red", never, names)
    if problems:
        yield styled("Not judged", "bold")
        for verdict in problems:
            yield f"  {printable(names[verdict.function])}: {printable(verdict.problem)}"
        yield ""
    whole = len(judged) - len(partly) - len(never)
    yield (
        f"{whole:,} of {counted(len(judged), 'callable')} noticed whatever they do instead, "
        f"{len(partly):,} in part, {len(never):,} by no test."
    )
    if len(verdicts) < planned:
        yield f"{planned - len(verdicts):,} were not reached."


def _section(title: str, colour: str, verdicts: Sequence[Verdict], names: Mapping[str, str]) -> Iterator[str]:
    if not verdicts:
        return
    yield styled(title, "bold", colour)
    for verdict in verdicts:
        yield f"  {printable(names[verdict.function])}"
        for position, label in enumerate(verdict.replaced):
            tests = [test for test, positions in verdict.noticed.items() if position in positions]
            yield f"    {label}: {_noticing(tests, verdict)}"
    yield ""


def _noticing(tests: Sequence[str], verdict: Verdict) -> str:
    if not tests:
        number = len({*verdict.unaware, *verdict.noticed})
        return "its only test passes" if number == 1 else f"no test fails, of {number:,} that execute it"
    first, others = tests[0], len(tests) - 1
    how = verdict.how.get(first, "fails")
    return f"{printable(first)} {how}" + (f", and {counted(others, 'other test')}" if others else "")


def prove_data(verdicts: Sequence[Verdict], names: Mapping[str, str], planned: int) -> object:
    """Return it as data for JSON."""
    return {
        "planned": planned,
        "callables": [
            {
                "name": names[verdict.function],
                "definition": verdict.function.replace(":", "."),
                "replaced": [
                    {
                        "instead": label,
                        "noticed_by": [
                            {"test": test, "how": verdict.how.get(test, "failed")}
                            for test, positions in verdict.noticed.items()
                            if position in positions
                        ],
                    }
                    for position, label in enumerate(verdict.replaced)
                ],
                "unaware": verdict.unaware,
                "left_out": verdict.unsuited,
                "problem": verdict.problem,
            }
            for verdict in sorted(verdicts, key=lambda verdict: names[verdict.function])
        ],
    }
