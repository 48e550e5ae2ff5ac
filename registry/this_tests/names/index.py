"""Where each callable of a library lies: its modules, attributes and classes.

The index is built from dictionaries alone (``vars`` of loaded modules and classes), so that
no lazy attribute is touched. Objects are told apart by identity and held, never compared.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from types import FunctionType, GenericAlias, ModuleType
from typing import Any, cast

from ..garbage import collector_paused
from .lazy import original, served
from .peek import (
    LONGEST_CHAIN,
    MISSING,
    attributes,
    class_name_of,
    home_of,
    is_built_in,
    is_class,
    is_module,
    lookup,
    members,
    mro,
    name_of,
    peek,
)

__all__ = ["Index", "behind", "normal"]

# What the members of a class are to the index; those of other sorts are put in as they are.
_UNUSUAL = frozenset({"class", "custom", "property", "wrapped"})


def normal(raw: object) -> object:
    """Return what stands for *raw*, a class's member as it lies there: the function inside."""
    for _ in range(LONGEST_CHAIN):
        kind = type(raw)
        if kind is FunctionType or kind is property or not _is_wrapper(kind):
            break
        inner = peek(raw, "__func__")
        if inner is MISSING:
            break
        raw = inner
    return raw


class Index:
    """The callables of the loaded modules of a library, by identity.

    Attributes:
        library: The import names of the library.
        modules: The modules looked at, by their name in ``sys.modules``.
    """

    def __init__(self, library: tuple[str, ...], modules: Mapping[str, ModuleType]) -> None:
        self.library = library
        self.modules = dict(modules)
        # Both map an id to a flat list: the object, then pairs of a place and a name there.
        # Tuples and objects per place would take three times the memory.
        self._bound: dict[int, list[object]] = {}
        self._owned: dict[int, list[object]] = {}
        self._classes: dict[int, type] = {}
        self._looked_at: set[int] = set()
        self._aliases: dict[int, list[str]] = {}
        # What modules hold beyond their dictionary: an original's content, names made on demand.
        self._extra: dict[str, dict[str, object]] = {}
        # By id, beside the types themselves: a metaclass may forbid to hash its classes.
        self._sorts: dict[int, str] = {}
        self._types: list[type] = []
        with collector_paused():
            for name, module in self.modules.items():
                self._add_module(name, module)

    def is_ours(self, name: object) -> bool:
        """Return whether *name* is the dotted name of something inside the library."""
        return type(name) is str and name.partition(".")[0] in self.library

    def owns_class(self, cls: type) -> bool:
        """Return whether *cls* was made by the library."""
        return id(cls) in self._classes

    def knows(self, target: object) -> bool:
        """Return whether *target* lies at any place of the library."""
        return self.lies_in_module(target) or self.lies_in_class(target)

    def lies_in_module(self, target: object) -> bool:
        """Return whether *target* lies in a module of the library."""
        found = self._bound.get(id(target))
        return found is not None and found[0] is target

    def lies_in_class(self, target: object) -> bool:
        """Return whether *target* is a member of a class of the library."""
        found = self._owned.get(id(target))
        return found is not None and found[0] is target

    def places(self, target: object) -> Iterator[tuple[str, str]]:
        """Return the modules (by name) and attributes that *target* lies at."""
        return _pairs(self._bound.get(id(target)), target)

    def owners(self, target: object) -> Iterator[tuple[type, str]]:
        """Return the classes and attributes that *target*, a member of classes, lies at."""
        return _pairs(self._owned.get(id(target)), target)

    def attributes(self, target: object) -> set[str]:
        """Return what *target* is called at its places in modules and classes."""
        names: set[Any] = set()
        for found in (self._bound.get(id(target)), self._owned.get(id(target))):
            if found is not None and found[0] is target:
                names.update(found[2::2])
        return names

    def module_names(self, name: str) -> tuple[str, ...]:
        """Return the names of a module: its own, then those that its packages give it."""
        return (name, *self._aliases.get(id(self.modules.get(name)), ()))

    def heirs(self, cls: type) -> tuple[type, ...]:
        """Return the classes of the library that inherit from *cls*."""
        return tuple(self._heirs.get(id(cls), ()))

    def walk(self, path: str) -> Iterator[tuple[object, str, object]]:
        """Yield what *path* may lead to: the container, the name in it, and the object there.

        The longest module comes first, for a function may hide the submodule of its name.
        """
        parts = path.split(".")
        # A path may be longer than any module's: a text of a hundred thousand dots is one, too.
        for length in range(min(len(parts) - 1, self._depth), 0, -1):
            container: object = self.modules.get(".".join(parts[:length]), MISSING)
            for part in parts[length:-1]:
                if container is MISSING:
                    break
                container = self._given_by(self.member(container, part))
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
        if found is not MISSING:
            return found
        kind = type(container)
        if kind is not ModuleType:
            found = lookup(kind, name)
        return self._more(container, name) if found is MISSING and is_module(container) else found

    def _more(self, module: ModuleType, name: str) -> object:
        """Return what a module answers that its dictionary does not hold."""
        path = attributes(module).get("__name__")
        extra = self._extra.get(path, {}) if type(path) is str else {}
        return extra[name] if name in extra else self.modules.get(f"{path}.{name}", MISSING)

    def inside(self, raw: object) -> object:
        """Return what a step further starts from: an accessor's class instead of the accessor."""
        kind = type(raw)
        sort = self._sorts.get(id(kind))
        if sort is None:
            sort = self._sort_of(kind)
        return raw if sort != "custom" else next(_accessor_class(raw), raw)

    def _given_by(self, raw: object) -> object:
        """Return what *raw* gives to the rest of a path: of a property, the class that it promises.

        So do polars' namespaces: ``Series.str`` is a property, and ``Series.str.upper`` has a page.
        """
        if type(raw) is not property:
            return self.inside(raw)
        getter = normal(raw.fget)
        promised = _promise_of(getter) if type(getter) is FunctionType else MISSING
        return promised if is_class(promised) and self.owns_class(promised) else MISSING

    def _add_module(self, name: str, module: ModuleType) -> None:
        self._add_names(name, attributes(module))
        kept = original(name, module)
        extra = {} if kept is None else dict(attributes(kept))
        extra.update(served(name, module))
        if extra:
            self._extra[name] = extra
            self._add_names(name, extra)

    def _add_names(self, module: str, names: Mapping[str, object]) -> None:
        sorts, bound = self._sorts, self._bound
        for attribute, value in list(names.items()):
            kind = type(value)
            sort = sorts.get(id(kind))
            if sort is None:
                sort = self._sort_of(kind)
            if not sort:
                continue
            if sort == "module":
                self._add_alias(module, value, attribute)
                continue
            if sort == "wrapped":
                value = normal(value)  # noqa: PLW2901  # what a class would have bound
            known = bound.get(id(value))
            if known is not None:
                known += (module, attribute)
                continue
            bound[id(value)] = [value, module, attribute]
            if sort == "class":
                self._add_class(cast("type", value))

    def _sort_of(self, kind: type) -> str:
        self._types.append(kind)
        sort = self._sorts[id(kind)] = _sort(kind)
        return sort

    def _add_alias(self, package: str, value: object, attribute: str) -> None:
        # `numpy.emath` is the module `numpy.lib.scimath`; `import torch` inside of torch is nothing.
        inner = attributes(value).get("__name__")
        if type(inner) is str and inner.startswith(f"{package}.") and inner != f"{package}.{attribute}":
            self._aliases.setdefault(id(value), []).append(f"{package}.{attribute}")

    def _add_class(self, cls: type) -> None:
        looked_at = self._looked_at
        for each in mro(cls):
            if id(each) not in looked_at:
                looked_at.add(id(each))
                if self.is_ours(home_of(each)):
                    self._classes[id(each)] = each
                    self._add_members(each)

    def _add_members(self, cls: type) -> None:
        sorts, owned = self._sorts, self._owned
        for attribute, value in list(members(cls).items()):
            kind = type(value)
            # Most members are functions, and each step here is taken tens of thousands of times.
            if kind is not FunctionType:
                sort = sorts.get(id(kind))
                if sort is None:
                    sort = self._sort_of(kind)
                if sort in _UNUSUAL:
                    self._add_unusual(cls, attribute, value, sort)
                    continue
                if not sort:
                    continue
            key = id(value)
            known = owned.get(key)
            if known is None:
                owned[key] = [value, cls, attribute]
            else:
                known += (cls, attribute)

    def _add_unusual(self, cls: type, attribute: str, value: object, sort: str) -> None:
        inner = normal(value) if sort == "wrapped" else value
        self._own(inner, cls, attribute)
        if sort == "class":
            self._add_class(cast("type", value))
        elif sort != "wrapped":
            for each in behind(inner, attribute):
                if not _is_member(cls, each):
                    self._own(each, cls, attribute)

    def _own(self, target: object, cls: type, attribute: str) -> None:
        known = self._owned.get(id(target))
        if known is None:
            self._owned[id(target)] = [target, cls, attribute]
        else:
            known += (cls, attribute)

    @cached_property
    def _depth(self) -> int:
        """The most parts that the name of a module has."""
        return max((name.count(".") + 1 for name in self.modules), default=0)

    @cached_property
    def _heirs(self) -> dict[int, list[type]]:
        found: dict[int, list[type]] = {}
        for cls in self._classes.values():
            for base in mro(cls)[1:]:
                found.setdefault(id(base), []).append(cls)
        return found


