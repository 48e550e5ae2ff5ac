"""Observing by ``sys.monitoring``, from Python 3.12 on."""

import sys
from collections.abc import Iterable, Mapping
from sys import _getframe  # by name: a test may take it away from `sys`
from types import CodeType, MethodType
from typing import cast

from ..errors import ObservingError
from ..observations.relation import BODY, DIRECT
from .callees import Callees
from .code_objects import Codes, Loaded
from .code_owner import CodeOwners, Owner
from .import_hook import ImportHook, Loader, own_code

__all__ = ["Monitoring"]

assert sys.version_info >= (3, 12)  # So that mypy knows it, too.

# Of the six ids, those that have no purpose of their own.
_TOOL_IDS = (4, 3)
# So many calls that one function of a test file makes are looked at in a phase; after that, each
# place in it once more. A test that loops a million times is not slowed down.
_MOST_CALLS = 256
_CALL = sys.monitoring.events.CALL
_START = sys.monitoring.events.PY_START
_START_OR_RESUME = _START | sys.monitoring.events.PY_RESUME
_RESUMED = 0x20 | 0x80 | 0x200  # CO_GENERATOR, CO_COROUTINE, CO_ASYNC_GENERATOR


class Monitoring:
    """Sees which functions of the library start, and what the code of test files calls.

    A function reports its first start, and is then disabled until `take` arms it again, by
    setting its own events to none and back: `sys.monitoring.restart_events` would wake what
    other tools have disabled, too.

    Raises:
        ObservingError: No tool id is free.
    """

    def __init__(self, scope: CodeOwners) -> None:
        self._scope = scope
        self._codes = Codes(scope)
        self._callees = Callees(scope, self._codes)
        # What started, and who called it, one after the other: pairs would be objects more for the
        # garbage collector to look at.
        self._fired: list[CodeType | None] = []
        self._called: dict[str, int] = {}
        # By the flags of the caller the ids of what it called already, in this phase or, where it
        # is nothing of the library, in any. Only what `Callees` holds is here, so that an id stays
        # its own.
        self._told: dict[int, set[int]] = {DIRECT: set(), DIRECT | BODY: set()}
        self._calls: dict[int, int] = {}
        self._muted: dict[int, CodeType] = {}
        self._hook = ImportHook(scope, self._load)
        self._tool = _free_tool_id()
        self._register()
        self._hook.install()

    def discover(self, loaded: Iterable[Loaded]) -> str:
        """Watch the functions of all that is *loaded* already; nothing is missed by that."""
        for function, module, owner in loaded:
            self._watch(function.__code__, module, owner)
        return ""

    def take(self) -> dict[str, int]:
        """Return what was executed since the last time, with `DIRECT` and `BODY`, and arm it again."""
        found, self._called = self._called, {}
        if found:
            for told in self._told.values():
                told.clear()
        fired = self._fired[:]
        del self._fired[: len(fired)]  # A thread may have added to it.
        library, tests = self._codes.library, self._codes.tests
        started = cast("list[CodeType]", fired[::2])
        for code, caller in zip(started, fired[1::2], strict=True):
            key = library[id(code)]
            found[key] = found.get(key, 0) | tests.get(id(caller), 0)
        self._arm({id(code): code for code in started}.values())
        return found

    def objects(self) -> Mapping[str, object]:
        """Return what was called by the tests and has no code of the library, by ``module:qualname``."""
        return self._callees.objects

    def close(self) -> None:
        """Stop, and give the tool id back."""
        self._hook.remove()
        monitoring, tool = sys.monitoring, self._tool
        for code in self._codes.held:
            monitoring.set_local_events(tool, code, 0)
        for event in (_START, monitoring.events.PY_RESUME, _CALL):
            monitoring.register_callback(tool, event, None)
        monitoring.free_tool_id(tool)

    # What is watched.

    def _load(self, loader: Loader, name: str, owner: Owner) -> CodeType | None:
        code = own_code(loader, name)
        if code is not None:
            self._watch(code, name, owner)
        return code

    def _watch(self, code: CodeType, module: str, owner: Owner) -> None:
        for each in self._codes.add(code, module, owner):
            sys.monitoring.set_local_events(self._tool, each, self._events(each))

    def _events(self, code: CodeType) -> int:
        return _CALL if id(code) in self._codes.tests else _starts(code)

    def _arm(self, fired: Iterable[CodeType]) -> None:
        set_events, tool = sys.monitoring.set_local_events, self._tool
        muted, self._muted, self._calls = self._muted, {}, {}
        for code in fired:
            set_events(tool, code, 0)
            set_events(tool, code, _starts(code))
        for code in muted.values():
            set_events(tool, code, 0)
            set_events(tool, code, _CALL)

    # What is seen. Both run inside the user's tests, with all events of ours suspended.

    def _register(self) -> None:
        register, events = sys.monitoring.register_callback, sys.monitoring.events
        register(self._tool, _START, self._started)
        register(self._tool, events.PY_RESUME, self._started)
        register(self._tool, _CALL, self._call)

    def _started(self, code: CodeType, _: int) -> object:
        try:
            caller = _getframe(2).f_code
        except ValueError:  # Nobody's: a thread begins with it.
            caller = None
        self._fired.extend((code, caller))
        return sys.monitoring.DISABLE

    def _call(self, code: CodeType, _: int, callee: object, __: object) -> object:
        place = id(code)
        number = self._calls[place] = self._calls.get(place, 0) + 1
        if type(callee) is MethodType:  # Made anew at each access, of a function that stays.
            callee = callee.__func__
        flags = self._codes.tests[place]
        told = self._told[flags]
        if id(callee) not in told:
            # `suppress` would take longer than all the rest.
            try:
                for key in self._callees.keys(callee):
                    self._called[key] = self._called.get(key, 0) | flags
                if self._callees.holds(callee):
                    told.add(id(callee))
            except Exception:  # noqa: BLE001, S110  # what we raise here would be raised in the user's test
                pass
        if number < _MOST_CALLS:
            return None
        self._muted[place] = code
        return sys.monitoring.DISABLE


def _starts(code: CodeType) -> int:
    # What was started earlier, perhaps by another test, is seen when it goes on.
    return _START_OR_RESUME if code.co_flags & _RESUMED else _START


def _free_tool_id() -> int:
    for each in _TOOL_IDS:
        if sys.monitoring.get_tool(each) is None:
            sys.monitoring.use_tool_id(each, "this-tests")
            return each
    taken = " and ".join(f"{each} by {sys.monitoring.get_tool(each)!r}" for each in _TOOL_IDS)
    raise ObservingError(f"sys.monitoring has no free tool id: {taken}")
