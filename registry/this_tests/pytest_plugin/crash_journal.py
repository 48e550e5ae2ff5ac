"""Crash journal: keeps the results of a session that is interrupted (killed, out of memory, ``os._exit``).

One file per session in pytest's cache. Each relevant report is one line, passed to the operating
system immediately: it survives the process, and takes about a microsecond. The next session that
finishes recovers the results of an interrupted one.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from io import FileIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec

from ..registry.update import Run
from .session_log import Note, SessionLog, note_of

try:
    import fcntl
except ImportError:  # Windows refuses to remove a file that another process has open, so needs no lock.
    fcntl = None  # type: ignore[assignment]  # mypy has no name for a module that may be missing

__all__ = ["Journal"]


class _JournalEntry(msgspec.Struct, array_like=True):
    """The relevant fields of a test report."""

    worker: str
    nodeid: str
    when: str
    outcome: str
    expected: bool
    note: Note | None


class Journal:
    """The journal of this session, and those of interrupted sessions.

    Args:
        folder: The folder of the journals; None disables them.
        session: The start time of the session, in nanoseconds.
    """

    def __init__(self, folder: Path | None, session: int) -> None:
        self._folder = folder
        self._name = f"journal-{session}-{os.getpid()}.jsonl"
        self._file: FileIO | None = None
        self._taken: list[Path] = []

    def add(self, report: Any) -> None:
        """Append a test report of pytest."""
        if self._folder is None:
            return
        note = note_of(report)
        if report.outcome == "passed" and not (note and note.claims):
            return
        if self._file is None and not self._begin(self._folder):
            return
        line = _JournalEntry(
            getattr(report, "worker_id", ""),
            report.nodeid,
            report.when,
            report.outcome,
            hasattr(report, "wasxfail"),
            note,
        )
        self._write(msgspec.json.encode(line) + b"\n")

    def interrupted(self) -> list[Run]:
        """Return the results of interrupted sessions, the oldest first."""
        if self._folder is None:
            return []
        paths = sorted(self._folder.glob("journal-*.jsonl"))
        self._taken = [path for path in paths if path.name != self._name and not _is_alive(path)]
        return [run for path in self._taken if (run := _replayed(path)).results]

    def forget(self) -> None:
        """Remove this session's journal, and those that `interrupted` has read."""
        if self._folder is not None:
            self._taken.append(self._folder / self._name)
        self.close()
        for path in self._taken:
            with suppress(OSError):
                path.unlink()

    def close(self) -> None:
        """Close the journal; its file is kept, unless `forget` removed it."""
        if self._file is not None:
            self._file.close()
        self._folder = self._file = None

    def _begin(self, folder: Path) -> bool:
        try:
            self._file = FileIO(folder / self._name, "a")
            if fcntl is not None:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.close()  # Without a journal, an interrupted session is lost; no test fails for it.
        return self._file is not None

    def _write(self, line: bytes) -> None:
        try:
            self._file.write(line)  # type: ignore[union-attr]  # it was begun
        except OSError:
            self.close()


def _is_alive(path: Path) -> bool:
    """Return whether the session that writes *path* is still running."""
    if fcntl is None:
        return False
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    return False


def _replayed(path: Path) -> Run:
    log = SessionLog()
    for line in _lines(path):
        log.saw_report(_report(line))
    return log.run()


def _lines(path: Path) -> Iterator[_JournalEntry]:
    # The last line may be incomplete; anything after an incomplete line is unusable.
    with suppress(OSError, msgspec.DecodeError, UnicodeDecodeError), path.open("rb") as file:
        for line in file:
            yield msgspec.json.decode(line, type=_JournalEntry)


def _report(line: _JournalEntry) -> SimpleNamespace:
    report = SimpleNamespace(
        worker_id=line.worker,
        nodeid=line.nodeid,
        when=line.when,
        outcome=line.outcome,
        location=("", None, ""),
    )
    if line.expected:
        report.wasxfail = ""
    if line.note is not None:
        report.this_tests = msgspec.structs.astuple(line.note)
    return report
