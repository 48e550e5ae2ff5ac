"""API coverage as a terminal table, Markdown and JSON."""

from collections.abc import Iterator, Mapping

from rich import box
from rich.table import Table
from rich.text import Text

from ..registry.coverage import STATES, Coverage, State
from ..text import counted, printable
from .escaping import code

__all__ = [
    "PROVEN",
    "TITLES",
    "coverage_data",
    "coverage_markdown",
    "coverage_summary",
    "coverage_table",
    "percent",
    "untested_lines",
]

# As many names as fit a terminal together with the table.
_FEW = 10

# The column of callables without which some test fails, whatever the evidence is besides.
PROVEN = "proven"
TITLES: Mapping[State, str] = {
    "declared": "declared",
    "direct": "direct",
    "indirect": "indirect",
    "inferred": "inferred",
    "none": "none",
}


def percent(share: float) -> str:
    """Return *share* in whole percent; 100% means exactly all and 0% exactly none."""
    whole = round(share * 100)
    if share < 1:
        whole = min(whole, 99)
    if share > 0:
        whole = max(whole, 1)
    return f"{whole}%"


def coverage_summary(coverage: Coverage, least: State) -> str:
    """Return the summary sentence."""
    covered = percent(coverage.share(least))
    counts = coverage.counts()
    parts = [f"{counts[state]:,} {TITLES[state]}" for state in STATES if counts[state]]
    return f"{counted(len(coverage.items), 'callable')}, {covered} with tests: {', '.join(parts) or 'none'}."


def coverage_table(coverage: Coverage, least: State) -> Table:
    """Return a table with a row for each module and a total, at most 80 columns wide."""
    table = Table(box=box.SIMPLE_HEAD, show_footer=True, show_edge=False, collapse_padding=True)
    total, has_proofs = coverage.counts(), coverage.proven() > 0
    table.add_column("module", footer="all", overflow="fold")
    if has_proofs:
        table.add_column(PROVEN, footer=f"{coverage.proven():,}", justify="right", no_wrap=True)
    for state in _columns(coverage):
        table.add_column(TITLES[state], footer=f"{total[state]:,}", justify="right", no_wrap=True)
    table.add_column("tested", footer=percent(coverage.share(least)), justify="right", no_wrap=True)
    for module, part in coverage.by_module():
        counts = part.counts()
        numbers = [*([part.proven()] if has_proofs else []), *(counts[state] for state in _columns(coverage))]
        cells = [f"{number:,}" if number else "" for number in numbers]
        table.add_row(Text(printable(module)), *cells, percent(part.share(least)))
    return table


def _columns(coverage: Coverage) -> list[State]:
    """Return the states to show; the column for inferred evidence is left out if it is empty."""
    counts = coverage.counts()
    return [state for state in STATES if state != "inferred" or counts[state]]


def coverage_markdown(coverage: Coverage, least: State) -> Iterator[str]:
    """Yield the lines of a Markdown table, and of a collapsed list of callables without tests."""
    columns = _columns(coverage)
    yield coverage_summary(coverage, least)
    yield ""
    has_proofs = coverage.proven() > 0
    titles = [*([PROVEN] if has_proofs else []), *(TITLES[state] for state in columns), "tested"]
    yield f"| module | {' | '.join(titles)} |"
    yield f"| --- |{' ---: |' * len(titles)}"
    rows = [*((code(module), part) for module, part in coverage.by_module()), ("all", coverage)]
    for module, part in rows:
        counts = part.counts()
        numbers = [*([part.proven()] if has_proofs else []), *(counts[state] for state in columns)]
        cells = " | ".join(f"{number:,}" for number in numbers)
        yield f"| {module} | {cells} | {percent(part.share(least))} |"
    yield from _untested(coverage)


def _untested(coverage: Coverage) -> Iterator[str]:
    names = _names_without_tests(coverage)
    if names:
        yield from ("", f"<details><summary>{counted(len(names), 'callable')} without tests</summary>", "")
        yield from (f"- {code(name)}" for name in names)
        yield from ("", "</details>")


def untested_lines(coverage: Coverage) -> Iterator[str]:
    """Yield the first callables without tests, and how to list the others, for a terminal."""
    names = _names_without_tests(coverage)
    if names:
        yield "Without tests:"
        yield from (f"  {printable(name)}" for name in names[:_FEW])
    if len(names) > _FEW:
        yield f"  and {len(names) - _FEW:,} more; --format markdown lists them all"


def _names_without_tests(coverage: Coverage) -> list[str]:
    return [item.name for item in coverage.items if item.state == "none"]


def coverage_data(coverage: Coverage, least: State) -> Mapping[str, object]:
    """Return the whole coverage as data for JSON; proofs only if there are any."""
    has_proofs = coverage.proven() > 0
    return {
        "share": round(coverage.share(least), 4),
        "counts": coverage.counts(),
        **({PROVEN: coverage.proven()} if has_proofs else {}),
        "modules": {module: part.counts() for module, part in coverage.by_module()},
        "callables": {
            item.name: {
                "module": item.module,
                "state": item.state,
                "tests": item.tests,
                **({PROVEN: item.proven} if has_proofs else {}),
            }
            for item in coverage.items
        },
    }
