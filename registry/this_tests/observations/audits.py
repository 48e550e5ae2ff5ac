"""Audits of the selection: what it would have chosen in full runs, and which changed outcomes it missed."""

from collections.abc import Iterable, Mapping

import msgspec

from ..registry.model import Outcome

__all__ = ["LISTED", "Audit", "Audits", "Missed", "total", "united_audits"]

# Of one run, as many missed tests are kept by name.
LISTED = 20
_KEPT = 100


class Missed(msgspec.Struct, frozen=True, order=True, forbid_unknown_fields=True):
    """A test whose outcome changed, and which the selection would not have chosen.

    Attributes:
        test: Its node id.
        before: Its outcome when it was last observed.
        now: Its outcome in the audited run.
        since: The session that last observed it.
        changed: What had changed since then, in words.
    """

    test: str
    before: Outcome
    now: Outcome
    since: int
    changed: str = ""


class Audit(msgspec.Struct, frozen=True, order=True, forbid_unknown_fields=True):
    """The audit of one run or, added up, of several.

    Attributes:
        tests: The number of tests that ran.
        chosen: The number of those that the selection would have chosen.
        changed: The number of those whose outcome was another than when they were last observed.
        missed: The number of those that changed and would not have been chosen.
        misses: The first of these, by node id.
    """

    tests: int = 0
    chosen: int = 0
    changed: int = 0
    missed: int = 0
    misses: tuple[Missed, ...] = ()


# By the start time of the audited session.
Audits = Mapping[int, Audit]


def united_audits(parts: Iterable[Audits]) -> Audits:
    """Return the newest audits of all *parts*.

    As `merged`, it is associative: what one merge leaves out is older than all that it keeps, which
    the next one keeps before it.
    """
    found: dict[int, Audit] = {}
    for part in parts:
        for session, audit in part.items():
            found[session] = max(found.get(session, audit), audit)
    return {session: found[session] for session in sorted(found)[-_KEPT:]}


def total(audits: Audits) -> Audit:
    """Return the sum of *audits*."""
    return Audit(
        tests=sum(audit.tests for audit in audits.values()),
        chosen=sum(audit.chosen for audit in audits.values()),
        changed=sum(audit.changed for audit in audits.values()),
        missed=sum(audit.missed for audit in audits.values()),
        misses=tuple(missed for audit in audits.values() for missed in audit.misses),
    )
