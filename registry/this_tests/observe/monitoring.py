"""Observes by ``sys.monitoring``, from Python 3.12 on."""

import sys
from collections.abc import Callable, Iterable, Mapping
from sys import _getframe  # imported by name: a test may delete it from `sys`
from types import CodeType, FrameType, FunctionType, MethodType
from typing import Any, cast

from ..errors import ObservingError
from ..observations.relation import BODY, DIRECT
from .code_objects import Called, Codes, Loaded
from .code_owner import CodeOwners, Owner
from .direct_calls import Callees
from .doctests import DoctestCompiler
from .forwarders import forwarders
from .identity import identity
from .import_hook import ImportHook, Loader, own_code

__all__ = ["Monitoring"]

assert sys.version_info >= (3, 12)  # For mypy.

# The tool ids that have no predefined purpose.
_TOOL_IDS = (4, 3)
# Limit of the calls by one function of a test file that are recorded in a phase; after that, each
# call site is recorded once more. So a test that loops a million times is not slowed down.
_MOST_CALLS = 256
_CALL = sys.monitoring.events.CALL
_START = sys.monitoring.events.PY_START
_START_OR_RESUME = _START | sys.monitoring.events.PY_RESUME
_EXITS = frozenset({"__aexit__", "__exit__"})
_END_OF_WITH = 2  # The number of arguments in this instruction; the first one takes the place of an instance.
_RESUMED = 0x20 | 0x80 | 0x200  # CO_GENERATOR, CO_COROUTINE, CO_ASYNC_GENERATOR


