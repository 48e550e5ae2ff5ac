"""Where each callable of a library lies: its modules, attributes and classes.

The index is built from dictionaries alone (``vars`` of loaded modules and classes), so that
no lazy attribute is touched. Objects are told apart by identity and held, never compared.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from types import FunctionType, ModuleType
from typing import cast

from .peek import MISSING, attributes, is_class, is_module, lookup, members, mro, peek, peek_str

__all__ = ["Index", "is_dunder", "is_public", "normal"]

_WRAPPERS = (staticmethod, classmethod)


def is_dunder(name: str) -> bool:
    """Return whether *name* is one of the special names of the language."""
    return name.startswith("__") and name.endswith("__")


def is_public(path: str) -> bool:
    """Return whether no part of the dotted *path* begins with an underscore, special names aside."""
    return "._" not in path or all(not part.startswith("_") or is_dunder(part) for part in path.split("."))


def normal(raw: object) -> object:
    """Return what stands for *raw*, a class's member as it lies there: the function inside."""
    kind = type(raw)
    if kind is FunctionType or not (kind in _WRAPPERS or _is_instancemethod(kind)):
        return raw
    inner = peek(raw, "__func__")
    return raw if inner is MISSING else normal(inner)


class Index:
    """The callables of the loaded modules of a library, by identity.

    Attributes:
        modules: The modules looked at, by their name in ``sys.modules``.
    """

    def __init__(self, library: tuple[str, ...], modules: Mapping[str, ModuleType]) -> None:
        self.library = library
        self.modules: dict[str, ModuleType] = {}
        # Both map an id to a flat list: the object, then pairs of a place and a name there.
        self._bound: dict[int, list[object]] = {}
        self._owned: dict[int, list[object]] = {}
        self._module_names: dict[int, list[str]] = {}
        self._class_names: dict[int, tuple[str, ...]] = {}
        self._indexed: dict[int, type] = {}
        self._sorts: dict[type, str] = {}
        self.extend(modules)

    def extend(self, modules: Mapping[str, ModuleType]) -> None:
        """Take in more *modules*."""
        self.modules.update(modules)
        self._class_names.clear()
        self.__dict__.pop("_heirs", None)
        classes: list[type] = []
        for name, module in modules.items():
            self._add_module(name, module, classes)
        for each in classes:
            self._add_class(each)

    def is_ours(self, name: object) -> bool:
        """Return whether *name* is the dotted name of something inside the library."""
        return type(name) is str and name.partition(".")[0] in self.library

    def owns_class(self, cls: type) -> bool:
        """Return whether *cls* was made by the library."""
        return id(cls) in self._indexed

    def places(self, target: object) -> Iterator[tuple[str, str]]:
        """Yield the modules (by name) and attributes that *target* lies at."""
        yield from _pairs(self._bound, target)  # type: ignore[misc]  # of names of modules, as put

    def owners(self, target: object) -> Iterator[tuple[type, str]]:
        """Yield the classes and attributes that *target*, a member of classes, lies at."""
        yield from _pairs(self._owned, target)  # type: ignore[misc]  # of classes, as put

    def knows(self, target: object) -> bool:
        """Return whether *target* lies at any place of the library."""
        for table in (self._bound, self._owned):
            found = table.get(id(target))
            if found is not None and found[0] is target:
                return True
        return False

    def module_names(self, name: str) -> tuple[str, ...]:
        """Return the names of a module: its own, then those that its packages give it."""
        module = self.modules.get(name)
        return (name, *self._module_names.get(id(module), ()))

    def paths(self, target: object) -> tuple[str, ...]:
        """Return the dotted paths from modules to *target*."""
        return tuple(
            f"{name}.{attribute}"
            for module, attribute in self.places(target)
            for name in self.module_names(module)
        )

    def class_names(self, cls: type) -> tuple[str, ...]:
        """Return all paths to a class, those through other classes last."""
        known = self._class_names.get(id(cls))
        if known is None:
            # Recursion ends: a class may hold itself.
            self._class_names[id(cls)] = self.paths(cls)
            nested = [
                f"{outer}.{attribute}"
                for owner, attribute in self.owners(cls)
                if owner is not cls
                for outer in self.class_names(owner)
            ]
            known = self._class_names[id(cls)] = (*self.paths(cls), *nested)
        return known

    def heirs(self, cls: type) -> tuple[type, ...]:
        """Return the classes of the library that inherit from *cls*."""
        return tuple(self._heirs.get(id(cls), ()))

    def walk(self, path: str) -> Iterator[tuple[object, str, object]]:
        """Yield what *path* may lead to: the container, the name in it, and the object there.

        The longest module comes first, for a function may hide the submodule of its name.
        """
        parts = path.split(".")
        for length in range(len(parts) - 1, 0, -1):
            container: object = self.modules.get(".".join(parts[:length]), MISSING)
            for part in parts[length:-1]:
                container = self.inside(self.member(container, part))
            found = self.member(container, parts[-1])
            if found is not MISSING:
                yield container, parts[-1], found

    def member(self, container: object, name: str) -> object:
        """Return what *name* is bound to in a module, a class or an instance, as it lies there."""
        if container is MISSING:
            return MISSING
        if is_class(container):
            return lookup(container, name)
        found = attributes(container).get(name, MISSING)
        if found is MISSING and is_module(container):
            return self.modules.get(f"{peek_str(container, '__name__')}.{name}", MISSING)
        return lookup(type(container), name) if found is MISSING else found

    def inside(self, raw: object) -> object:
        """Return what a step further starts from: an accessor's class instead of the accessor."""
        return raw if _sort(type(raw)) != "custom" else next(_accessor_class(raw), raw)

    def _add_module(self, name: str, module: ModuleType, classes: list[type]) -> None:
        sorts, bound = self._sorts, self._bound
        for attribute, value in list(attributes(module).items()):
            kind = type(value)
            sort = sorts.get(kind)
            if sort is None:
                sort = sorts[kind] = _sort(kind)
            if sort == "module":
                self._add_inner_module(name, value, attribute)
            elif sort:
                _put(bound, value, name, attribute)
                if sort == "class":
                    classes.append(cast("type", value))

    def _add_inner_module(self, package: str, value: object, attribute: str) -> None:
        # `numpy.emath` is the module `numpy.lib._scimath_impl`; `import torch` inside of torch is nothing.
        inner = peek_str(value, "__name__")
        if inner.startswith(f"{package}.") and inner != f"{package}.{attribute}":
            self._module_names.setdefault(id(value), []).append(f"{package}.{attribute}")

    def _add_class(self, cls: type) -> None:
        for each in mro(cls):
            if id(each) not in self._indexed and self.is_ours(_home(each)):
                self._indexed[id(each)] = each
                self._add_members(each)

    def _add_members(self, cls: type) -> None:
        sorts, owned = self._sorts, self._owned
        for attribute, value in list(members(cls).items()):
            kind = type(value)
            sort = sorts.get(kind)
            if sort is None:
                sort = sorts[kind] = _sort(kind)
            if sort in _UNUSUAL:
                self._add_unusual(cls, attribute, value, sort)
            elif sort:
                _put(owned, value, cls, attribute)

    def _add_unusual(self, cls: type, attribute: str, value: object, sort: str) -> None:
        inner = normal(value)
        _put(self._owned, inner, cls, attribute)
        for each in _behind(inner, attribute, sort):
            _put(self._owned, each, cls, attribute)
        if sort == "class" and self.is_ours(_home(value)):
            self._add_class(cast("type", value))

    @cached_property
    def _heirs(self) -> dict[int, list[type]]:
        found: dict[int, list[type]] = {}
        for cls in self._indexed.values():
            for base in mro(cls)[1:]:
                found.setdefault(id(base), []).append(cls)
        return found


