"""A look at the code of modules as they are loaded."""

import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader, SourcelessFileLoader
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, cast

from .code_owner import CodeOwners, Owner

if TYPE_CHECKING:
    from _typeshed.importlib import MetaPathFinderProtocol

__all__ = ["ImportHook", "Load", "Loader", "own_code"]

Loader = SourceFileLoader | SourcelessFileLoader
Load = Callable[[Loader, str, Owner], CodeType | None]


def own_code(loader: Loader, name: str) -> CodeType | None:
    """Return the code that *loader* would load if nobody watched it."""
    # The method of its class, which the instance's own attribute hides.
    get_code = cast("Callable[[Loader, str], CodeType | None]", type(loader).get_code)
    return get_code(loader, name)


class ImportHook(MetaPathFinder):
    """Hands the loading of the library's and the tests' modules to *load*.

    It finds nothing itself. What the other finders find keeps its spec and its loader; only
    where that is a plain loader of files, the instance gets a ``get_code`` of its own. So
    pytest's assertion rewriter, which has a loader of its own, goes on as ever.

    Args:
        look: Sees the spec of every module, of whatever library.
    """

    def __init__(
        self, scope: CodeOwners, load: Load, look: Callable[[ModuleSpec], object] = lambda _: None
    ) -> None:
        self._scope = scope
        self._load = load
        self._look = look

    def install(self) -> None:
        """Stand before all other finders."""
        sys.meta_path.insert(0, self)

    def remove(self) -> None:
        """Go."""
        with suppress(ValueError):
            sys.meta_path.remove(self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return what the finders behind this one find, its loader watched."""
        for finder in self._others():
            spec = finder.find_spec(fullname, path, target)
            if spec is not None:
                self._look(spec)
                self._watch(spec)
                return spec
        return None

    def _others(self) -> "Sequence[MetaPathFinderProtocol]":
        finders = list(sys.meta_path)
        return finders[finders.index(self) + 1 :] if self in finders else finders

    def _watch(self, spec: ModuleSpec) -> None:
        loader = spec.loader
        if not isinstance(loader, Loader) or not spec.origin:
            return
        if owner := self._scope.owner(spec.origin, spec.name):
            load = self._load

            def get_code(name: str) -> CodeType | None:
                return load(loader, name, owner)

            # An attribute of this one instance, which mypy takes for the method of the class.
            setattr(loader, "get_code", get_code)  # noqa: B010
