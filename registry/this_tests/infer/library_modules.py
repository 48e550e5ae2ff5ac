"""Tells the modules of the library from those of tests, also of the tests that the library ships."""

from collections.abc import Sequence

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
        parts = module.split(".")
        return parts[0] in self._tops and not ("tests" in parts or _is_test_file(parts[-1]))

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


def _is_test_file(name: str) -> bool:
    return name == "conftest" or name.startswith("test_") or name.endswith("_test")