def _put(table: dict[int, list[object]], target: object, place: object, name: str) -> None:
    known = table.get(id(target))
    if known is None:
        table[id(target)] = [target, place, name]
    else:
        known += (place, name)


def _pairs(table: Mapping[int, list[object]], target: object) -> Iterator[tuple[object, str]]:
    found = table.get(id(target))
    if found is not None and found[0] is target:
        yield from zip(found[1::2], found[2::2], strict=True)  # type: ignore[misc]  # pairs, as put


def _sort(kind: type) -> str:
    """Return what objects of a type are to the index; nothing for numbers, texts, constants."""
    if issubclass(kind, ModuleType):
        return "module"
    if issubclass(kind, type):
        return "class"
    if kind in _WRAPPERS or _is_instancemethod(kind):
        return "wrapped"
    getter = lookup(kind, "__get__")
    if kind is property or type(getter) is FunctionType:
        return "property" if kind is property else "custom"
    return "plain" if getter is not MISSING or lookup(kind, "__call__") not in (MISSING, None) else ""


_UNUSUAL = frozenset({"class", "wrapped", "property", "custom"})


def _home(cls: object) -> object:
    return peek(cls, "__module__")


def _is_instancemethod(kind: type) -> bool:
    # pybind11's wrapper around its methods: a type of CPython without a public name.
    return peek(kind, "__name__") == "instancemethod" and _home(kind) == "builtins"


def _behind(raw: object, attribute: str, sort: str) -> Iterator[object]:
    """Yield the callables that answer for *raw*, a member of a class."""
    if sort == "property":
        getter = peek(raw, "fget")
        if getter not in (MISSING, None):
            yield normal(getter)
    elif sort == "custom":
        yield from _accessor_class(raw)
        # A descriptor such as `cached_property` keeps the function that it was given.
        for value in attributes(raw).values():
            if type(value) is FunctionType and value.__name__ == attribute:
                yield value


def _accessor_class(raw: object) -> Iterator[type]:
    """Yield the class that an accessor, such as pandas' ``Series.str``, gives for its class.

    Of all descriptors written in Python it is the one that keeps nothing but a name and a class.
    """
    kept = list(attributes(raw).values())
    classes = [each for each in kept if is_class(each)]
    if len(classes) == 1 and any(type(each) is str for each in kept):
        yield classes[0]  # type: ignore[misc]  # a class, as just asked
