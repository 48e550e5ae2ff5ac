"""Runs work in forked processes side by side, each with a time limit for each step and one for memory."""

import os
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import msgspec

__all__ = ["Fork", "Tell"]

# Called in the child with a step that begins, or something that it found.
Tell = Callable[[object], None]

# Bytes that a child may take more than it had at its start.
_MEMORY = 4 << 30
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


class Fork:
    """A forked process that runs *work*.

    Args:
        work: Called in it with a function that tells the parent something, which JSON can hold.
        limit: The seconds from one message to the next.

    Attributes:
        problem: How it ended, where it did not end by itself: ``hung``, ``too much memory``, ``crashed``.
    """

    def __init__(self, work: Callable[[Tell], None], limit: Callable[[], float]) -> None:
        self._limit = limit
        self._rest = b""
        self.problem = ""
        for stream in (sys.stdout, sys.stderr):
            stream.flush()  # Else the child might write it as well.
        self._messages, writing = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python warns of threads, which need not be the tests'.
            self._process = os.fork()
        if self._process == 0:
            os.close(self._messages)
            _run(work, writing)
        os.close(writing)
        os.set_blocking(self._messages, False)
        self._deadline = time.monotonic() + limit()
        self._memory = _memory_of(self._process) + _MEMORY

    def messages(self) -> Iterator[object]:
        """Yield what it has told since the last call."""
        while True:
            try:
                read = os.read(self._messages, 1 << 16)
            except BlockingIOError:
                return
            if not read:
                return
            self._deadline = time.monotonic() + self._limit()
            *lines, self._rest = (self._rest + read).split(b"\n")
            yield from map(msgspec.json.decode, lines)

    def has_ended(self) -> bool:
        """Return whether it has ended; it is ended if it takes too long or too much."""
        ended, status = os.waitpid(self._process, os.WNOHANG)
        if ended:
            code = os.waitstatus_to_exitcode(status)
            self.problem = self.problem or ("" if code == 0 else "crashed")
            _end_group(self._process)  # What it started and left.
            return True
        if time.monotonic() > self._deadline:
            self.end("hung")
        elif _memory_of(self._process) > self._memory:
            self.end("too much memory")
        return False

    def end(self, problem: str = "") -> None:
        """End it, with all that it started."""
        self.problem = self.problem or problem
        _end_group(self._process)
        with suppress(ProcessLookupError):
            os.kill(self._process, signal.SIGKILL)

    def close(self) -> None:
        """Free what the parent has of it."""
        os.close(self._messages)


def _run(work: Callable[[Tell], None], writing: int) -> NoReturn:
    status = 1
    try:
        os.setsid()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        work(lambda message: _write(writing, msgspec.json.encode(message) + b"\n"))
        status = 0
    except BaseException:  # noqa: BLE001  # there is nobody else to tell it
        traceback.print_exc()
    finally:
        os._exit(status)  # What this process has inherited, such as handlers for the exit, is the parent's.


def _write(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]


def _end_group(process: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process, signal.SIGKILL)


def _memory_of(process: int) -> int:
    """Return the resident set of a process in bytes; 0 where that is not known."""
    try:
        return int(Path(f"/proc/{process}/statm").read_bytes().split()[1]) * _PAGE
    except (OSError, IndexError, ValueError):
        return 0
