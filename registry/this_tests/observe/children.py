"""Attributes what child processes execute to the test, or the fixture, that started them."""

import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from os import getpid, kill  # imported by name: a test may replace them
from pathlib import Path
from sys import _getframe
from typing import Any, Protocol

from .audit_hook import Listener, listen, silence
from .child import (
    BEGUN,
    EXECUTED,
    LIBRARY,
    LISTED,
    OPENED,
    REPLACED,
    ROOTS,
    STARTED,
    UNSURE,
    VARIABLE,
    Report,
    is_harmless,
    is_server,
    is_tracker,
    simple_command,
)
from .code_owner import CodeOwners

__all__ = ["Children", "Watching"]


class Inputs(Protocol):
    """What is asked of the watch over files."""

    roots: tuple[str, ...]

    def add(self, path: str, *, listed: bool) -> None:
        """Add a file or folder that a child used."""

    def report_to(self, report: Callable[[str, bool], object]) -> None:
        """Report at once what is used from now on, in a forked child: the path, and whether it was listed."""


class Watching(Protocol):
    """What is asked of a backend."""

    def prepare(self, path: str) -> None:
        """Prepare a file of the library for children that could not watch it."""

    def report_to(self, report: Callable[[str], object]) -> None:
        """Report at once what is executed from now on, in a forked child."""


