"""What a session saw so far, kept in case it dies: killed, out of memory, ended by ``os._exit``.

A file per session, under pytest's cache. A report that says something of a test is one line, handed
to the system at once; that outlives the process, and takes about a microsecond. The session that
ends next takes in what a dead one left.
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
except ImportError:  # Windows refuses to remove what another process has open, which does as well.
    fcntl = None  # type: ignore[assignment]  # mypy has no name for a module that may be missing

__all__ = ["Journal"]


class _Line(msgspec.Struct, array_like=True):
    """What counts of a test's report."""

    worker: str
    nodeid: str
    when: str
    outcome: str
    expected: bool
    note: Note | None


class Journal:
    """The journal of this session, and those that others left.

    Args:
        folder: Where journals are; None keeps none.
        session: When the session began, in nanoseconds.
    """

    def __init__(self, folder: Path | None, session: int) -> None:
        self._folder = folder
        self._name = f"journal-{session}-{os.getpid()}.jsonl"
        self._file: FileIO | None = None
        self._taken: list[Path] = []

    def add(self, report: Any) -> None:
        """Keep what a test report of pytest says."""
        if self._folder is None:
            return
        note = note_of(report)
        if report.outcome == "passed" and not (note and note.claims):
            return
        if self._file is None and not self._begin(self._folder):
            return
        line = _Line(
            getattr(report, "worker_id", ""),
            report.nodeid,
            report.when,
            report.outcome,
            hasattr(report, "wasxfail"),
            note,
        )
        self._write(msgspec.json.encode(line) + b"\n")

    def left_by_others(self) -> list[Run]:
        """Return what sessions saw that died before they could say it, the oldest first."""
        if self._folder is None:
            return []
        paths = sorted(self._folder.glob("journal-*.jsonl"))
        self._taken = [path for path in paths if path.name != self._name and not _is_alive(path)]
        return [run for path in self._taken if (run := _replayed(path)).results]

    def forget(self) -> None:
        """Remove this session's journal, and those of others that were asked for."""
        if self._folder is not None:
            self._taken.append(self._folder / self._name)
        self.close()
        for path in self._taken:
            with suppress(OSError):
                path.unlink()

    def close(self) -> None:
        """Keep nothing more; what is kept stays, unless it was forgotten."""
        if self._file is not None:
            self._file.close()
        self._folder = self._file = None

    def _begin(self, folder: Path) -> bool:
        try:
            self._file = FileIO(folder / self._name, "a")
            if fcntl is not None:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.close()  # A session that dies here is lost, and no test cares.
        return self._file is not None

    def _write(self, line: bytes) -> None:
        try:
            self._file.write(line)  # type: ignore[union-attr]  # it was begun
        except OSError:
            self.close()


def _is_alive(path: Path) -> bool:
    """Tell whether the session that writes *path* is still under way."""
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


def _lines(path: Path) -> Iterator[_Line]:
    # The last line may be torn, and what stands behind a torn one tells nothing.
    with suppress(OSError, msgspec.DecodeError, UnicodeDecodeError), path.open("rb") as file:
        for line in file:
            yield msgspec.json.decode(line, type=_Line)


def _report(line: _Line) -> SimpleNamespace:
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
