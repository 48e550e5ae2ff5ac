"""End of a session: updates or compares the registry, and reports undeclared tests."""

from functools import reduce
from pathlib import Path

from ..errors import RegistryError
from ..registry.model import Registry
from ..registry.store import decode, rewrite
from ..registry.update import Changes, Run, compare, update
from ..settings import Project
from ..text import counted
from .crash_journal import Journal
from .session_log import SessionLog
from .summary import change_lines, reminder_lines, summary_line

__all__ = ["SessionFinish"]


class SessionFinish:
    """Finishes one session.

    Args:
        check: Whether to compare the registry instead of writing it.
        limit: The maximum number of changes, and of tests, to list; None lists all.

    Attributes:
        lines: The lines of the summary, each with its colour or an empty string.
    """

    def __init__(self, project: Project, *, check: bool, limit: int | None) -> None:
        self.lines: list[tuple[str, str]] = []
        self._project = project
        self._check = check
        self._limit = limit

    def finish(self, log: SessionLog, run: Run, journal: Journal) -> bool:
        """Update the registry with *run*, the result of *log*, and with the interrupted runs in *journal*.

        Returns:
            Whether --this-tests-check, or missing declarations, fail the session.

        Raises:
            RegistryError: The registry cannot be read or written.
        """
        undeclared = self._report_undeclared(log)
        return self._keep(run, journal) or undeclared

    def _keep(self, run: Run, journal: Journal) -> bool:
        try:
            return self._compare(run) if self._check else self._write(run, journal)
        except RegistryError as error:
            self.add_line(f"this-tests: {error}", "red")
            return self._check

    def _write(self, run: Run, journal: Journal) -> bool:
        interrupted = journal.interrupted()
        old, new = rewrite(
            self._project.registry, lambda found: reduce(self._updated, [*interrupted, run], found)
        )
        journal.forget()
        if new.callables or self._project.registry.exists():
            self._summarize(new, compare(old, new))
        if tests := sum(len(session.results) for session in interrupted):
            self.add_line(f"Recovered from an interrupted session: {counted(tests, 'test')}.")
        return False

    def _compare(self, run: Run) -> bool:
        path = self._project.registry
        data = path.read_bytes() if path.exists() else b""
        old = decode(data, path) if data else Registry()
        new = self._updated(old, run)
        if new.callables or path.exists():
            self._summarize(new, compare(old, new))
        if new == old:  # Not the text: git's merge may have put callables in another order.
            return False
        self._report_changes(compare(old, new))
        return True

    def _updated(self, registry: Registry, run: Run) -> Registry:
        return update(registry, run, self._project.has_test_file)

    def _summarize(self, registry: Registry, changes: Changes) -> None:
        self.add_line(summary_line(_shown(self._project.registry, self._project.root), registry, changes))

    def _report_changes(self, changes: Changes) -> None:
        self.add_line("It is not up to date. Run pytest without --this-tests-check, and commit it:", "red")
        for line in change_lines(changes, self._limit):
            self.add_line(f"  {line}")

    def _report_undeclared(self, log: SessionLog) -> bool:
        missing, undeclared = self._project.settings.missing, log.undeclared()
        if missing == "ignore" or not undeclared:
            return False
        color = "red" if missing == "error" else "yellow"
        guide, only_observed = self._project.settings.guide, missing == "warn" and self._only_observes(log)
        for line in reminder_lines(undeclared, self._limit, guide=guide, only_observed=only_observed):
            self.add_line(line, "" if line.startswith("  ") else color)
        return missing == "error"

    def _only_observes(self, log: SessionLog) -> bool:
        """Return whether the project observes its tests, and none of them has ever declared anything."""
        path = self._project.registry
        if not self._project.settings.observe or log.calls():
            return False
        try:
            return not any(entry.declared for entry in decode(path.read_bytes(), path).callables.values())
        except FileNotFoundError:
            return True
        except (OSError, RegistryError):
            return False

    def add_line(self, line: str, color: str = "") -> None:
        """Add *line* to the summary, in *color* if the terminal has colours."""
        self.lines.append((line, color))


def _shown(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
