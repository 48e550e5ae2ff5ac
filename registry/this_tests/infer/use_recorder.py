"""Records that a test uses functions of the library."""

from dataclasses import dataclass

from .frames import Frame
from .library_modules import LibraryModules
from .usage import Role
from .values import FunctionValue

__all__ = ["UseRecorder", "is_comparison", "is_constructor"]

_COMPARISONS = frozenset({"lt", "gt", "le", "ge", "eq", "ne"})


@dataclass(eq=False, kw_only=True)
class UseRecorder:
    """Records uses in the trace of a frame.

    Args:
        library: The modules whose functions are recorded.
    """

    library: LibraryModules

    def record(self, function: FunctionValue, frame: Frame, *roles: Role) -> None:
        """Record that the test uses a function, if it is one of the library's."""
        if frame.trace is not None and function.module in self.library:
            frame.trace.add(function, *roles)


def is_comparison(function: FunctionValue) -> bool:
    """Return whether a function is a special method for a comparison."""
    return function.last.strip("_") in _COMPARISONS


def is_constructor(function: FunctionValue) -> bool:
    """Return whether a function makes objects of its class."""
    return function.last in ("__init__", "__new__")
