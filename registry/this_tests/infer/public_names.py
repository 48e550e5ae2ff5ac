"""Finds the public names of the library's functions, as far as the source shows."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ..names.paths import is_public
from ..source.lineage import Lineage, above
from .interpreter import Interpreter
from .modules import ParsedModule, SourceTree
from .values import ClassValue, FunctionValue, Value

__all__ = ["PublicName", "PublicNames"]


@dataclass(frozen=True)
class PublicName:
    """The name of a function.

    Attributes:
        name: The documented name, else the shortest public one, else where it is defined.
        aliases: Its other public names, sorted.
        receiver: The class that the test used, where *name* shows another.
    """

    name: str
    aliases: tuple[str, ...] = ()
    receiver: str = ""

    @property
    def is_public(self) -> bool:
        """Whether users are meant to use it."""
        return is_public(self.name)


class PublicNames:
    """The names of a library's functions and classes.

    Args:
        tops: The import names of the library.
        documented: The names that the inventories list.
    """

    def __init__(
        self, tree: SourceTree, tops: Sequence[str], documented: frozenset[str] = frozenset()
    ) -> None:
        self._interpreter = Interpreter(tree, tops)
        self._tree = tree
        self._tops = tuple(tops)
        self._documented = documented

    def of(self, function: FunctionValue) -> PublicName:
        """Return the name of a function; of a constructor, that of its class."""
        try:
            return self._found(function)
        except RecursionError:  # A module is nested too deeply.
            return _name([], function.path)

    def _found(self, function: FunctionValue) -> PublicName:
        defining = function.owner
        if defining is None:
            return _name(self._paths(function.module, function.name), function.path)
        receiver = function.receiver or defining
        if function.last in ("__init__", "__new__"):
            return _name(self._paths(receiver.module, receiver.name), receiver.path)
        name = _name(self._method_paths(function.last, receiver, defining), function.path)
        return self._with_receiver(name, receiver)

    def _method_paths(self, method: str, receiver: ClassValue, defining: ClassValue) -> list[str]:
        """Return the paths to a method by the classes that have it, the documented ones first."""
        classes = self._interpreter.classes
        owners = [cls for cls in classes.mro(receiver) if classes.method(cls, method)] or [defining]
        paths = [f"{path}.{method}" for owner in owners for path in self._paths(owner.module, owner.name)]
        return [*(path for path in paths if path in self._documented), *paths]

    def _with_receiver(self, name: PublicName, receiver: ClassValue) -> PublicName:
        shown = name.name.rpartition(".")[0]
        paths = (*self._paths(receiver.module, receiver.name), receiver.path)
        return name if shown in paths else PublicName(name.name, name.aliases, paths[0])

    def _paths(self, module: str, name: str) -> list[str]:
        """Return the public paths to an object that a module defines, the best first."""
        top = name.partition(".")[0]
        holders = [holder for holder in self._holders.get(top, ()) if self._leads(holder, top, module)]
        lineage = _lineage(holders, top, module)
        public = [holder for holder in holders if is_public(holder.name)]
        related = [holder for holder in public if lineage.is_related(holder.name)]
        if not related and is_public(module):
            return [f"{module}.{name}"]
        shown = [holder for holder in (related or public) if _shows(holder, top, module)]
        ranks = {
            f"{holder.name}.{name}": (holder not in shown, lineage.rank(holder.name)) for holder in public
        }
        return sorted(
            filter(is_public, ranks),
            key=lambda path: (path not in self._documented, *ranks[path], path.count("."), len(path), path),
        )

    @cached_property
    def _holders(self) -> Mapping[str, Sequence[ParsedModule]]:
        """The modules that bind each name."""
        found: dict[str, list[ParsedModule]] = {}
        for module in self._tree.modules_of(self._tops):
            for name in (*module.bindings, *_star_names(module, self._tree)):
                found.setdefault(name, []).append(module)
        return found

    def _leads(self, holder: ParsedModule, name: str, module: str) -> bool:
        """Return whether a name in *holder* refers to the object that *module* defines under it."""
        values = self._interpreter.modules.of_module(holder.name, name)
        return any(_place(value) == (module, name) for value in values)


def _name(paths: Sequence[str], defined: str) -> PublicName:
    best = paths[0] if paths else defined
    return PublicName(best, tuple(sorted({*paths, *([defined] if paths else [])} - {best})))


def _place(value: Value) -> tuple[str, str]:
    return (value.module, value.name) if isinstance(value, FunctionValue | ClassValue) else ("", "")


def _lineage(holders: Sequence[ParsedModule], name: str, module: str) -> Lineage:
    """Return the homes and ancestors of what *module* defines as *name*, given the modules that bind it."""
    ancestors = frozenset(above(module))
    promoted = any(holder.name in ancestors and _promotes(holder, name) for holder in holders)
    return Lineage((module,), ancestors, promoted)


def _promotes(holder: ParsedModule, name: str) -> bool:
    listed = _listed(holder)
    return name in listed if listed else name in holder.bindings


def _shows(holder: ParsedModule, name: str, home: str) -> bool:
    """Return whether a name is part of a module's public API, and not merely imported there."""
    listed = _listed(holder)
    if holder.name == home or name in listed:
        return True
    return not listed and (holder.is_package or not is_public(home))


def _listed(module: ParsedModule) -> frozenset[str]:
    """Return the names in a module's ``__all__``."""
    return frozenset(
        element.value
        for binding in module.bindings.get("__all__", ())
        if isinstance(binding, ast.List | ast.Tuple)
        for element in binding.elts
        if isinstance(element, ast.Constant) and isinstance(element.value, str)
    )


def _star_names(module: ParsedModule, tree: SourceTree) -> Iterator[str]:
    for star in module.stars:
        source = tree.module(star)
        if source is not None:
            yield from (_listed(source) or [name for name in source.bindings if not name.startswith("_")])
