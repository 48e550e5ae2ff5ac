"""Resolves re-exports and inheritance in source: the names that a dotted name comes from.

Nothing is imported; files are read only by the function that the caller passes.
"""

import builtins
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from pathlib import Path

import msgspec

from ..files import read_bounded
from .scopes import Class, Imported, Scope, Value, read_scope, scope_of

__all__ = ["FileOrigins", "Origins"]

# More parts than real names have; `f = f.inner` would never end.
_MOST_PARTS = 32
# More classes than real ones inherit from; ordering them takes quadratic time.
_MOST_CLASSES = 500
# Bases that give their subclasses no member of a public name.
_WITHOUT_MEMBERS = frozenset(
    f"{module}.{name}"
    for module, names in {
        "abc": ("ABC",),
        "typing": ("Generic", "Protocol"),
        "typing_extensions": ("Generic", "Protocol"),
    }.items()
    for name in names
)


# Classes by their full name, each with the names that a subclass calls it by.
_Line = Mapping[str, tuple[str, ...]]


class _Trail(msgspec.Struct, frozen=True):
    """The result of resolving a name.

    Attributes:
        names: The names that it leads to, in order; the last one is in the defining module.
        cls: The last name, if it is a class whose source is known; else empty.
    """

    names: tuple[str, ...] = ()
    cls: str = ""


class _Place(msgspec.Struct, frozen=True):
    """A scope: that of a module, or of a class in it.

    Attributes:
        path: The classes that the scope is in, its own last; empty for that of the module.
        scope: What it binds.
        bases: Those of a class, as dotted expressions, and `around` the scope that they are in.
    """

    module: str
    path: str
    scope: Scope
    bases: tuple[str, ...] = ()
    around: "_Place | None" = None

    def name(self, attribute: str) -> str:
        """Return the full name of what the scope binds as *attribute*."""
        return ".".join(filter(None, (self.module, self.path, attribute)))


