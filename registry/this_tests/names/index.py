"""Indexes the callables of a library by identity, with the modules and classes that bind them.

The index is built from dictionaries alone (``vars`` of loaded modules and classes), so that
no lazy attribute is touched. Objects are compared by identity, never with ``==``, and are kept alive.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import compress
from operator import is_not
from types import BuiltinFunctionType, FunctionType, GenericAlias, MethodDescriptorType, ModuleType
from typing import Any, cast

from ..gc_pause import collector_paused
from .introspection import (
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
from .lazy_modules import lazy_attributes, replaced_module

__all__ = ["Index", "callables_inside", "normal"]

# Members of a class of these sorts need a look inside; others are added as they are.
_UNUSUAL = frozenset({"class", "custom", "property"})
_WRAPPERS = (staticmethod, classmethod)
# Marks the first place of an object: there is none before it.
_FIRST = -1
# So many members in common with another class are no coincidence.
_MANY = 200


def normal(raw: object) -> object:
    """Return the function inside *raw*, a member as its class binds it, such as a ``staticmethod``."""
    steps = 0
    while not _is_bare(type(raw)) and steps < LONGEST_CHAIN:
        inner = peek(raw, "__func__")
        if inner is MISSING:
            break
        raw = inner
        steps += 1
    return raw


class Index:
    """The callables of the loaded modules of a library, by identity.

    Attributes:
        library: The import names of the library.
        modules: The indexed modules, by their name in ``sys.modules``.
    """

    def __init__(self, library: tuple[str, ...], modules: Mapping[str, ModuleType]) -> None:
        self.library = library
        self.modules = dict(modules)
        # The places of objects, four items each: an object, its module or class, its name there, and the
        # position in this list of its place before that, if any. Forty thousand tuples instead would
        # take more memory, and time in each run of the garbage collector.
        self._places: list[Any] = []
        # The latest place of an object, by its id: as an attribute of a module, or of a class.
        self._bound: dict[int, int] = {}
        self._owned: dict[int, int] = {}
        # By the id of a class, other classes that have all its members under the same names.
        self._copies: dict[int, list[type]] = {}
        self._classes: dict[int, type] = {}
        self._visited: set[int] = set()
        self._aliases: dict[int, list[str]] = {}
        # Names of modules beyond their dictionary: those of a replaced module, and lazy attributes.
        self._extra: dict[str, dict[str, object]] = {}
        self._containers: dict[str, list[object]] = {}
        # By id, with the types kept alive in a list: a metaclass may forbid hashing its classes.
        self._sorts: dict[int, str] = {}
        self._types: list[type] = []
        with collector_paused():
            for name, module in self.modules.items():
                self._add_module(name, module)

    def is_ours(self, name: object) -> bool:
        """Return whether *name* is a dotted name inside the library."""
        return type(name) is str and name.partition(".")[0] in self.library

    def owns_class(self, cls: type) -> bool:
        """Return whether *cls* was made by the library."""
        return id(cls) in self._classes

    def knows(self, target: object) -> bool:
        """Return whether a module or class of the library binds *target*."""
        return self.in_module(target) or self.in_class(target)

    def in_module(self, target: object) -> bool:
        """Return whether a module of the library binds *target*."""
        found = self._bound.get(id(target))
        return found is not None and self._places[found] is target

    def in_class(self, target: object) -> bool:
        """Return whether *target* is a member of a class of the library."""
        found = self._owned.get(id(target))
        return found is not None and self._places[found] is target

    def places(self, target: object) -> list[tuple[str, str]]:
        """Return the modules (by name) that bind *target*, with its attribute name in each."""
        return self._pairs(self._bound.get(id(target), _FIRST), target)

    def owners(self, target: object) -> list[tuple[type, str]]:
        """Return the classes that have *target* as a member, with its attribute name in each."""
        found = self._pairs(self._owned.get(id(target), _FIRST), target)
        copies = [copy for cls, _ in found for copy in self._copies.get(id(cls), ())]
        if copies:
            names = dict.fromkeys(name for _, name in found)
            found += [(copy, name) for copy in copies for name in names if members(copy).get(name) is target]
        return found

    def _pairs(self, at: int, target: object) -> list[tuple[Any, str]]:
        """Return the places of *target* in order, given the position *at* of the latest."""
        places = self._places
        if at == _FIRST or places[at] is not target:
            return []
        found = []
        while at != _FIRST:
            _, place, name, at = places[at : at + 4]
            found.append((place, name))
        found.reverse()
        return found

    def module_names(self, name: str) -> tuple[str, ...]:
        """Return the names of a module: its own, then those that packages import it under."""
        return (name, *self._aliases.get(id(self.modules.get(name)), ()))

    def subclasses(self, cls: type) -> tuple[type, ...]:
        """Return the classes of the library that inherit from *cls*."""
        return tuple(self._subclasses.get(id(cls), ()))

    def walk(self, path: str) -> Iterator[tuple[object, str, object]]:
        """Yield the objects that *path* may lead to, each with its container and its name there.

        The longest module name comes first: a function may shadow the submodule of its name.
        """
        parent, _, last = path.rpartition(".")
        for container in self._containers.get(parent) or self._containers_at(parent):
            found = self.member(container, last)
            if found is not MISSING:
                yield container, last, found

    def at(self, path: str) -> object:
        """Return the first object that *path* may lead to, as its container binds it, or `MISSING`."""
        parent, _, last = path.rpartition(".")
        for container in self._containers.get(parent) or self._containers_at(parent):
            found = self.member(container, last)
            if found is not MISSING:
                return found
        return MISSING

    def member(self, container: object, name: str) -> object:
        """Return what a module, a class or an instance binds to *name*, without calling ``__get__``."""
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
        """Return an attribute of a module that its dictionary does not hold."""
        path = attributes(module).get("__name__")
        extra = self._extra.get(path, {}) if type(path) is str else {}
        return extra[name] if name in extra else self.modules.get(f"{path}.{name}", MISSING)

    def inside(self, raw: object) -> object:
        """Return the object whose members a longer path names: for an accessor, its class."""
        kind = type(raw)
        sort = self._sorts.get(id(kind))
        if sort is None:
            sort = self._sort_of(kind)
        return raw if sort != "custom" else next(_accessor_class(raw), raw)

    def _containers_at(self, path: str) -> list[object]:
        """Return the modules, classes and objects that *path*, the parent of other paths, may lead to."""
        parts = path.split(".")
        found: list[object] = []
        # No module's name is longer than `_depth`; a path may have a hundred thousand dots.
        for length in range(min(len(parts), self._depth), 0, -1):
            container: object = self.modules.get(".".join(parts[:length]), MISSING)
            for part in parts[length:]:
                if container is MISSING:
                    break
                container = self._container_in(self.member(container, part))
            if container is not MISSING:
                found.append(container)
        if found:
            # The members of a class, or of a module, are usually looked up one after the other.
            self._containers[path] = found
        return found

    def _container_in(self, raw: object) -> object:
        """Return the container for the rest of a path: for a property, the class it is annotated with.

        polars' namespaces need it: ``Series.str`` is a property, and ``Series.str.upper`` has a page.
        """
        if type(raw) is not property:
            return self.inside(raw)
        getter = normal(raw.fget)
        annotated = _annotated_class(getter) if type(getter) is FunctionType else MISSING
        return annotated if is_class(annotated) and self.owns_class(annotated) else MISSING

    def _add_module(self, name: str, module: ModuleType) -> None:
        held = attributes(module)
        self._add_names(name, held)
        if type(module) is ModuleType and "__getattr__" not in held:
            # True for most modules: their dictionary holds all their attributes.
            return
        replaced = replaced_module(name, module)
        extra = {} if replaced is None else dict(attributes(replaced))
        extra.update(lazy_attributes(name, module))
        if extra:
            self._extra[name] = extra
            self._add_names(name, extra)

    # The loops of the next two methods run tens of thousands of times: they test for the most frequent
    # types first, and call no function for these.

    def _add_names(self, module: str, names: Mapping[str, object]) -> None:
        sorts, bound, places = self._sorts, self._bound, self._places
        for attribute, value in dict(names).items():
            kind = type(value)
            if kind is not FunctionType:
                sort = sorts.get(id(kind))
                if sort is None:
                    sort = self._sort_of(kind)
                if sort != "plain":
                    if not sort:
                        continue
                    if sort == "module":
                        self._add_alias(module, value, attribute)
                        continue
                    if sort != "class":
                        value = normal(value)  # noqa: PLW2901  # the function inside
                    elif id(value) not in bound:
                        self._add_class(cast("type", value))
            key = id(value)
            before = bound.get(key, _FIRST)
            bound[key] = len(places)
            places += (value, module, attribute, before)

    def _add_members(self, cls: type) -> None:
        sorts, owned, places = self._sorts, self._owned, self._places
        held = members(cls).copy()
        if len(held) > _MANY:
            held = self._without_copies(cls, held)
        for attribute, value in held.items():
            kind = type(value)
            if kind is not FunctionType and kind is not MethodDescriptorType:
                sort = sorts.get(id(kind))
                if sort is None:
                    sort = self._sort_of(kind)
                if sort != "plain":
                    if not sort:
                        continue
                    if sort in _UNUSUAL:
                        self._add_unusual(cls, attribute, value, sort)
                        continue
                    if sort == "holding":
                        value = value.__func__  # type: ignore[attr-defined]  # noqa: PLW2901  # by its sort
                    if type(value) is not FunctionType and type(value) is not BuiltinFunctionType:
                        value = normal(value)  # noqa: PLW2901  # the function inside
            key = id(value)
            before = owned.get(key, _FIRST)
            owned[key] = len(places)
            places += (value, cls, attribute, before)

    def _sort_of(self, kind: type) -> str:
        self._types.append(kind)
        sort = self._sorts[id(kind)] = _sort(kind)
        return sort

    def _add_alias(self, package: str, value: object, attribute: str) -> None:
        # `numpy.emath` is the module `numpy.lib.scimath`; `import torch` inside torch adds none.
        inner = attributes(value).get("__name__")
        if type(inner) is str and inner.startswith(f"{package}.") and inner != f"{package}.{attribute}":
            self._aliases.setdefault(id(value), []).append(f"{package}.{attribute}")

    def _add_class(self, cls: type) -> None:
        visited = self._visited
        if id(cls) not in visited:
            for base in mro(cls):
                if id(base) not in visited:
                    visited.add(id(base))
                    if self.is_ours(home_of(base)):
                        self._classes[id(base)] = base
                        self._add_members(base)

    def _without_copies(self, cls: type, held: dict[str, object]) -> dict[str, object]:
        """Return *held*, the members of *cls*, without those that are copies of another class's.

        Each of torch's dozens of tensor types has the hundreds of methods of one other class.
        """
        known = (self._owned.get(id(value)) for value in held.values())
        latest = next((self._places[place + 1] for place in known if place is not None), None)
        theirs = members(latest).copy() if is_class(latest) else {}
        if theirs.keys() != held.keys():
            return held
        self._copies.setdefault(id(latest), []).append(cls)
        return dict(compress(held.items(), map(is_not, held.values(), map(theirs.get, held))))

    def _add_unusual(self, cls: type, attribute: str, value: object, sort: str) -> None:
        self._add_member(value, cls, attribute)
        if sort == "class":
            self._add_class(cast("type", value))
        else:
            for function in callables_inside(value, attribute):
                # `shape = property(get_shape)`: this getter is a method under its own name.
                name = name_of(function)
                if name == attribute or normal(lookup(cls, name)) is not function:
                    self._add_member(function, cls, attribute)

    def _add_member(self, target: object, cls: type, attribute: str) -> None:
        before = self._owned.get(id(target), _FIRST)
        self._owned[id(target)] = len(self._places)
        self._places += (target, cls, attribute, before)

    @cached_property
    def _depth(self) -> int:
        """The number of parts in the longest module name."""
        return max((name.count(".") + 1 for name in self.modules), default=0)

    @cached_property
    def _subclasses(self) -> dict[int, list[type]]:
        found: dict[int, list[type]] = {}
        for cls in self._classes.values():
            for base in mro(cls)[1:]:
                found.setdefault(id(base), []).append(cls)
        return found


def _sort(kind: type) -> str:
    """Return how the index treats objects of type *kind*; empty for numbers, strings and constants."""
    if issubclass(kind, ModuleType):
        return "module"
    if issubclass(kind, type):
        return "class"
    if _is_wrapper(kind):
        # `__func__` of a built-in wrapper is a C slot, which no subclass has changed.
        return "holding" if is_built_in(kind) else "wrapped"
    getter = lookup(kind, "__get__")
    if type(getter) is FunctionType:
        return "custom"
    if issubclass(kind, property):
        return "property"
    caller = lookup(kind, "__call__")
    is_callable = caller is not MISSING and caller is not None
    return "plain" if is_callable or getter is not MISSING else ""


def _is_bare(kind: type) -> bool:
    # The most frequent types first.
    return kind is FunctionType or kind is MethodDescriptorType or kind is property or not _is_wrapper(kind)


def _is_wrapper(kind: type) -> bool:
    # Django's `View.as_view` is made by a subclass of `classmethod`.
    return issubclass(kind, _WRAPPERS) or _is_instancemethod(kind)


def _is_instancemethod(kind: type) -> bool:
    # pybind11's wrapper around its methods: a type of CPython without a public name.
    return is_built_in(kind) and class_name_of(kind) == "instancemethod"


def callables_inside(raw: object, attribute: str) -> Iterator[object]:
    """Yield the callables inside *raw*, the member *attribute* of a class: a getter, an accessor's class."""
    if issubclass(type(raw), property) and not is_class(getter := peek(raw, "fget")):
        # A subclass of `property`, such as werkzeug's cached one, has a getter, too.
        if getter is not None and getter is not MISSING:
            yield normal(getter)
    elif not is_class(raw) and type(lookup(type(raw), "__get__")) is FunctionType:
        yield from _accessor_class(raw)
        for value in _stored_values(raw):
            # The class of `Accessor[int]`; the function of a `cached_property`.
            is_function = type(value) is FunctionType and value.__name__ == attribute
            if is_function or (_is_alias(value) and is_class(_unaliased(value))):
                yield value


def _annotated_class(function: FunctionType) -> object:
    annotated = function.__annotations__.get("return", MISSING)
    return function.__globals__.get(annotated, MISSING) if type(annotated) is str else annotated


def _accessor_class(raw: object) -> Iterator[type]:
    """Yield the class that an accessor, such as pandas' ``Series.str``, returns on its class.

    An accessor is a descriptor written in Python that stores nothing but a class, or a name and a
    class; the class may have parameters, as in ``Accessor[int]``. Astropy's ``Table.read`` is a
    property whose getter is the class.
    """
    stored = [peek(raw, "fget")] if isinstance(raw, property) else _stored_values(raw)
    classes = [value for value in map(_unaliased, stored) if is_class(value)]
    if len(classes) == 1 and (len(stored) == 1 or any(type(value) is str for value in stored)):
        yield classes[0]


def _stored_values(raw: object) -> list[object]:
    # `Accessor[int]("name")` stores its own generic alias, which is not the class that it returns.
    return [value for name, value in list(attributes(raw).items()) if name != "__orig_class__"]


def _is_alias(value: object) -> bool:
    return type(value) is GenericAlias or home_of(type(value)) == "typing"


def _unaliased(value: object) -> object:
    return peek(value, "__origin__") if _is_alias(value) else value
