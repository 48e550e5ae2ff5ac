"""The pytest plugin: hooks that hand over.

Two objects live as long as the session does. `_Runner` works where tests run: alone, or in each
of xdist's workers. `_Keeper` works where results meet: alone, or in the controller.

PYTEST_DONT_REWRITE: see `unrewritten`.
"""

import argparse
import os
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from . import options
from .ending import Ending
from .errors import LibraryNotFoundWarning, SettingsError, TargetError
from .garbage import collector_paused
from .guarding import Guarded, guarded
from .journal import Journal
from .kernels import Kernels, is_notebook
from .names.static import exists as name_exists
from .printable import printable
from .recorder import Claims, Recorder, activated, no_library
from .session import Collection, SessionLog, claim_data
from .settings import INI_PREFIX, Project, describe, read_project

if TYPE_CHECKING:  # Few sessions need these, and all would wait for them.
    from .observations import Observations
    from .observing import Observing

__all__: list[str] = []

_LINES = 20
_OBSERVING = "this_tests_observing"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options and, from the settings, the ini keys."""
    options.declare(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Begin to observe before a conftest imports the library."""
    _observe(early_config, early_config.known_args_namespace)


def pytest_configure(config: pytest.Config) -> None:
    """Set up the session's objects."""
    config.addinivalue_line(
        "markers",
        "this_tests(target=…): the callables that the test exercises, for a test, a class or a module; "
        "objects or dotted names, one or a list",
    )
    try:
        project, asked = _project(config, config.option)
    except SettingsError as error:
        raise pytest.UsageError(str(error)) from None
    if config.option.this_tests_for or config.option.this_tests_changed:
        _select(config, project)
    observing = _observe(config, config.option)
    runner = _Runner(config, project, observing)
    config.pluginmanager.register(runner, "this_tests_runner")
    if hasattr(config, "workerinput"):
        config.pluginmanager.register(_Sender(runner), "this_tests_sender")
    else:
        config.pluginmanager.register(_Keeper(config, project, runner, asked=asked), "this_tests_keeper")


def _select(config: pytest.Config, project: Project) -> None:
    from .selecting import Selecting

    selecting = Selecting(config, project, _cache_folder(config), _node_id)
    config.pluginmanager.register(selecting, "this_tests_selecting")


def _observations(project: Project, cache: Path | None, limit: int | None) -> "Observations":
    from .observations import Observations

    return Observations(project, cache, limit)


def _observe(config: pytest.Config, option: argparse.Namespace) -> "Observing | None":
    """Return what observes this session, if that is asked for; it begins with the first call."""
    plugins = config.pluginmanager
    found: Observing | None = plugins.get_plugin(_OBSERVING)
    try:
        project, _ = _project(config, option)
    except SettingsError:
        return None  # It is told when the session is configured.
    if found is None and project.settings.observe and project.library:
        found = _observing(config, project)
        plugins.register(found, _OBSERVING)
    return found


def _observing(config: pytest.Config, project: Project) -> "Observing":
    from .observing import Observing

    return Observing(config, project)


def _project(config: pytest.Config, option: argparse.Namespace) -> tuple[Project, bool]:
    """Return the project under test, and whether anything asks for us: a table, a key, a flag, a file."""
    project = read_project(config.rootpath)
    ini = {name: value for name in describe() if (value := config.getini(INI_PREFIX + name)) is not None}
    settings = project.settings.replaced(ini, "this_tests_… of the ini file")
    flags: dict[str, object] = {}
    if option.this_tests_missing:
        flags["missing"] = option.this_tests_missing
    if option.this_tests_observe is not None:
        flags["observe"] = option.this_tests_observe
    if option.this_tests_registry:
        flags["registry"] = str(config.invocation_params.dir / option.this_tests_registry)
    project = project.with_settings(settings.replaced(flags, "--this-tests-…"))
    asked = project.configured or bool(ini or flags) or option.this_tests_check
    return project, asked or project.registry.exists()


