"""Failures of ours: kept for the end of the session, so that the user's tests go on."""

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

__all__ = ["Guarded", "guarded"]

_P = ParamSpec("_P")
_T = TypeVar("_T")
_S = TypeVar("_S", bound="Guarded")


class Guarded:
    """Something whose failures are kept, and fail nothing.

    Attributes:
        problems: What went wrong, each once.
    """

    def __init__(self) -> None:
        self.problems: dict[str, None] = {}


def guarded(hook: Callable[Concatenate[_S, _P], _T]) -> Callable[Concatenate[_S, _P], _T | None]:
    """Return *hook* with its failures kept in its object's ``problems``, answering None then."""

    # `wraps` keeps the names of the arguments, by which pytest calls hooks.
    @functools.wraps(hook)
    def safely(self: _S, /, *args: _P.args, **kwargs: _P.kwargs) -> _T | None:
        try:
            return hook(self, *args, **kwargs)
        except Exception as error:  # noqa: BLE001  # whatever it is, the user's tests go on
            self.problems[f"{hook.__name__}: {type(error).__name__}: {error}"] = None
            return None

    return safely
