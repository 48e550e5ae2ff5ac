"""Import finder that excludes this_tests from pytest's assertion rewriting.

pytest rewrites the package of each plugin. This one does not benefit from it, and would load three
times as slowly: the cached result is read again byte by byte, together with its source.

``this_tests/__init__.py`` imports this module before all others.
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
    """Return the spec of a module inside of this_tests; None for all others."""
    return PathFinder.find_spec(fullname, path, target) if fullname.startswith(_OURS) else None


def _install() -> None:
    """Make this module the first finder, if the package itself was loaded by an import hook."""
    finders: list[Any] = sys.meta_path  # A module with `find_spec` is a finder, but not for mypy.
    package = sys.modules[__package__].__spec__
    if package is not None and package.loader in finders:
        finders.insert(0, sys.modules[__name__])


_install()
