"""Finds the modules of a library that are for its users, and what modules offer, from source alone."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

from .definitions import Definitions
from .lineage import above
from .packages import is_hidden_module
from .re_exports import ReExports
from .scopes import Imported, Scope, Value

__all__ = ["PublicModules", "ReadReExports"]


class ReadReExports(ReExports):
    """The re-exports in sources that are read anyway."""

    def __init__(self, places: Mapping[str, Path], definitions: Definitions) -> None:
        super().__init__(places, definitions)
        self._definitions = definitions

    def _words(self) -> Iterator[tuple[str, bool, set[bytes]]]:
        packages = frozenset(self._definitions.packages())
        for module in self._definitions.files:
            scope = None if is_hidden_module(module) else self._definitions.scope(module)
            if scope is not None:
                words = {word.encode() for word in _words_in(scope)}
                yield module, module in packages or scope.listed is not None, words


def _words_in(scope: Scope) -> Iterator[str]:
    yield from scope.names
    if scope.stars:
        yield "*"
    for bound in scope.names.values():
        if isinstance(bound, Imported):
            yield bound.attribute
        elif isinstance(bound, Value):
            yield bound.alias.rpartition(".")[2]


class PublicModules:
    """The modules that users import from.

    A module is internal, whatever its name, if a package above it re-exports something from it, or from a
    module below it, and no package shows the module itself: lists it in ``__all__``, or imports it as a
    module. So is all below an internal module. A package that re-exports nothing has public modules.
    """

    def __init__(self, definitions: Definitions, re_exports: ReExports) -> None:
        self._definitions = definitions
        self._re_exports = re_exports
        self._known: dict[str, bool] = {}

    def __contains__(self, module: str) -> bool:
        if module not in self._known:
            self._known[module] = not is_hidden_module(module) and (
                module in self._shown or (module not in self._sources and self.has_public_package(module))
            )
        return self._known[module]

    def has_public_package(self, module: str) -> bool:
        """Return whether the package that a module lies in is public, or there is none."""
        package = module.rpartition(".")[0]
        return not package or package in self

    def offered(self, module: str) -> Iterator[str]:
        """Yield the names that a module offers.

        These are those in ``__all__``, or else those that it defines; for a package also those that it
        imports from the library's modules.
        """
        scope = self._definitions.scope(module)
        if scope is None:
            return
        listed = self._re_exports.list_of(module)
        if listed is not None:
            yield from sorted(listed - {"*"})
            if "*" not in listed:
                return
        names = dict.fromkeys(self._bound(module, scope))
        yield from (name for name in names if not name.startswith("_"))

    def _bound(self, module: str, scope: Scope) -> Iterator[str]:
        package = module in self._packages
        for name, bound in scope.names.items():
            if not isinstance(bound, Imported) or (package and bound.module in self._definitions.files):
                yield name
        for star in scope.stars if package else ():
            if star in self._definitions.files:
                yield from sorted(self._re_exports.given_by(star) - {"*"})

    @cached_property
    def _packages(self) -> frozenset[str]:
        return frozenset(self._definitions.packages())

    @cached_property
    def _visible(self) -> dict[str, Scope]:
        """The scopes of the packages that may speak for the modules below them."""
        found = {
            package: self._definitions.scope(package)
            for package in self._packages
            if not is_hidden_module(package)
        }
        return {package: scope for package, scope in found.items() if scope is not None}

    @cached_property
    def _sources(self) -> frozenset[str]:
        """The modules from which, or from below which, a package above them re-exports something."""
        return frozenset(
            module
            for package in self._visible
            for name in self.offered(package)
            for origin in self._definitions.of(f"{package}.{name}")
            for module in above(origin)
            if module.startswith(f"{package}.")
        )

    @cached_property
    def _shown(self) -> frozenset[str]:
        """The modules that a package above them lists, or imports as modules."""
        return frozenset(
            module
            for package, scope in self._visible.items()
            for module in (
                *_imported(scope),
                *(f"{package}.{name}" for name in self._re_exports.list_of(package) or ()),
            )
            if module.startswith(f"{package}.") and module in self._definitions.files
        )


def _imported(scope: Scope) -> Iterator[str]:
    """Yield what a scope may import as a module."""
    yield from scope.modules
    for name, bound in scope.names.items():
        if isinstance(bound, Imported) and not name.startswith("_"):
            yield ".".join(filter(None, (bound.module, bound.attribute)))
