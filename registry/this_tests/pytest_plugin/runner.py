"""Runner: records what tests declare, in the only process or in each xdist worker."""

import os
from collections.abc import Generator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ..errors import LibraryNotFoundWarning, TargetError
from ..recorder import Declarations, Recorder, activated, no_library
from ..settings import Project
from ..source.name_lookup import exists as name_exists
from .guard import SafeHooks, never_raises
from .node_ids import NodeIds
from .notebooks import NotebookPlugin, is_notebook
from .session_log import Collection, claim_data

if TYPE_CHECKING:  # Imported only in sessions that need it, because it takes time.
    from .observation import ObservationPlugin
    from .selection_audit import SelectionAudit

__all__ = ["Annotator", "Runner", "Sender"]


class Runner(SafeHooks):
    """Records what the tests of this process declare."""

    def __init__(
        self, config: pytest.Config, project: Project, observation: "ObservationPlugin | None"
    ) -> None:
        super().__init__()
        self.observation = observation
        self.audit: SelectionAudit | None = None
        self.collection = Collection()
        self._ids = NodeIds(config.rootpath, project.root)
        self._project = project
        self._config = config
        self._markers = frozenset(project.settings.markers)
        self._recorder = Recorder(project)
        self.problems = self._recorder.problems
        self._declarations = Declarations()
        self._item: pytest.Item | None = None
        self._request: object = None
        self._process = os.getpid()
        self._fixtures: dict[object, Declarations] = {}
        self._items: list[pytest.Item] = []
        self._inherited: tuple[object, list[pytest.Mark]] = (None, [])
        self._exit = ExitStack()
        self._exit.enter_context(activated(self._recorder))
        if observation is not None:
            observation.use(self._recorder.names, _fixtures_of)
            self._annotate_early()
        if project.library and not any(name_exists(name) for name in project.library):
            config.issue_config_time_warning(_no_such_library(project), stacklevel=2)
        if project.settings.observe and not project.library:
            config.issue_config_time_warning(no_library(project), stacklevel=2)

    def pytest_unconfigure(self) -> None:
        """Stop recording."""
        self._exit.close()

    # Collection.

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Record which files were collected completely."""
        report = yield
        self._saw_report(collector, report)
        return report

    @never_raises
    def _saw_report(self, collector: pytest.Collector, report: pytest.CollectReport) -> None:
        if self._ids.is_outside(collector):
            return  # Its node id may be that of another file.
        file = self._ids.of_file(collector)
        self.collection.saw_file(file, complete=report.passed or not report.nodeid)
        if "::" in report.nodeid and not report.passed:
            self.collection.saw_file(file, complete=False)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> Generator[None, object, object]:
        """Record all collected tests before other plugins reorder or deselect some."""
        self._items = items.copy()
        return (yield)

    @never_raises
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Record which tests were selected, and freeze the modules that names depend on."""
        self.collection.saw(map(self._ids.of, self._items))
        if self._items != session.items and {*map(id, self._items)} != {*map(id, session.items)}:
            self.collection.chose(map(self._ids.of, session.items))
        self._items.clear()
        self.collection.narrowed(_narrowed_files(session.config, self._project.root))
        if self._recorder.names is not None:
            self._recorder.names.freeze()
        if any(map(is_notebook, session.items)):
            self._config.pluginmanager.register(NotebookPlugin(), "this_tests_notebooks")

    # Running.

    # A test begins with its setup and ends with its last report, in a rerun and in a forked
    # process too. A wrapper of the whole protocol, or of each report that is made, would do as
    # well, but would be the most expensive part of the plugin.

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Start a test, and record what its markers declare."""
        if os.getpid() != self._process:
            self._process = os.getpid()
            self._annotate_early()
        self._item = item
        # pytest removes it from the item before it logs the reports of a test that may be rerun.
        self._request = getattr(item, "_request", None)
        self._declarations = Declarations()
        self._recorder.switch(self._declarations)
        for marker in self._markers_of(item):
            if marker.name == "this_tests":
                self._declare(item, marker)

    def _declare(self, item: pytest.Item, marker: pytest.Mark) -> None:
        if self._recorder.names is None:
            item.warn(no_library(self._project))
            return
        try:
            self._recorder.declare_in_session(_targets_of(marker), None)
        except TargetError as error:
            # No traceback: no line of the test is running, and lines of the plugin do not help.
            file, line, name = item.location
            place = f"{file}:{(line or 0) + 1}: this_tests(target=…), a marker of {name}"
            message = "\n".join((f"{place}: {error}", *getattr(error, "__notes__", ())))
            raise pytest.fail.Exception(message, pytrace=False) from None

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
        """Record what a fixture declares, for each test that uses it."""
        # A fixture with a wider scope runs once; its declarations count for every test that uses it.
        declarations = Declarations()
        try:
            with self._recorder.recording_to(declarations):
                return (yield)
        finally:
            if declarations or fixturedef in self._fixtures:
                self._fixtures[fixturedef] = declarations

    def _annotate_early(self) -> None:
        """Annotate reports when they are made, for plugins that send or read them before they are logged."""
        self._config.pluginmanager.register(Annotator(self))

    @never_raises
    def annotate(self, report: pytest.TestReport) -> None:
        """Add what the test declared to its last report, and end the test."""
        item = self._item
        if item is None:
            return  # It ran in another process, or the report was annotated when it was made.
        self._recorder.switch(None)
        if self._fixtures:
            for fixture in _fixtures_of_request(self._request):
                if declarations := self._fixtures.get(fixture):
                    self._declarations.include(declarations)
        note = (
            self._ids.of(item),
            self._declarations.called,
            isinstance(item, pytest.Function),
            claim_data(self._declarations),
            self._marker_names(item),
        )
        report.this_tests = note  # type: ignore[attr-defined]  # reports take attributes of plugins
        self._item = self._request = None

    def _marker_names(self, item: pytest.Item) -> tuple[str, ...]:
        """Return the markers of *item* that the setting ``markers`` lists."""
        markers = self._markers_of(item)
        if not markers:
            return ()
        return tuple(sorted(self._markers.intersection([marker.name for marker in markers])))

    def _markers_of(self, item: pytest.Item) -> list[pytest.Mark]:
        # `iter_markers` does the same through two generators, and this runs for every test;
        # the next test usually inherits the same markers.
        parent, inherited = self._inherited
        if item.parent is None or item.parent is not parent:
            nodes = item.listchain()[:-1]
            inherited = [marker for node in nodes for marker in node.own_markers]
            self._inherited = item.parent, inherited
        return inherited + item.own_markers

    # The output of a worker.

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Send the output of this worker to the xdist controller."""
        if (output := getattr(self._config, "workeroutput", None)) is not None:
            output["this_tests"] = self.worker_output()

    def worker_output(self) -> dict[str, Any]:
        """Return what the controller needs to know about this process, as plain data."""
        observation, audit = self.observation, self.audit
        problems = dict(self.problems)
        for hooks in (observation, audit):
            problems.update({} if hooks is None else hooks.problems)
        return {
            "collected": self.collection.data(),
            "problems": [*problems],
            "observed": {} if observation is None else observation.worker_output(self.collection.files),
            "foreseen": {} if audit is None else audit.output,
        }


