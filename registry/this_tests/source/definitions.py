"""Reads the functions and classes that the modules of a library define, with what users get from them."""

import ast
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..files import read_bounded
from .origins import Origins
from .parsing import dotted, last_name, parsed, statements, why_unread
from .scopes import Class, Scope, bound_in

__all__ = ["Definition", "Definitions"]

_Function = ast.FunctionDef | ast.AsyncFunctionDef

# In an annotation that is a string.
_DOTTED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")


@dataclass(frozen=True, eq=False)
class Definition:
    """A function or class at the top of a module, or a method.

    Attributes:
        name: Without its module and class.
        line: Starts at 1.
        plain: Whether it is a function or method without decorators.
        is_class: Whether it is a class.
        members: The public methods that a class defines, by name.
        role: What it is, as Sphinx' Python domain calls it: ``function``, ``class``, ``method``, …
        gives: Dotted expressions, in its module, of what users may get from it: what a function, or a public
            method of a class, is annotated to return, and what a class makes its attributes of.
    """

    file: Path
    module: str
    name: str
    line: int
    plain: bool
    is_class: bool = False
    members: Mapping[str, "Definition"] = field(default_factory=dict)
    gives: tuple[str, ...] = ()
    role: str = "function"

    @property
    def path(self) -> str:
        """Its module and name, as ``pkg.module:name``."""
        return f"{self.module}:{self.name}"


class Definitions(Origins):
    """The modules of a library, each read once, and what they define.

    Args:
        places: The folder or file of each top-level package or module, by name.
        notice: Called with a message for each file that cannot be read or parsed.
    """

    def __init__(self, places: Mapping[str, Path], notice: Callable[[str], object]) -> None:
        super().__init__(lambda path: read_bounded(Path(path)))
        self.files = {
            name: file for top, place in sorted(places.items()) for name, file in _modules(top, place)
        }
        self._notice = notice
        self._defined: dict[str, Mapping[str, Definition]] = {}

    def packages(self) -> Iterator[str]:
        """Yield the modules that have submodules."""
        yield from (module for module, file in self.files.items() if _is_package(file))

    def defined(self, module: str) -> Mapping[str, Definition]:
        """Return what a module defines, by name."""
        self.scope(module)
        return self._defined.get(module, {})

    def meant(self, path: str) -> Definition | None:
        """Return what a dotted name leads to, or None if it is no function or class of the library."""
        for name in (*reversed(self.of(path)), path):
            module, _, attribute = name.rpartition(".")
            found = self.defined(module).get(attribute)
            if found is not None:
                return found
        return None

    def line(self, definition: Definition) -> Iterator[Definition]:
        """Yield a class and those that it inherits from, in method resolution order; a function alone."""
        yield definition
        cls = self._follow(f"{definition.module}.{definition.name}").cls if definition.is_class else ""
        for ancestor in self._line(cls) if cls else ():
            module, _, name = ancestor.rpartition(".")
            base = self.defined(module).get(name)
            if base is not None and base is not definition:
                yield base

    def bound(self, definition: Definition) -> Collection[str]:
        """Return the names that the body of a class binds."""
        scope = self.scope(definition.module)
        cls = scope.names.get(definition.name) if scope else None
        return cls.names if isinstance(cls, Class) else definition.members

    def _found(self, module: str) -> Scope | None:
        file = self.files.get(module)
        if file is None:
            return None
        try:
            tree = parsed(read_bounded(file))
            scope = bound_in(tree, module if _is_package(file) else module.rpartition(".")[0])
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
            line, reason = why_unread(error)
            self._notice(f"{file}:{line}: {reason}, so that its callables are missing")
            return None
        self._defined[module] = dict(_defined(tree.body, file, module))
        return scope


def _modules(top: str, place: Path) -> Iterator[tuple[str, Path]]:
    if place.is_file():
        yield top, place
        return
    for file in sorted(place.rglob("*.py")):
        parts = [top, *file.relative_to(place).with_suffix("").parts]
        if all(part.isidentifier() for part in parts):
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), file


def _is_package(file: Path) -> bool:
    return file.name == "__init__.py"


def _defined(body: Iterable[ast.stmt], file: Path, module: str) -> Iterator[tuple[str, Definition]]:
    for node in statements(body):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                gives = tuple(_names(node.returns))
                plain = not node.decorator_list
                yield node.name, Definition(file, module, node.name, node.lineno, plain, gives=gives)
            case ast.ClassDef():
                yield node.name, _class(node, file, module)


def _class(node: ast.ClassDef, file: Path, module: str) -> Definition:
    members: dict[str, Definition] = {}
    gives: list[str] = []
    for name, statement in _public(node.body):
        if isinstance(statement, _Function):
            plain = not statement.decorator_list
            members[name] = Definition(
                file, module, name, statement.lineno, plain, role=_role(statement.decorator_list)
            )
        gives += _given_by(statement)
    names = tuple(dict.fromkeys(gives))
    return Definition(file, module, node.name, node.lineno, False, True, members, names, role="class")


def _role(decorators: Iterable[ast.expr]) -> str:
    """Return what the decorators make of a function in a class."""
    names = {last_name(decorator) for decorator in decorators}
    return next((role for role in ("property", "classmethod", "staticmethod") if role in names), "method")


def _public(body: Iterable[ast.stmt]) -> Iterator[tuple[str, ast.stmt]]:
    """Yield the statements of a class that bind a public name, with the name."""
    for statement in statements(body):
        match statement:
            case (
                ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
                | ast.AnnAssign(target=ast.Name(id=name))
                | ast.Assign(targets=[ast.Name(id=name)])
            ) if not name.startswith("_"):
                yield name, statement


def _given_by(statement: ast.stmt) -> Iterator[str]:
    match statement:
        case ast.FunctionDef(returns=annotation) | ast.AsyncFunctionDef(returns=annotation):
            yield from _names(annotation)
        case ast.AnnAssign(annotation=annotation):
            yield from _names(annotation)
        case ast.Assign(value=ast.Call(args=values)):
            # An accessor is made of the class of its values: `str = Accessor(StringMethods)`.
            yield from _names(*(value for value in values if not isinstance(value, ast.Constant)))


def _names(*annotations: ast.expr | None) -> Iterator[str]:
    """Yield the dotted names in annotations."""
    waiting = list(annotations)
    for annotation in waiting:
        match annotation:
            case ast.Name() | ast.Attribute():
                yield dotted(annotation)
            case ast.Constant(value=str(text)):
                yield from _DOTTED.findall(text)
            case ast.Subscript(value=outer, slice=inner):
                waiting += [outer, inner]
            case ast.BinOp(left=left, right=right):
                waiting += [left, right]
            case ast.Tuple(elts=parts):
                waiting += parts
