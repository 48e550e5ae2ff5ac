"""Lists the names that the source of a module and its classes binds, and how certain each is."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

import msgspec

from ..files import read_bounded
from .parsing import dotted, parsed, statements

__all__ = ["Class", "Imported", "Scope", "Value", "absolute", "bound_in", "read_scope", "scope_of"]

# A module that calls these can bind names that its source does not show.
_DYNAMIC_CALLS = frozenset({"exec", "globals", "vars", "locals", "setattr"})
_DYNAMIC_TEXTS = tuple(name.encode() for name in sorted(_DYNAMIC_CALLS))


class Imported(msgspec.Struct, frozen=True):
    """A name bound by an import: *attribute* of *module*, or the module itself if that is empty."""

    module: str
    attribute: str = ""


class Value(msgspec.Struct, frozen=True):
    """Any other name.

    Attributes:
        alias: The dotted expression that it was assigned, in the same scope; empty for others.
        sure: Whether it is certainly bound: a field without a default may be no attribute of its class.
    """

    alias: str = ""
    sure: bool = True


class Scope(msgspec.Struct):
    """The names that a module or a class body binds.

    Attributes:
        names: What each name is bound to; the last binding wins.
        stars: The modules that ``from … import *`` copies from.
        modules: The modules that ``import a.b`` loads, by their full names.
        open: Whether the scope may hold names that the source does not show.
        listed: The names in ``__all__``; None if there is no such list. An item that begins with ``*`` is a
            dotted expression whose items it adds, as in ``*data.__all__``; a mere ``*`` is one that
            cannot be read.
    """

    names: "dict[str, Imported | Value | Class]" = msgspec.field(default_factory=dict)
    stars: list[str] = msgspec.field(default_factory=list)
    modules: list[str] = msgspec.field(default_factory=list)
    open: bool = False
    listed: list[str] | None = None


class Class(Scope):
    """A class: its body, and its bases as dotted expressions (empty for any other expression).

    ``Base[T]`` is a base ``Base``.
    """

    bases: tuple[str, ...] = ()


@lru_cache(maxsize=4096)
def read_scope(path: Path, package: str, modified: int) -> Scope | None:
    """Return what the source file at *path* binds, or None if it cannot be parsed.

    Args:
        package: The package that its relative imports start from.
        modified: The file's modification time, only a key of the cache.
    """
    del modified
    try:
        return scope_of(read_bounded(path), package)
    except OSError:
        return None


def scope_of(source: bytes, package: str) -> Scope | None:
    """Return what *source* binds, or None if it cannot be parsed.

    Args:
        package: The package that its relative imports start from.
    """
    try:
        tree = parsed(source)
        scope = bound_in(tree, package)
        scope.open = (
            scope.open or "__getattr__" in scope.names or (_may_be_dynamic(source) and _is_dynamic(tree))
        )
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return scope


def bound_in(tree: ast.Module, package: str) -> Scope:
    """Return what the statements of a module bind; not whether there may be more."""
    scope = Scope()
    _bind(tree.body, scope, package)
    return scope


def _may_be_dynamic(source: bytes) -> bool:
    # To walk a whole tree takes as long as to parse it.
    return any(text in source for text in _DYNAMIC_TEXTS)


def _is_dynamic(tree: ast.Module) -> bool:
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return any(isinstance(func, ast.Name) and func.id in _DYNAMIC_CALLS for func in calls)


def _bind(body: Iterable[ast.stmt], scope: Scope, package: str) -> None:
    for statement in statements(body):
        _list(statement, scope)
        match statement:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                scope.names[name] = Value()
            case ast.ClassDef():
                scope.names[statement.name] = _class(statement, package)
            case ast.Import():
                _bind_import(statement, scope)
            case ast.ImportFrom():
                _bind_import_from(statement, scope, package)
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    _bind_target(target, Value(alias=dotted(value)), scope.names)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                _bind_target(target, Value(alias=dotted(value)), scope.names)
            case ast.AnnAssign(target=ast.Name(id=name)) if isinstance(scope, Class):
                scope.names.setdefault(name, Value(sure=False))


def _list(statement: ast.stmt, scope: Scope) -> None:
    """Add what *statement* adds to ``__all__``."""
    match statement:
        case (
            ast.Assign(targets=[ast.Name(id="__all__")], value=ast.expr() as value)
            | ast.AnnAssign(target=ast.Name(id="__all__"), value=ast.expr() as value)
        ):
            scope.listed = list(_listed(value))
        case ast.AugAssign(target=ast.Name(id="__all__"), value=value) | ast.Expr(
            ast.Call(ast.Attribute(ast.Name(id="__all__"), "extend"), [value])
        ):
            scope.listed = [*(scope.listed or ()), *_listed(value)]
        case ast.Expr(ast.Call(ast.Attribute(ast.Name(id="__all__"), "append"), [value])):
            scope.listed = [*(scope.listed or ()), *_item(value)]


def _listed(value: ast.expr) -> Iterator[str]:
    """Yield the items of an ``__all__`` as `Scope.listed` has them."""
    match value:
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
            yield from (item for part in parts for item in _item(part))
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            yield from _listed(left)
            yield from _listed(right)
        case ast.Call(func=ast.Name(id="list" | "sorted" | "tuple" | "set"), args=[inner]):
            yield from _listed(inner)
        case _:
            yield f"*{dotted(value)}"


def _item(part: ast.expr) -> Iterator[str]:
    match part:
        case ast.Constant(value=str(name)):
            yield name
        case ast.Starred(value=inner):
            yield from _listed(inner)
        case _:
            yield "*"


def _class(node: ast.ClassDef, package: str) -> Class:
    made = Class(bases=tuple(_base(base) for base in node.bases))
    _bind(node.body, made, package)
    # A decorator or a metaclass may add members.
    made.open = made.open or bool(node.decorator_list or node.keywords)
    for slot in _slots(node):
        made.names.setdefault(slot, Value())
    return made


def _base(node: ast.expr) -> str:
    return dotted(node.value if isinstance(node, ast.Subscript) else node)


def _slots(node: ast.ClassDef) -> Iterator[str]:
    for statement in statements(node.body):
        if isinstance(statement, ast.Assign) and any(
            dotted(target) == "__slots__" for target in statement.targets
        ):
            for part in ast.walk(statement.value):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value


def _bind_import(statement: ast.Import, scope: Scope) -> None:
    for name in statement.names:
        top = name.name.partition(".")[0]
        scope.names[name.asname or top] = Imported(name.name if name.asname else top)
        scope.modules.append(name.name)


def _bind_import_from(statement: ast.ImportFrom, scope: Scope, package: str) -> None:
    module = absolute(statement.module or "", statement.level, package)
    for name in statement.names:
        if name.name == "*":
            scope.stars.append(module)
        else:
            scope.names[name.asname or name.name] = Imported(module, name.name)


def absolute(module: str, level: int, package: str) -> str:
    """Return the absolute name of *module*, imported with *level* dots from within *package*."""
    if not level:
        return module
    base = package.split(".") if package else []
    if level > len(base):
        # Beyond the top there is nothing.
        return ""
    base = base[: len(base) - level + 1]
    return ".".join([*base, module] if module else base)


def _bind_target(target: ast.expr, value: Value, names: dict[str, Imported | Value | Class]) -> None:
    match target:
        case ast.Name(id=name):
            names[name] = value
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            for part in parts:
                _bind_target(part, Value(), names)
        case ast.Attribute(value=owner, attr=name):
            # `Class.method = …` after the class.
            found = _inner(names, dotted(owner))
            if isinstance(found, Class):
                found.names[name] = value


def _inner(names: Mapping[str, Imported | Value | Class], path: str) -> Imported | Value | Class | None:
    head, *rest = path.split(".")
    found = names.get(head)
    for part in rest:
        if not isinstance(found, Class):
            break
        found = found.names.get(part)
    return found
