"""Our modules as Python loads them, where pytest would rewrite their asserts.

pytest rewrites the package of each plugin. Ours has nothing to gain from that, and loads three times
as slowly: what was rewritten and cached is read again byte by byte, and its source beside it.

The face imports this module before all others.
"""

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

__all__ = ["find_spec"]

_OURS = f"{__package__}."


def find_spec(
    fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
) -> ModuleSpec | None:
    """Return where a module inside of our package lies; None for all others."""
    return PathFinder.find_spec(fullname, path, target) if fullname.startswith(_OURS) else None


def _stand_first() -> None:
    """Have our modules found by `find_spec`, if what found our package is a hook that loads it, too."""
    finders: list[Any] = sys.meta_path  # A module with our function is one, which mypy does not see.
    package = sys.modules[__package__].__spec__
    if package is not None and package.loader in finders:
        finders.insert(0, sys.modules[__name__])


_stand_first()
