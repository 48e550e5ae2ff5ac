"""Decides, callable by callable, which tests run with what in the place of its body. Pure."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field

import msgspec

__all__ = ["Outcome", "Ran", "Run", "Target", "Verdict", "trial"]

# The first tests are the likeliest to notice, so most callables need one; the last batch has the rest.
_BATCHES = (1, 3, 12)

# How a test ended in a trial. ``unsuited`` is what would have done harm, or was skipped.
Outcome = str


class Target(msgspec.Struct, frozen=True):
    """A function that is to do nothing.

    Attributes:
        function: ``module:qualname``.
        tests: The tests that executed it, by node id, the likeliest to notice first.
    """

    function: str
    tests: tuple[str, ...]


@dataclass(frozen=True)
class Run:
    """A request to run tests in a process of its own, until one fails.

    Attributes:
        replacement: What is put in the place of the body, as one of `Ran.labels`; empty leaves it intact.
        all_tests: Run them all, also after one failed.
    """

    target: Target
    tests: Sequence[str]
    replacement: str = ""
    all_tests: bool = False


class Ran(msgspec.Struct):
    """What came of a `Run`.

    Attributes:
        outcomes: ``passed``, ``failed``, ``unsuited``, or how the process ended: ``hung``, ``crashed``,
            ``too much memory``.
        entered: The tests in which the function's body, or what stood in its place, ran.
        labels: What can be put in its place, in words, as far as it is known.
        reasons: Why a test is unsuited.
        problem: Why nothing could be replaced; empty where it could.
    """

    outcomes: dict[str, Outcome] = {}
    entered: list[str] = []
    labels: list[str] = []
    reasons: dict[str, str] = {}
    problem: str = ""


class Verdict(msgspec.Struct):
    """What came of a target.

    Attributes:
        replaced: What was put in its place, in words.
        noticed: By test, the positions in `replaced` at which it failed.
        how: By test, how it failed, where it did more than fail.
        unaware: The tests that executed it and passed with everything that was put in its place.
        unsuited: Why tests were left out.
        problem: Why there is no verdict; empty where there is one.
    """

    function: str
    replaced: list[str] = []
    noticed: dict[str, list[int]] = {}
    how: dict[str, str] = {}
    unaware: list[str] = []
    unsuited: dict[str, str] = {}
    problem: str = ""

    @property
    def unnoticed(self) -> list[str]:
        """What no test noticed, in words."""
        seen = {position for positions in self.noticed.values() for position in positions}
        return [label for position, label in enumerate(self.replaced) if position not in seen]


@dataclass
class _Trial:
    target: Target
    all_tests: bool
    labels: list[str] = field(default_factory=list)
    noticed: dict[str, list[int]] = field(default_factory=dict)
    how: dict[str, str] = field(default_factory=dict)
    unaware: dict[str, None] = field(default_factory=dict)
    unsuited: dict[str, str] = field(default_factory=dict)
    has_run: bool = False

    def verdict(self, problem: str = "") -> Verdict:
        unaware = [test for test in self.unaware if test not in self.noticed]
        return Verdict(
            self.target.function, self.labels, self.noticed, self.how, unaware, self.unsuited, problem
        )

    def open(self) -> list[int]:
        """Return the positions of what no test noticed yet, or of all where all tests run."""
        seen = {position for positions in self.noticed.values() for position in positions}
        return [position for position in range(len(self.labels)) if self.all_tests or position not in seen]

    def usable(self, batch: Sequence[str], intact: Ran) -> list[str]:
        """Return the tests that passed and executed the function with its body intact; note the others."""
        passed = [test for test in batch if intact.outcomes.get(test) == "passed" and test in intact.entered]
        for test in batch:
            if test not in passed:
                self.unsuited[test] = _why_unsuited(test, intact)
        return passed

    def problem(self) -> str:
        """Return why there is no verdict; empty where there is one."""
        if self.noticed or self.unaware:
            return ""
        if self.has_run and not self.labels:
            return "it does nothing as it is"
        test, why = next(iter(self.unsuited.items()))
        others = f", and so on for {len(self.unsuited):,} tests" if len(self.unsuited) > 1 else ""
        return f"no test of it can be used: {test} {why}{others}"

    def take(self, replacement: int, ran: Ran) -> None:
        for test, outcome in ran.outcomes.items():
            if outcome == "unsuited":
                self.unsuited[test] = ran.reasons.get(test, "")
            elif test not in ran.entered:
                # What it executes then was computed before, or by a fixture that another test set up.
                self.unsuited.setdefault(test, "did not execute it by itself")
            elif outcome == "passed":
                self.unaware[test] = None
            else:
                self.noticed.setdefault(test, []).append(replacement)
                if outcome != "failed":
                    self.how[test] = outcome


def trial(target: Target, *, all_tests: bool = False) -> Generator[Run, Ran, Verdict]:
    """Yield the runs that a target needs, be sent what came of each, and return the verdict.

    Each batch of tests runs intact first, under the same conditions: a test that does not pass then, or
    that does what may do harm, counts for nothing.

    Args:
        all_tests: Let all tests run, and not only until one notices.
    """
    found = _Trial(target, all_tests)
    for batch in _batches(target.tests):
        intact = yield Run(target, batch, all_tests=True)
        if intact.problem:
            return found.verdict(intact.problem)
        usable = found.usable(batch, intact)
        found.has_run = found.has_run or bool(usable)
        found.labels = found.labels or (list(intact.labels) if usable else [])
        for replacement in found.open() if usable else ():
            ran = yield Run(target, usable, found.labels[replacement], all_tests)
            if ran.problem:
                return found.verdict(ran.problem)
            found.take(replacement, ran)
        if found.labels and not found.open():
            break
    return found.verdict(found.problem())


def _batches(tests: Sequence[str]) -> Generator[Sequence[str]]:
    start = 0
    for size in _BATCHES:
        yield from filter(None, [tests[start : start + size]])
        start += size
    yield from filter(None, [tests[start:]])


def _why_unsuited(test: str, intact: Ran) -> str:
    outcome = intact.outcomes.get(test, "did not run")
    if outcome == "passed":
        return "did not execute it by itself"
    return intact.reasons.get(test) or f"{outcome} with the body intact"
