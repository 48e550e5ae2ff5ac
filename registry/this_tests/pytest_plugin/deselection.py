"""Deselection of tests for --this-tests-for and --this-tests-changed, and its report lines."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import pytest

from ..errors import RegistryNotFoundError, RepositoryError, ThisTestsError
from ..git import Repository
from ..observations.checkouts import Checkouts, Former
from ..observations.evidence import load as load_evidence
from ..observations.file import load as load_observations
from ..observations.inputs import SharedInputs, united_shared
from ..observations.observations import Observations
from ..observations.relation import Relation
from ..observations.snapshots import Snapshot, blob_of, environment, environment_name, read_content
from ..observations.unsteady import Unsteady
from ..registry.model import Registry
from ..selection.changes import FileChange, changes_between, changes_of, changes_since
from ..selection.impact import impact
from ..selection.project_files import ProjectFiles
from ..selection.survey import definition, locate, relative, survey
from ..selection.tests_to_run import (
    Choice,
    CollectedTest,
    Ground,
    KnownEvidence,
    choose_by_change,
    choose_by_name,
    suggestions,
)
from ..settings import Project
from ..source.name_lookup import exists as name_exists
from ..source.packages import import_places
from ..text import printable
from .node_ids import NodeIds

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
        self._ids = NodeIds(config.rootpath, project.root)
        requested = [name.strip() for option in config.option.this_tests_for for name in option.split(",")]
        self._names = [name for name in requested if name]
        if requested and not self._names:
            raise pytest.UsageError("--this-tests-for: no name is given")
        self._rev: str | None = config.option.this_tests_changed
        self._choices: list[Choice] = []
        self._problems: list[str] = []
        self._worker_lines: list[str] = []
        try:
            self._observations = load_observations(project.observations, notice=self._problems.append)
            self._evidence = _evidence(project, self._observations)
            self._repository = Repository(project.root) if self._rev else None
            self._changes = self._since_rev(self._rev) if self._rev else ()
        except RepositoryError as error:
            raise pytest.UsageError(f"--this-tests-changed: {error}") from None
        except ThisTestsError as error:
            raise pytest.UsageError(str(error)) from None
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
        cases = {item: self._case(item) for item in items}
        choices = []
        if self._names:
            choices.append(choose_by_name([*cases.values()], self._names, self._evidence, locate))
        if self._rev:
            choices.append(self._by_change([*cases.values()]))
        self._choices = choices
        return {
            item for item, case in cases.items() if all(case.node_id in choice.reasons for choice in choices)
        }

    @cached_property
    def _observed_ids(self) -> Mapping[str, str]:
        # Under --dist=loadgroup, xdist appends a test's group to its node id when it runs.
        rows = self._evidence.relation.rows
        grouped = {row.rpartition("@")[0]: row for row in rows if "@" in row}
        return {node_id: row for node_id, row in grouped.items() if node_id not in rows}

    def _case_id(self, item: pytest.Item) -> str:
        node_id = self._ids.of_case(item)
        return self._observed_ids.get(node_id, node_id)

    def _case(self, item: pytest.Item) -> CollectedTest:
        source, function = definition(getattr(item, "function", None), self._project.root)
        return CollectedTest(
            node_id=self._case_id(item),
            test=self._ids.of(item),
            source=source,
            function=function,
            doctest=isinstance(item, pytest.DoctestItem),
        )

    def _by_change(self, cases: Sequence[CollectedTest]) -> Choice:
        assert self._repository is not None
        library = import_places(self._project.library)
        places = (place for found in library.values() for place in found)
        checkouts = Checkouts(self._project.root, places, self._repository)
        former = self._add_changes(checkouts)
        rows = self._evidence.relation.rows
        observed = self._observed({rows[case.node_id].session for case in cases if case.node_id in rows})
        project_files = survey(
            self._project,
            cases,
            self._evidence,
            library,
            listed=checkouts.listed,
            at_import=frozenset(name for snapshot in observed.values() for name in snapshot.at_import),
            plugins=[plugin for _, plugin in self._config.pluginmanager.list_name_plugin()],
            inputs=self._inputs({rows[case.node_id].session for case in cases if case.node_id in rows}),
        )
        since = self._since_sessions(observed, checkouts)
        ground = Ground(
            rev=self._rev or "",
            since_rev=impact(self._not_made(observed, self._changes), project_files),
            since_session={session: impact(changes, project_files) for session, changes in since.items()},
            clean=self._nothing_changed,
            apart=_apart(cases, project_files),
            depends=self._project.settings.depends,
            uncompared=former.uncompared,
        )
        functions = any(
            found.functions or found.reached or found.readers
            for found in (ground.since_rev, *ground.since_session.values())
        )
        evidence = self._evidence
        if functions:
            evidence = evidence.with_kept(project_files.facts(), project_files.late)
        return choose_by_change(cases, evidence, ground)

    def _inputs(self, sessions: set[int]) -> tuple[Relation, SharedInputs] | None:
        """Return the inputs of the tests that *sessions* observed; None where a session observed none."""
        snapshots = self._observations.snapshots
        shared = [snapshots[session].inputs if session in snapshots else None for session in sessions]
        known = [inputs for inputs in shared if inputs is not None]
        if not known or len(known) != len(shared):
            return None
        return self._observations.inputs.get(environment_name(), Relation()), united_shared(known)

    def _observed(self, sessions: set[int]) -> Mapping[int, Snapshot]:
        """Return the snapshots of those *sessions* that ran in the current environment."""
        here = environment(self._project.library)
        return {
            session: snapshot
            for session, snapshot in self._observations.snapshots.items()
            if session in sessions and snapshot.environment == here
        }

    def _add_changes(self, checkouts: Checkouts) -> Former:
        """Add the changes in other repositories than the project's, which are known after the collection."""
        former = checkouts.former(self._rev or "")
        own = [change for change in self._changes if change.path not in former.submodules]
        self._changes = (*own, *changes_of(former.contents, self._project.root))
        return former

    def _since_sessions(
        self, observed: Mapping[int, Snapshot], checkouts: Checkouts
    ) -> Mapping[int, Sequence[FileChange]]:
        if not observed:
            return {}
        now = checkouts.files()
        root, outlines = self._project.root, self._observations.outlines
        return {
            session: self._not_own(changes_between(snapshot.files, now, outlines, checkouts, root))
            for session, snapshot in observed.items()
        }

    def _since_rev(self, rev: str) -> Sequence[FileChange]:
        assert self._repository is not None
        return self._not_own(changes_since(rev, self._repository, self._project.root))

    def _not_made(
        self, observed: Mapping[int, Snapshot], changes: Sequence[FileChange]
    ) -> Sequence[FileChange]:
        """Return *changes* without the new files that an observed session left as they are."""
        left = {(path, snapshot.files[path]) for snapshot in observed.values() for path in snapshot.made}
        made = {
            path for path, blob in left if blob_of(read_content(self._project.root / path) or b"") == blob
        }
        return tuple(change for change in changes if change.path not in made)

    def _not_own(self, changes: Sequence[FileChange]) -> Sequence[FileChange]:
        own = relative(self._project.registry, self._project.root)
        return tuple(change for change in changes if change.path != own)

    # Report lines.

    @pytest.hookimpl(tryfirst=True)  # pytest's own implementation prints our lines.
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Leave out the tests that `-k`, `-m` or another plugin deselected later."""
        left = {self._case_id(item) for item in session.items}
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

    @property
    def _nothing_changed(self) -> bool:
        return self._rev is not None and all(change.textual for change in self._changes)

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


def _evidence(project: Project, observations: Observations) -> KnownEvidence:
    try:
        registry = load_evidence(project.registry)
    except RegistryNotFoundError:
        registry = Registry()
    here = environment_name()
    unsteady = observations.unsteady.get(here, Unsteady())
    return KnownEvidence(registry, observations.of(here), unsteady=unsteady)


def _apart(cases: Sequence[CollectedTest], project_files: ProjectFiles) -> frozenset[str]:
    """Return the tests that may run the library in another process, where it is not observed."""
    if project_files.inputs is not None:
        return project_files.inputs.apart
    files = {file for case in cases for file in (case.file, case.source)}
    apart = set(filter(project_files.works_apart, files))
    return frozenset(case.node_id for case in cases if {case.file, case.source} & apart)


def _is_of_library(name: str, library: Sequence[str]) -> bool:
    return name.partition(".")[0] in library and name_exists(name) is True
