"""Observation of pytest's phases: attributes what runs to tests, and adds it to their reports."""

import sys
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import suppress
from inspect import unwrap
from types import FunctionType, ModuleType
from typing import Any

import msgspec
import pytest

from ..errors import ObservingError
from ..names import Names
from ..observations.inputs import PROCESS, READ
from ..observe.code_owner import CodeOwners
from ..observe.observer import Observer, observe
from ..settings import Project
from ..source.packages import import_places
from ..text import counted
from .collected_tests import collected_data, imports_data
from .guard import SafeHooks, never_raises
from .session_log import note_of

__all__ = ["ObservationPlugin"]

_NAMED = 3


class ObservationPlugin(SafeHooks):
    """Observes the tests of this process.

    It starts before the first conftest is loaded, because a conftest may import the library.
    """

    def __init__(self, config: pytest.Config, project: Project) -> None:
        super().__init__()
        self._config = config
        self._project = project
        self._observer: Observer | None = None
        self._private = project.settings.private
        self._library = project.library
        self._declared: set[str] = set()
        self._left_alone: dict[str, None] = {}
        self._items: list[pytest.Item] = []
        self._collected: dict[str, object] = {}
        self._names: Names | None = None
        self._forks = False
        self._fixtures_of: Callable[[pytest.Item], Sequence[object]] = lambda _: ()
        self._begin(project)

    @never_raises
    def learn(self, report: pytest.TestReport) -> None:
        """Add what another process, a forked child, has executed according to a test's report."""
        executed = getattr(report, "this_tests_executed", None)
        if self._observer is not None and executed is not None:
            self._observer.learn(
                executed[0].split("\n"), getattr(report, "this_tests_objects", "").split("\n")
            )
            self._saw_claims(report)

    def use(self, names: Names | None, fixtures_of: Callable[[pytest.Item], Sequence[object]]) -> None:
        """Set the names of the library and the function that returns an item's fixtures."""
        self._names, self._fixtures_of = names, fixtures_of
        option = self._config.option
        self._forks = bool(getattr(option, "forked", False) or option.this_tests_isolate)
        if self._forks:
            self._config.pluginmanager.register(_ForkedReports(self), "this_tests_forked_reports")

    @never_raises
    def _begin(self, project: Project) -> None:
        files, functions = (self._config.getini(key) for key in ("python_files", "python_functions"))
        scope = CodeOwners(project.library, self._config.rootpath, files=files, functions=functions)
        try:
            own = [project.registry, project.observations]
            with suppress(ValueError):  # pytest's cache is disabled.
                own.append(self._config.rootpath / str(self._config.getini("cache_dir")))
            self._observer = observe(scope, project.root, own)
            self._observer.discover_early()
        except ObservingError as error:
            self.problems[f"nothing was observed: {error}"] = None
            return
        if not self._observer.inputs.is_possible:
            self.problems["the files that tests read were not observed: another audit hook prevents it"] = (
                None
            )

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Attribute what runs while a test file is collected, its import among it, to that file."""
        file = next((node for node in collector.listchain() if isinstance(node, pytest.File)), None)
        if self._observer is None or file is None:
            return (yield)
        with self._observer.collecting(file.path):
            return (yield)

    @pytest.hookimpl(tryfirst=True)
    @never_raises
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Record all collected tests before other plugins deselect some."""
        self._items = items.copy()

    @never_raises
    def pytest_collection_finish(self) -> None:
        """Watch functions that were loaded before the start, or are wrapped by a decorator."""
        items, self._items = self._items, []
        if self._observer is None:
            return
        self._collected = collected_data(self._config, self._project, items)
        if missed := self._observer.discover():
            self.problems[missed] = None
        self._observer.inputs.use(map(_module_of, self._config.pluginmanager.get_plugins()))
        if self._forks:  # No test begins in this process, and what ran so far belongs to none.
            self._observer.begin()

    @pytest.hookimpl(tryfirst=True)
    @never_raises
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Start a test, or its rerun."""
        if self._observer is not None and self._observer.begin(_function_of(item)):
            self._left_alone[item.nodeid] = None

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
        """Attribute the setup of a fixture with a wider scope to all tests that use it."""
        if self._observer is None or fixturedef.scope == "function":
            return (yield)  # It is part of its test's setup.
        with self._observer.setting_up(fixturedef):
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """End a phase of a test; its last report carries what it executed."""
        self._end_phase(call.when)
        report = yield
        if call.when == "teardown":
            self._annotate(item, report)
        return report

    @never_raises
    def _end_phase(self, phase: str) -> None:
        if self._observer is not None:
            self._observer.end_phase(phase)

    @never_raises
    def _annotate(self, item: pytest.Item, report: pytest.TestReport) -> None:
        if self._observer is None:
            return
        executed, inputs = self._observer.used(self._fixtures_of(item))
        # Plain text in one piece: reports are written as JSON, and sent by xdist item by item.
        text = "\n".join(executed), bytes(executed.values()).decode("latin-1")
        report.this_tests_executed = text  # type: ignore[attr-defined]  # reports take attributes of plugins
        if self._observer.blind():
            inputs[PROCESS] = READ
        if inputs:
            text = "\n".join(inputs), bytes(inputs.values()).decode("latin-1")
            report.this_tests_inputs = text  # type: ignore[attr-defined]  # see above
        if self._forks:  # Objects that are not functions: the parent cannot identify them by their code.
            objects = "\n".join(executed.keys() & self._observer.backend.objects().keys())
            report.this_tests_objects = objects  # type: ignore[attr-defined]  # see above
        self._saw_claims(report)

    def _saw_claims(self, report: pytest.TestReport) -> None:
        if (note := note_of(report)) is not None:
            self._declared.update(claim[0] for claim in note.claims)

    def worker_output(self, test_files: Iterable[str]) -> dict[str, object]:
        """Return the public names of the functions that this process observed, as plain data.

        Args:
            test_files: All files that were collected, with tests or without.
        """
        return self._worker_output(test_files) or {}

    @never_raises
    def _worker_output(self, test_files: Iterable[str]) -> dict[str, object]:
        if self._observer is None or self._names is None:
            return {}
        return {
            "names": self._observer.public_names(self._names, private=self._private),
            "declared": self._observer.declared_functions(self._declared),
            "collected": self._collected
            and {
                **self._collected,
                "test_files": sorted(test_files),
                "imports": list(imports_data(self._observer.imports, self._project.root)),
                "otherwise": sorted(self._observer.otherwise),
            },
            "outside": sorted(self._observer.outside),
            "shared_inputs": (
                msgspec.to_builtins(self._observer.inputs.shared())
                if self._observer.inputs.is_possible
                else None
            ),
            "places": [str(path) for paths in import_places(self._library).values() for path in paths],
        }

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Tell which tests were not observed."""
        if self._left_alone:
            tests = counted(len(self._left_alone), "test")
            named = ", ".join([*self._left_alone][:_NAMED])
            more = ", …" if len(self._left_alone) > _NAMED else ""
            self.problems[f"{tests} not observed, which may look at flagged code: {named}{more}"] = None

    @never_raises
    def pytest_unconfigure(self) -> None:
        """Stop observing."""
        if self._observer is not None:
            self._observer.close()
            self._observer = None


def _function_of(item: pytest.Item) -> FunctionType | None:
    function = unwrap(found) if callable(found := getattr(item, "function", None)) else None
    return function if isinstance(function, FunctionType) else None


def _module_of(plugin: object) -> object:
    return plugin if isinstance(plugin, ModuleType) else sys.modules.get(type(plugin).__module__)


class _ForkedReports:
    """Reads what tests executed in forked children: under pytest-forked, this process does not see it."""

    def __init__(self, observation: ObservationPlugin) -> None:
        self._observation = observation

    @pytest.hookimpl(wrapper=True)  # Before the controller removes the data from the report.
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> Generator[None, object, object]:
        self._observation.learn(report)
        return (yield)
