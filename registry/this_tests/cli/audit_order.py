"""Runs of ``this-tests audit`` in several orders of the tests, and what they show together."""

import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..errors import AuditError
from ..observations import file
from ..observations.observations import Observations, learned, same_code
from ..observations.snapshots import environment_name
from ..observations.unsteady import Unsteady
from ..pytest_plugin.audited_session import AuditedSession, session_of
from ..pytest_plugin.item_order import COLLECTED, REVERSED
from ..registry.model import Outcome, test_file
from ..report.styles import styled
from ..settings import Project
from ..text import counted, printable
from .console import fail, note
from .pytest_run import run_pytest

__all__ = ["Audit", "RunPlan", "isolated", "order_lines", "orders", "run_audit"]

# pytest's own: all passed, and some failed.
_ENDED = (0, 1)
_OUTCOMES: tuple[Outcome, ...] = ("passed", "xfailed", "failed")


@dataclass(frozen=True)
class RunPlan:
    """A run to be made.

    Attributes:
        name: What is special about it.
        arguments: Options of our plugin.
    """

    name: str
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class _AuditRun:
    """A run that was made."""

    name: str
    seconds: float
    session: AuditedSession
    observations: Observations

    @cached_property
    def outcomes(self) -> Mapping[str, Outcome]:
        """The outcomes of the tests that were not skipped, by node id."""
        relation = self.observations.of(environment_name())
        return {test: row.outcome for test, row in relation.rows.items()}


@dataclass(frozen=True)
class Audit:
    """What the runs show together.

    Attributes:
        complete: Whether all tests that were known ran, so that what was known before is forgotten.
    """

    runs: Sequence[_AuditRun]
    unsteady: Unsteady
    complete: bool


_AS_COLLECTED = RunPlan("as collected", (f"--this-tests-order={COLLECTED}",))


def orders(shuffles: int, seed: int) -> list[RunPlan]:
    """Return the runs of an audit: as collected, reversed, and shuffled with the seeds from *seed* on."""
    plans = [_AS_COLLECTED, RunPlan("reversed", (f"--this-tests-order={REVERSED}",))]
    seeds = range(seed, seed + shuffles)
    return [*plans, *(RunPlan(f"shuffled, seed {seed}", (f"--this-tests-order={seed}",)) for seed in seeds)]


def isolated(plans: Sequence[RunPlan]) -> list[RunPlan]:
    """Return *plans*, or else a run as collected, and a run of each test alone.

    Raises:
        AuditError: The system cannot fork processes.
    """
    if not hasattr(os, "fork"):
        raise AuditError(f"--isolate forks a process for each test, which {sys.platform} cannot")
    return [*(plans or [_AS_COLLECTED]), RunPlan("each test alone", ("--this-tests-isolate",))]


def run_audit(project: Project, plans: Sequence[RunPlan], arguments: Sequence[str]) -> Audit:
    """Run the tests as planned, and store what the runs show; if one cannot be used, nothing is stored.

    Args:
        arguments: Further ones for pytest.

    Raises:
        AuditError: A run cannot be used, or the folder of observations cannot be written.
    """
    with tempfile.TemporaryDirectory(prefix="this-tests-audit-") as temporary:
        runs = []
        for number, plan in enumerate(plans, 1):
            note(f"run {number} of {len(plans)}: {plan.name}")
            runs.append(_run(project, plan, arguments, Path(temporary, str(number))))
    if not same_code(run.observations for run in runs):
        raise AuditError(
            "the runs cannot be compared: Python files of the project changed in the meantime, "
            "or it is not in git; files that tests write can be ignored in git"
        )
    return _stored(project, runs)


def _run(project: Project, plan: RunPlan, arguments: Sequence[str], folder: Path) -> _AuditRun:
    folder.mkdir()
    begun = time.monotonic()
    # Each test is to run, and to be seen in each order. Tests that use chance are to use the same.
    ours = (f"--this-tests-audit={folder}", *plan.arguments, "--this-tests-missing=ignore", "--maxfail=0")
    try:
        status = run_pytest([*ours, *arguments])
    except KeyboardInterrupt:
        fail("the audit was interrupted; nothing was stored")
        raise
    seconds = time.monotonic() - begun
    if status not in _ENDED:
        raise AuditError(f"the run {plan.name!r} cannot be used: pytest {_ending(status)}")
    session = session_of(folder)
    if session is None:
        raise AuditError(
            f"the run {plan.name!r} observed nothing: see what pytest says; "
            f"the library is {', '.join(project.library) or 'not known'}"
        )
    return _AuditRun(plan.name, seconds, session, file.load(folder))


def _ending(status: int) -> str:
    return f"ended by signal {-status}" if status < 0 else f"exited with {status}"


def _stored(project: Project, runs: Sequence[_AuditRun]) -> Audit:
    found = learned(run.observations for run in runs)
    here, folder = environment_name(), Path(runs[0].session.observations)
    known = file.load(folder).of(here).tests if folder.exists() else frozenset()
    ran = frozenset.intersection(*(run.session.files for run in runs))
    complete = all(test_file(test) in ran or not project.has_test_file(test_file(test)) for test in known)
    try:
        file.add(folder, f"audit-{found.of(here).session}", found, anew=complete)
    except OSError as error:
        raise AuditError(f"{folder}: cannot be written: {error}") from error
    return Audit(runs, found.unsteady.get(here, Unsteady()), complete=complete)


def order_lines(audit: Audit) -> Iterator[str]:
    """Yield what the runs show, for terminals."""
    yield from _run_lines(audit.runs)
    if audit.unsteady.tests:
        yield ""
        yield styled("Tests that pass in some runs and fail in others", "bold", "red")
        for test in sorted(audit.unsteady.tests):
            yield f"  {printable(test)}"
            for outcome, names in _by_outcome(test, audit.runs):
                yield f"    {styled(outcome, 'dim')}  {'; '.join(names)}"
    if audit.unsteady.functions:
        yield ""
        yield styled("Functions that tests executed in some runs and not in others", "bold")
        for function in sorted(audit.unsteady.functions):
            yield f"  {printable(function.replace(':', '.'))}"
    yield ""
    yield (
        f"{counted(len(audit.unsteady.tests), 'test depends', 'tests depend')} on the order of tests, "
        f"and {counted(len(audit.unsteady.functions), 'function keeps', 'functions keep')} values for other "
        f"tests or {'runs' if len(audit.unsteady.functions) == 1 else 'run'} at random."
    )


def _run_lines(runs: Sequence[_AuditRun]) -> Iterator[str]:
    width = max(len(run.name) for run in runs)
    for run in runs:
        numbers = Counter(run.outcomes.values())
        outcomes = ", ".join(f"{numbers[kind]:,} {kind}" for kind in _OUTCOMES if numbers[kind])
        yield f"{run.name:{width}}  {outcomes} in {run.seconds:.1f} s"


def _by_outcome(test: str, runs: Sequence[_AuditRun]) -> Iterator[tuple[Outcome, list[str]]]:
    for outcome in _OUTCOMES:
        if names := [run.name for run in runs if run.outcomes.get(test) == outcome]:
            yield outcome, names
