"""A session of ``this-tests prove``: collects once, and runs the trials in forks of what it then is."""

import gc
import shutil
import signal
import sys
import time
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec
import pytest

from ..prove.forks import Fork
from ..prove.plan import PLAN, VERDICTS, Plan
from ..prove.targets import context_managers, find_functions
from ..prove.trial import Ran, Run, Target, Verdict, trial
from ..settings import Project
from .node_ids import NodeIds
from .proving_child import ProvingChild

__all__ = ["Proving"]

# Seconds: between two looks at the processes, and between two lines of progress without a terminal.
_PAUSE, _LINES = 0.002, 15.0
# Seconds that a test may take: with the body intact, and else more than ten times as long as then.
_LONGEST, _MORE = 120.0, 5.0


@dataclass
class _Active:
    """A trial, and its process."""

    trial: Generator[Run, Ran, Verdict]
    run: Run
    fork: Fork
    own: Path
    begun: str = ""
    ran: Ran = field(default_factory=Ran)


class Proving:
    """Runs the trials of a plan, and writes the verdicts.

    Args:
        folder: That of the plan, and of all that tests may write.
    """

    def __init__(self, config: pytest.Config, project: Project, folder: Path) -> None:
        self._config = config
        self._folder = folder
        self._plan = msgspec.json.decode((folder / PLAN).read_bytes(), type=Plan)
        self._ids = NodeIds(config.rootpath, project.root)
        self._waiting: deque[Target] = deque(self._plan.targets)
        self._active: list[_Active] = []
        self._seconds: dict[str, float] = {}
        self._number = self._done = 0
        self._is_interrupted = False
        self._begun = self._told = time.monotonic()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run the trials in the place of the tests."""
        self._items = {self._ids.of_case(item): item for item in session.items}
        found = find_functions(target.function for target in self._plan.targets)
        self._found = found, context_managers(found)
        gc.collect()
        gc.freeze()  # A collection of garbage would write into each object, and so copy it in each fork.
        # An exception could be lost: Python ignores those of what runs around a fork.
        before = signal.signal(signal.SIGINT, self._interrupt)
        try:
            self._run_all()
        finally:
            signal.signal(signal.SIGINT, before)
            for active in self._active:
                active.fork.end()
            gc.unfreeze()
        if self._is_interrupted:
            raise KeyboardInterrupt
        return True

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        self._is_interrupted = True

    def _run_all(self) -> None:
        until = self._begun + self._plan.seconds if self._plan.seconds else None
        while self._active or (self._waiting and (until is None or time.monotonic() < until)):
            if self._is_interrupted or (until is not None and time.monotonic() > until):
                break
            while self._waiting and len(self._active) < self._plan.processes:
                self._begin(self._waiting.popleft())
            ended = [active for active in tuple(self._active) if self._look(active)]
            if not ended:
                time.sleep(_PAUSE)
            self._tell_progress()

    def _begin(self, target: Target) -> None:
        steps = trial(target, all_tests=self._plan.all_tests)
        self._fork(steps, next(steps))

    def _fork(self, steps: Generator[Run, Ran, Verdict], run: Run) -> None:
        self._number += 1
        own = self._folder / "runs" / str(self._number)
        intact = self._plan.intact
        child = ProvingChild(self._config, self._items, self._found, self._folder, own, intact=intact)
        fork = Fork(partial(child.run, run), partial(self._limit, run))
        self._active.append(_Active(steps, run, fork, own))

    def _limit(self, run: Run) -> float:
        if not run.replacement:
            return _LONGEST
        return _MORE + 10 * max(self._seconds.get(test, 0.0) for test in run.tests)

    def _look(self, active: _Active) -> bool:
        """Take in what a process told; return whether it has ended."""
        ended = active.fork.has_ended()
        for message in active.fork.messages():
            self._take(active, message)
        if not ended:
            return False
        self._active.remove(active)
        active.fork.close()
        shutil.rmtree(active.own, ignore_errors=True)
        if active.begun:
            active.ran.outcomes[active.begun] = active.fork.problem or "crashed"
            active.ran.entered.append(active.begun)
        try:
            run = active.trial.send(active.ran)
        except StopIteration as end:
            self._write(end.value)
        else:
            self._fork(active.trial, run)
        return True

    def _take(self, active: _Active, message: object) -> None:
        match message:
            case {"begun": str(test)}:
                active.begun = test
            case {"labels": list(labels)}:
                active.ran.labels = labels
            case {"problem": str(problem)}:
                active.ran.problem = problem
            case {"test": str(test), "outcome": str(outcome), "entered": entered, "seconds": float(seconds)}:
                active.begun = ""
                active.ran.outcomes[test] = outcome
                if entered:
                    active.ran.entered.append(test)
                if isinstance(message, dict) and "reason" in message:
                    active.ran.reasons[test] = message["reason"]
                if not active.run.replacement:
                    self._seconds[test] = seconds

    def _write(self, verdict: Verdict) -> None:
        self._done += 1
        with (self._folder / VERDICTS).open("ab") as file:
            file.write(msgspec.json.encode(verdict) + b"\n")

    def _tell_progress(self) -> None:
        now, terminal = time.monotonic(), sys.__stderr__ is not None and sys.__stderr__.isatty()
        if now - self._told < (0.2 if terminal else _LINES) or not self._done:
            return
        self._told = now
        reporter: Any = self._config.pluginmanager.get_plugin("terminalreporter")
        number = len(self._plan.targets)
        left = (now - self._begun) / self._done * (number - self._done)
        text = f"{self._done:,} of {number:,} callables, about {_duration(left)} left"
        if reporter is not None:
            reporter.write(f"\r{text}\033[K" if terminal else f"{text}\n", flush=True)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
