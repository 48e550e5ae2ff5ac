"""Compares what the selection would have chosen with the tests whose outcomes changed in a full run."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from ..observations.audits import LISTED, Audit, Missed
from ..observations.relation import Relation, Row

__all__ = ["Foreseen", "audited"]


class Foreseen(msgspec.Struct, frozen=True):
    """What the selection would choose in a run of all tests, computed before they run.

    Attributes:
        tests: The number of collected tests.
        chosen: The node ids of those that would be chosen.
        since: By session that observed any of them, what changed since, in words; empty if nothing did.
    """

    tests: int
    chosen: frozenset[str]
    since: Mapping[int, str]


def audited(foreseen: Foreseen, known: Sequence[Relation], ran: Relation) -> Audit | None:
    """Return the audit of a run; None if it ran all tests with the code that they were observed with.

    Args:
        known: What was observed before the run.
        ran: What the run observed.
    """
    last = dict(_last_rows(known, ran))
    if not any(foreseen.since.get(row.session) for row in last.values()):
        return None
    changed = sorted(test for test, row in last.items() if row.outcome != ran.rows[test].outcome)
    # A session that ended after this run began was not known to the selection.
    missed = [
        test for test in changed if test not in foreseen.chosen and last[test].session in foreseen.since
    ]
    return Audit(
        tests=foreseen.tests,
        chosen=len(foreseen.chosen),
        changed=len(changed),
        missed=len(missed),
        misses=tuple(_missed(test, last[test], ran.rows[test], foreseen) for test in missed[:LISTED]),
    )


def _last_rows(known: Sequence[Relation], ran: Relation) -> Iterator[tuple[str, Row]]:
    for test in ran.rows:
        rows = [relation.rows[test] for relation in known if test in relation.rows]
        if rows:
            yield test, max(rows, key=lambda row: row.session)


def _missed(test: str, before: Row, now: Row, foreseen: Foreseen) -> Missed:
    return Missed(test, before.outcome, now.outcome, before.session, foreseen.since[before.session])
