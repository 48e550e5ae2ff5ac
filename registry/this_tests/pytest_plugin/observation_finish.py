"""How a session ends that observed: the relation kept for the next ones, and what it suggests."""

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
from .summary import pair_lines

__all__ = ["Observations", "Watch"]

_SUGGESTIONS = 10


class Observations:
    """Ends what one session observed.

    Made when the session begins: it looks at the code that the tests are about to run.

    Args:
        cache: Where the whole relation is kept; None keeps it nowhere.
        limit: How many suggestions of a kind are listed at most; None lists all.
    """

    def __init__(self, project: Project, cache: Path | None, limit: int | None) -> None:
        self._project = project
        self._cache = cache
        self._limit = None if limit is None else min(limit, _SUGGESTIONS)
        self._watch = Watch(project)

    def end(self, log: SessionLog, run: Run, say: Callable[[str, str], None]) -> None:
        """Keep what *log* saw executed, and tell by *say*, with a colour, what it suggests."""
        self._suggest(log.disagreements(), say)
        if self._cache is not None:
            self._keep(self._cache, log.relation, run, log.outside, say)

    def _suggest(self, found: Disagreements, say: Callable[[str, str], None]) -> None:
        for heading, pairs in (
            ("Declared, but not executed by the test:", found.not_executed),
            ("Called by the test's body, but not declared:", found.not_declared),
        ):
            if pairs:
                say(heading, "yellow")
            for line in pair_lines(pairs, self._limit):
                say(f"  {line}", "")

    def _keep(
        self,
        cache: Path,
        relation: Relation,
        run: Run,
        outside: Iterable[str],
        say: Callable[[str, str], None],
    ) -> None:
        part = f"session-{relation.session}"
        try:
            # Tests of an installed package have ids that are no paths here, yet they ran.
            kept = merge_parts(
                cache,
                part,
                relation,
                keep=lambda test: test in relation.rows or self._exists(test, run),
                notice=lambda line: say(line, ""),
            )
            sessions = {row.session for row in kept.rows.values()}
            snapshots.keep(cache, relation.session, self._watch.end(outside), sessions)
        except OSError as error:
            say(f"this-tests: the cache of what was observed cannot be written: {error}", "red")

    def _exists(self, case: str, run: Run) -> bool:
        test = case.partition("[")[0]
        return (self._project.root / test_file(test)).exists() and not run.vanished(test)


class Watch:
    """Tells at the end of a session what it ran, from its beginning on.

    Without git, nothing can be told.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        try:
            self._repository: Repository | None = Repository(project.root)
            self._state = state_of(self._repository, project.root)
        except RepositoryError:
            self._repository = None

    def end(self, at_import: Iterable[str]) -> Snapshot | None:
        """Return what the session ran; None where that is not known, or has changed meanwhile."""
        if self._repository is None:
            return None
        try:
            since = changes_since(self._state, self._repository, self._project.root)
        except RepositoryError:
            return None
        if any(change.path.endswith(".py") for change in since):
            return None  # Nobody knows which tests saw it.
        return Snapshot(self._state, environment(self._project.library), tuple(sorted(at_import)))
