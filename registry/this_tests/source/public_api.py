"""Lists the public callables of a library from its source files alone: nothing is imported."""

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..files import read_bounded
from .inventory import CALLABLE_ROLES, Inventory
from .packages import is_hidden_module
from .parsing import dotted, parsed, statements, why_unread
from .scopes import absolute

__all__ = ["PublicCallable", "documented_callables", "public_callables"]

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

# Longer than real chains of re-exports.
_STEPS = 20


@dataclass(frozen=True, order=True)
class PublicCallable:
    """A function, class, method or property of the public API.

    Attributes:
        name: The shortest of its names.
        aliases: Its other names, sorted.
        module: The module that *name* begins with.
        file: The file that defines it; None if the sources do not show it.
        line: Starts at 1; 0 if the sources do not show it.
        definition: Its defining module and qualified name, as ``pkg.module:Class.method``.
        plain: Whether it is a function or method without decorators.
    """

    name: str
    aliases: tuple[str, ...]
    module: str
    file: Path | None = None
    line: int = 0
    definition: str = ""
    plain: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """All of its names, and the name where it is defined, which may be private."""
        defined = self.definition.replace(":", ".")
        others = (defined,) if defined and defined not in (self.name, *self.aliases) else ()
        return (self.name, *self.aliases, *others)


def public_callables(
    places: Mapping[str, Path], notice: Callable[[str], object] = lambda _: None
) -> tuple[PublicCallable, ...]:
    """Return the public callables of the packages at *places*, sorted by name.

    A module is public if no part of its name begins with an underscore, unless it belongs to tests that
    the library ships. Its public names are those in ``__all__``, or else the functions and classes that
    it defines; a package also has those that it imports from its own modules. A class has the methods
    that it defines.

    Args:
        places: The folder or file of each top-level package or module, by name.
        notice: Called with a message for each file that cannot be read or parsed.
    """
    library = _Library(places, notice)
    paths: dict[_Found, list[tuple[str, str]]] = {}
    for module in library.public_modules():
        for name in library.offered(module):
            found = library.resolve(module, name)
            if found is not None:
                paths.setdefault(found, []).append((f"{module}.{name}", module))
    return tuple(sorted(function for found, names in paths.items() for function in _named(found, names)))


def documented_callables(
    inventory: Inventory, found: Iterable[PublicCallable] = ()
) -> tuple[PublicCallable, ...]:
    """Return the callables that *inventory* lists, sorted by name.

    Args:
        found: The public callables in the sources, with their places.
    """
    known = {name: function for function in found for name in function.names}
    others: dict[str, list[str]] = {}
    for other, name in inventory.canonical.items():
        others.setdefault(name, []).append(other)
    return tuple(
        sorted(
            _documented(name, _module_of(name, inventory), others.get(name, ()), known)
            for name in inventory.callables
        )
    )


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


@dataclass(frozen=True)
class _Found:
    """A definition with its public members, identified by its place."""

    file: Path
    module: str
    name: str
    line: int
    members: tuple[tuple[str, int, bool], ...] = field(compare=False)
    plain: bool = False


def _named(found: _Found, paths: Iterable[tuple[str, str]]) -> Iterator[PublicCallable]:
    (name, module), *others = sorted(paths, key=lambda path: (path[0].count("."), path))
    aliases = tuple(sorted(other for other, _ in others))
    path = f"{found.module}:{found.name}"
    yield PublicCallable(name, aliases, module, found.file, found.line, path, found.plain)
    for member, line, plain in found.members:
        other = tuple(f"{alias}.{member}" for alias in aliases)
        yield PublicCallable(f"{name}.{member}", other, module, found.file, line, f"{path}.{member}", plain)


@dataclass
class _ApiModule:
    """The callables that the source of a module binds."""

    defined: dict[str, _Found] = field(default_factory=dict)
    imported: dict[str, tuple[str, str]] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    listed: tuple[str, ...] | None = None
    package: bool = False


