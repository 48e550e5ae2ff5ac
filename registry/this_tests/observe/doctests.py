"""Observes the code of doctests, which the standard library compiles example by example."""

import sys
from collections.abc import Callable
from types import CodeType, ModuleType

__all__ = ["DoctestCompiler"]

_MODULE = "doctest"
_NAME = "compile"
_MISSING = object()


class DoctestCompiler:
    """A replacement of the ``compile`` that the module ``doctest`` calls for each example.

    Args:
        compiled: Takes the arguments of ``compile``, and returns the code.
    """

    def __init__(self, compiled: Callable[..., CodeType]) -> None:
        self._compiled = compiled
        self._module: ModuleType | None = None
        self._before: object = _MISSING

    def install(self) -> None:
        """Replace ``compile`` if the module is loaded, once."""
        if self._module is None and (module := sys.modules.get(_MODULE)) is not None:
            # A global of the module, which has precedence over the built-in function.
            self._module, self._before = module, vars(module).get(_NAME, _MISSING)
            vars(module)[_NAME] = self._compiled

    def remove(self) -> None:
        """Restore the module."""
        if self._module is not None:
            if self._before is _MISSING:
                vars(self._module).pop(_NAME, None)
            else:
                vars(self._module)[_NAME] = self._before
