"""Records what the running test declares with ``this_tests()``."""

import os
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from sys import _getframe  # by name: a test may take it away from `sys`
from types import FrameType

import msgspec

from .errors import TargetError, ThisTestsError, ThisTestsWarning, UnknownLibraryWarning
from .names import Names, Resolution
from .settings import Project, find_project

__all__ = ["REPORT", "Claims", "Recorder", "activated", "book_reported", "no_library", "this_tests"]

# The environment variable by which a notebook's kernel knows the file to report to.
REPORT = "THIS_TESTS_REPORT"


class Claims:
    """What one test, or one fixture, declared.

    Attributes:
        called: Whether ``this_tests`` was called at all, if only with ``"na"``.
    """

    def __init__(self) -> None:
        self.called = False
        # By id, which is faster than a hash over all fields; `Names` gives the same object
        # for the same target, and what is left of repetitions is folded at the session's end.
        self._resolutions: dict[int, Resolution] = {}

    def __iter__(self) -> Iterator[Resolution]:
        return iter(self._resolutions.values())

    def __bool__(self) -> bool:
        return self.called

    def add(self, resolution: Resolution) -> None:
        """Take *resolution*; one already there counts once."""
        self.called = True
        self._resolutions[id(resolution)] = resolution

    def include(self, other: "Claims") -> None:
        """Take what *other* holds."""
        self.called |= other.called
        self._resolutions.update(other._resolutions)


class Recorder:
    """Checks the targets of ``this_tests()`` and books them on what is running.

    What is running is one value per process and no ``ContextVar``: pytest runs one test at a
    time, while a thread starts with an empty context and an event loop kept by a fixture goes
    on in the context of the test that started it.
    """

    def __init__(self, project: Project) -> None:
        settings = project.settings
        self.problems: dict[str, None] = {}
        self._running: Claims | None = None
        self.names = (
            Names(project.library, inventories=project.inventories(), private=settings.private)
            if project.library
            else None
        )
        self._known = self.names.known if self.names is not None else {}

    def booking(self, claims: Claims) -> "_Booking":
        """Book on *claims* what is declared inside the ``with``."""
        return _Booking(self, claims)

    def switch(self, claims: Claims | None) -> Claims | None:
        """Book on *claims* from now on, and return on what was booked so far."""
        outer, self._running = self._running, claims
        return outer

    def declare(self, targets: tuple[object, ...], caller: FrameType | None) -> None:
        """Resolve all *targets*, then book them: where one is refused, none is booked.

        Args:
            caller: The frame that calls `this_tests`; None for a marker, of which whoever has its test warns.
        """
        if self.names is None:
            if caller is not None:
                _warn(no_library(), caller)
            return
        resolutions = []
        for position, target in enumerate(targets):
            # Any other type's `==` is not ours to call: an array's answers with an array.
            if type(target) is not str or target != "na":
                resolutions.append(self.names.resolve(target, caller, position=position))
        self.book(resolutions)

    def book(self, resolutions: Iterable[Resolution]) -> None:
        """Book *resolutions* on what is running, if anything is."""
        if self._running is not None:
            self._running.called = True
            for resolution in resolutions:
                self._running.add(resolution)

    def declare_again(self, target: object) -> bool:
        """Book *target* if its name is known already, and return whether it is.

        Most calls of a session are such, so this way is as short as can be.
        """
        known = self._known.get(id(target))
        if known is None or known[0] is not target or self._running is None:
            return False
        self._running.add(known[1])
        return True

    def declare_in_session(self, targets: tuple[object, ...], caller: FrameType | None) -> None:
        """Do as `declare` does, but keep a mistake of ours for later: the user's test goes on."""
        __tracebackhide__ = True
        try:
            self.declare(targets, caller)
        except TargetError as error:
            # What pytest shows of it is the test's line: the way through our code tells nothing.
            raise error.with_traceback(None) from None
        except (ThisTestsError, ThisTestsWarning):
            raise
        except Exception as error:  # noqa: BLE001  # whatever it is, it is not the test's fault
            self.problems[f"this_tests(): {type(error).__name__}: {error}"] = None
            if self._running is not None:
                self._running.called = True


class _Booking:
    """A ``with`` at half the cost of a generator's: each test is inside of one."""

    __slots__ = ("_claims", "_outer", "_recorder")

    def __init__(self, recorder: Recorder, claims: Claims) -> None:
        self._recorder = recorder
        self._claims = claims

    def __enter__(self) -> None:
        self._outer = self._recorder.switch(self._claims)

    def __exit__(self, *_: object) -> None:
        self._recorder.switch(self._outer)


# The recorders of the sessions under way, the innermost last: a session of pytest may run
# inside a test of another. Threads must see it, so it is no ContextVar either.
_sessions: list[Recorder] = []


@contextmanager
def activated(recorder: Recorder) -> Iterator[None]:
    """Make *recorder* the one that ``this_tests()`` speaks to."""
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
        targets: More of the same. A target given twice counts once.

    Raises:
        NotAFunctionError: A target is nothing callable.
        NotInApiError: A target is not part of the library's API.
            In both cases nothing of the call is recorded.

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
    recorder, claims = _standalone(str(Path.cwd())), Claims()  # A cell lies in no file of the project.
    with recorder.booking(claims):
        recorder.declare(targets, caller)
    with Path(file).open("ab") as report:
        report.write(msgspec.json.encode(list(claims)) + b"\n")


def book_reported(lines: Iterable[bytes]) -> None:
    """Book on the running test what a kernel reported, a line for each call."""
    for line in lines:
        if _sessions:
            _sessions[-1].book(msgspec.json.decode(line, type=list[Resolution]))


@lru_cache
def _standalone(filename: str) -> Recorder:
    return Recorder(find_project(Path(filename)))


def _warn(warning: ThisTestsWarning, caller: FrameType) -> None:
    """Warn of the line that *caller* runs, however many frames of ours are between."""
    names = caller.f_globals
    warnings.warn_explicit(
        warning,
        None,
        caller.f_code.co_filename,
        caller.f_lineno,
        module=str(names.get("__name__", "")),
        registry=names.setdefault("__warningregistry__", {}),
    )


def no_library() -> UnknownLibraryWarning:
    """Return the warning that nobody tells which library is under test."""
    return UnknownLibraryWarning(
        "this_tests: no library is configured and none can be inferred, so nothing is recorded; "
        'set library = ["…"] in [tool.this-tests] of pyproject.toml'
    )
