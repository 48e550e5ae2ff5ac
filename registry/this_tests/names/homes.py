"""Finds the modules that made a loaded object, and the packages above them."""

from collections.abc import Collection, Iterator, Sequence
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType

from ..source.lineage import Lineage, above
from ..source.scopes import Scope, read_scope
from .index import Index
from .introspection import (
    MISSING,
    attributes,
    home_of,
    is_class,
    is_module,
    members,
    module_of,
    peek,
    peek_str,
)
from .lazy_modules import declares, has_list, names_in

__all__ = ["Homes"]


class Homes:
    """The homes and ancestors of the objects of one index."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._scopes: dict[str, Scope | None] = {}
        self._above: dict[tuple[str, ...], frozenset[str]] = {}
        # The names in the `__all__` of each module; None if it has none.
        self._lists: dict[str, frozenset[str] | None] = {}

    def of(self, target: object, places: Sequence[tuple[str, str]]) -> Lineage:
        """Return the homes and ancestors of *target*, which is bound at these *places*."""
        holding = {module for module, _ in places}
        homes = tuple(dict.fromkeys(self._homes(target, holding)))
        ancestors = self._above.get(homes)
        if ancestors is None:
            ancestors = self._above[homes] = frozenset(package for home in homes for package in above(home))
        promoted = any(
            module in ancestors and self._promotes(module, attribute) for module, attribute in places
        )
        return Lineage(homes, ancestors, promoted)

    def _homes(self, target: object, holding: Collection[str]) -> Iterator[str]:
        module = module_of(target)
        if module in holding:
            yield module
        found = False
        for home in _makers(target):
            if self._index.is_ours(home):
                found = True
                yield home
        if not found and module not in holding:
            # Nothing in the object says where it is from: the C extension that holds it does.
            yield from (name for name in holding if _is_extension(self._index.modules.get(name)))

    def _promotes(self, module: str, attribute: str) -> bool:
        if module not in self._lists:
            listed = attributes(self._index.modules.get(module)).get("__all__")
            self._lists[module] = names_in(listed) if has_list(listed) else None
        listed_here = self._lists[module]
        if listed_here is not None:
            return attribute in listed_here
        return attribute[0] != "_" and self._imports(module, attribute)

    def _imports(self, module: str, attribute: str) -> bool:
        """Return whether *module* binds *attribute* by name, not by ``from … import *``."""
        loaded = self._index.modules.get(module)
        if loaded is None:
            return False
        scope = self._scope(module, loaded)
        # A module without stars binds by name whatever it binds.
        return scope is None or not scope.stars or attribute in scope.names or declares(loaded, attribute)

    def _scope(self, name: str, module: ModuleType) -> Scope | None:
        if name not in self._scopes:
            self._scopes[name] = _read(name, module)
        return self._scopes[name]


def _makers(target: object) -> Iterator[str]:
    """Yield the modules whose code made *target*, as far as the object tells."""
    if type(target) is MethodType:
        target = target.__func__
    kind = type(target)
    if type(target) is FunctionType:
        name = target.__globals__.get("__name__")
        if type(name) is str:
            yield name
    elif is_class(target):
        yield _home_of_first_method(target)
    elif type(target) is BuiltinFunctionType:
        yield from _makers_of_builtin(target)
    else:
        owner = peek(target, "__objclass__")
        cls = owner if is_class(owner) else kind
        yield peek_str(target, "__module__")
        yield home_of(cls)
        yield _home_of_first_method(cls)


def _makers_of_builtin(target: BuiltinFunctionType) -> Iterator[str]:
    yield module_of(target)
    owner = target.__self__
    if is_module(owner):
        yield peek_str(owner, "__name__")
    elif owner is not None:
        yield home_of(owner if is_class(owner) else type(owner))


def _home_of_first_method(cls: type) -> str:
    for value in members(cls).values():
        if type(value) is FunctionType:
            name = value.__globals__.get("__name__")
            return name if type(name) is str and value.__qualname__.startswith(f"{cls.__name__}.") else ""
    return ""


def _is_extension(module: object) -> bool:
    file = attributes(module).get("__file__", MISSING)
    return type(file) is str and file.endswith(tuple(EXTENSION_SUFFIXES))


def _read(name: str, module: ModuleType) -> Scope | None:
    file = attributes(module).get("__file__")
    if type(file) is not str or not file.endswith(".py"):
        return None
    is_package = "__path__" in attributes(module)
    try:
        modified = Path(file).stat().st_mtime_ns
    except OSError:
        return None
    return read_scope(Path(file), name if is_package else name.rpartition(".")[0], modified)