class Children:
    """The child processes of a session.

    Each that can be observed writes a report into a folder of the session. A process that was started, and
    reports nothing, makes the tests blind during which it lives: what they execute is not all known. So
    does one that outlives a test, such as a pool: it reports each function once.

    Attributes:
        blind: Whether the last test was blind.
        starts: How many processes were started that should report.
    """

    def __init__(self, code_owners: CodeOwners, backend: Watching, inputs: Inputs) -> None:
        self._backend = backend
        self._inputs = inputs
        self._report: Report | None = None
        self._forking = 0
        self.blind = False
        self.starts = 0
        self._code_owners = code_owners
        self._root = self._folder = tempfile.mkdtemp(prefix="this-tests-")
        self._owner = self._process = getpid()
        self._variable: str | None = None
        self._in_test = False
        self._ever = False
        self._forget()
        self._lay_out()
        self._listeners = self._events()
        self._listens = listen(self._listeners)
        _sessions.append(self)
        self._wrapped = _wrap_fork_exec(self._started_by_multiprocessing)

    # What the observer asks.

    def begin(self) -> Collection[str]:
        """Begin a test; return what was executed outside of tests."""
        if getpid() != self._process:
            # A process of pytest-forked, for this test alone.
            self._process, self._folder = getpid(), f"{self._root}/{getpid()}"
            self._forget()
            self._lay_out()
        found = self.take()
        self._outlived = self._live or self._others_live()
        self._in_test = True
        with suppress(Exception):  # A test has replaced `os.environ`.
            self._variable = os.environ.get(VARIABLE)
            os.environ[VARIABLE] = os.pathsep.join(filter(None, (self._variable, self._folder)))
        return found

    def end(self) -> None:
        """End a test, whose last phase has been taken."""
        if not self._in_test:
            return
        self._in_test = False
        with suppress(Exception):
            if self._variable is None:
                os.environ.pop(VARIABLE, None)
            else:
                os.environ[VARIABLE] = self._variable
        self.blind = self._outlived or self._live or self.incomplete or not self._listens
        self._unsure = False
        self._outlived = self._live or self._others_live()

    @property
    def _live(self) -> bool:
        return any(_process_of(name) not in self._servers for name in self._reports)

    @property
    def incomplete(self) -> bool:
        """Whether a process that was started has reported nothing, or not all."""
        return self._unsure or any(number > 0 for number in self._open.values())

    def take(self) -> Collection[str]:
        """Return what was executed in children since the last call."""
        if not self._ever or getpid() != self._process:
            return ()
        # First which have ended: what they report is complete.
        ended = [name for name in self._reports if not _lives(_process_of(name))]
        found = set(self._executed())
        for name in ended:
            self._reports.pop(name)
            with suppress(OSError):
                Path(self._folder, name).unlink()
        return found

    def close(self) -> None:
        """Stop listening, and remove the folder."""
        self.end()
        _sessions.remove(self)
        silence(self._listeners)
        self._wrapped()
        if getpid() == self._owner:
            shutil.rmtree(self._root, ignore_errors=True)

    # Reports.

    def _forget(self) -> None:
        self._reports: dict[str, int] = {}
        self._open: Counter[int] = Counter()
        self._replaced: set[int] = set()
        self._servers: set[int] = set()
        self._shells = 0
        self._outlived = self._unsure = False

    def _lay_out(self) -> None:
        Path(self._folder).mkdir(exist_ok=True)
        Path(self._folder, LIBRARY).write_text("\n".join(sorted(self._code_owners.library)))
        Path(self._folder, ROOTS).write_bytes(os.fsencode("\0".join(self._inputs.roots)))

    def _executed(self) -> Iterator[str]:
        for name in sorted(os.listdir(self._folder)):  # noqa: PTH208  # no objects
            if "-" not in name:
                continue  # It is no report.
            with suppress(OSError), Path(self._folder, name).open("rb") as file:
                file.seek(self._reports.get(name, 0))
                lines, newline, _ = file.read().rpartition(b"\n")
                self._reports[name] = self._reports.get(name, 0) + len(lines) + len(newline)
                for line in lines.decode(errors="surrogatepass").split("\n") if lines else ():
                    yield from self._read(line[0], line[1:], _process_of(name))

    def _read(self, kind: str, text: str, process: int) -> Iterator[str]:
        if kind == EXECUTED:
            key, _, file = text.partition("\t")
            if not file or self._is_of_library(key.partition(":")[0], file):
                yield key
        elif kind in (OPENED, LISTED):
            self._inputs.add(text, listed=kind == LISTED)
        elif kind == STARTED:
            self._expect(process)
        elif kind == REPLACED:
            self._expect(process)
            self._replaced.add(process)
        elif kind == BEGUN:
            self._has_begun(process, *text.split("\t"))
        elif kind == UNSURE:
            self._is_unsure(*text.split("\t"))

    def _is_of_library(self, module: str, file: str) -> bool:
        return self._code_owners.owner(file, module) == "library"

    def _has_begun(self, process: int, parent: str, folder: str = "", *command: str) -> None:
        starter = process if process in self._replaced else int(parent)
        self._replaced.discard(process)
        if self._open[starter] == 0 and self._shells and starter not in self._known():
            self._shells -= 1
            starter = self._process
        self._open[starter] -= self._open[starter] > 0
        if is_server(" ".join(command)):
            self._servers.add(process)
        # A file of the library that is run by its path has the name of no module.
        scripts = [Path(folder, name) for name in command if name.endswith(".py")]
        self._unsure |= any(map(self._lies_in_library, scripts))

    def _known(self) -> set[int]:
        return {self._process, *map(_process_of, self._reports)}

    def _lies_in_library(self, script: Path) -> bool:
        # The packages of modules that this process has loaded.
        folders = [
            Path(folder).resolve()
            for name in self._code_owners.library
            for folder in getattr(sys.modules.get(name), "__path__", ())
        ]
        return any(map(script.resolve().is_relative_to, folders))

    def _is_unsure(self, module: str, file: str = "") -> None:
        if not file:
            self._unsure = True
        elif self._is_of_library(module, file):
            self._unsure = True
            self._backend.prepare(file)

    def _others_live(self) -> bool:
        """Return whether a child may live that reports nothing; if none does, forget that it was started."""
        if not self.incomplete:
            return False
        if _has_others(self._trackers | self._known()):
            return True
        self._open.clear()
        self._shells = 0
        self._replaced.clear()
        return False

    # Starts.

    def _events(self) -> Mapping[str, Listener]:
        if sys.platform == "win32":
            events = ("_winapi.CreateProcess", "os.spawn", "os.startfile", "os.system")
            return dict.fromkeys(events, lambda _: self._started())
        return {
            "subprocess.Popen": self._started_by_popen,
            "os.posix_spawn": self._started_by_spawn,
            "os.system": lambda arguments: self._started_by_shell(arguments[0], None),
            "os.fork": lambda _: self._started_by_fork(),
            "os.forkpty": lambda _: self._started_by_fork(),
            "os.exec": self._is_replaced,
        }

    def _started(self) -> None:
        self._ever = True
        if self._report is None:
            self._expect(getpid())
        else:
            self._report.write(STARTED)

    def _may_report(self, *, harmless: bool) -> None:
        # A harmless program may start another that reports, as git does with an alias, but only where the
        # variable is set. Each session starts git itself, and would list a folder in each phase of each test.
        self._ever |= self._in_test or not harmless

    def _expect(self, process: int) -> None:
        self.starts += 1
        self._open[process] += 1

    def _started_by_fork(self) -> None:
        self._forking = getpid()
        self._started()

    def forked(self, *, child: bool) -> None:
        """End a fork, in the *child* or its parent."""
        parent, self._forking = self._forking, 0
        # Other forks are those of `subprocess` with `preexec_fn`, and of plugins that fork to run a test.
        if not (child and parent and self._in_test):
            return
        if self._report is None:
            report = self._report = Report(self._folder, parent)
            report.roots = self._inputs.roots
            self._backend.report_to(report.executed)
            self._inputs.report_to(lambda path, listed: report.uses(LISTED if listed else OPENED, path))
        else:
            self._report.renew(parent)

    def _is_replaced(self, arguments: tuple[Any, ...]) -> None:
        if self._report is not None and not is_harmless(arguments[0], arguments[2]):
            self._report.write(REPLACED)

    def _started_program(self, program: object, environment: Any) -> None:
        harmless = is_harmless(program, environment)
        self._may_report(harmless=harmless)
        if not harmless:
            self._started()

    def _started_by_popen(self, arguments: tuple[Any, ...]) -> None:
        program, command, _, environment = arguments
        if program == "/bin/sh" and list(command[1:-1]) == ["-c"]:
            self._started_by_shell(command[2], environment)
        else:
            self._started_program(program, environment)

    def _started_by_shell(self, command: object, environment: Any) -> None:
        program = simple_command(command)
        harmless = bool(program) and is_harmless(program, environment)
        self._may_report(harmless=harmless)
        if harmless:
            return
        # The shell becomes this program, or is its parent, which is unknown.
        self._shells += bool(program)
        self._started()

    def _started_by_spawn(self, arguments: tuple[Any, ...]) -> None:
        # Of the frames above, the first is the audit hook's. `subprocess` has said so before.
        if _getframe(2).f_globals.get("__name__") != "subprocess":
            self._started_program(arguments[0], arguments[2])

    _trackers: frozenset[int] = frozenset()

    def _started_by_multiprocessing(self, arguments: Any, process: int) -> None:
        if is_tracker(arguments):
            self._trackers |= {process}
        else:
            self._started()


