"""How a session ends: the registry updated, or compared, and what there is to tell."""

from functools import reduce
from pathlib import Path

from ..errors import RegistryError
from ..registry.model import Registry
from ..registry.store import decode, encode, rewrite
from ..registry.update import Changes, Run, compare, update
from ..settings import Project
from ..text import counted
from .crash_journal import Journal
from .session_log import SessionLog
from .summary import change_lines, overlooked_lines, summary_line

__all__ = ["Ending"]


class Ending:
    """Ends one session.

    Args:
        check: Whether to compare the registry, and not to write it.
        limit: How many changes, and how many tests, are listed at most; None lists all.

    Attributes:
        lines: What there is to tell, each line with its colour or none.
    """

    def __init__(self, project: Project, *, check: bool, limit: int | None) -> None:
        self.lines: list[tuple[str, str]] = []
        self._project = project
        self._check = check
        self._limit = limit

    def end(self, log: SessionLog, run: Run, journal: Journal) -> bool:
        """Update the registry by *run*, which *log* saw, and by what *journal* finds that others did.

        Returns:
            Whether what the user asked for, the check or the duty to declare, fails the session.

        Raises:
            RegistryError: The registry cannot be read or written.
        """
        forgotten = self._remind(log)
        return self._keep(run, journal) or forgotten

    def _keep(self, run: Run, journal: Journal) -> bool:
        try:
            return self._compare(run) if self._check else self._write(run, journal)
        except RegistryError as error:
            self.say(f"this-tests: {error}", "red")
            return self._check

    def _write(self, run: Run, journal: Journal) -> bool:
        earlier = journal.left_by_others()
        old, new = rewrite(
            self._project.registry, lambda found: reduce(self._updated, [*earlier, run], found)
        )
        journal.forget()
        self._sum_up(new, compare(old, new))
        if tests := sum(len(each.results) for each in earlier):
            self.say(f"Taken in: {counted(tests, 'test')} of a session that died.")
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
        self.say(summary_line(_shown(self._project.registry, self._project.root), registry, changes))

    def _tell_of(self, changes: Changes) -> None:
        self.say("It is not up to date. Run pytest without --this-tests-check, and commit it:", "red")
        for line in change_lines(changes, self._limit):
            self.say(f"  {line}")

    def _remind(self, log: SessionLog) -> bool:
        missing, overlooked = self._project.settings.missing, log.overlooked()
        if missing == "ignore" or not overlooked:
            return False
        color = "red" if missing == "error" else "yellow"
        self.say("Tests that passed without this_tests(…):", color)
        for line in overlooked_lines(overlooked, self._limit):
            self.say(f"  {line}")
        self.say("Declare what each exercises, or 'na' where there is nothing.", color)
        return missing == "error"

    def say(self, line: str, color: str = "") -> None:
        """Tell *line*, in *color* where the terminal has any."""
        self.lines.append((line, color))


def _shown(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
