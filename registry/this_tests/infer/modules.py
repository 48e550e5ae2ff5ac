"""The source of the library and of its tests: modules, what they bind, classes and their members."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from ..names.source import Imported, absolute, dotted
from ..syntax import flat, parsed, read_bounded
from .values import Class

__all__ = ["Binding", "Code", "Definition", "Module", "definitions", "is_definition"]

Definition = ast.FunctionDef | ast.AsyncFunctionDef
# An expression stands for what it is worth; a tuple's or a loop's part for what it is a part of.
Binding = Imported | ast.stmt | ast.expr


def is_definition(node: object) -> bool:
    """Return whether *node* defines a function."""
    return isinstance(node, Definition)


@dataclass(frozen=True, eq=False)
class Module:
    """One parsed file."""

    name: str
    path: Path
    tree: ast.Module = field(repr=False)

    @property
    def package(self) -> str:
        """The package that its relative imports start from."""
        return self.name if self.path.stem == "__init__" else self.name.rpartition(".")[0]

    @cached_property
    def bindings(self) -> Mapping[str, Sequence[Binding]]:
        """What each name is bound to, in the order of the file."""
        return bindings_of(self.tree.body, self.package)

    @cached_property
    def stars(self) -> tuple[str, ...]:
        """The modules that ``from … import *`` copies from."""
        return tuple(
            absolute(each.module or "", each.level, self.package)
            for each in flat(self.tree.body)
            if isinstance(each, ast.ImportFrom) and any(alias.name == "*" for alias in each.names)
        )


def bindings_of(body: Sequence[ast.stmt], package: str) -> Mapping[str, Sequence[Binding]]:
    """Return what the names of a scope are bound to."""
    found: dict[str, list[Binding]] = {}
    for each in flat(body):
        for name, binding in _bound(each, package):
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
            yield from ((each.id, value) for each in targets if isinstance(each, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name, node


class Code:
    """All modules below some roots, each parsed when it is first asked for.

    Args:
        roots: Folders that hold top-level modules and packages; the first to have one wins.
        elsewhere: Folders where to look for the packages *tops* alone, such as those of ``sys.path``.
        tops: The import names of the library.
    """

    def __init__(
        self, roots: Sequence[Path], elsewhere: Sequence[Path] = (), tops: Sequence[str] = ()
    ) -> None:
        self._roots = tuple(roots)
        self._elsewhere = tuple(elsewhere)
        self._tops = frozenset(tops)
        self._modules: dict[str, Module | None] = {}
        self._defined: dict[tuple[str, str], Mapping[str, Sequence[Definition | ast.ClassDef]]] = {}

    def module(self, name: str) -> Module | None:
        """Return the module of this dotted name, or None where there is no source of it."""
        if name not in self._modules:
            self._modules[name] = self._find(name)
        return self._modules[name]

    def add(self, name: str, path: Path) -> Module | None:
        """Return the file at *path* as the module *name*."""
        if name not in self._modules:
            self._modules[name] = _parsed(name, path)
        return self._modules[name]

    def look_in(self, folder: Path) -> None:
        """Take one more folder for one that holds top-level modules and packages."""
        if folder not in self._roots:
            self._roots += (folder,)
            self._modules = {name: module for name, module in self._modules.items() if module is not None}

    def is_folder(self, name: str) -> bool:
        """Return whether *name* is a package without a file of its own."""
        return any(root.joinpath(*name.split(".")).is_dir() for root in self._places(name))

    def _places(self, name: str) -> tuple[Path, ...]:
        is_library = name.partition(".")[0] in self._tops
        return (*self._roots, *self._elsewhere) if is_library else self._roots

    def below(self, tops: Sequence[str]) -> Iterator[Module]:
        """Yield all modules of the packages *tops*."""
        for top in tops:
            head = self.module(top)
            if head is not None:
                yield head
                folder = head.path.parent
                for path in sorted(folder.rglob("*.py")) if head.path.stem == "__init__" else ():
                    parts = path.relative_to(folder).with_suffix("").parts
                    found = None if parts[-1] == "__init__" else self.module(".".join((top, *parts)))
                    if found is not None:
                        yield found

    def _find(self, name: str) -> Module | None:
        if not all(part.isidentifier() for part in name.split(".")):
            return None
        for root in self._places(name):
            base = root.joinpath(*name.split("."))
            for path in (base / "__init__.py", base.with_name(f"{base.name}.py")):
                if path.is_file():
                    return _parsed(name, path)
        return None

    def class_node(self, cls: Class) -> ast.ClassDef | None:
        """Return the definition of a class."""
        found = self._node(cls.module, cls.name)
        return found if isinstance(found, ast.ClassDef) else None

    def function_node(self, module: str, name: str) -> Definition | None:
        """Return the definition of a function: of several, the getter, else the last."""
        found = self._node(module, name)
        return found if isinstance(found, Definition) else None

    def _node(self, module: str, path: str) -> ast.stmt | None:
        outer, _, last = path.rpartition(".")
        return _chosen(self._definitions(module, outer).get(last, ()))

    def _definitions(self, module: str, path: str) -> Mapping[str, Sequence[Definition | ast.ClassDef]]:
        """Return what a module, or the class or function at *path* in it, defines."""
        if (module, path) not in self._defined:
            self._defined[module, path] = definitions(self._body(module, path))
        return self._defined[module, path]

    def _body(self, module: str, path: str) -> Sequence[ast.stmt]:
        source = self.module(module)
        if source is None or not path:
            return source.tree.body if source else ()
        outer, _, last = path.rpartition(".")
        found = self._definitions(module, outer).get(last, ())
        return found[-1].body if found else ()


def _chosen(nodes: Sequence[Definition | ast.ClassDef]) -> Definition | ast.ClassDef | None:
    # `@overload` comes before, `@x.setter` after what is meant.
    plain = [each for each in nodes if not any(_is_accessory(one) for one in each.decorator_list)]
    chosen = plain or nodes
    return chosen[-1] if chosen else None


def _is_accessory(decorator: ast.expr) -> bool:
    name = dotted(decorator).rpartition(".")[2]
    return name in ("overload", "setter", "deleter")


def definitions(body: Sequence[ast.stmt]) -> Mapping[str, Sequence[Definition | ast.ClassDef]]:
    """Return the functions and classes that a scope defines, by name."""
    found: dict[str, list[Definition | ast.ClassDef]] = {}
    for each in flat(body):
        if isinstance(each, Definition | ast.ClassDef):
            found.setdefault(each.name, []).append(each)
    return found


def _parsed(name: str, path: Path) -> Module | None:
    try:
        return Module(name, path, parsed(read_bounded(path)))
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None
