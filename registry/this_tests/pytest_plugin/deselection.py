"""Deselection of tests for --this-tests-for and --this-tests-changed, and its report lines."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from ..errors import RepositoryError, ThisTestsError
from ..observations.file import load as load_observations
from ..selection.change_selection import ChangeSelection, known_evidence, nothing_changed
from ..selection.changes import FileChange
from ..selection.survey import locate
from ..selection.tests_to_run import Choice, choose_by_name, suggestions
from ..settings import Project
from ..source.name_lookup import exists as name_exists
from ..text import printable
from .collected_tests import CollectedTests, surroundings_of

__all__ = ["Selecting"]

_SENT = "this_tests_selected"


class Selecting:
    """Deselects the tests that were not requested.

    Raises:
        pytest.UsageError: A name or a commit is unknown, or git is missing.
    """

    def __init__(
        self,
        config: pytest.Config,
        project: Project,
    ) -> None:
        self._config = config
        self._project = project
        requested = [name.strip() for option in config.option.this_tests_for for name in option.split(",")]
        self._names = [name for name in requested if name]
        if requested and not self._names:
            raise pytest.UsageError("--this-tests-for: no name is given")
        self._rev: str | None = config.option.this_tests_changed
        self._changes: Sequence[FileChange] = ()
        self._nothing_changed = False
        self._choices: list[Choice] = []
        self._problems: list[str] = []
        self._worker_lines: list[str] = []
        try:
            observations = load_observations(project.observations, notice=self._problems.append)
            self._evidence = known_evidence(project, observations, summarised=bool(self._names))
            if self._rev:
                self._by_change = ChangeSelection(
                    project, observations, self._evidence, lambda: surroundings_of(config, project)
                )
                self._changes = self._by_change.since_rev(self._rev)
                self._nothing_changed = nothing_changed(self._changes)
        except RepositoryError as error:
            raise pytest.UsageError(f"--this-tests-changed: {error}") from None
        except ThisTestsError as error:
            raise pytest.UsageError(str(error)) from None
        self._tests = CollectedTests(config, project, self._evidence.relation.rows)
        if not hasattr(config, "workerinput"):
            self._check_names()

    def _check_names(self) -> None:
        for name in self._names:
            near = suggestions(name, self._evidence)
            if near is not None and not _is_of_library(name, self._project.library):
                hint = f"; did you mean {', '.join(near)}?" if near else ""
                raise pytest.UsageError(f"--this-tests-for: unknown name {name!r}{hint}")

    # Selection.

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Deselect the tests that were not requested."""
        try:
            kept = self._chosen(items)
        except Exception as error:  # noqa: BLE001  # whatever it is, the user's tests run
            self._problems.append(
                f"all tests run, because the selection failed: {type(error).__name__}: {error}"
            )
            return
        dropped = [item for item in items if item not in kept]
        if dropped:
            items[:] = [item for item in items if item in kept]
            config.hook.pytest_deselected(items=dropped)

    def _chosen(self, items: Sequence[pytest.Item]) -> set[pytest.Item]:
        cases = {item: self._tests.read(item) for item in items}
        choices = []
        if self._names:
            choices.append(choose_by_name([*cases.values()], self._names, self._evidence, locate))
        if self._rev:
            choice, ground = self._by_change.choose_since(self._rev, [*cases.values()], self._changes)
            self._nothing_changed = ground.clean
            choices.append(choice)
        self._choices = choices
        return {
            item for item, case in cases.items() if all(case.node_id in choice.reasons for choice in choices)
        }

    # Report lines.

    @pytest.hookimpl(tryfirst=True)  # pytest's own implementation prints our lines.
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Leave out the tests that `-k`, `-m` or another plugin deselected later."""
        left = {self._tests.node_id(item) for item in session.items}
        self._choices = [choice.left(left) for choice in self._choices]

    def _lines(self) -> Iterator[str]:
        for choice in self._choices:
            yield choice.headline
            if self._config.option.this_tests_explain:
                yield from choice.explained()
        yield from (f"this-tests: {problem}" for problem in self._problems)

    def pytest_report_collectionfinish(self) -> list[str]:
        """Report how many tests are selected, and why."""
        return list(map(printable, self._lines()))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Pass a session without tests if nothing changed; send the lines to the controller."""
        if session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and self._nothing_changed:
            session.exitstatus = pytest.ExitCode.OK
        if (output := getattr(self._config, "workeroutput", None)) is not None:
            output[_SENT] = list(map(printable, self._lines()))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Collect the lines of a worker."""
        # All workers select the same tests, so the lines of one are enough.
        self._worker_lines = self._worker_lines or list(getattr(node, "workeroutput", {}).get(_SENT, ()))

    def pytest_terminal_summary(self, terminalreporter: "pytest.TerminalReporter") -> None:
        """Print the lines of the workers."""
        for line in self._worker_lines:
            terminalreporter.write_line(line)


def _is_of_library(name: str, library: Sequence[str]) -> bool:
    return name.partition(".")[0] in library and name_exists(name) is True
