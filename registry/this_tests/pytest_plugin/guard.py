"""Guard: exceptions inside this-tests are reported at the end of the session and never fail a test."""

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

__all__ = ["SafeHooks", "never_raises"]

_P = ParamSpec("_P")
_T = TypeVar("_T")
_S = TypeVar("_S", bound="SafeHooks")


class SafeHooks:
    """Base class of hook objects that collect their exceptions.

    Attributes:
        problems: Descriptions of the exceptions, without duplicates.
    """

    def __init__(self) -> None:
        self.problems: dict[str, None] = {}


def never_raises(hook: Callable[Concatenate[_S, _P], _T]) -> Callable[Concatenate[_S, _P], _T | None]:
    """Return *hook* so that it adds exceptions to its object's ``problems`` and returns None instead."""

    # `wraps` keeps the argument names, by which pytest calls hooks.
    @functools.wraps(hook)
    def safely(self: _S, /, *args: _P.args, **kwargs: _P.kwargs) -> _T | None:
        try:
            return hook(self, *args, **kwargs)
        except Exception as error:  # noqa: BLE001  # whatever it is, the user's tests go on
            self.problems[f"{hook.__name__}: {type(error).__name__}: {error}"] = None
            return None

    return safely
