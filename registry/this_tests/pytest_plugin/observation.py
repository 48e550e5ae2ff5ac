"""Observing in a session of pytest: when to look, on whom to book it, how it travels."""

from collections.abc import Callable, Generator, Sequence
from typing import Any

import pytest

from ..errors import ObservingError
from ..names import Names
from ..observe.code_owner import CodeOwners
from ..observe.observer import Observer, observe
from ..settings import Project
from .guard import Guarded, guarded
from .session_log import note_of

__all__ = ["Observing"]


class Observing(Guarded):
    """Observes the tests of this process.

    It begins before the first conftest is loaded, because a conftest may import the library.
    """

    def __init__(self, config: pytest.Config, project: Project) -> None:
        super().__init__()
        self._config = config
        self._observer: Observer | None = None
        self._private = project.settings.private
        self._declared: set[str] = set()
        self._names: Names | None = None
        self._forks = False
        self._fixtures_of: Callable[[pytest.Item], Sequence[object]] = lambda _: ()
        self._begin(project)

    @guarded
    def learn(self, report: pytest.TestReport) -> None:
        """Take from a test's report what another process, a forked child, has executed."""
        executed = getattr(report, "this_tests_executed", None)
        if self._observer is not None and executed is not None:
            self._observer.learn(
                executed[0].split("\n"), getattr(report, "this_tests_objects", "").split("\n")
            )
            self._saw_claims(report)

    def use(self, names: Names | None, fixtures_of: Callable[[pytest.Item], Sequence[object]]) -> None:
        """Take what the session's runner knows of names and of fixtures."""
        self._names, self._fixtures_of = names, fixtures_of
        self._forks = bool(getattr(self._config.option, "forked", False))
        if self._forks:
            self._config.pluginmanager.register(_Children(self), "this_tests_children")

    @guarded
    def _begin(self, project: Project) -> None:
        files, functions = (self._config.getini(each) for each in ("python_files", "python_functions"))
        scope = CodeOwners(project.library, self._config.rootpath, files=files, functions=functions)
        try:
            self._observer = observe(scope)
        except ObservingError as error:
            self.problems[f"nothing was observed: {error}"] = None

    @guarded
    def pytest_collection_finish(self) -> None:
        """Watch what was loaded before we began, or hides behind a decorator."""
        if self._observer is not None and (missed := self._observer.discover()):
            self.problems[missed] = None

    @pytest.hookimpl(tryfirst=True)
    @guarded
    def pytest_runtest_setup(self) -> None:
        """Begin a test, or its repetition."""
        if self._observer is not None:
            self._observer.begin()

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
        """Book the setup of a fixture of wider scope on all tests that use it."""
        if self._observer is None or fixturedef.scope == "function":
            return (yield)  # It is a part of its test's setup.
        with self._observer.setting_up(fixturedef):
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """End a phase of a test; what it executed travels with its last report."""
        self._end_phase(call.when)
        report = yield
        if call.when == "teardown":
            self._annotate(item, report)
        return report

    @guarded
    def _end_phase(self, phase: str) -> None:
        if self._observer is not None:
            self._observer.end_phase(phase)

    @guarded
    def _annotate(self, item: pytest.Item, report: pytest.TestReport) -> None:
        if self._observer is None:
            return
        executed = self._observer.executed(self._fixtures_of(item))
        # Plain text in one piece: reports are written as JSON, and sent by xdist item by item.
        text = "\n".join(executed), bytes(executed.values()).decode("latin-1")
        report.this_tests_executed = text  # type: ignore[attr-defined]  # reports take attributes of plugins
        if self._forks:  # What is no function of the library, the parent cannot tell by its code.
            objects = "\n".join(executed.keys() & self._observer.backend.objects().keys())
            report.this_tests_objects = objects  # type: ignore[attr-defined]  # see above
        self._saw_claims(report)

    def _saw_claims(self, report: pytest.TestReport) -> None:
        if (note := note_of(report)) is not None:
            self._declared.update(claim[0] for claim in note.claims)

    def farewell(self) -> dict[str, object]:
        """Return what the names of this process's observations mean, as plain data."""
        return self._farewell() or {}

    @guarded
    def _farewell(self) -> dict[str, object]:
        if self._observer is None or self._names is None:
            return {}
        return {
            "names": self._observer.public_names(self._names, private=self._private),
            "declared": self._observer.declared_functions(self._declared),
            "outside": sorted(self._observer.outside),
        }

    @guarded
    def pytest_unconfigure(self) -> None:
        """Stop."""
        if self._observer is not None:
            self._observer.close()
            self._observer = None


class _Children:
    """Hears of what tests did in children: under pytest-forked, this process sees none of it."""

    def __init__(self, observing: Observing) -> None:
        self._observing = observing

    @pytest.hookimpl(wrapper=True)  # Before the report is taken apart.
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> Generator[None, object, object]:
        self._observing.learn(report)
        return (yield)