class Monitoring:
    """The backend that reports function starts and the calls of test files by ``sys.monitoring``.

    A function reports its first start, and is then disabled until `take` arms it again, by
    setting its local events to none and back: `sys.monitoring.restart_events` would also enable
    the events that other tools have disabled.

    Raises:
        ObservingError: No tool id is free.
    """

    def __init__(self, code_owners: CodeOwners) -> None:
        self._code_owners = code_owners
        self._codes = Codes(code_owners)
        self._callees = Callees(code_owners, self._codes)
        # Started functions and their callers, alternating: pairs would be more objects for the garbage
        # collector to visit.
        self._fired: list[CodeType | None] = []
        self._called: dict[str, int] = {}
        # By the flags of the caller, the ids of the callees recorded in this phase, or, for callees
        # outside the library, in any. Only objects that `Callees` keeps alive are here, so that ids
        # are not reused.
        self._reported: dict[int, set[int]] = {DIRECT: set(), DIRECT | BODY: set()}
        self._calls: dict[int, int] = {}
        self._muted: dict[int, CodeType] = {}
        self._forwarders: dict[int, CodeType] = {}
        self._hook = ImportHook(code_owners, self._load)
        self._doctests = DoctestCompiler(self._compiled_example)
        self._tool = _free_tool_id()
        self._register()
        self._hook.install()

    def discover(self, loaded: Iterable[Loaded]) -> str:
        """Watch the functions in *loaded*; the message is always empty."""
        for function, module, owner in loaded:
            self._watch(function.__code__, module, owner)
        for code in forwarders():
            if identity(code) not in self._codes.tests:
                self._forwarders[identity(code)] = code
                sys.monitoring.set_local_events(self._tool, code, _CALL)
        self._doctests.install()
        return ""

    def take(self) -> dict[str, int]:
        """Return what was executed since the last call, with `DIRECT` and `BODY`, and arm it again."""
        found, self._called = self._called, {}
        if found:
            for reported in self._reported.values():
                reported.clear()
        fired = self._fired[:]
        del self._fired[: len(fired)]  # A thread may have added to it.
        library, tests = self._codes.library, self._codes.tests
        started = cast("list[CodeType]", fired[::2])
        for code, caller in zip(started, fired[1::2], strict=True):
            key = library[identity(code)]
            found[key] = found.get(key, 0) | tests.get(identity(caller), 0)
        self._arm({identity(code): code for code in started}.values())
        return found

    def objects(self) -> Mapping[str, object]:
        """Return the called objects without code of the library, by ``module:qualname``."""
        return self._callees.objects

    def watches(self, function: FunctionType) -> bool:
        """Return whether the start of *function*, of the library, is reported."""
        return identity(function.__code__) in self._codes.library

    def leave_alone(self, _: FunctionType | None) -> bool:
        """Return False: no code is changed."""
        return False

    def prepare(self, path: str) -> None:
        """Do nothing: a child watches as this process does."""

    def report_to(self, report: Callable[[str], object]) -> None:
        """Report at once what is executed from now on, in a forked child."""
        self._fired = _Reported(lambda code: report(self._codes.library[identity(code)]))
        self._called = Called(report)

    def close(self) -> None:
        """Stop, and free the tool id."""
        self._hook.remove()
        self._doctests.remove()
        monitoring, tool = sys.monitoring, self._tool
        for code in (*self._codes.living(), *self._forwarders.values()):
            monitoring.set_local_events(tool, code, 0)
        for event in (_START, monitoring.events.PY_RESUME, _CALL):
            monitoring.register_callback(tool, event, None)
        monitoring.free_tool_id(tool)

    # Watching.

    def _load(self, loader: Loader, name: str, owner: Owner) -> CodeType | None:
        code = own_code(loader, name)
        if code is not None:
            self._watch(code, name, owner)
        return code

    def _watch(self, code: CodeType, module: str, owner: Owner) -> None:
        for function in self._codes.add(code, module, owner):
            sys.monitoring.set_local_events(self._tool, function, self._events(function))

    def _compiled_example(self, *args: Any) -> CodeType:
        code: CodeType = compile(*args)
        for part in self._codes.add_example(code):
            sys.monitoring.set_local_events(self._tool, part, _CALL)
        return code

    def _events(self, code: CodeType) -> int:
        return _CALL if identity(code) in self._codes.tests else _start_events(code)

    def _arm(self, fired: Iterable[CodeType]) -> None:
        set_events, tool = sys.monitoring.set_local_events, self._tool
        muted, self._muted, self._calls = self._muted, {}, {}
        for code in fired:
            set_events(tool, code, 0)
            set_events(tool, code, _start_events(code))
        for code in muted.values():
            set_events(tool, code, 0)
            set_events(tool, code, _CALL)

    # The callbacks. They run inside the user's tests, with all our events suspended.

    def _register(self) -> None:
        register, events = sys.monitoring.register_callback, sys.monitoring.events
        # Python 3.12 has no event for `function(*arguments)`, by which forwarders call.
        seen = self._started if sys.version_info >= (3, 13) else self._started_forwarded
        register(self._tool, _START, seen)
        register(self._tool, events.PY_RESUME, self._resumed)
        register(self._tool, _CALL, self._call)

    def _started(self, code: CodeType, _: int) -> object:
        try:
            caller = _getframe(2).f_code
        except ValueError:  # It has no caller: a thread starts with it.
            caller = None
        self._fired.extend((code, caller))
        return sys.monitoring.DISABLE

    def _started_forwarded(self, code: CodeType, _: int) -> object:
        try:
            frame: FrameType | None = _getframe(2)
        except ValueError:
            frame = None
        while frame is not None and identity(frame.f_code) in self._forwarders:
            frame = frame.f_back
        self._fired.extend((code, None if frame is None else frame.f_code))
        return sys.monitoring.DISABLE

    def _resumed(self, code: CodeType, _: int) -> object:
        self._fired.extend((code, None))  # Who resumes a generator does not call it.
        return sys.monitoring.DISABLE

    def _call(self, code: CodeType, offset: int, callee: object, first: object) -> object:
        caller = identity(code)
        number = self._calls[caller] = self._calls.get(caller, 0) + 1
        if type(callee) is MethodType:  # Each access makes a new method of the same function.
            if first is None and _ends_with(code, offset, callee.__func__):
                return None
            callee = callee.__func__
        flags = self._codes.tests.get(caller)
        if flags is None:
            flags, number = self._flags_of_forwarded(_getframe(1)), 0
            if not flags:
                return None
        reported = self._reported[flags]
        if identity(callee) not in reported:
            # `suppress` would take longer than everything else here.
            try:
                for key in self._callees.keys(callee):
                    self._called[key] = self._called.get(key, 0) | flags
                if self._callees.holds(callee):
                    reported.add(identity(callee))
            except Exception:  # noqa: BLE001, S110  # an exception here would be raised in the user's test
                pass
        if number < _MOST_CALLS:
            return None
        self._muted[caller] = code
        return sys.monitoring.DISABLE

    def _flags_of_forwarded(self, frame: FrameType | None) -> int:
        """Return the flags of the test's code that has called the forwarder that runs in *frame*."""
        while frame is not None and identity(frame.f_code) in self._forwarders:
            frame = frame.f_back
        return 0 if frame is None else self._codes.tests.get(identity(frame.f_code), 0)


def _ends_with(code: CodeType, offset: int, function: object) -> bool:
    """Return whether the call at *offset*, of a method with the first argument None, ends a ``with``.

    There is an event only where no exception ends the ``with``, and none for its start. A call in the source
    passes three arguments.
    """
    return (
        type(function) is FunctionType
        and function.__name__ in _EXITS
        and code.co_code[offset + 1] == _END_OF_WITH
    )


class _Reported(list[CodeType | None]):
    """A list that reports the functions that it is extended by, each with its caller."""

    def __init__(self, report: Callable[[CodeType | None], object]) -> None:
        super().__init__()
        self._report = report

    def extend(self, pair: Iterable[CodeType | None]) -> None:
        code, _ = pair
        self._report(code)


def _start_events(code: CodeType) -> int:
    # A generator or coroutine that was started earlier, perhaps by another test, is seen when it resumes.
    return _START_OR_RESUME if code.co_flags & _RESUMED else _START


def _free_tool_id() -> int:
    for tool_id in _TOOL_IDS:
        if sys.monitoring.get_tool(tool_id) is None:
            sys.monitoring.use_tool_id(tool_id, "this-tests")
            return tool_id
    taken = " and ".join(f"{tool_id} by {sys.monitoring.get_tool(tool_id)!r}" for tool_id in _TOOL_IDS)
    raise ObservingError(f"sys.monitoring has no free tool id: {taken}")
