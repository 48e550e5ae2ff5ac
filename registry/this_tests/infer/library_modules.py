"""Distinguishes the library's modules from those of tests, including tests that the library ships."""

from collections.abc import Sequence

from ..source.packages import is_test_module
from .values import ClassValue, FunctionValue, InstanceValue, Value

__all__ = ["LibraryModules"]


class LibraryModules:
    """The modules whose functions a test may be about.

    Args:
        tops: The import names of the library.
    """

    def __init__(self, tops: Sequence[str]) -> None:
        self._tops = frozenset(tops)

    def __contains__(self, module: str) -> bool:
        return module.partition(".")[0] in self._tops and not is_test_module(module)

    def defines(self, value: Value) -> bool:
        """Return whether a value is a function or a class of the library, or an instance of such a class."""
        match value:
            case (
                FunctionValue(module=module)
                | ClassValue(module=module)
                | InstanceValue(of=ClassValue(module=module))
            ):
                return module in self
        return False