class Sender:
    """Annotates the reports that a worker is about to send."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Annotate the last report of a test."""
        if report.when == "teardown":
            self._runner.annotate(report)


class Annotator:
    """Annotates reports as they are made, in a forked child, which sends them itself."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Annotate the last report of a test."""
        report = yield
        if report.when == "teardown":
            self._runner.annotate(report)
        return report


def _fixtures_of(item: pytest.Item) -> Sequence[object]:
    return _fixtures_of_request(getattr(item, "_request", None))


def _fixtures_of_request(request: object) -> Sequence[object]:
    # The request of an item knows all its fixtures, including those of `getfixturevalue`;
    # pytest has no public API for them.
    return tuple(getattr(request, "_fixture_defs", {}).values())


def _targets_of(marker: pytest.Mark) -> tuple[object, ...]:
    given = (*marker.args, *marker.kwargs.values())
    return tuple(
        target
        for argument in given
        for target in (argument if isinstance(argument, (list, tuple)) else (argument,))
    )


def _narrowed_files(config: pytest.Config, root: Path) -> list[str] | None:
    """Return the files of which the command line selects only a part; None if it could be any."""
    if getattr(config.option, "lf", False):
        return None  # It drops collectors without a hook call for other plugins.
    requested = [arg.partition("::")[0] for arg in config.args if "::" in arg]
    paths = [(config.invocation_params.dir / file).resolve() for file in requested]
    root = root.resolve()
    if not all(path.exists() and path.is_relative_to(root) for path in paths):
        return None
    return [path.relative_to(root).as_posix() for path in paths]


def _no_such_library(project: Project) -> LibraryNotFoundWarning:
    return LibraryNotFoundWarning(
        f"this_tests: no library named {' or '.join(project.library)} can be found, "
        f"so every target will be refused; see library in {project.table}"
    )