class _Library:
    """The modules of a library; each is read once."""

    def __init__(self, places: Mapping[str, Path], notice: Callable[[str], object]) -> None:
        self._notice = notice
        self._files = {
            name: file for top, place in sorted(places.items()) for name, file in _modules(top, place)
        }
        self._read: dict[str, _ApiModule] = {}

    def public_modules(self) -> Iterator[str]:
        yield from (name for name in self._files if not is_hidden_module(name))

    def offered(self, name: str) -> Iterator[str]:
        module = self._module(name)
        if module.listed is not None:
            yield from dict.fromkeys(module.listed)
            return
        imported = (alias for alias, (source, _) in module.imported.items() if source in self._files)
        names = dict.fromkeys([*module.defined, *module.renamed, *(imported if module.package else ())])
        yield from (bound for bound in names if not bound.startswith("_"))
        if module.package:
            for star in module.stars:
                yield from (bound for bound in self._starred(star, {name}) if bound not in names)

    def resolve(self, module: str, name: str, steps: int = _STEPS) -> _Found | None:
        """Return the definition that *name* leads to, or None if it is no callable of the library."""
        if not steps or module not in self._files:
            return None
        found = self._module(module)
        if name in found.defined:
            return found.defined[name]
        if name in found.renamed:
            return self.resolve(module, found.renamed[name], steps - 1)
        if name in found.imported:
            return self.resolve(*found.imported[name], steps - 1)
        sought = (self.resolve(star, name, steps - 1) for star in found.stars)
        return next((definition for definition in sought if definition is not None), None)

    def _starred(self, name: str, seen: set[str]) -> Iterator[str]:
        if name in self._files and name not in seen:
            seen.add(name)
            module = self._module(name)
            own = (*module.defined, *module.renamed, *module.imported)
            names = module.listed if module.listed is not None else own
            yield from (bound for bound in names if not bound.startswith("_"))
            for star in module.stars if module.listed is None else ():
                yield from self._starred(star, seen)

    def _module(self, name: str) -> _ApiModule:
        if name not in self._read:
            self._read[name] = self._parse(self._files[name], name)
        return self._read[name]

    def _parse(self, file: Path, name: str) -> _ApiModule:
        try:
            return _read(parsed(read_bounded(file)), file, name)
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
            line, reason = why_unread(error)
            self._notice(f"{file}:{line}: {reason}, so that its callables are missing")
            return _ApiModule(package=file.name == "__init__.py")


def _modules(top: str, place: Path) -> Iterator[tuple[str, Path]]:
    if place.is_file():
        yield top, place
        return
    for file in sorted(place.rglob("*.py")):
        parts = [top, *file.relative_to(place).with_suffix("").parts]
        if all(part.isidentifier() for part in parts):
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), file


def _read(tree: ast.Module, file: Path, name: str) -> _ApiModule:
    package = file.name == "__init__.py"
    module = _ApiModule(package=package)
    base = name if package else name.rpartition(".")[0]
    for node in statements(tree.body):
        if isinstance(node, _Definition):
            module.defined[node.name] = _found(node, file, name)
        else:
            _bind(node, module, base)
    return module


def _found(node: _Definition, file: Path, module: str) -> _Found:
    return _Found(file, module, node.name, node.lineno, tuple(_members(node)), _is_plain(node))


def _is_plain(node: _Definition) -> bool:
    return not isinstance(node, ast.ClassDef) and not node.decorator_list


def _bind(node: ast.stmt, module: _ApiModule, base: str) -> None:
    match node:
        case ast.ImportFrom():
            source = absolute(node.module or "", node.level, base)
            for alias in node.names:
                if alias.name == "*":
                    module.stars.append(source)
                else:
                    module.imported[alias.asname or alias.name] = (source, alias.name)
        case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
            module.listed = _texts(value)
        case ast.AugAssign(target=ast.Name(id="__all__"), value=value):
            more = _texts(value)
            module.listed = None if more is None or module.listed is None else (*module.listed, *more)
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Name() as value):
            module.renamed[name] = dotted(value)


def _members(node: _Definition) -> Iterator[tuple[str, int, bool]]:
    if isinstance(node, ast.ClassDef):
        found = {
            method.name: (method.name, method.lineno, _is_plain(method))
            for method in statements(node.body)
            if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef) and not method.name.startswith("_")
        }
        yield from found.values()


def _texts(value: ast.expr) -> tuple[str, ...] | None:
    """Return the items of a literal list of strings, or None for any other expression."""
    try:
        found = ast.literal_eval(value)
    except (ValueError, TypeError):
        return None
    whole = isinstance(found, list | tuple) and all(isinstance(item, str) for item in found)
    return tuple(found) if whole else None