def _pairs(found: list[Any] | None, target: object) -> Iterator[tuple[Any, str]]:
    """Return the pairs of place and name in an entry of the index, if it is the *target*'s."""
    if found is None or found[0] is not target:
        return iter(())
    return zip(found[1::2], found[2::2], strict=True)


def _sort(kind: type) -> str:
    """Return what objects of a type are to the index; nothing for numbers, texts, constants."""
    if issubclass(kind, ModuleType):
        return "module"
    if issubclass(kind, type):
        return "class"
    if _is_wrapper(kind):
        return "wrapped"
    getter = lookup(kind, "__get__")
    if kind is property or type(getter) is FunctionType:
        return "property" if kind is property else "custom"
    caller = lookup(kind, "__call__")
    is_callable = caller is not MISSING and caller is not None
    return "plain" if is_callable or getter is not MISSING else ""


def _is_wrapper(kind: type) -> bool:
    return kind is staticmethod or kind is classmethod or _is_instancemethod(kind)


def _is_instancemethod(kind: type) -> bool:
    # pybind11's wrapper around its methods: a type of CPython without a public name.
    return is_built_in(kind) and class_name_of(kind) == "instancemethod"


def behind(raw: object, attribute: str) -> Iterator[object]:
    """Yield the callables that answer for *raw*, the member *attribute* of a class."""
    if type(raw) is property:
        if raw.fget is not None:
            yield normal(raw.fget)
    elif not is_class(raw) and type(lookup(type(raw), "__get__")) is FunctionType:
        yield from _accessor_class(raw)
        for value in list(attributes(raw).values()):
            # What `Accessor[int]` gives for its class; the function that a `cached_property` was given.
            is_function = type(value) is FunctionType and value.__name__ == attribute
            if is_function or (_is_alias(value) and is_class(_unaliased(value))):
                yield value


def _promise_of(function: FunctionType) -> object:
    promised = function.__annotations__.get("return", MISSING)
    return function.__globals__.get(promised, MISSING) if type(promised) is str else promised


def _is_member(cls: type, target: object) -> bool:
    # `shape = property(get_shape)`: the getter is a method under its own name.
    found = lookup(cls, name_of(target))
    return found is target or normal(found) is target


def _accessor_class(raw: object) -> Iterator[type]:
    """Yield the class that an accessor, such as pandas' ``Series.str``, gives for its class.

    Of all descriptors written in Python it is the one that keeps nothing but a class, or a name and
    a class; the class may have parameters, as in ``Accessor[int]``.
    """
    kept = list(attributes(raw).values())
    classes = [each for each in map(_unaliased, kept) if is_class(each)]
    if len(classes) == 1 and (len(kept) == 1 or any(type(each) is str for each in kept)):
        yield classes[0]


def _is_alias(value: object) -> bool:
    return type(value) is GenericAlias or home_of(type(value)) == "typing"


def _unaliased(value: object) -> object:
    return peek(value, "__origin__") if _is_alias(value) else value
