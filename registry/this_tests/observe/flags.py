"""Flags and witnesses: the objects in instrumented code.

A flag in each function of the library reports that the function starts; a witness in each call of a
test file reports what is called. Instrumented code holds the flags as constants. Code that is copied to
another process imports them from here, and there they do nothing.
"""

from collections.abc import Callable
from sys import _getframe  # imported by name: a test may delete it from `sys`
from types import CodeType, MethodType
from typing import Final, TypeVar

from ..observations.relation import BODY, DIRECT
from .identity import identity

__all__ = [
    "Fired",
    "Flag",
    "Witness",
    "body",
    "helper",
    "reported_by_bodies",
    "reported_by_helpers",
    "witnesses",
]

_T = TypeVar("_T")


class Fired(list[tuple["Flag", CodeType | None]]):
    """The flags that were hit, with their callers. A forked child sets another ``append`` on the instance."""


class Flag:
    """A flag in the code of a function of the library: ``if flag.armed: flag.hit()``.

    Attributes:
        armed: Whether the next start of the function is reported.
        key: The function, as ``module:qualname``.
    """

    __slots__ = ("_fired", "armed", "key")

    def __init__(self, key: str = "", fired: Fired | None = None) -> None:
        self.key = key
        self.armed = fired is not None
        self._fired = Fired() if fired is None else fired

    def hit(self) -> bool:
        """Report that the function started, with its caller, once until it is armed again.

        Returns:
            Always False, for use in a lambda.
        """
        self.armed = False
        try:
            caller = _getframe(1).f_back
            self._fired.append((self, None if caller is None else caller.f_code))
        except RecursionError:
            # The stack is exhausted, and the next call of the function will raise the error.
            self.armed = True
        return False

    def __reduce__(self) -> tuple[type["Flag"], tuple[str]]:
        return Flag, (self.key,)


Witness = Callable[[object, int], object]

# The innermost session is last: a session of pytest may run inside a test of another.
witnesses: Final[list[Witness]] = []

# The ids of the callees that the innermost session has recorded in this phase: a loop over a million
# objects calls one function a million times, or one method, which is a new object of the same function
# at each access. Only objects that the session keeps alive are here, so that ids are not reused.
reported_by_bodies: Final[set[int]] = set()
reported_by_helpers: Final[set[int]] = set()


def body(callee: _T) -> _T:
    """Return *callee*, which the body of a test is about to call, and report it."""
    try:
        if (
            identity(callee) not in reported_by_bodies
            and (type(callee) is not MethodType or identity(callee.__func__) not in reported_by_bodies)  # type: ignore[attr-defined]  # a method
            and witnesses
        ):
            witnesses[-1](callee, DIRECT | BODY)
    except RecursionError:
        pass  # The stack is exhausted, and the call itself will raise the error.
    return callee


def helper(callee: _T) -> _T:
    """Return *callee*, which a fixture or a helper in a test file is about to call, and report it."""
    try:
        if (
            identity(callee) not in reported_by_helpers
            and (type(callee) is not MethodType or identity(callee.__func__) not in reported_by_helpers)  # type: ignore[attr-defined]  # a method
            and witnesses
        ):
            witnesses[-1](callee, DIRECT)
    except RecursionError:
        pass  # The stack is exhausted, and the call itself will raise the error.
    return callee
