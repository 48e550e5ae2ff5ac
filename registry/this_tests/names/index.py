"""Where each callable of a library lies: its modules, attributes and classes.

The index is built from dictionaries alone (``vars`` of loaded modules and classes), so that
no lazy attribute is touched. Objects are told apart by identity and held, never compared.
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
from .lazy_modules import original, served

__all__ = ["Index", "behind", "normal"]

# What the members of a class are to the index; those of other sorts are put in as they are.
_UNUSUAL = frozenset({"class", "custom", "property"})
_WRAPPERS = (staticmethod, classmethod)
# Where in the list of places there is none before.
_FIRST = -1
# Members of a class. So many are no coincidence where they are another class's as well.
_MANY = 200


def normal(raw: object) -> object:
    """Return what stands for *raw*, a class's member as it lies there: the function inside."""
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
        modules: The modules looked at, by their name in ``sys.modules``.
    """

    def __init__(self, library: tuple[str, ...], modules: Mapping[str, ModuleType]) -> None:
        self.library = library
        self.modules = dict(modules)
        # What lies where, in fours: an object, its module or class, its name there, and where in this
        # list it was found before, if it was. Forty thousand objects instead would take more
        # memory, and the garbage collector's time again and again.
        self._lying: list[Any] = []
        # The latest place of an object, by its id: as an attribute of a module, or of a class.
        self._bound: dict[int, int] = {}
        self._owned: dict[int, int] = {}
        # By the id of a class, those that hold its members, too, each under the same name.
        self._copies: dict[int, list[type]] = {}
        self._classes: dict[int, type] = {}
        self._looked_at: set[int] = set()
        self._aliases: dict[int, list[str]] = {}
        # What modules hold beyond their dictionary: an original's content, names made on demand.
        self._extra: dict[str, dict[str, object]] = {}
        self._containers: dict[str, list[object]] = {}
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
        return found is not None and self._lying[found] is target

    def lies_in_class(self, target: object) -> bool:
        """Return whether *target* is a member of a class of the library."""
        found = self._owned.get(id(target))
        return found is not None and self._lying[found] is target

    def places(self, target: object) -> list[tuple[str, str]]:
        """Return the modules (by name) and attributes that *target* lies at."""
        return self._pairs(self._bound.get(id(target), _FIRST), target)

    def owners(self, target: object) -> list[tuple[type, str]]:
        """Return the classes and attributes that *target*, a member of classes, lies at."""
        found = self._pairs(self._owned.get(id(target), _FIRST), target)
        copies = [copy for cls, _ in found for copy in self._copies.get(id(cls), ())]
        if copies:
            names = dict.fromkeys(name for _, name in found)
            found += [(copy, name) for copy in copies for name in names if members(copy).get(name) is target]
        return found

    def _pairs(self, at: int, target: object) -> list[tuple[Any, str]]:
        """Return the places that lead back from *at*, the latest of *target*, the first of them first."""
        lying = self._lying
        if at == _FIRST or lying[at] is not target:
            return []
        found = []
        while at != _FIRST:
            _, place, name, at = lying[at : at + 4]
            found.append((place, name))
        found.reverse()
        return found

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
        parent, _, last = path.rpartition(".")
        for container in self._containers.get(parent) or self._led_to(parent):
            found = self.member(container, last)
            if found is not MISSING:
                yield container, last, found

    def at(self, path: str) -> object:
        """Return the first that *path* may lead to, as it lies there, or `MISSING`."""
        parent, _, last = path.rpartition(".")
        for container in self._containers.get(parent) or self._led_to(parent):
            found = self.member(container, last)
            if found is not MISSING:
                return found
        return MISSING

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

    def _led_to(self, path: str) -> list[object]:
        """Return the modules, classes and objects that *path*, which begins other paths, may lead to."""
        parts = path.split(".")
        found: list[object] = []
        # A path may be longer than any module's: a text of a hundred thousand dots is one, too.
        for length in range(min(len(parts), self._depth), 0, -1):
            container: object = self.modules.get(".".join(parts[:length]), MISSING)
            for part in parts[length:]:
                if container is MISSING:
                    break
                container = self._given_by(self.member(container, part))
            if container is not MISSING:
                found.append(container)
        if found:
            # The members of a class, or of a module, are asked for one after the other.
            self._containers[path] = found
        return found

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
        held = attributes(module)
        self._add_names(name, held)
        if type(module) is ModuleType and "__getattr__" not in held:
            # As most are: what they hold is all there is.
            return
        kept = original(name, module)
        extra = {} if kept is None else dict(attributes(kept))
        extra.update(served(name, module))
        if extra:
            self._extra[name] = extra
            self._add_names(name, extra)

    # Each step of the next two is taken tens of thousands of times, so that they ask first for what most
    # objects are, and call nothing for these.

    def _add_names(self, module: str, names: Mapping[str, object]) -> None:
        sorts, bound, lying = self._sorts, self._bound, self._lying
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
                        value = normal(value)  # noqa: PLW2901  # what a class would have bound
                    elif id(value) not in bound:
                        self._add_class(cast("type", value))
            key = id(value)
            before = bound.get(key, _FIRST)
            bound[key] = len(lying)
            lying += (value, module, attribute, before)

    def _add_members(self, cls: type) -> None:
        sorts, owned, lying = self._sorts, self._owned, self._lying
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
                        value = normal(value)  # noqa: PLW2901  # the function in it
            key = id(value)
            before = owned.get(key, _FIRST)
            owned[key] = len(lying)
            lying += (value, cls, attribute, before)

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
        if id(cls) not in looked_at:
            for each in mro(cls):
                if id(each) not in looked_at:
                    looked_at.add(id(each))
                    if self.is_ours(home_of(each)):
                        self._classes[id(each)] = each
                        self._add_members(each)

    def _without_copies(self, cls: type, held: dict[str, object]) -> dict[str, object]:
        """Return the members *held* by *cls*, without those that are copies of another class's.

        Each of torch's dozens of tensor types holds the hundreds of methods of one more class.
        """
        known = (self._owned.get(id(value)) for value in held.values())
        latest = next((self._lying[each + 1] for each in known if each is not None), None)
        theirs = members(latest).copy() if is_class(latest) else {}
        if theirs.keys() != held.keys():
            return held
        self._copies.setdefault(id(latest), []).append(cls)
        return dict(compress(held.items(), map(is_not, held.values(), map(theirs.get, held))))

    def _add_unusual(self, cls: type, attribute: str, value: object, sort: str) -> None:
        self._own(value, cls, attribute)
        if sort == "class":
            self._add_class(cast("type", value))
        else:
            for each in behind(value, attribute):
                # `shape = property(get_shape)`: that getter is a method under its own name.
                name = name_of(each)
                if name == attribute or normal(lookup(cls, name)) is not each:
                    self._own(each, cls, attribute)

    def _own(self, target: object, cls: type, attribute: str) -> None:
        before = self._owned.get(id(target), _FIRST)
        self._owned[id(target)] = len(self._lying)
        self._lying += (target, cls, attribute, before)

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


def _sort(kind: type) -> str:
    """Return what objects of a type are to the index; nothing for numbers, texts, constants."""
    if issubclass(kind, ModuleType):
        return "module"
    if issubclass(kind, type):
        return "class"
    if _is_wrapper(kind):
        # Whose attribute is a slot in C that no subclass has changed.
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
    # First what most members are.
    return kind is FunctionType or kind is MethodDescriptorType or kind is property or not _is_wrapper(kind)


def _is_wrapper(kind: type) -> bool:
    # Django's `View.as_view` is a class method of a kind of its own.
    return issubclass(kind, _WRAPPERS) or _is_instancemethod(kind)


def _is_instancemethod(kind: type) -> bool:
    # pybind11's wrapper around its methods: a type of CPython without a public name.
    return is_built_in(kind) and class_name_of(kind) == "instancemethod"


def behind(raw: object, attribute: str) -> Iterator[object]:
    """Yield the callables that answer for *raw*, the member *attribute* of a class."""
    if issubclass(type(raw), property) and not is_class(getter := peek(raw, "fget")):
        # A kind of property may do more, as werkzeug's that caches, and still has a getter.
        if getter is not None and getter is not MISSING:
            yield normal(getter)
    elif not is_class(raw) and type(lookup(type(raw), "__get__")) is FunctionType:
        yield from _accessor_class(raw)
        for value in _kept(raw):
            # What `Accessor[int]` gives for its class; the function that a `cached_property` was given.
            is_function = type(value) is FunctionType and value.__name__ == attribute
            if is_function or (_is_alias(value) and is_class(_unaliased(value))):
                yield value


def _promise_of(function: FunctionType) -> object:
    promised = function.__annotations__.get("return", MISSING)
    return function.__globals__.get(promised, MISSING) if type(promised) is str else promised


def _accessor_class(raw: object) -> Iterator[type]:
    """Yield the class that an accessor, such as pandas' ``Series.str``, gives for its class.

    Of all descriptors written in Python it is the one that keeps nothing but a class, or a name and
    a class; the class may have parameters, as in ``Accessor[int]``. Astropy's ``Table.read`` is a kind of
    property whose getter is the class.
    """
    kept = [peek(raw, "fget")] if isinstance(raw, property) else _kept(raw)
    classes = [each for each in map(_unaliased, kept) if is_class(each)]
    if len(classes) == 1 and (len(kept) == 1 or any(type(each) is str for each in kept)):
        yield classes[0]


def _kept(raw: object) -> list[object]:
    # `Accessor[int]("name")` keeps what it was made by, which says nothing of what it gives.
    return [value for name, value in list(attributes(raw).items()) if name != "__orig_class__"]


def _is_alias(value: object) -> bool:
    return type(value) is GenericAlias or home_of(type(value)) == "typing"


def _unaliased(value: object) -> object:
    return peek(value, "__origin__") if _is_alias(value) else value
