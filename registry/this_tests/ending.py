"""How a session ends: the registry updated, or compared, and what there is to tell."""

from collections.abc import Iterable
from functools import reduce
from pathlib import Path

from . import states
from .errors import RegistryError
from .journal import Journal
from .model import Registry, test_file
from .observe.cache import merge_parts, write
from .observe.crosscheck import Disagreements
from .observe.relation import Relation
from .session import SessionLog
from .settings import Project
from .store import decode, encode, rewrite
from .summary import change_lines, counted, overlooked_lines, pair_lines, summary_line
from .update import Changes, Run, compare, update

__all__ = ["Ending"]

_SUGGESTIONS = 10


class Ending:
    """Ends one session.

    Args:
        check: Whether to compare the registry, and not to write it.
        limit: How many changes, and how many tests, are listed at most; None lists all.
        cache: Where the whole relation of what was observed is kept; None keeps it nowhere.
        watch: Knows the code that was observed, where anything is.

    Attributes:
        lines: What there is to tell, each line with its colour or none.
    """

    def __init__(
        self,
        project: Project,
        *,
        check: bool,
        limit: int | None,
        cache: Path | None = None,
        watch: states.Watch | None = None,
    ) -> None:
        self.lines: list[tuple[str, str]] = []
        self._project = project
        self._check = check
        self._limit = limit
        self._cache = cache
        self._watch = watch

    def end(self, log: SessionLog, journal: Journal) -> bool:
        """Update the registry by what *log* saw, and by what *journal* finds that others did.

        Returns:
            Whether what the user asked for, the check or the duty to declare, fails the session.

        Raises:
            RegistryError: The registry cannot be read or written.
        """
        run = log.run()
        forgotten = self._remind(log)
        changed = self._keep(run, journal)
        if log.observed:
            self._suggest(log.disagreements())
            self._keep_relation(log.relation, run, log.outside)
        return forgotten or changed

    def _keep_relation(self, relation: Relation, run: Run, outside: Iterable[str]) -> None:
        if self._cache is None:
            return
        part = f"session-{relation.session}"
        try:
            write(self._cache, part, relation)
            # Tests of an installed package have ids that are no paths here, yet they ran.
            kept = merge_parts(
                self._cache,
                part,
                keep=lambda test: test in relation.rows or self._exists(test, run),
                notice=self._say,
            )
            observed = None if self._watch is None else self._watch.end(outside)
            states.keep(self._cache, relation.session, observed, {row.session for row in kept.rows.values()})
        except OSError as error:
            self._say(f"this-tests: the cache of what was observed cannot be written: {error}", "red")

    def _exists(self, case: str, run: Run) -> bool:
        test = case.partition("[")[0]
        return (self._project.root / test_file(test)).exists() and not run.vanished(test)

    def _suggest(self, found: Disagreements) -> None:
        limit = None if self._limit is None else _SUGGESTIONS
        for heading, pairs in (
            ("Declared, but not executed by the test:", found.not_executed),
            ("Called by the test's body, but not declared:", found.not_declared),
        ):
            if pairs:
                self._say(heading, "yellow")
            for line in pair_lines(pairs, limit):
                self._say(f"  {line}")

    def _keep(self, run: Run, journal: Journal) -> bool:
        try:
            return self._compare(run) if self._check else self._write(run, journal)
        except RegistryError as error:
            self._say(f"this-tests: {error}", "red")
            return self._check

    def _write(self, run: Run, journal: Journal) -> bool:
        earlier = journal.left_by_others()
        old, new = rewrite(
            self._project.registry, lambda found: reduce(self._updated, [*earlier, run], found)
        )
        journal.forget()
        self._sum_up(new, compare(old, new))
        if tests := sum(len(each.results) for each in earlier):
            self._say(f"Taken in: {counted(tests, 'test')} of a session that died.")
        return False

    def _compare(self, run: Run) -> bool:
        path = self._project.registry
        data = path.read_bytes() if path.exists() else b""
        old = decode(data, path) if data else Registry()
        new = self._updated(old, run)
        self._sum_up(new, compare(old, new))
        if encode(new) == data or not (data or new.callables):
            return False
        self._tell_of(compare(old, new))
        return True

    def _updated(self, registry: Registry, run: Run) -> Registry:
        return update(registry, run, lambda file: (self._project.root / file).exists())

    def _sum_up(self, registry: Registry, changes: Changes) -> None:
        self._say(summary_line(_shown(self._project.registry, self._project.root), registry, changes))

    def _tell_of(self, changes: Changes) -> None:
        self._say("It is not up to date. Run pytest without --this-tests-check, and commit it:", "red")
        for line in change_lines(changes, self._limit):
            self._say(f"  {line}")

    def _remind(self, log: SessionLog) -> bool:
        missing, overlooked = self._project.settings.missing, log.overlooked()
        if missing == "ignore" or not overlooked:
            return False
        color = "red" if missing == "error" else "yellow"
        self._say("Tests that passed without this_tests(…):", color)
        for line in overlooked_lines(overlooked, self._limit):
            self._say(f"  {line}")
        self._say("Declare what each exercises, or 'na' where there is nothing.", color)
        return missing == "error"

    def _say(self, line: str, color: str = "") -> None:
        self.lines.append((line, color))


def _shown(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
