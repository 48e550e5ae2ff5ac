"""Controller: collects test reports, in the only process or in the xdist controller, and ends the session."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ..gc_pause import collector_paused
from ..observations.evidence import load_summary
from ..registry.update import Run
from ..settings import Project
from ..text import printable
from .crash_journal import Journal
from .finish import SessionFinish
from .guard import SafeHooks, never_raises
from .runner import Runner
from .session_log import SessionLog

if TYPE_CHECKING:  # Imported only in sessions that need it, because it takes time.
    from .audited_session import AuditFinish
    from .observation_finish import ObservationFinish

__all__ = ["AUDITS", "Controller", "cache_folder"]

_LINES = 20
# In the input of the one xdist worker that computes what the selection would choose.
AUDITS = "this_tests_audits"


def _observation_finish(
    project: Project, limit: int | None, audit: str | None
) -> "ObservationFinish | AuditFinish":
    if audit:
        from .audited_session import AuditFinish

        return AuditFinish(project, Path(audit))
    from .observation_finish import ObservationFinish

    return ObservationFinish(project, limit)


def _has_outcomes(project: Project, run: Run) -> bool:
    """Return whether a session that did not observe has outcomes that readers of the registry should know."""
    unexpected = any(result.outcome in ("failed", "xfailed") for result in run.results.values())
    return unexpected or project.observations.exists()


def _keep_outcomes(project: Project, run: Run, session: int, add_line: Callable[[str, str], None]) -> None:
    """Store the outcomes of a session that did not observe, where they are news."""
    known = load_summary(project.observations).outcomes
    news = {
        test: (session, outcome)
        for test, result in run.results.items()
        if (outcome := result.outcome) is not None and outcome != known.get(test, "passed")
    }
    if news:
        from .observation_finish import keep_outcomes

        keep_outcomes(project, run, session, news, add_line)


class Controller(SafeHooks):
    """Collects the results, and ends the session.

    Attributes:
        audits: Whether to compute what the selection would choose.
    """

    def __init__(self, config: pytest.Config, project: Project, runner: Runner, *, in_use: bool) -> None:
        super().__init__()
        self._config = config
        self._project = project
        self._runner = runner
        self._in_use = in_use
        session = time.time_ns()
        self._log = SessionLog(session)
        limit = None if config.get_verbosity() > 0 else _LINES
        check, folder = config.option.this_tests_check, cache_folder(config)
        # A project that does not use this-tests, or only checks, has nothing to recover.
        self._journal = Journal(folder if in_use and not check else None, session)
        self._observation = (
            None
            if runner.observation is None
            else _observation_finish(project, limit, config.option.this_tests_audit)
        )
        self._finish = SessionFinish(project, check=check, limit=limit)
        self._foreseen: dict[str, Any] = {}
        self.audits = bool(self._audits())

    @never_raises
    def _audits(self) -> bool:
        observation = self._observation
        return observation is not None and _may_run_all(self._config) and observation.audits()

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Have the first xdist worker compute what the selection would choose."""
        if self.audits:
            node.workerinput[AUDITS] = True
            self.audits = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Annotate the last report of a test, and log it."""
        # Reports of setup and call that passed carry no data; the teardown report carries all.
        if report.when == "teardown":
            self._runner.annotate(report)
            self._log_report(report)
        elif report.outcome != "passed":
            self._log_report(report)

    @never_raises
    def _log_report(self, report: pytest.TestReport) -> None:
        self._log.saw_report(report)
        self._journal.add(report)
        # pytest keeps all reports until the end, and this is the largest part of them.
        vars(report).pop("this_tests_executed", None)
        vars(report).pop("this_tests_inputs", None)

    @pytest.hookimpl(optionalhook=True)
    @never_raises
    def pytest_testnodedown(self, node: Any) -> None:
        """Collect the output of an xdist worker that has finished."""
        self._take(getattr(node, "workeroutput", {}).get("this_tests", {}))

    def _take(self, output: dict[str, Any]) -> None:
        self._log.saw_collection(output.get("collected", {}))
        self._log.saw_names(output.get("observed", {}))
        self._foreseen = self._foreseen or output.get("foreseen", {})
        self.problems.update(dict.fromkeys(output.get("problems", ())))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Update the registry, or compare it."""
        with collector_paused():
            failed = _runs_tests(self._config) and self._finish_session()
        if failed and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        self._journal.close()

    @never_raises
    def _finish_session(self) -> bool:
        self._take(self._runner.worker_output())
        if not self._in_use and self._log.calls() == 0:
            return False
        run = self._log.run()
        failed = self._finish.finish(self._log, run, self._journal)
        if self._observation is not None and self._log.observed:
            self._observation.finish(self._log, run, self._foreseen, self._finish.add_line)
        elif _has_outcomes(self._project, run):
            _keep_outcomes(self._project, run, self._log.session, self._finish.add_line)
        return failed

    def pytest_terminal_summary(self, terminalreporter: "pytest.TerminalReporter") -> None:
        """Print the closing lines of the session."""
        lines, problems = self._finish.lines, list(dict.fromkeys([*self.problems, *self._runner.problems]))
        if lines or problems:
            terminalreporter.section("this-tests")
        for text, color in lines:
            terminalreporter.write_line(printable(text), **{color: True} if color else {})
        for problem in problems:
            terminalreporter.write_line(printable(f"this-tests: {problem}"), red=True)


def cache_folder(config: pytest.Config) -> Path | None:
    """Return the folder of this-tests in pytest's cache, or None if the cache is disabled."""
    cache = getattr(config, "cache", None)
    return None if cache is None else Path(cache.mkdir("this-tests"))


def _runs_tests(config: pytest.Config) -> bool:
    option = config.option
    return not (
        option.collectonly or getattr(option, "setuponly", False) or getattr(option, "setupplan", False)
    )


def _may_run_all(config: pytest.Config) -> bool:
    """Return whether the command line may select all tests, as far as it can tell."""
    option = config.option
    narrowing = ("keyword", "markexpr", "lf", "deselect", "collectonly", "setuponly", "setupplan")
    if any(getattr(option, name, None) for name in (*narrowing, "this_tests_for", "this_tests_changed")):
        return False
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        return True
    return all((config.invocation_params.dir / argument).is_dir() for argument in config.args)
