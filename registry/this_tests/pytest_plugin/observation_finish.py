"""End of an observed session: stores the observations for later sessions, and prints suggestions."""

from collections.abc import Callable, Iterable
from pathlib import Path

from ..errors import RepositoryError
from ..git import Repository
from ..observations import snapshots
from ..observations.crosscheck import Disagreements
from ..observations.file import merge_parts
from ..observations.relation import Relation
from ..observations.snapshots import Snapshot, environment, state_of
from ..registry.model import test_file
from ..registry.update import Run
from ..selection.changes import changes_since
from ..settings import Project
from .session_log import SessionLog
from .summary import suggestion_lines

__all__ = ["ObservationFinish", "Watch"]

_SUGGESTIONS = 10


class ObservationFinish:
    """Finishes the observations of one session.

    Created when the session starts, to record the state of the code that the tests will run.

    Args:
        cache: The folder to store the whole relation in; None stores nothing.
        limit: The maximum number of suggestions of a kind to list; None lists all.
    """

    def __init__(self, project: Project, cache: Path | None, limit: int | None) -> None:
        self._project = project
        self._cache = cache
        self._limit = None if limit is None else min(limit, _SUGGESTIONS)
        self._watch = Watch(project)

    def finish(self, log: SessionLog, run: Run, add_line: Callable[[str, str], None]) -> None:
        """Store the relation of *log*, and report suggestions by *add_line*, which takes text and colour."""
        self._suggest(log.disagreements(), add_line)
        if self._cache is not None:
            self._keep(self._cache, log.relation, run, log.outside, add_line)

    def _suggest(self, found: Disagreements, add_line: Callable[[str, str], None]) -> None:
        for heading, links in (
            ("Declared, but not executed by the test:", found.not_executed),
            ("Called by the test's body, but not declared:", found.not_declared),
        ):
            if links:
                add_line(heading, "yellow")
            for line in suggestion_lines(links, self._limit):
                add_line(f"  {line}", "")

    def _keep(
        self,
        cache: Path,
        relation: Relation,
        run: Run,
        outside: Iterable[str],
        add_line: Callable[[str, str], None],
    ) -> None:
        part = f"session-{relation.session}"
        try:
            # Tests of an installed package have ids that are not paths here, although they ran.
            kept = merge_parts(
                cache,
                part,
                relation,
                keep=lambda test: test in relation.rows or self._exists(test, run),
                notice=lambda line: add_line(line, ""),
            )
            sessions = {row.session for row in kept.rows.values()}
            snapshots.keep(cache, relation.session, self._watch.end(outside), sessions)
        except OSError as error:
            add_line(f"this-tests: the cache of observations cannot be written: {error}", "red")

    def _exists(self, case: str, run: Run) -> bool:
        test = case.partition("[")[0]
        return (self._project.root / test_file(test)).exists() and not run.vanished(test)


class Watch:
    """Determines at the end of a session which code it ran.

    Needs git.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        try:
            self._repository: Repository | None = Repository(project.root)
            self._state = state_of(self._repository, project.root)
        except RepositoryError:
            self._repository = None

    def end(self, at_import: Iterable[str]) -> Snapshot | None:
        """Return the code that the session ran; None if it is not known or changed during the session."""
        if self._repository is None:
            return None
        try:
            since = changes_since(self._state, self._repository, self._project.root)
        except RepositoryError:
            return None
        if any(change.path.endswith(".py") for change in since):
            return None  # Which tests ran the changed code is not known.
        return Snapshot(self._state, environment(self._project.library), tuple(sorted(at_import)))
