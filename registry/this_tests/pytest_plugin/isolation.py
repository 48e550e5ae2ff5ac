"""Isolation: runs each test in a forked process of its own, where no other test has computed anything.

The fork begins with what the collection left: modules are imported, and no fixture is set up.
"""

import gc
import marshal
import os
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Iterable, Sequence
from io import RawIOBase
from typing import Any

import pytest
from _pytest.runner import runtestprotocol  # pytest has no public way to run a test without logging it

__all__ = ["Isolation"]

# Seconds between two looks at whether a test has ended: at first, and at most.
_SHORTEST, _LONGEST = 0.0005, 0.02
_PLAIN = (str, bytes, int, float, bool, type(None))


class Isolation:
    """Runs the tests, each in a fork, and logs the reports that come back."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        # A file and no pipe: a process that a test leaves behind would keep a pipe open.
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115  # closed with the session

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self) -> None:
        """Prepare what all forks share."""
        if (temporary := getattr(self._config, "_tmp_path_factory", None)) is not None:
            temporary.getbasetemp()  # Else each fork would make one, and leave it.
        # A collection of garbage would write into each object, and so copy the memory in each fork.
        gc.collect()
        gc.freeze()

    def pytest_unconfigure(self) -> None:
        """Leave the garbage collector as it was."""
        gc.unfreeze()
        self._file.close()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool:
        """Run a test in a fork."""
        hooks = item.ihook
        hooks.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for report in self._reports(item):
            hooks.pytest_runtest_logreport(report=report)
        hooks.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def _reports(self, item: pytest.Item) -> Sequence[Any]:
        self._file.seek(0)
        self._file.truncate()
        try:
            status = self._run(item)
        except pytest.fail.Exception as error:  # Of a plugin that limits the time of a test.
            return [self._failed(item, str(error))]
        if status != 0:
            return [self._failed(item, f"the process of the test {_ending(status)}")]
        self._file.seek(0)
        stopped, reports = marshal.loads(self._file.read())  # noqa: S302  # our own
        if stopped is not None:
            raise KeyboardInterrupt(stopped)
        hooks = self._config.hook
        return [hooks.pytest_report_from_serializable(config=self._config, data=data) for data in reports]

    def _run(self, item: pytest.Item) -> int:
        """Run *item* in a fork, and return its exit status."""
        for stream in (sys.stdout, sys.stderr, self._config.get_terminal_writer()):
            stream.flush()  # Else the fork might write it as well.
        # No signal may come between the fork and the wait for it.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        process = 0
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Python warns of threads, which need not be the tests'.
                process = os.fork()
            if process == 0:
                _Child(self._config, self._file).run(item, mask)
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            return _status(process)
        except BaseException:  # An interrupt, or the end of the time for the test.
            if process != 0:
                os.kill(process, signal.SIGKILL)
                os.waitpid(process, 0)
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    def _failed(self, item: pytest.Item, reason: str) -> pytest.TestReport:
        """Return a report of a test that did not end, with what it printed."""
        printed = ("", "")
        if (capture := self._config.pluginmanager.get_plugin("capturemanager")) is not None:
            printed = capture.read_global_capture()
        names = ("Captured stdout call", "Captured stderr call")
        report = pytest.TestReport(
            nodeid=item.nodeid,
            location=item.location,
            keywords={},
            outcome="failed",
            longrepr=reason,
            when="call",
            sections=[(name, text) for name, text in zip(names, printed, strict=True) if text],
        )
        # What it executed is not known. That it failed is, which may depend on the order of tests.
        report.this_tests_executed = ("", "")  # type: ignore[attr-defined]  # reports take attributes of plugins
        return report


def _status(process: int) -> int:
    """Wait for the end of a child, and return its exit status.

    A blocking wait could last forever: a signal that comes right before it begins does not end it, and
    Python's handler, which raises ``KeyboardInterrupt``, would run only after it.
    """
    pause = _SHORTEST
    while True:
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST)


class _Child:
    """The process of one test."""

    def __init__(self, config: pytest.Config, file: RawIOBase) -> None:
        self._config = config
        self._file = file
        self._logged: list[Any] = []

    def run(self, item: pytest.Item, mask: Iterable[int]) -> None:
        """Run *item*, write its reports into the file, and end the process.

        Args:
            mask: The signals that are blocked in a test.
        """
        status = 1
        try:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            self._file.write(marshal.dumps(self._outcome(item)))
            sys.stdout.flush()
            sys.stderr.flush()
            status = 0
        except BaseException:  # noqa: BLE001  # there is nobody else to tell it
            traceback.print_exc()
        finally:
            os._exit(
                status
            )  # What this process has inherited, such as handlers for the exit, is the parent's.

    def _outcome(self, item: pytest.Item) -> tuple[str | None, list[object]]:
        # Reports of subtests are logged while the test runs: for the parent, and not for the terminal.
        plugins = self._config.pluginmanager
        if plugins.has_plugin("terminalreporter"):
            plugins.unregister(name="terminalreporter")
        plugins.register(self)
        try:
            reports = runtestprotocol(item, log=False, nextitem=None)
        except (KeyboardInterrupt, pytest.exit.Exception) as error:
            return str(error), []
        hooks = self._config.hook
        return None, [
            _plain(hooks.pytest_report_to_serializable(config=self._config, report=report))
            for report in (*self._logged, *reports)
        ]

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Keep the report of a subtest."""
        self._logged.append(report)


def _plain(value: object) -> object:
    """Return *value*, with strings for what is no plain data, such as properties that a test records."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, dict):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        items = [_plain(item) for item in value]
        return tuple(items) if isinstance(value, tuple) else items
    return str(value)


def _ending(status: int) -> str:
    if status >= 0:
        return f"exited with {status} before the test ended"
    try:
        return f"was ended by {signal.Signals(-status).name}"
    except ValueError:  # One of those for real time.
        return f"was ended by signal {-status}"
