"""How a session ends that observed: the relation kept for the next ones, and what it suggests."""

from collections.abc import Callable, Iterable
from pathlib import Path

from . import states
from .model import test_file
from .observe.cache import merge_parts
from .observe.crosscheck import Disagreements
from .observe.relation import Relation
from .session import SessionLog
from .settings import Project
from .summary import pair_lines
from .update import Run

__all__ = ["Observations"]

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
        self._watch = states.Watch(project)

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
            states.keep(cache, relation.session, self._watch.end(outside), sessions)
        except OSError as error:
            say(f"this-tests: the cache of what was observed cannot be written: {error}", "red")

    def _exists(self, case: str, run: Run) -> bool:
        test = case.partition("[")[0]
        return (self._project.root / test_file(test)).exists() and not run.vanished(test)