class _Runner(Guarded):
    """Records what the tests of this process declare."""

    def __init__(self, config: pytest.Config, project: Project, observing: "Observing | None") -> None:
        super().__init__()
        self.observing = observing
        self.collection = Collection()
        self._config = config
        self._markers = frozenset(project.settings.markers)
        self._recorder = Recorder(project)
        self.problems = self._recorder.problems
        self._claims = Claims()
        self._item: pytest.Item | None = None
        self._request: object = None
        self._process = os.getpid()
        self._fixtures: dict[object, Claims] = {}
        self._items: list[pytest.Item] = []
        self._inherited: tuple[object, list[pytest.Mark]] = (None, [])
        self._exit = ExitStack()
        self._exit.enter_context(activated(self._recorder))
        if observing is not None:
            observing.use(self._recorder.names, _fixtures_of)
            self._annotate_early()
        if project.library and not any(name_exists(name) for name in project.library):
            config.issue_config_time_warning(_no_such_library(project.library), stacklevel=2)
        if project.settings.observe and not project.library:
            config.issue_config_time_warning(no_library(), stacklevel=2)

    def pytest_unconfigure(self) -> None:
        self._exit.close()

    # Collection.

    @guarded
    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        file, _, inside = report.nodeid.partition("::")
        self.collection.saw_file(file, complete=report.passed or not report.nodeid)
        if inside and not report.passed:
            self.collection.narrowed([file])

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> Generator[None, object, object]:
        self._items = items.copy()  # Before others reorder them, and choose.
        return (yield)

    @guarded
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.collection.saw(map(_node_id, self._items))
        if self._items != session.items and {*map(id, self._items)} != {*map(id, session.items)}:
            self.collection.chose(map(_node_id, session.items))
        self._items.clear()
        self.collection.narrowed(_narrowed_files(session.config))
        if self._recorder.names is not None:
            self._recorder.names.freeze()
        if any(map(is_notebook, session.items)):
            self._config.pluginmanager.register(Kernels(), "this_tests_kernels")

    # Running.

    # A test begins with its setup and ends with its last report, in a rerun and in a forked
    # process too. A wrapper of the whole protocol, or of each report that is made, would say so
    # as well, and be what costs most of all that we do.

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        if os.getpid() != self._process:
            self._process = os.getpid()
            self._annotate_early()
        self._item = item
        # pytest takes it from the item before the reports of a test that may run again are told.
        self._request = getattr(item, "_request", None)
        self._claims = Claims()
        self._recorder.switch(self._claims)
        for marker in self._markers_of(item):
            if marker.name == "this_tests":
                self._declare(item, marker)

    def _declare(self, item: pytest.Item, marker: pytest.Mark) -> None:
        try:
            self._recorder.declare_in_session(_targets_of(marker), None)
        except TargetError as error:
            # No line of the test is being run, and those of ours tell nothing.
            file, line, name = item.location
            place = f"{file}:{(line or 0) + 1}: this_tests(target=…), a marker of {name}"
            said = "\n".join((f"{place}: {error}", *getattr(error, "__notes__", ())))
            raise pytest.fail.Exception(said, pytrace=False) from None

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
        # A fixture of wider scope runs once; its declarations hold for every test that uses it.
        claims = Claims()
        try:
            with self._recorder.booking(claims):
                return (yield)
        finally:
            if claims or fixturedef in self._fixtures:
                self._fixtures[fixturedef] = claims

    def _annotate_early(self) -> None:
        """Annotate reports when they are made, for whoever sends or reads them before they are told."""
        self._config.pluginmanager.register(_Annotator(self))

    @guarded
    def annotate(self, report: pytest.TestReport) -> None:
        """Put what the test declared on the last of its reports, and end the test."""
        item = self._item
        if item is None:
            return  # It ran in another process, or was annotated when it was made.
        self._recorder.switch(None)
        if self._fixtures:
            for fixture in _fixtures_behind(self._request):
                if claims := self._fixtures.get(fixture):
                    self._claims.include(claims)
        note = (
            _node_id(item),
            self._claims.called,
            isinstance(item, pytest.Function),
            claim_data(self._claims),
            self._telling_markers(item),
        )
        report.this_tests = note  # type: ignore[attr-defined]  # reports take attributes of plugins
        self._item = self._request = None

    def _telling_markers(self, item: pytest.Item) -> tuple[str, ...]:
        markers = self._markers_of(item)
        if not markers:
            return ()
        return tuple(sorted(self._markers.intersection([marker.name for marker in markers])))

    def _markers_of(self, item: pytest.Item) -> list[pytest.Mark]:
        # `iter_markers` does the same through two generators, and this runs for every test;
        # what a test inherits, so does the next one, as a rule.
        parent, inherited = self._inherited
        if item.parent is None or item.parent is not parent:
            nodes = item.listchain()[:-1]
            inherited = [marker for node in nodes for marker in node.own_markers]
            self._inherited = item.parent, inherited
        return inherited + item.own_markers

    # A worker's farewell.

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        if (output := getattr(self._config, "workeroutput", None)) is not None:
            output["this_tests"] = self.farewell()

    def farewell(self) -> dict[str, Any]:
        """Return what the controller must know of this process, as plain data."""
        observed = {} if self.observing is None else self.observing.farewell()
        problems = [*self.problems, *(self.observing.problems if self.observing else ())]
        return {"collected": self.collection.data(), "problems": problems, "observed": observed}