# The innermost session is last: a session of pytest may run inside a test of another.
_sessions: list[Children] = []


def _forked(*, child: bool) -> None:
    for session in tuple(_sessions):
        # It must not fail what forks.
        with suppress(Exception):
            session.forked(child=child)


if hasattr(os, "register_at_fork"):  # It cannot be undone.
    os.register_at_fork(
        after_in_parent=lambda: _forked(child=False), after_in_child=lambda: _forked(child=True)
    )


def _wrap_fork_exec(started: Callable[[Any, int], None]) -> Callable[[], None]:
    """Call *started* with the command and the id of each process that multiprocessing starts.

    It is the one way that raises no event. `subprocess` has the function under a name of its own.

    Returns:
        A function that undoes it.
    """
    try:
        import _posixsubprocess as module
    except ImportError:
        return lambda: None
    plain: Callable[..., int] = module.fork_exec

    def fork_exec(*arguments: Any) -> int:
        process = plain(*arguments)
        with suppress(Exception):
            started(arguments[0], process)
        return process

    vars(module)["fork_exec"] = fork_exec

    def undo() -> None:
        if vars(module).get("fork_exec") is fork_exec:
            vars(module)["fork_exec"] = plain

    return undo


def _process_of(name: str) -> int:
    return int(name.rpartition("-")[2])


def _lives(process: int) -> bool:
    if os.name == "nt":
        return True  # There, `kill` would end it.
    try:
        state = Path(f"/proc/{process}/stat").read_bytes().rpartition(b")")[2].split()[0]
    except OSError:
        if sys.platform == "linux":
            return False
    else:
        return state not in (b"Z", b"X")
    try:
        kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True


def _has_others(known: Collection[int]) -> bool:
    """Return whether this process has a living child that is not among the *known* ones, or may have."""
    try:
        found = {
            int(process)
            for file in Path("/proc/self/task").glob("*/children")
            for process in file.read_text().split()
        }
        if any(Path("/proc/self/task").glob("*/children")):
            return any(map(_lives, found.difference(known)))
    except OSError:
        pass  # A thread has ended.
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    except (AttributeError, OSError):
        pass
    return True
