"""Where the reports of tests meet: alone, or in xdist's controller. Ends the session."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ..gc_pause import collector_paused
from ..settings import Project
from ..text import printable
from .crash_journal import Journal
from .finish import Ending
from .guard import Guarded, guarded
from .runner import Runner
from .session_log import SessionLog

if TYPE_CHECKING:  # Few sessions need it, and all would wait for it.
    from .observation_finish import Observations

__all__ = ["Controller", "cache_folder"]

_LINES = 20


def _observations(project: Project, cache: Path | None, limit: int | None) -> "Observations":
    from .observation_finish import Observations

    return Observations(project, cache, limit)


class Controller(Guarded):
    """Gathers the results, and ends the session."""

    def __init__(self, config: pytest.Config, project: Project, runner: Runner, *, asked: bool) -> None:
        super().__init__()
        self._config = config
        self._runner = runner
        self._asked = asked
        session = time.time_ns()
        self._log = SessionLog(session)
        limit = None if config.get_verbosity() > 0 else _LINES
        check, folder = config.option.this_tests_check, cache_folder(config)
        # Who does not use us, or only checks, has nothing to lose.
        self._journal = Journal(folder if asked and not check else None, session)
        self._observations = None if runner.observing is None else _observations(project, folder, limit)
        self._ending = Ending(project, check=check, limit=limit)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Annotate the last report of a test, and log it."""
        # Two of a test's three reports tell nothing, and the third tells all.
        if report.when == "teardown":
            self._runner.annotate(report)
            self._log_report(report)
        elif report.outcome != "passed":
            self._log_report(report)

    @guarded
    def _log_report(self, report: pytest.TestReport) -> None:
        self._log.saw_report(report)
        self._journal.add(report)
        # pytest keeps all reports to the end, and this is the most of what is in them.
        vars(report).pop("this_tests_executed", None)

    @pytest.hookimpl(optionalhook=True)
    @guarded
    def pytest_testnodedown(self, node: Any) -> None:
        """Take what a worker of xdist sends when it ends."""
        self._take(getattr(node, "workeroutput", {}).get("this_tests", {}))

    def _take(self, farewell: dict[str, Any]) -> None:
        self._log.saw_collection(farewell.get("collected", {}))
        self._log.saw_names(farewell.get("observed", {}))
        self.problems.update(dict.fromkeys(farewell.get("problems", ())))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Update the registry, or compare it."""
        with collector_paused():
            failed = _runs_tests(self._config) and self._end()
        if failed and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        self._journal.close()

    @guarded
    def _end(self) -> bool:
        self._take(self._runner.farewell())
        if not self._asked and self._log.calls() == 0:
            return False
        run = self._log.run()
        failed = self._ending.end(self._log, run, self._journal)
        if self._observations is not None and self._log.observed:
            self._observations.end(self._log, run, self._ending.say)
        return failed

    def pytest_terminal_summary(self, terminalreporter: "pytest.TerminalReporter") -> None:
        """Print the lines that end the session."""
        lines, problems = self._ending.lines, list(dict.fromkeys([*self.problems, *self._runner.problems]))
        if lines or problems:
            terminalreporter.section("this-tests")
        for text, color in lines:
            terminalreporter.write_line(printable(text), **{color: True} if color else {})
        for problem in problems:
            terminalreporter.write_line(printable(f"this-tests: {problem}"), red=True)


def cache_folder(config: pytest.Config) -> Path | None:
    """Return our folder in pytest's cache, or None where there is no cache."""
    cache = getattr(config, "cache", None)
    return None if cache is None else Path(cache.mkdir("this-tests"))


def _runs_tests(config: pytest.Config) -> bool:
    option = config.option
    return not (
        option.collectonly or getattr(option, "setuponly", False) or getattr(option, "setupplan", False)
    )