class Origins:
    """The sources of a library, read on demand.

    Args:
        read: Returns the content of the file at a path, or raises `OSError` or `ValueError`. Paths
            have ``/`` and begin with one of *roots*.
        roots: The folders to look for modules in, in this order.
    """

    def __init__(self, read: Callable[[str], bytes], roots: Sequence[str] = ("",)) -> None:
        self._read = read
        self._roots = tuple(roots)
        self._modules: dict[str, Scope | None] = {}
        # What each module binds, also by ``from … import *``.
        self._bindings: dict[str, frozenset[str]] = {}
        # Where each top-level module that was found lies.
        self._homes: dict[str, str] = {}
        self._paths: dict[str, str] = {}
        self._trails: dict[str, _Trail] = {}
        # By their full name: the classes, and what they inherit from.
        self._classes: dict[str, _Place] = {}
        self._lines: dict[str, _Line] = {}

    def of(self, name: str) -> tuple[str, ...]:
        """Return the other names that *name* comes from, the nearest first.

        They are the targets of re-exports and aliases, and for a member of a class the name in the
        nearest class that defines it. The last one is in the defining module, as far as the sources
        show it: names in other libraries and in C modules are not followed.
        """
        if not all(part.isidentifier() for part in name.split(".")):
            return ()
        try:
            found = self._follow(name).names
        except RecursionError:
            # A thousand classes that inherit from each other.
            return ()
        return tuple(other for other in dict.fromkeys(found) if other != name)

    def lineage(self, name: str) -> tuple[str, ...]:
        """Return the full names of the class that *name* leads to, and of those that it inherits from.

        The order is that of method resolution. There are none for what the sources do not show to be a class.
        """
        if not all(part.isidentifier() for part in name.split(".")):
            return ()
        try:
            cls = self._follow(name).cls
            line = self._line(cls) if cls else {}
        except RecursionError:
            return ()
        return tuple(dict.fromkeys(known for key, names in line.items() for known in (*names, key) if known))

    def source(self, module: str) -> bytes | None:
        """Return the source of a module; None if it cannot be read or parsed."""
        path = self._paths.get(module, "") if self.scope(module) else ""
        return self._read(path) if path else None

    # Names.

    def _follow(self, name: str) -> _Trail:
        if name not in self._trails:
            self._trails[name] = _Trail()  # Imports in a circle end here.
            top, *rest = name.split(".")
            found = self._in_module(top, rest) if len(rest) < _MOST_PARTS else None
            self._trails[name] = found or _Trail()
        return self._trails[name]

    def _through(self, name: str) -> _Trail:
        """Return the trail that goes through *name*."""
        beyond = self._follow(name)
        return _Trail((name, *beyond.names), beyond.cls)

    def _in_module(self, module: str, parts: Sequence[str]) -> _Trail | None:
        """Return the trail of the nested names *parts* in a module."""
        if not parts:
            return _Trail()
        scope = self.scope(module) or Scope()
        inner = f"{module}.{parts[0]}"
        bound = scope.names.get(parts[0])
        inside = partial(self._in_module, inner, parts[1:])
        if bound is None:
            ways = [inside, partial(self._in_stars, scope.stars, parts)]
        else:
            ways = [partial(self._bound, _Place(module, "", scope), bound, parts), inside]
        if isinstance(bound, Class) or not parts[1:]:
            ways.remove(inside)
        elif isinstance(bound, Imported) and f"{bound.module}.{bound.attribute}" == inner:
            # `from . import data` in the package of `data`.
            ways = [inside]
        elif bound == Imported(inner, parts[0]):
            # `from .f import f` hides the module with the function, and either may be meant.
            ways.reverse()
        return next(filter(None, (way() for way in ways)), None)

    def _in_stars(self, modules: Iterable[str], parts: Sequence[str]) -> _Trail | None:
        bringing = (star for star in modules if self._binds(star, parts[0]))
        return next((self._through(".".join((star, *parts))) for star in bringing), None)

    def _binds(self, module: str, name: str) -> bool:
        """Return whether a module binds *name*, also by ``from … import *``."""
        if module not in self._bindings:
            waiting = [module]
            for copied in waiting:
                scope = self.scope(copied) or Scope()
                waiting += [star for star in scope.stars if star not in waiting]
            self._bindings[module] = frozenset().union(
                *((self.scope(copied) or Scope()).names for copied in waiting)
            )
        return name in self._bindings[module]

    def _bound(self, place: _Place, bound: Imported | Value | Class, parts: Sequence[str]) -> _Trail | None:
        """Return the trail of *parts*, the first of which is bound to *bound* in a scope."""
        first, *rest = parts
        if isinstance(bound, Class):
            path = f"{place.path}.{first}".lstrip(".")
            key = f"{place.module}.{path}"
            self._classes[key] = _Place(place.module, path, bound, bound.bases, place)
            return self._in_class(key, rest) if rest else _Trail(cls=key)
        if isinstance(bound, Imported):
            meant = ".".join(filter(None, (bound.module, bound.attribute))) if bound.module else ""
        else:
            meant = self._meant(place, bound.alias, but=first)
        if meant:
            return self._through(".".join((meant, *rest)))
        return None if rest else _Trail()

    def _meant(self, place: _Place, expression: str, but: str = "") -> str:
        """Return the full name of a dotted expression in a scope; empty if it is not known.

        Args:
            but: The name that is being bound: ``f = f`` refers to the ``f`` of another scope.
        """
        head = expression.partition(".")[0]
        if not head:
            return ""
        if head != but and head in place.scope.names:
            return place.name(expression)
        if place.path:
            # The body of a class sees nothing of the classes around it.
            scope = self.scope(place.module) or Scope()
            return self._meant(_Place(place.module, "", scope), expression)
        if any(self._binds(star, head) for star in place.scope.stars):
            return place.name(expression)
        return f"builtins.{expression}" if hasattr(builtins, head) else ""

    # Classes.

    def _in_class(self, key: str, parts: Sequence[str]) -> _Trail | None:
        for ancestor, names in self._line(key).items():
            cls = self._classes.get(ancestor)
            if cls is None and not _gives_nothing(ancestor, parts[0]):
                # It may have the member, and what comes after it is not asked then.
                return _Trail(_members(names, parts))
            bound = cls.scope.names.get(parts[0]) if cls else None
            if cls and bound is not None and not (isinstance(bound, Value) and not bound.sure):
                found = self._bound(cls, bound, parts)
                return found and _Trail((*_members(names, parts), *found.names), found.cls)
        return None

    def _line(self, key: str) -> _Line:
        """Return a class and its bases, in method resolution order."""
        if key not in self._lines:
            self._lines[key] = {key: ()}  # Classes that inherit from themselves end here.
            cls = self._classes.get(key)
            bases = dict(self._base(cls, base) for base in cls.bases) if cls else {}
            lines = [self._line(base) for base in bases]
            called = {
                ancestor: names for line in (*reversed(lines), bases) for ancestor, names in line.items()
            }
            self._lines[key] = {
                key: (),
                **{ancestor: called[ancestor] for ancestor in _merged([*lines, bases], key)},
            }
        return self._lines[key]

    def _base(self, cls: _Place, expression: str) -> tuple[str, tuple[str, ...]]:
        """Return the full name of a base of *cls*, and the names that lead to it."""
        meant = self._meant(cls.around or cls, expression)
        if not meant:
            # A call, or what some other module put there.
            return "", ()
        trail = self._through(meant)
        return trail.cls or trail.names[-1], (*trail.names, *([trail.cls] if trail.cls else ()))

    # Modules.

    def scope(self, module: str) -> Scope | None:
        """Return what a module binds; None if its source cannot be read."""
        if module not in self._modules:
            self._modules[module] = self._found(module)
        return self._modules[module]

    def _found(self, module: str) -> Scope | None:
        top = module.partition(".")[0]
        for root in [self._homes[top]] if top in self._homes else self._roots:
            base = "/".join(filter(None, (root, *module.split("."))))
            for path, package in ((f"{base}/__init__.py", module), (f"{base}.py", module.rpartition(".")[0])):
                try:
                    scope = self._scope_of(path, package)
                except (OSError, ValueError):
                    continue
                self._homes[top] = root
                self._paths[module] = path
                return scope
        return None

    def _scope_of(self, path: str, package: str) -> Scope | None:
        return scope_of(self._read(path), package)


