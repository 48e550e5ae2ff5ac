"""Parses modules and lists their bindings: imports, functions, classes and assignments."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from ..files import read_bounded
from ..source.parsing import parsed, statements
from ..source.scopes import Imported, absolute
from .definitions import Definition, is_accessory
from .values import ClassValue, FunctionValue

__all__ = ["Binding", "ParsedModule", "SourceTree", "bindings_of", "definitions"]

# An expression is a name's value; an element of a tuple is bound to the whole of it.
Binding = Imported | ast.stmt | ast.expr


@dataclass(frozen=True, eq=False)
class ParsedModule:
    """The syntax tree of one file, and the names that the module binds."""

    name: str
    path: Path
    tree: ast.Module = field(repr=False)

    @property
    def package(self) -> str:
        """The package that its relative imports start from."""
        return self.name if self.is_package else self.name.rpartition(".")[0]

    @property
    def is_package(self) -> bool:
        """Whether it is the ``__init__.py`` of a package."""
        return self.path.stem == "__init__"

    @cached_property
    def bindings(self) -> Mapping[str, Sequence[Binding]]:
        """What each name is bound to, in the order of the file."""
        return bindings_of(self.tree.body, self.package)

    @cached_property
    def stars(self) -> tuple[str, ...]:
        """The modules that ``from … import *`` copies from."""
        return tuple(
            absolute(statement.module or "", statement.level, self.package)
            for statement in statements(self.tree.body)
            if isinstance(statement, ast.ImportFrom) and any(alias.name == "*" for alias in statement.names)
        )


def bindings_of(body: Sequence[ast.stmt], package: str) -> Mapping[str, Sequence[Binding]]:
    """Return what the names of a scope are bound to.

    Args:
        package: The package that relative imports start from.
    """
    found: dict[str, list[Binding]] = {}
    for statement in statements(body):
        for name, binding in _bound(statement, package):
            found.setdefault(name, []).append(binding)
    return found


def _bound(node: ast.stmt, package: str) -> Iterator[tuple[str, Binding]]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name, node
        case ast.Import(names=names):
            for alias in names:
                top = alias.name.partition(".")[0]
                yield alias.asname or top, Imported(alias.name if alias.asname else top)
        case ast.ImportFrom(names=names):
            module = absolute(node.module or "", node.level, package)
            yield from ((alias.asname or alias.name, Imported(module, alias.name)) for alias in names)
        case ast.Assign(targets=targets, value=value):
            yield from ((target.id, value) for target in targets if isinstance(target, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name, node


def definitions(body: Sequence[ast.stmt]) -> Mapping[str, Sequence[Definition | ast.ClassDef]]:
    """Return the functions and classes that a scope defines, by name."""
    found: dict[str, list[Definition | ast.ClassDef]] = {}
    for statement in statements(body):
        if isinstance(statement, Definition | ast.ClassDef):
            found.setdefault(statement.name, []).append(statement)
    return found


class SourceTree:
    """All modules below some folders, each parsed on first use.

    Args:
        roots: Folders that hold top-level modules and packages; the first that has it wins.
        elsewhere: Folders where only the packages *tops* are looked for, such as those of ``sys.path``.
        tops: The import names of the library.
    """

    def __init__(
        self, roots: Sequence[Path], elsewhere: Sequence[Path] = (), tops: Sequence[str] = ()
    ) -> None:
        self._roots = tuple(roots)
        self._elsewhere = tuple(elsewhere)
        self._tops = frozenset(tops)
        self._modules: dict[str, ParsedModule | None] = {}
        self._definitions: dict[tuple[str, str], Mapping[str, Sequence[Definition | ast.ClassDef]]] = {}

    # Modules.

    def module(self, name: str) -> ParsedModule | None:
        """Return the module of this dotted name, or None where there is no source of it."""
        if name not in self._modules:
            self._modules[name] = self._find(name)
        return self._modules[name]

    def add(self, name: str, path: Path) -> ParsedModule | None:
        """Return the file at *path* as the module *name*."""
        if name not in self._modules:
            self._modules[name] = _parsed(name, path)
        return self._modules[name]

    def add_root(self, folder: Path) -> None:
        """Add a folder that holds top-level modules and packages."""
        if folder not in self._roots:
            self._roots += (folder,)
            self._modules = {name: module for name, module in self._modules.items() if module is not None}

    def is_folder(self, name: str) -> bool:
        """Return whether *name* is a folder, with or without an ``__init__.py``."""
        return any(root.joinpath(*name.split(".")).is_dir() for root in self._folders(name))

    def modules_of(self, tops: Sequence[str]) -> Iterator[ParsedModule]:
        """Yield all modules of the packages *tops*."""
        for top in tops:
            package = self.module(top)
            if package is not None:
                yield package
                yield from self._submodules(package)

    def _submodules(self, package: ParsedModule) -> Iterator[ParsedModule]:
        folder = package.path.parent
        for path in sorted(folder.rglob("*.py")) if package.is_package else ():
            parts = path.relative_to(folder).with_suffix("").parts
            module = None if parts[-1] == "__init__" else self.module(".".join((package.name, *parts)))
            if module is not None:
                yield module

    def _folders(self, name: str) -> tuple[Path, ...]:
        is_library = name.partition(".")[0] in self._tops
        return (*self._roots, *self._elsewhere) if is_library else self._roots

    def _find(self, name: str) -> ParsedModule | None:
        if not all(part.isidentifier() for part in name.split(".")):
            return None
        for root in self._folders(name):
            base = root.joinpath(*name.split("."))
            for path in (base / "__init__.py", base.with_name(f"{base.name}.py")):
                if path.is_file():
                    return _parsed(name, path)
        return None

    # Definitions.

    def defined(self, function: FunctionValue) -> tuple[ParsedModule, Definition] | None:
        """Return a function's module and definition, or None where its source is not found."""
        module, node = self.module(function.module), self.function_node(function.module, function.name)
        return None if module is None or node is None else (module, node)

    def class_node(self, cls: ClassValue) -> ast.ClassDef | None:
        """Return the definition of a class."""
        node = self._node(cls.module, cls.name)
        return node if isinstance(node, ast.ClassDef) else None

    def function_node(self, module: str, name: str) -> Definition | None:
        """Return the definition of a function: of several, the getter, else the last."""
        node = self._node(module, name)
        return node if isinstance(node, Definition) else None

    def _node(self, module: str, path: str) -> ast.stmt | None:
        outer, _, last = path.rpartition(".")
        nodes = self._definitions_in(module, outer).get(last, ())
        meant = [node for node in nodes if not is_accessory(node)] or nodes
        return meant[-1] if meant else None

    def _definitions_in(self, module: str, path: str) -> Mapping[str, Sequence[Definition | ast.ClassDef]]:
        """Return what a module, or the class or function at *path* in it, defines."""
        if (module, path) not in self._definitions:
            self._definitions[module, path] = definitions(self._body(module, path))
        return self._definitions[module, path]

    def _body(self, module: str, path: str) -> Sequence[ast.stmt]:
        source = self.module(module)
        if source is None or not path:
            return source.tree.body if source else ()
        outer, _, last = path.rpartition(".")
        nodes = self._definitions_in(module, outer).get(last, ())
        return nodes[-1].body if nodes else ()


def _parsed(name: str, path: Path) -> ParsedModule | None:
    try:
        return ParsedModule(name, path, parsed(read_bounded(path)))
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None