class _Sender:
    """Annotates the reports that a worker is about to send."""

    def __init__(self, runner: _Runner) -> None:
        self._runner = runner

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "teardown":
            self._runner.annotate(report)


class _Annotator:
    """Annotates reports as they are made: in a forked child, which sends them on its own."""

    def __init__(self, runner: _Runner) -> None:
        self._runner = runner

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if report.when == "teardown":
            self._runner.annotate(report)
        return report


class _Keeper(Guarded):
    """Gathers the results, and ends the session."""

    def __init__(self, config: pytest.Config, project: Project, runner: _Runner, *, asked: bool) -> None:
        super().__init__()
        self._config = config
        self._runner = runner
        self._asked = asked
        session = time.time_ns()
        self._log = SessionLog(session)
        limit = None if config.get_verbosity() > 0 else _LINES
        check, folder = config.option.this_tests_check, _cache_folder(config)
        # Who does not use us, or only checks, has nothing to lose.
        self._journal = Journal(folder if asked and not check else None, session)
        self._observations = None if runner.observing is None else _observations(project, folder, limit)
        self._ending = Ending(project, check=check, limit=limit)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
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
        self._take(getattr(node, "workeroutput", {}).get("this_tests", {}))

    def _take(self, farewell: dict[str, Any]) -> None:
        self._log.saw_collection(farewell.get("collected", {}))
        self._log.saw_names(farewell.get("observed", {}))
        self.problems.update(dict.fromkeys(farewell.get("problems", ())))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
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
        lines, problems = self._ending.lines, list(dict.fromkeys([*self.problems, *self._runner.problems]))
        if lines or problems:
            terminalreporter.section("this-tests")
        for text, color in lines:
            terminalreporter.write_line(printable(text), **{color: True} if color else {})
        for problem in problems:
            terminalreporter.write_line(printable(f"this-tests: {problem}"), red=True)


def _cache_folder(config: pytest.Config) -> Path | None:
    cache = getattr(config, "cache", None)
    return None if cache is None else Path(cache.mkdir("this-tests"))


def _node_id(item: pytest.Item) -> str:
    """Return the item's node id without a parametrised case's brackets or xdist's group."""
    name = getattr(item, "originalname", None) or item.name
    return f"{item.parent.nodeid}::{name}" if item.parent is not None else name


def _fixtures_of(item: pytest.Item) -> Sequence[object]:
    return _fixtures_behind(getattr(item, "_request", None))


def _fixtures_behind(request: object) -> Sequence[object]:
    # The request of an item knows all fixtures behind it, those asked for by name included;
    # pytest has no public way to get at them.
    return tuple(getattr(request, "_fixture_defs", {}).values())


def _targets_of(marker: pytest.Mark) -> tuple[object, ...]:
    given = (*marker.args, *marker.kwargs.values())
    return tuple(
        target for each in given for target in (each if isinstance(each, (list, tuple)) else (each,))
    )


def _narrowed_files(config: pytest.Config) -> list[str] | None:
    """Return the files of which the command line asks for a part; None for "could be any"."""
    if getattr(config.option, "lf", False):
        return None  # It drops collectors without a word to other plugins.
    asked = [arg.partition("::")[0] for arg in config.args if "::" in arg]
    paths = [(config.invocation_params.dir / file).resolve() for file in asked]
    root = config.rootpath.resolve()
    if not all(path.exists() and path.is_relative_to(root) for path in paths):
        return None
    return [path.relative_to(root).as_posix() for path in paths]


def _runs_tests(config: pytest.Config) -> bool:
    option = config.option
    return not (
        option.collectonly or getattr(option, "setuponly", False) or getattr(option, "setupplan", False)
    )


def _no_such_library(library: Sequence[str]) -> LibraryNotFoundWarning:
    return LibraryNotFoundWarning(
        f"this_tests: no library named {' or '.join(library)} can be found, "
        "so every target will be refused; see library in [tool.this-tests]"
    )
