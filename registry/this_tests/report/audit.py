"""Audits of the selection as a terminal table, lines, JSON and the text of a badge."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice

import msgspec
from rich import box
from rich.table import Table
from rich.text import Text

from ..observations.audits import Audit, Audits, total
from ..selection.audit_lines import ADVICE, audit_sentence, missed_lines, started
from ..text import printable
from .badge import badge
from .styles import styled

__all__ = ["audit_badge", "audit_data", "audit_lines", "audit_table"]

# As many misses as fit a terminal together with the table.
_FEW = 10
# The share with the colour between good and bad.
_UNKNOWN = 0.5


def audit_table(audits: Audits) -> Table:
    """Return a table with a row for each audited session, the newest last, and a total."""
    found = total(audits)
    table = Table(box=box.SIMPLE_HEAD, show_footer=True, show_edge=False, collapse_padding=True)
    table.add_column("when", footer="all", no_wrap=True)
    for title, number in (
        ("tests", found.tests),
        ("would run", found.chosen),
        ("changed outcome", found.changed),
        ("missed", found.missed),
    ):
        table.add_column(title, footer=f"{number:,}", justify="right", no_wrap=True)
    for session, audit in sorted(audits.items()):
        missed = Text(f"{audit.missed:,}" if audit.missed else "", style="red")
        changed = f"{audit.changed:,}" if audit.changed else ""
        table.add_row(started(session), f"{audit.tests:,}", f"{audit.chosen:,}", changed, missed)
    return table


def audit_lines(audits: Audits) -> Iterator[str]:
    """Yield, with styles, the sum, and the newest tests that were missed with what to do about them."""
    found = total(audits)
    yield f"{audit_sentence(audits).capitalize()}."
    if not found.missed:
        return
    yield styled("Missed:", "red")
    newest = (
        line for session in sorted(audits, reverse=True) for line in missed_lines(session, audits[session])
    )
    yield from (f"  {printable(line)}" for line in islice(newest, _FEW))
    if len(found.misses) > _FEW:
        yield "  and others; --json lists them"
    yield ADVICE


def audit_data(audits: Audits) -> dict[str, object]:
    """Return all audits as data for JSON."""
    return {
        **_numbers(total(audits)),
        "runs": [
            {
                "started": _time(session),
                **_numbers(audit),
                "misses": [
                    {**msgspec.structs.asdict(missed), "since": _time(missed.since)}
                    for missed in audit.misses
                ],
            }
            for session, audit in sorted(audits.items())
        ],
    }


def _time(session: int) -> str:
    return datetime.fromtimestamp(session / 1e9, UTC).isoformat(timespec="seconds")


def _numbers(audit: Audit) -> dict[str, int]:
    return {
        "tests": audit.tests,
        "would_run": audit.chosen,
        "changed_outcome": audit.changed,
        "missed": audit.missed,
    }


def audit_badge(audits: Audits) -> str:
    """Return the sum of *audits* as an SVG image: green as long as nothing was missed."""
    found = total(audits)
    if not found.tests:
        return badge(_UNKNOWN, "no full run yet", "selection")
    text = f"{found.chosen / found.tests:.1%} run, {found.missed:,} missed".replace("%", " %")
    return badge(0.0 if found.missed else 1.0, text, "selection")
