"""Which tests should be marked ``slow``, and which should not: an audit of how long they took."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field

import pytest

from ..errors import SettingsError

__all__ = ["Audit", "Durations", "Timed", "audit_lines", "slow_limit"]

# A marked test is told of where it takes less than this share of the limit: near the limit, it
# depends on the machine.
_FAR_BELOW = 0.2


@dataclass(frozen=True)
class Timed:
    """A test and how long its cases took.

    Attributes:
        seconds: By the case's node id, of the test's own call. What shared fixtures take is left
            out: it would be blamed on whoever comes first.
    """

    test: str
    slow: bool
    seconds: dict[str, float]

    @property
    def longest(self) -> float:
        """The seconds of the longest case."""
        return max(self.seconds.values())


@dataclass
class Audit:
    """What the tests of a session took."""

    limit: float
    tests: dict[tuple[str, bool], Timed] = field(default_factory=dict)

    def saw(self, node_id: str, seconds: float, *, slow: bool) -> None:
        """Note that a case took *seconds*."""
        test = node_id.partition("[")[0]
        timed = self.tests.setdefault((test, slow), Timed(test, slow, {}))
        timed.seconds[node_id] = max(seconds, timed.seconds.get(node_id, 0.0))

    def unmarked(self) -> list[Timed]:
        """Return the tests that should be marked, the longest first."""
        found = [each for each in self.tests.values() if not each.slow and each.longest > self.limit]
        return sorted(found, key=lambda each: (-each.longest, each.test))

    def needlessly_marked(self) -> list[Timed]:
        """Return the marked tests that are far below the limit, the shortest first."""
        low = self.limit * _FAR_BELOW
        found = [each for each in self.tests.values() if each.slow and each.longest < low]
        return sorted(found, key=lambda each: (each.longest, each.test))


def audit_lines(audit: Audit) -> Iterator[str]:
    """Yield what the audit found, a line each."""
    unmarked, needless = audit.unmarked(), audit.needlessly_marked()
    if unmarked:
        yield f"Over {audit.limit:g} s and not marked; add @pytest.mark.slow:"
        yield from (_line(each, audit.limit) for each in unmarked)
    if needless:
        yield f"Marked slow, and far below {audit.limit:g} s; remove @pytest.mark.slow:"
        yield from (f"  {each.longest:6.2f} s  {each.test}" for each in needless)
    if not (unmarked or needless):
        yield f"Each test over {audit.limit:g} s is marked slow, and no other."


def _line(each: Timed, limit: float) -> str:
    over = [case for case, seconds in each.seconds.items() if seconds > limit]
    text = f"  {each.longest:6.2f} s  {each.test}"
    if len(over) == len(each.seconds):
        return text
    cases = ", ".join(case.removeprefix(each.test) for case in sorted(over))
    return f"{text}  only {cases}: pytest.param(…, marks=pytest.mark.slow)"


def slow_limit(config: pytest.Config) -> float:
    """Return the ini key ``this_tests_slow_limit``, in seconds.

    Raises:
        SettingsError: It is no positive number.
    """
    text = str(config.getini("this_tests_slow_limit"))
    try:
        limit = float(text)
    except ValueError:
        limit = 0.0
    if limit <= 0:
        raise SettingsError("this_tests_slow_limit", f"{text!r} is no positive number of seconds")
    return limit


class Durations:
    """Audits a session, in whichever processes its tests run."""

    def __init__(self, config: pytest.Config) -> None:
        self._audit = Audit(slow_limit(config))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Let the report carry whether the test is marked."""
        report = yield
        # Not `report.keywords`, which also has the names of folders, files and classes.
        report.this_tests_slow = item.get_closest_marker("slow") is not None  # type: ignore[attr-defined]  # reports take attributes of plugins
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take what a test took."""
        if report.when == "call" and not report.skipped:
            slow = getattr(report, "this_tests_slow", False)
            self._audit.saw(report.nodeid, report.duration, slow=slow)

    def pytest_terminal_summary(self, terminalreporter: "pytest.TerminalReporter") -> None:
        """Tell what the audit found."""
        terminalreporter.section("durations audit")
        for line in audit_lines(self._audit):
            terminalreporter.write_line(line)
