"""Durations audit: tests that should be marked ``slow``, and tests that should not."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field

import pytest

from ..errors import SettingsError

__all__ = ["Audit", "Durations", "TimedTest", "audit_lines", "slow_limit"]

# A marked test is reported if it takes less than this share of the limit: near the limit, it
# depends on the machine.
_FAR_BELOW = 0.2


@dataclass(frozen=True)
class TimedTest:
    """A test and the durations of its cases.

    Attributes:
        seconds: By the case's node id, of the call phase. The setup of shared fixtures is left
            out: it would be attributed to the first test that uses them.
    """

    test: str
    slow: bool
    seconds: dict[str, float]

    @property
    def longest(self) -> float:
        """The duration of the longest case, in seconds."""
        return max(self.seconds.values())


@dataclass
class Audit:
    """The durations of the tests of a session."""

    limit: float
    tests: dict[tuple[str, bool], TimedTest] = field(default_factory=dict)

    def saw(self, node_id: str, seconds: float, *, slow: bool) -> None:
        """Record the duration of a case."""
        test = node_id.partition("[")[0]
        timed = self.tests.setdefault((test, slow), TimedTest(test, slow, {}))
        timed.seconds[node_id] = max(seconds, timed.seconds.get(node_id, 0.0))

    def unmarked(self) -> list[TimedTest]:
        """Return the tests that should be marked ``slow``, the longest first."""
        found = [test for test in self.tests.values() if not test.slow and test.longest > self.limit]
        return sorted(found, key=lambda test: (-test.longest, test.test))

    def needlessly_marked(self) -> list[TimedTest]:
        """Return the marked tests that are far below the limit, the shortest first."""
        low = self.limit * _FAR_BELOW
        found = [test for test in self.tests.values() if test.slow and test.longest < low]
        return sorted(found, key=lambda test: (test.longest, test.test))


def audit_lines(audit: Audit) -> Iterator[str]:
    """Yield the lines of the audit's report."""
    unmarked, needless = audit.unmarked(), audit.needlessly_marked()
    if unmarked:
        yield f"Over {audit.limit:g} s and not marked; add @pytest.mark.slow:"
        yield from (_line(test, audit.limit) for test in unmarked)
    if needless:
        yield f"Marked slow, and far below {audit.limit:g} s; remove @pytest.mark.slow:"
        yield from (f"  {test.longest:6.2f} s  {test.test}" for test in needless)
    if not (unmarked or needless):
        yield f"Exactly the tests over {audit.limit:g} s are marked slow."


def _line(test: TimedTest, limit: float) -> str:
    over = [case for case, seconds in test.seconds.items() if seconds > limit]
    text = f"  {test.longest:6.2f} s  {test.test}"
    if len(over) == len(test.seconds):
        return text
    cases = ", ".join(case.removeprefix(test.test) for case in sorted(over))
    return f"{text}  only {cases}: pytest.param(…, marks=pytest.mark.slow)"


def slow_limit(config: pytest.Config) -> float:
    """Return the ini key ``this_tests_slow_limit``, in seconds.

    Raises:
        SettingsError: It is not a positive number.
    """
    text = str(config.getini("this_tests_slow_limit"))
    try:
        limit = float(text)
    except ValueError:
        limit = 0.0
    if limit <= 0:
        raise SettingsError("this_tests_slow_limit", f"{text!r} is not a positive number of seconds")
    return limit


class Durations:
    """Audits a session, also with xdist."""

    def __init__(self, config: pytest.Config) -> None:
        self._audit = Audit(slow_limit(config))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Add to the report whether the test is marked."""
        report = yield
        # Not `report.keywords`, which also has the names of folders, files and classes.
        report.this_tests_slow = item.get_closest_marker("slow") is not None  # type: ignore[attr-defined]  # reports take attributes of plugins
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Record the duration of a test."""
        if report.when == "call" and not report.skipped:
            slow = getattr(report, "this_tests_slow", False)
            self._audit.saw(report.nodeid, report.duration, slow=slow)

    def pytest_terminal_summary(self, terminalreporter: "pytest.TerminalReporter") -> None:
        """Print the audit's report."""
        terminalreporter.section("durations audit")
        for line in audit_lines(self._audit):
            terminalreporter.write_line(line)
