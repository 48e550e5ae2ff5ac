"""The forked process of a trial: runs tests while a function does something else than its body."""

import importlib
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol  # pytest has no public way to run a test without logging it

from ..prove.bodies import emptied
from ..prove.confinement import Confinement
from ..prove.forks import Tell
from ..prove.replacements import replacements, value_of
from ..prove.returned import Returned
from ..prove.targets import Found, context_managers, find_functions
from ..prove.trial import Run

__all__ = ["ProvingChild"]


class ProvingChild:
    """The process of one `Run`.

    Args:
        items: The tests by node id.
        found: The functions of the modules that are imported.
        folder: The only one that tests may write into.
        own: The folder for temporary files of this process, in *folder*.
        intact: Leave the body as it is.
    """

    def __init__(  # noqa: PLR0913  # what a process needs
        self,
        config: pytest.Config,
        items: Mapping[str, pytest.Item],
        found: tuple[Found, frozenset[str]],
        folder: Path,
        own: Path,
        *,
        intact: bool,
    ) -> None:
        self._config = config
        self._items = items
        self._found, self._managers = found
        self._confinement = Confinement(folder)
        self._own = own
        self._intact = intact
        self._logged: list[Any] = []

    def run(self, run: Run, tell: Tell) -> None:
        """Run the tests, and tell what comes of each."""
        functions = self._functions(run.target.function)
        if not functions:
            tell({"problem": "it is not found in the module, or has no body of Python"})
            return
        is_replaced = run.replacement and not self._intact
        entered = self._replace(functions, run) if is_replaced else self._record(run, functions, tell)
        self._set_up()
        tests = [test for test in run.tests if test in self._items]
        for test, following in zip(tests, [*tests[1:], None], strict=True):
            tell({"begun": test})
            outcome = self._outcome(test, following, entered)
            tell({"test": test, **outcome})
            if outcome["outcome"] == "failed" and not run.all_tests:
                break

    def _functions(self, name: str) -> Sequence[FunctionType]:
        if name not in self._found:
            try:
                importlib.import_module(name.partition(":")[0])
            except Exception:  # noqa: BLE001  # whatever the module raises: it is not there
                return ()
            self._found = find_functions([name])
            self._managers = context_managers(self._found)
        return self._found.get(name, ())

    def _replace(self, functions: Sequence[FunctionType], run: Run) -> Callable[[], bool]:
        """Put something else in the place of the bodies; return what tells whether it ran since then."""
        ran: list[None] = []
        value = value_of(run.replacement)
        for function in functions:
            function.__code__ = emptied(function, value, lambda: ran.append(None))

        def entered() -> bool:
            any_ran = bool(ran)
            ran.clear()
            return any_ran

        return entered

    def _record(self, run: Run, functions: Sequence[FunctionType], tell: Tell) -> Callable[[], bool]:
        """Record what the functions return; return what tells whether they ran since it last told."""
        returned = Returned(function.__code__ for function in functions)
        returned.begin()
        name = run.target.function

        def entered() -> bool:
            ran, returned.entered = returned.entered, False
            if returned.code is not None:
                is_manager = name in self._managers
                tell({"labels": replacements(returned.code, returned.kinds, context_manager=is_manager)})
            return ran

        return entered

    def _set_up(self) -> None:
        plugins = self._config.pluginmanager
        if plugins.has_plugin("terminalreporter"):
            plugins.unregister(name="terminalreporter")
        plugins.register(self)
        sys.dont_write_bytecode = True
        temporary = self._own / "tmp"
        temporary.mkdir(parents=True)
        tempfile.tempdir = os.environ["TMPDIR"] = str(temporary)
        if (factory := getattr(self._config, "_tmp_path_factory", None)) is not None:
            factory._basetemp = self._own / "pytest"  # each process needs its own
            factory._basetemp.mkdir()
        self._confinement.begin()

    def _outcome(self, test: str, following: str | None, entered: Callable[[], bool]) -> dict[str, object]:
        self._logged.clear()
        self._confinement.refused = ""
        begun = time.monotonic()
        item, nextitem = self._items[test], None if following is None else self._items[following]
        # Nobody reads the traceback, which takes longer than most tests.
        vars(item).update(dict.fromkeys(("repr_failure", "_repr_failure_py"), lambda *_, **__: "failed"))
        try:
            reports = [*runtestprotocol(item, log=False, nextitem=nextitem), *self._logged]
        except (KeyboardInterrupt, SystemExit, pytest.exit.Exception):
            reports = [None]
        found: dict[str, object] = {"entered": entered(), "seconds": time.monotonic() - begun}
        if refused := self._confinement.refused:
            return {**found, "outcome": "unsuited", "reason": refused}
        if any(report is None or report.failed for report in reports):
            return {**found, "outcome": "failed"}
        if any(report.skipped or hasattr(report, "wasxfail") for report in reports):
            return {**found, "outcome": "unsuited", "reason": "is skipped, or expected to fail"}
        return {**found, "outcome": "passed"}

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Keep the report of a subtest."""
        self._logged.append(report)
