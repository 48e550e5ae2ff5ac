"""Audits in words, for the end of a pytest session and for the command."""

from collections.abc import Iterator
from datetime import UTC, datetime

from ..observations.audits import Audit, Audits, total
from ..text import counted

__all__ = ["ADVICE", "audit_sentence", "missed_lines", "started"]

ADVICE = (
    "What such a test depends on cannot be seen, or its outcome is random: "
    'see "Limits" of "Select tests" in the docs, and run all tests where it matters.'
)


def audit_sentence(audits: Audits) -> str:
    """Return the sum of *audits*, of which there is at least one, as a sentence."""
    found = total(audits)
    runs = "last full run" if len(audits) == 1 else f"last {len(audits):,} full runs"
    return (
        f"the selection would have run {found.chosen:,} of {counted(found.tests, 'test')} "
        f"and missed {f'{found.missed:,}' if found.missed else 'none'} ({runs})"
    )


def missed_lines(session: int, audit: Audit) -> Iterator[str]:
    """Yield a line for each test that the selection would have missed in a *session*."""
    for missed in audit.misses:
        yield (
            f"{missed.test}: {missed.before} on {started(missed.since)}, {missed.now} on {started(session)}; "
            f"changed in between: {missed.changed or 'nothing'}"
        )
    if audit.missed > len(audit.misses):
        yield f"and {audit.missed - len(audit.misses):,} more"


def started(session: int) -> str:
    """Return when a *session* started, in local time."""
    return datetime.fromtimestamp(session / 1e9, UTC).astimezone().strftime("%Y-%m-%d %H:%M")
