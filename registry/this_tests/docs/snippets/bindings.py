"""Finds what the names in a scope of a test file are bound to, by syntax alone."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple, TypeAlias

from ...source.parsing import child_nodes

__all__ = ["Binding", "Comprehension", "Function", "Scope", "ScopeNode", "inner_nodes", "parameters"]

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Comprehension: TypeAlias = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
ScopeNode: TypeAlias = ast.Module | ast.ClassDef | Function | Comprehension

_SCOPES = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.Lambda,
    ast.ClassDef,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
)


class Binding(NamedTuple):
    """What binds a name.

    Attributes:
        how: ``value`` (an assignment), ``item`` (of what is iterated over), ``entered`` (a context),
            ``caught`` (an exception), ``import``, ``function``, ``class``, ``parameter``, or ``unknown``.
        node: The expression or statement; of a parameter, its annotation.
        alias: What an import binds.
    """

    how: str
    node: ast.AST | None = None
    alias: ast.alias | None = None


class Scope:
    """A module, class, function or comprehension, and what binds names in it.

    Attributes:
        path: The path of the file.
        around: The scope that it is in.
    """

    def __init__(self, node: ScopeNode, path: str, around: "Scope | None" = None) -> None:
        self.node = node
        self.path = path
        self.around = around
        # The scopes inside, and what names turned out to mean; for whoever resolves them.
        self.inside: dict[ast.AST, Scope] = {}
        self.known: dict[str, object] = {}

    @cached_property
    def names(self) -> Mapping[str, list[Binding]]:
        """What binds each name."""
        found: dict[str, list[Binding]] = {}
        for name, binding in _bindings(self.node):
            found.setdefault(name, []).append(binding)
        return found

    @property
    def is_class(self) -> bool:
        """Whether it is a class, whose names functions inside do not see."""
        return isinstance(self.node, ast.ClassDef)

    def scope_of(self, node: ScopeNode) -> "Scope":
        """Return the scope of a class, function or comprehension in this scope."""
        if node not in self.inside:
            self.inside[node] = Scope(node, self.path, self)
        return self.inside[node]


def parameters(function: Function) -> list[ast.arg]:
    """Return the parameters of a function, those that take one value."""
    arguments = function.args
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]


def inner_nodes(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield the nodes in *body* in no order, without what is inside of scopes of their own."""
    waiting = list(body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, _SCOPES):
            waiting.extend(child_nodes(node))


def _bindings(node: ScopeNode) -> Iterator[tuple[str, Binding]]:
    if isinstance(node, Comprehension):
        for generator in node.generators:
            yield from _targets(generator.target, "item", generator.iter)
        return
    if isinstance(node, Function):
        for parameter in parameters(node):
            yield parameter.arg, Binding("parameter", parameter.annotation)
        for rest in filter(None, (node.args.vararg, node.args.kwarg)):
            yield rest.arg, Binding("unknown")
        if isinstance(node, ast.Lambda):
            return
    for inner in inner_nodes(node.body):
        yield from _bound_by(inner)


def _bound_by(  # noqa: C901, PLR0912  # a kind of node each
    node: ast.AST,
) -> Iterator[tuple[str, Binding]]:
    """Yield the names that a node binds by itself."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _targets(target, "value", node.value)
    elif isinstance(node, ast.AnnAssign):
        if node.value:
            yield from _targets(node.target, "value", node.value)
    elif isinstance(node, ast.NamedExpr):
        yield node.target.id, Binding("value", node.value)
    elif isinstance(node, ast.For | ast.AsyncFor):
        yield from _targets(node.target, "item", node.iter)
    elif isinstance(node, ast.withitem):
        if node.optional_vars:
            yield from _targets(node.optional_vars, "entered", node.context_expr)
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        yield node.name, Binding("function", node)
    elif isinstance(node, ast.ClassDef):
        yield node.name, Binding("class", node)
    elif isinstance(node, ast.Import | ast.ImportFrom):
        for alias in node.names:
            yield alias.asname or alias.name.partition(".")[0], Binding("import", node, alias)
    elif isinstance(node, ast.ExceptHandler):
        if node.name:
            yield node.name, Binding("caught", node.type)
    elif isinstance(node, ast.MatchAs | ast.MatchStar):
        if node.name:
            yield node.name, Binding("unknown")
    elif isinstance(node, ast.MatchMapping) and node.rest:
        yield node.rest, Binding("unknown")


def _targets(target: ast.expr, how: str, value: ast.expr) -> Iterator[tuple[str, Binding]]:
    """Yield the names that an assignment of *value* to *target* binds."""
    if isinstance(target, ast.Name):
        yield target.id, Binding(how, value)
    elif isinstance(target, ast.Tuple | ast.List):
        same = isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts)
        if how == "value" and same and isinstance(value, ast.Tuple | ast.List):
            for inner, part in zip(target.elts, value.elts, strict=True):
                yield from _targets(inner, how, part)
            return
        for node in ast.walk(target):
            if isinstance(node, ast.Name):
                yield node.id, Binding("unknown")
