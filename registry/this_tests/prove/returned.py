"""Records which functions run, and the kinds of the values that they return."""

import opcode
import sys
import threading
from collections.abc import Callable, Iterable
from types import CodeType, FrameType

from .replacements import YIELDED, kind_of

__all__ = ["Returned"]

_YIELD = opcode.opmap["YIELD_VALUE"]
# More returns from one place of the code tell nothing new.
_ENOUGH = 8


class Returned:
    """What some functions returned since the beginning.

    Attributes:
        entered: Whether one of them began to run; to be set back by the caller.
        code: The last one that did: of several with one name, such as stubs for overloads.
        kinds: The kinds of the values that they returned.
    """

    def __init__(self, codes: Iterable[CodeType]) -> None:
        self._codes = frozenset(codes)
        self.entered = False
        self.code: CodeType | None = None
        self.kinds: set[str] = set()

    def begin(self) -> None:
        """Record until the end of the process."""
        if sys.version_info >= (3, 12) and self._monitor():
            return
        threading.setprofile(self._profile)
        sys.setprofile(self._profile)

    def _profile(self, frame: FrameType, event: str, value: object) -> None:
        if frame.f_code in self._codes:
            if event == "call":
                self.entered, self.code = True, frame.f_code
            elif event == "return" and frame.f_code.co_code[frame.f_lasti] == _YIELD:
                self.kinds.add(YIELDED)
            elif event == "return":
                self._returned(frame, value)

    def _returned(self, frame: FrameType, value: object) -> None:
        code = frame.f_code
        first = frame.f_locals.get(code.co_varnames[0]) if code.co_argcount else None
        self.kinds.add(kind_of(value, first))

    if sys.version_info >= (3, 12):

        def _monitor(self) -> bool:
            """Use :mod:`sys.monitoring`, which costs less; return whether there is a free identifier."""
            monitoring = sys.monitoring
            free = [tool for tool in range(6) if monitoring.get_tool(tool) is None]
            if not free:
                return False
            tool, events = free[-1], monitoring.events
            monitoring.use_tool_id(tool, "this-tests prove")
            numbers: dict[tuple[CodeType, int], int] = {}

            def started(code: CodeType, _offset: int) -> None:
                self.entered, self.code = True, code

            def returned(code: CodeType, offset: int, value: object) -> object:
                self._returned(sys._getframe(1), value)
                number = numbers[code, offset] = numbers.get((code, offset), 0) + 1
                return monitoring.DISABLE if number >= _ENOUGH else None

            def yielded(_code: CodeType, _offset: int, _value: object) -> object:
                self.kinds.add(YIELDED)
                return monitoring.DISABLE

            callbacks: dict[int, Callable[..., object]] = {
                events.PY_START: started,
                events.PY_RETURN: returned,
                events.PY_YIELD: yielded,
            }
            for event, callback in callbacks.items():
                monitoring.register_callback(tool, event, callback)
            for code in self._codes:
                monitoring.set_local_events(tool, code, sum(callbacks))
            return True
