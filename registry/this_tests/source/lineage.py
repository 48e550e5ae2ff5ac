"""Ranks the modules that may name an object: those that made it, and the packages above them.

They are loaded wherever the object is, so that a name chosen among them does not depend on what else is
loaded.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

__all__ = ["UNRELATED", "Lineage", "above"]

_ANCESTOR: Final = 8
# The rank of modules that are neither home nor ancestor.
UNRELATED: Final = 9


class Lineage(msgspec.Struct, frozen=True):
    """The modules that may name an object.

    Attributes:
        homes: Those that made it: the one in its ``__module__`` first.
        ancestors: The packages above them.
        promoted: Whether one of the ancestors promotes it: lists it in ``__all__`` or, without such
            a list, imports it by name.
    """

    homes: tuple[str, ...]
    ancestors: frozenset[str]
    promoted: bool = False

    def rank(self, module: str) -> tuple[int, int]:
        """Return the rank of *module* among those that bind the object: the least is best.

        An ancestor that promotes the object speaks for all of them, of which the shortest comes first.
        Otherwise the home comes first. Any other module comes last.
        """
        if self.promoted and module in self.ancestors:
            return 0, module.count(".")
        if module in self.homes:
            return 1 + self.homes.index(module), 0
        return (_ANCESTOR, module.count(".")) if module in self.ancestors else (UNRELATED, 0)

    def is_related(self, module: str) -> bool:
        """Return whether *module* is a home or an ancestor."""
        return module in self.ancestors or module in self.homes


def above(module: str) -> Iterator[str]:
    """Yield the packages that *module* lies in, the nearest first."""
    while module := module.rpartition(".")[0]:
        yield module
