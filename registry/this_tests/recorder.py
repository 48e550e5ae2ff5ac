"""Records what the running test declares with ``this_tests()``."""

import os
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from sys import _getframe  # by name: a test may delete it from `sys`
from types import FrameType
from typing import TYPE_CHECKING

import msgspec

from .errors import TargetError, ThisTestsError, ThisTestsWarning, UnknownLibraryWarning
from .settings import Project, find_project

if TYPE_CHECKING:  # Imported for a recorder: the command imports this module and records nothing.
    from .names import Resolution

__all__ = ["REPORT", "Declarations", "Recorder", "activated", "no_library", "record_reported", "this_tests"]

# The environment variable that names the file to which a notebook's kernel reports.
REPORT = "THIS_TESTS_REPORT"


class Declarations:
    """What one test, or one fixture, declared.

    Attributes:
        called: Whether ``this_tests`` was called at all, if only with ``"na"``.
    """

    def __init__(self) -> None:
        self.called = False
        # By id, which is faster than a hash over all fields; `Names` returns the same object
        # for the same target. Other repetitions are removed at the end of the session.
        self._resolutions: dict[int, Resolution] = {}

    def __iter__(self) -> "Iterator[Resolution]":
        return iter(self._resolutions.values())

    def __bool__(self) -> bool:
        return self.called

    def add(self, resolution: "Resolution") -> None:
        """Add *resolution*, unless it is already there."""
        self.called = True
        self._resolutions[id(resolution)] = resolution

    def include(self, other: "Declarations") -> None:
        """Add those of *other*."""
        self.called |= other.called
        self._resolutions.update(other._resolutions)


class Recorder:
    """Checks the targets of ``this_tests()`` and attributes them to the running test or fixture.

    The running test is one value per process, not a ``ContextVar``: pytest runs one test at a
    time, but a thread starts with an empty context, and an event loop that a fixture keeps
    continues in the context of the test that started it.
    """

    def __init__(self, project: Project) -> None:
        from .names import Names

        self._project = project
        settings = project.settings
        self.problems: dict[str, None] = {}
        self._running: Declarations | None = None
        self.names = (
            Names(project.library, inventories=project.inventories(), private=settings.private)
            if project.library
            else None
        )
        self._known = self.names.known if self.names is not None else {}

    def recording_to(self, declarations: Declarations) -> "_Recording":
        """Return a context manager: what is declared inside of it is added to *declarations*."""
        return _Recording(self, declarations)

    def switch(self, declarations: Declarations | None) -> Declarations | None:
        """Add to *declarations* from now on, and return those that were added to so far."""
        outer, self._running = self._running, declarations
        return outer

    def declare(self, targets: tuple[object, ...], caller: FrameType | None) -> None:
        """Resolve all *targets*, then record them: if one is refused, none is recorded.

        Args:
            caller: The frame that calls `this_tests`; None for a marker: the runner warns of it itself.
        """
        if self.names is None:
            if caller is not None:
                _warn(no_library(self._project), caller)
            return
        resolutions = []
        for position, target in enumerate(targets):
            # `==` of other types is not called: that of an array returns an array.
            if type(target) is not str or target != "na":
                resolutions.append(self.names.resolve(target, caller, position=position))
        self.record(resolutions)

    def record(self, resolutions: "Iterable[Resolution]") -> None:
        """Attribute *resolutions* to the running test or fixture, if any."""
        if self._running is not None:
            self._running.called = True
            for resolution in resolutions:
                self._running.add(resolution)

    def declare_again(self, target: object) -> bool:
        """Record *target* if its name is known already, and return whether it is.

        Most calls of a session are of this kind, so this is as short as possible.
        """
        known = self._known.get(id(target))
        if known is None or known[0] is not target or self._running is None:
            return False
        self._running.add(known[1])
        return True

    def declare_in_session(self, targets: tuple[object, ...], caller: FrameType | None) -> None:
        """Do as `declare` does, but report an internal error at the end: the test goes on."""
        __tracebackhide__ = True
        try:
            self.declare(targets, caller)
        except TargetError as error:
            # pytest then shows the line of the test; the frames of this package do not help.
            raise error.with_traceback(None) from None
        except (ThisTestsError, ThisTestsWarning):
            raise
        except Exception as error:  # noqa: BLE001  # an internal error, which must not fail the test
            self.problems[f"this_tests(): {type(error).__name__}: {error}"] = None
            if self._running is not None:
                self._running.called = True