class FileOrigins(Origins):
    """The sources of a library on the disk.

    A file that something else in this process reads, too, is parsed once.

    Args:
        places: The folder or file of each top-level package or module, by name.
    """

    def __init__(self, places: Mapping[str, Path]) -> None:
        roots = dict.fromkeys(place.parent.as_posix() for place in places.values())
        super().__init__(lambda path: read_bounded(Path(path)), tuple(roots))

    def _scope_of(self, path: str, package: str) -> Scope | None:
        file = Path(path)
        return read_scope(file, package, file.stat().st_mtime_ns)


def _members(owners: Iterable[str], parts: Sequence[str]) -> tuple[str, ...]:
    return tuple(".".join((owner, *parts)) for owner in owners)


def _gives_nothing(base: str, member: str) -> bool:
    """Return whether a class that is not the library's certainly has no such member."""
    module, _, name = base.rpartition(".")
    built_in = getattr(builtins, name, None) if module == "builtins" else None
    return base in _WITHOUT_MEMBERS or (isinstance(built_in, type) and not hasattr(built_in, member))


def _merged(lines: Iterable[Iterable[str]], key: str) -> Iterator[str]:
    """Yield the classes of all *lines* in an order that keeps that of each: Python's own, called C3.

    If there is no such order, which Python refuses, the first of the first line comes first.
    """
    waiting = [[cls for cls in line if cls != key] for line in lines]
    if sum(map(len, waiting)) > _MOST_CLASSES:
        yield from dict.fromkeys(chain.from_iterable(waiting))
        return
    while waiting := [line for line in waiting if line]:
        heads = (line[0] for line in waiting)
        free = (head for head in heads if not any(head in line[1:] for line in waiting))
        chosen = next(free, waiting[0][0])
        yield chosen
        waiting = [[ancestor for ancestor in line if ancestor != chosen] for line in waiting]
