"""What instrumented code holds on to: a flag in each function, a witness of each call in tests.

Instrumented code is not reached by a name but holds these objects themselves. A copy of such code
in another process finds them here, where they then do nothing.
"""

from collections.abc import Callable
from sys import _getframe  # by name: a test may take it away from `sys`
from types import CodeType, MethodType
from typing import Final, TypeVar

from ..observations.relation import BODY, DIRECT

__all__ = ["Fired", "Flag", "Witness", "body", "helper", "told_by_bodies", "told_by_helpers", "witnesses"]

_T = TypeVar("_T")

Fired = list[tuple["Flag", CodeType | None]]


class Flag:
    """Stands in the code of a function of the library: ``if flag.armed: flag.hit()``.

    Attributes:
        armed: Whether the next start of the function is to be told.
        key: The function, as ``module:qualname``.
    """

    __slots__ = ("_fired", "armed", "key")

    def __init__(self, key: str = "", fired: Fired | None = None) -> None:
        self.key = key
        self.armed = fired is not None
        self._fired: Fired = [] if fired is None else fired

    def hit(self) -> bool:
        """Tell that the function started, and who called it; until armed again, tell no more.

        Returns:
            Always False, for use in a lambda.
        """
        self.armed = False
        try:
            caller = _getframe(1).f_back
            self._fired.append((self, None if caller is None else caller.f_code))
        except RecursionError:
            # The stack is at its end, and what the function calls next will say so.
            self.armed = True
        return False

    def __reduce__(self) -> tuple[type["Flag"], tuple[str]]:
        return Flag, (self.key,)


Witness = Callable[[object, int], object]

# The innermost session last: a session of pytest may run inside a test of another.
witnesses: Final[list[Witness]] = []

# By id, what the innermost session knows already of this phase: a loop over a million objects calls
# one function a million times, or one method, which is another object at each access, of a function
# that stays. Only what the session holds is here, so that an id stays its own.
told_by_bodies: Final[set[int]] = set()
told_by_helpers: Final[set[int]] = set()


def body(callee: _T) -> _T:
    """Return *callee*, which the body of a test is about to call, and tell of it."""
    try:
        if (
            id(callee) not in told_by_bodies
            and (type(callee) is not MethodType or id(callee.__func__) not in told_by_bodies)  # type: ignore[attr-defined]  # a method
            and witnesses
        ):
            witnesses[-1](callee, DIRECT | BODY)
    except RecursionError:
        pass  # The stack is at its end, and the call itself will say so.
    return callee


def helper(callee: _T) -> _T:
    """Return *callee*, which a fixture or a helper in a test file is about to call, and tell of it."""
    try:
        if (
            id(callee) not in told_by_helpers
            and (type(callee) is not MethodType or id(callee.__func__) not in told_by_helpers)  # type: ignore[attr-defined]  # a method
            and witnesses
        ):
            witnesses[-1](callee, DIRECT)
    except RecursionError:
        pass  # The stack is at its end, and the call itself will say so.
    return callee