class _Recording:
    """A context manager at half the cost of a generator's, because each test enters one."""

    __slots__ = ("_declarations", "_outer", "_recorder")

    def __init__(self, recorder: Recorder, declarations: Declarations) -> None:
        self._recorder = recorder
        self._declarations = declarations

    def __enter__(self) -> None:
        self._outer = self._recorder.switch(self._declarations)

    def __exit__(self, *_: object) -> None:
        self._recorder.switch(self._outer)


# The recorders of the running sessions, the innermost last: a session of pytest may run
# inside a test of another. Threads must see them, so this is no ContextVar either.
_sessions: list[Recorder] = []


@contextmanager
def activated(recorder: Recorder) -> Iterator[None]:
    """Make *recorder* the one that ``this_tests()`` uses."""
    _sessions.append(recorder)
    try:
        yield
    finally:
        _sessions.remove(recorder)


def this_tests(target: object, /, *targets: object) -> None:
    """Declare what the running test exercises.

    Call it anywhere in a test, or in a fixture or helper that the test uses. Outside of pytest
    the targets are checked and nothing is recorded.

    Args:
        target: A callable of the library under test: a function, a class, a method (best as
            ``obj.method`` on a live object, which survives renames), a property as
            ``"pkg.Class.prop"``, a module, or the dotted name of any of them as a string.
            ``"na"`` says that there is nothing to declare.
        targets: Further targets. A target given twice counts once.

    Raises:
        NotAFunctionError: A target is not callable.
        NotInApiError: A target is not part of the library's API.
            In both cases no target of the call is recorded.

    Example:
        >>> import this_tests as library
        >>> this_tests(library.load, library.merge)
    """
    __tracebackhide__ = True
    if not _sessions:
        caller = _getframe(1)
        if (report := os.environ.get(REPORT)) is not None:
            _report(report, (target, *targets), caller)
            return
        _standalone(caller.f_code.co_filename).declare((target, *targets), caller)
    elif targets or not _sessions[-1].declare_again(target):
        _sessions[-1].declare_in_session((target, *targets), _getframe(1))


def _report(file: str, targets: tuple[object, ...], caller: FrameType) -> None:
    """Declare in a kernel that pytest started: it reads the file when the notebook has run."""
    # A cell is in no file of the project.
    recorder, declarations = _standalone(str(Path.cwd())), Declarations()
    with recorder.recording_to(declarations):
        recorder.declare(targets, caller)
    with Path(file).open("ab") as report:
        report.write(msgspec.json.encode(list(declarations)) + b"\n")


def record_reported(lines: Iterable[bytes]) -> None:
    """Attribute to the running test what a kernel reported, a line for each call."""
    from .names import Resolution

    for line in lines:
        if _sessions:
            _sessions[-1].record(msgspec.json.decode(line, type=list[Resolution]))


@lru_cache
def _standalone(filename: str) -> Recorder:
    return Recorder(find_project(Path(filename)))


def _warn(warning: ThisTestsWarning, caller: FrameType) -> None:
    """Warn with the line that *caller* runs, regardless of the frames in between."""
    names = caller.f_globals
    warnings.warn_explicit(
        warning,
        None,
        caller.f_code.co_filename,
        caller.f_lineno,
        module=str(names.get("__name__", "")),
        registry=names.setdefault("__warningregistry__", {}),
    )


def no_library(project: Project) -> UnknownLibraryWarning:
    """Return the warning that the library under test is not known."""
    return UnknownLibraryWarning(
        "this_tests: no library is configured and none can be inferred, so nothing is recorded; "
        f'set library = ["…"] in {project.table}'
    )
