"""Instruments the modules of the library and the tests as they are imported."""

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
    """Return the code that *loader* loads without the hook."""
    # The method of its class, which the instance's own attribute hides.
    get_code = cast("Callable[[Loader, str], CodeType | None]", type(loader).get_code)
    return get_code(loader, name)


class ImportHook(MetaPathFinder):
    """A finder that passes the loading of the library's and the tests' modules to *load*.

    It finds no modules itself. Modules keep the spec and the loader that the other finders return;
    only a plain file loader gets a ``get_code`` on the instance, until it is called. So pytest's assertion
    rewriter, which has its own loader, is not affected, and the loader of a module is as it would be
    without the hook: it can be pickled.

    Args:
        load: Loads the code of a module.
        look: Called with the spec of each module, of any library.
    """

    def __init__(
        self, code_owners: CodeOwners, load: Load, look: Callable[[ModuleSpec], object] = lambda _: None
    ) -> None:
        self._code_owners = code_owners
        self._load = load
        self._look = look

    def install(self) -> None:
        """Insert this finder before all others."""
        sys.meta_path.insert(0, self)

    def remove(self) -> None:
        """Remove this finder."""
        with suppress(ValueError):
            sys.meta_path.remove(self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec that the finders after this one find, with its loader patched."""
        for finder in self._others():
            spec = finder.find_spec(fullname, path, target)
            if spec is not None:
                self._look(spec)
                self._patch_loader(spec)
                return spec
        return None

    def _others(self) -> "Sequence[MetaPathFinderProtocol]":
        finders = list(sys.meta_path)
        return finders[finders.index(self) + 1 :] if self in finders else finders

    def _patch_loader(self, spec: ModuleSpec) -> None:
        loader = spec.loader
        if not isinstance(loader, Loader) or not spec.origin:
            return
        if owner := self._code_owners.owner(spec.origin, spec.name):
            load = self._load

            def get_code(name: str) -> CodeType | None:
                vars(loader).pop("get_code", None)
                return load(loader, name, owner)

            # An attribute of this instance, which mypy takes for the method of the class.
            setattr(loader, "get_code", get_code)  # noqa: B010
