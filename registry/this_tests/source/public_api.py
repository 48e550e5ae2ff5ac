"""Lists the callables of a library's API, from inventories or from source files: nothing is imported."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..gc_pause import collector_paused
from .definitions import Definition, Definitions
from .inventory import CALLABLE_ROLES, Inventory
from .packages import is_hidden_module
from .public_modules import PublicModules, ReadReExports

__all__ = ["PublicCallable", "is_maker", "public_callables"]


@dataclass(frozen=True, order=True)
class PublicCallable:
    """A function, class, method or property of the public API.

    Attributes:
        name: The name that a test of it is recorded under, as far as the sources show it.
        aliases: Its other names, sorted.
        module: The module that *name* begins with.
        file: The file that defines it; None if the sources do not show it.
        line: Starts at 1; 0 if the sources do not show it.
        definition: Its defining module and qualified name, as ``pkg.module:Class.method``.
        plain: Whether it is a function or method without decorators.
        role: What it is, as Sphinx' Python domain calls it: ``function``, ``class``, ``method``, …
    """

    name: str
    aliases: tuple[str, ...]
    module: str
    file: Path | None = None
    line: int = 0
    definition: str = ""
    plain: bool = False
    role: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """All of its names, and the name where it is defined, which may be private."""
        defined = self.definition.replace(":", ".")
        others = (defined,) if defined and defined not in (self.name, *self.aliases) else ()
        return (self.name, *self.aliases, *others)


def public_callables(
    places: Mapping[str, Path],
    notice: Callable[[str], object] = lambda _: None,
    inventory: Inventory | None = None,
) -> tuple[PublicCallable, ...]:
    """Return the callables that the API of a library consists of, sorted by name; each counts once.

    This is what `coverage`, `check` and the overview in the docs count. The *inventory* decides, if there
    is one: the API is what it lists, without constructors, whose tests are those of the class.

    Otherwise the sources decide. Public are the functions and classes that public modules (`PublicModules`)
    offer, and those that an internal module in a public package lists in its own ``__all__``; also the
    classes whose objects users get from these, as what they return or by an accessor. A class has the
    methods that it defines, and those that it inherits from classes that are not public. What another
    library defines is not public.

    Args:
        places: The folder or file of each top-level package or module, by name.
        notice: Called with a message for each file that cannot be read or parsed.
        inventory: What the docs list.
    """
    with collector_paused():
        found = sorted(_Library(places, notice).callables(whole=inventory is not None))
    return tuple(found) if inventory is None else tuple(sorted(_documented_in(inventory, found)))


def is_maker(name: str) -> bool:
    """Return whether *name* is a constructor: each test of the class is a test of it."""
    return name.endswith((".__init__", ".__new__"))


def _documented_in(inventory: Inventory, found: Iterable[PublicCallable]) -> Iterator[PublicCallable]:
    known = {name: function for function in found for name in function.names}
    others: dict[str, list[str]] = {}
    for other, name in inventory.canonical.items():
        others.setdefault(name, []).append(other)
    for name in inventory.callables:
        if not is_maker(name):
            found_there = _documented(name, _module_of(name, inventory), others.get(name, ()), known)
            yield replace(found_there, role=inventory.entries[name])


def _documented(
    name: str, module: str, others: Iterable[str], known: Mapping[str, PublicCallable]
) -> PublicCallable:
    source = next(
        (known[other] for other in (name, *others) if other in known), PublicCallable(name, (), module)
    )
    aliases = tuple(sorted({*source.names, *others} - {name}))
    return replace(source, name=name, aliases=aliases, module=module)


def _module_of(name: str, inventory: Inventory) -> str:
    head = name.rpartition(".")[0]
    return _module_of(head, inventory) if inventory.entries.get(head) in CALLABLE_ROLES else head


class _Library:
    """What a library shows to its users."""

    def __init__(self, places: Mapping[str, Path], notice: Callable[[str], object]) -> None:
        self._definitions = Definitions(places, notice)
        self._re_exports = ReadReExports(places, self._definitions)
        self._modules = PublicModules(self._definitions, self._re_exports)
        # All public names of each definition; those in internal modules are aliases.
        self._paths: dict[Definition, list[str]] = {}

    def callables(self, *, whole: bool) -> Iterator[PublicCallable]:
        """Yield the public callables; with *whole*, also those in internal modules."""
        shown = self._shown()
        counted = dict.fromkeys(self._paths) if whole else self._given(shown)
        names = {found: self._name(found) for found in counted}
        inherited: dict[Definition, list[tuple[Definition, Definition]]] = {}
        for found, name in names.items():
            yield _callable(found, found.path, name, self._paths[found])
            for cls, method in self._methods(found):
                if cls is found:
                    yield _method(found, method, [(name, self._paths[found])])
                elif cls not in counted:
                    inherited.setdefault(method, []).append((found, cls))
        for method, heirs in inherited.items():
            # As `names` chooses: first a class of the same module.
            heirs.sort(key=lambda heir: (heir[0].module != method.module, _rank(names[heir[0]])))
            owners = [(names[heir], self._paths[heir]) for heir, _ in heirs]
            yield _method(heirs[0][1], method, owners)

    def _shown(self) -> list[Definition]:
        """Return the definitions that users can import, and note the names of all."""
        found: dict[Definition, None] = {}
        for module in self._definitions.files:
            if is_hidden_module(module):
                continue
            for name in self._modules.offered(module):
                definition = self._definitions.meant(f"{module}.{name}")
                if definition is not None:
                    self._paths.setdefault(definition, []).append(f"{module}.{name}")
                    if self._is_for_users(module, name):
                        found[definition] = None
        return list(found)

    def _is_for_users(self, module: str, name: str) -> bool:
        if module in self._modules:
            return True
        listed = self._re_exports.list_of(module) or ()
        return name in listed and self._modules.has_public_package(module)

    def _given(self, shown: Sequence[Definition]) -> dict[Definition, None]:
        """Return what is *shown*, and the classes whose objects users get from it.

        A base of such a class is left out: users know the subclass.
        """
        found = dict.fromkeys(shown)
        bases = {cls for definition in shown for cls in self._definitions.line(definition)}
        waiting = list(shown)
        for definition in waiting:
            for other in self._gives(definition):
                if other not in bases and other not in found:
                    found[other] = None
                    waiting.append(other)
        return found

    def _gives(self, definition: Definition) -> Iterator[Definition]:
        for cls in self._definitions.line(definition):
            for expression in cls.gives:
                found = self._definitions.meant(f"{cls.module}.{expression}")
                if found is None:
                    continue
                if found in self._paths and found.is_class and not found.name.startswith("_"):
                    yield found

    def _methods(self, definition: Definition) -> Iterator[tuple[Definition, Definition]]:
        """Yield the public methods of a class, each with the class that defines it."""
        seen: set[str] = set()
        for cls in self._definitions.line(definition):
            yield from ((cls, method) for name, method in cls.members.items() if name not in seen)
            seen.update(self._definitions.bound(cls))

    def _name(self, definition: Definition) -> str:
        best = self._re_exports.paths_to(definition.module, definition.name)
        return best[0] if best else min(self._paths[definition], key=_rank)


def _rank(path: str) -> tuple[int, str]:
    return path.count("."), path


def _method(
    cls: Definition, method: Definition, owners: Sequence[tuple[str, Sequence[str]]]
) -> PublicCallable:
    """Return a method of *cls* that *owners* show: the names of classes, with all names of each."""
    paths = [f"{path}.{method.name}" for name, paths in owners for path in (name, *paths)]
    found = _callable(method, f"{cls.path}.{method.name}", paths[0], paths)
    return replace(found, module=owners[0][0].rpartition(".")[0])


def _callable(found: Definition, definition: str, name: str, paths: Iterable[str]) -> PublicCallable:
    aliases = tuple(sorted({*paths} - {name}))
    module = name.rpartition(".")[0]
    return PublicCallable(name, aliases, module, found.file, found.line, definition, found.plain, found.role)
