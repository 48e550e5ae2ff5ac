"""Inserts flags and witnesses into a module's syntax tree.

A flag reports that a function of the library starts; a witness reports what the code of a test file calls.
"""

import ast
from collections.abc import Callable, Iterator
from typing import Final, TypeVar, cast

from ..source.parsing import last_name, with_deep_stack
from .child import PLACEHOLDER
from .forwarders import ARGUMENTS
from .plain_code import reads_code

__all__ = ["example_with_witnesses", "with_flags", "with_witnesses"]

_WITNESS: Final = "@this_tests"
_WITNESSES: Final = "this_tests.observe.flags"
# These compilers of functions read the bytecode and fail on a flag.
_COMPILERS: Final = frozenset({"cfunc", "guvectorize", "jit", "njit", "stencil", "vectorize"})

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Node = TypeVar("_Node", ast.If, ast.IfExp)


def with_flags(tree: ast.Module) -> ast.Module:
    """Return *tree* with a placeholder for a flag at the start of each function."""
    return cast("ast.Module", _FlagInserter().visit(tree))


class _FlagInserter(ast.NodeTransformer):
    """A transformer that inserts ``if flag.armed: flag.hit()`` before the first statement.

    It has the line of that statement, so that tracers see the same lines as without it.
    """

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._flagged(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._flagged(node)

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        self.generic_visit(node)
        flag = ast.BoolOp(ast.And(), [_attribute("armed"), _hit()])
        node.body = _located(ast.IfExp(flag, ast.Constant(None), node.body), node.body)
        return node

    def _flagged(self, node: _Function) -> ast.AST:
        self.generic_visit(node)
        if not any(_name_of(decorator) in _COMPILERS for decorator in node.decorator_list):
            begin = 1 if _is_docstring(node.body[0]) else 0
            first = next(filter(_makes_code, node.body[begin:]), node)
            node.body.insert(begin, _located(ast.If(_attribute("armed"), [ast.Expr(_hit())], []), first))
        return node


def _attribute(name: str) -> ast.expr:
    return ast.Attribute(ast.Constant(PLACEHOLDER), name, ast.Load())


def _hit() -> ast.expr:
    return ast.Call(_attribute("hit"), [], [])


def _located(node: _Node, at: ast.stmt | ast.expr) -> _Node:
    """Set the location of *node*, and of nodes inside without one, to the start of *at*."""
    decorators: list[ast.expr] = getattr(at, "decorator_list", [])
    line, column = (decorators[0] if decorators else at).lineno, at.col_offset
    for child in ast.walk(node):
        if "lineno" in child._attributes and not hasattr(child, "lineno"):
            location = {"lineno": line, "end_lineno": line, "col_offset": column, "end_col_offset": column}
            for name, value in location.items():
                setattr(child, name, value)
    return node


def _makes_code(statement: ast.stmt) -> bool:
    """Return whether a tracer sees the line of *statement*."""
    match statement:
        case ast.Global() | ast.Nonlocal() | ast.AnnAssign(target=ast.Name(), value=None):
            return False
    return True


def _is_docstring(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _name_of(decorator: ast.expr) -> str:
    return last_name(decorator.func if isinstance(decorator, ast.Call) else decorator)


def with_witnesses(tree: ast.Module, is_test: Callable[[str], bool]) -> ast.Module:
    """Return *tree*, of a test file, with a witness in each call inside a function.

    A file that looks at code may look at its own, and stays as it is.

    ``f(x)`` becomes ``witness.body(f)(x)``, or ``witness.helper(f)(x)`` outside of tests. What
    is called, when, and from which frame stays the same.

    Args:
        is_test: Returns whether the qualified name of a function is that of a test.
    """
    if reads_code(_identifiers(tree)):
        return tree
    inserter = _WitnessInserter(is_test, evaluates_annotations=not _postpones_annotations(tree))
    tree = cast("ast.Module", with_deep_stack(lambda: inserter.visit(tree)))
    location = {"lineno": 1, "end_lineno": 1, "col_offset": 0, "end_col_offset": 0}
    head = ast.Import([ast.alias(_WITNESSES, _WITNESS, **location)], **location)
    tree.body.insert(_after_future_imports(tree.body), head)
    return tree


def _identifiers(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name) | ast.Name(id=name):
                yield name
            case ast.Import(names=aliases):
                yield from (alias.name for alias in aliases)
            case ast.ImportFrom(module=module, names=aliases):
                yield from (module or "", *(alias.name for alias in aliases))


def example_with_witnesses(tree: ast.Interactive) -> ast.Interactive:
    """Return *tree*, of a doctest's example, with a witness in each call.

    A doctest may look at its global names, so the code has placeholders for the module of the witnesses.
    """
    inserter = _WitnessInserter(
        lambda _: True, evaluates_annotations=False, witnesses=lambda: ast.Constant(PLACEHOLDER), depth=1
    )
    return cast("ast.Interactive", with_deep_stack(lambda: inserter.visit(tree)))


def _postpones_annotations(tree: ast.Module) -> bool:
    return any(
        isinstance(statement, ast.ImportFrom)
        and statement.module == "__future__"
        and any(name.name == "annotations" for name in statement.names)
        for statement in tree.body
    )


def _after_future_imports(body: list[ast.stmt]) -> int:
    positions = (
        number
        for number, statement in enumerate(body, 1)
        if (number == 1 and _is_docstring(statement))
        or (isinstance(statement, ast.ImportFrom) and statement.module == "__future__")
    )
    return max(positions, default=0)


class _WitnessInserter(ast.NodeTransformer):
    """A transformer that passes the callee of each call through a witness.

    Args:
        is_test: Returns whether the qualified name of a function is that of a test.
        evaluates_annotations: Whether annotations are code, and not made into text.
        witnesses: Makes a reference to the module of the witnesses.
        depth: How many functions are around the tree.
    """

    def __init__(
        self,
        is_test: Callable[[str], bool],
        *,
        evaluates_annotations: bool,
        witnesses: Callable[[], ast.expr] = lambda: ast.Name(_WITNESS, ast.Load()),
        depth: int = 0,
    ) -> None:
        self._is_test = is_test
        self._evaluates_annotations = evaluates_annotations
        self._witnesses = witnesses
        self._names: list[str] = []
        self._depth = depth

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self._decorated(node)
        node.bases = [self.visit(base) for base in node.bases]
        node.keywords = [self.visit(keyword) for keyword in node.keywords]
        return self._inside(node, node.name)

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        self._defaults(node.args)
        self._depth += 1
        node.body = self.visit(node.body)
        self._depth -= 1
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        forwarded = ARGUMENTS.get(last_name(node.func), len(node.args))
        self.generic_visit(node)
        if self._depth and _is_plain(node.func):
            node.func = self._witnessed(node.func)
            # What `pytest.raises` calls, it calls for the test.
            if not any(isinstance(argument, ast.Starred) for argument in node.args[: forwarded + 1]):
                node.args[forwarded : forwarded + 1] = map(
                    self._witnessed, node.args[forwarded : forwarded + 1]
                )
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.target = self.visit(node.target)
        node.annotation = self._annotation(node.annotation)
        node.value = node.value and self.visit(node.value)
        return node

    def _annotation(self, node: ast.expr) -> ast.expr:
        return cast("ast.expr", self.visit(node)) if self._evaluates_annotations else node

    def _witnessed(self, called: ast.expr) -> ast.expr:
        witness = "body" if self._is_test(".".join(self._names)) else "helper"
        through = ast.Attribute(self._witnesses(), witness, ast.Load())
        call = ast.Call(through, [called], [])
        for node in (through.value, through, call):
            ast.copy_location(node, called)
        return call

    def _decorated(self, node: _Function | ast.ClassDef) -> None:
        visited: list[ast.expr] = [self.visit(decorator) for decorator in node.decorator_list]
        # At depth 0, they are called while the module is imported, but the lambdas in them later.
        node.decorator_list = [
            self._witnessed(call) if self._depth and _is_plain(call) else call for call in visited
        ]

    def _function(self, node: _Function) -> ast.AST:
        # This runs when the function is defined: if it is inside another, when that one runs.
        self._decorated(node)
        self._defaults(node.args)
        for argument in _arguments(node.args):
            argument.annotation = argument.annotation and self._annotation(argument.annotation)
        node.returns = node.returns and self._annotation(node.returns)
        self._depth += 1
        self._inside(node, node.name)
        self._depth -= 1
        return node

    def _defaults(self, arguments: ast.arguments) -> None:
        arguments.defaults = [self.visit(default) for default in arguments.defaults]
        arguments.kw_defaults = [default and self.visit(default) for default in arguments.kw_defaults]

    def _inside(self, node: _Function | ast.ClassDef, name: str) -> ast.AST:
        """Visit the body of *node*, without decorators and defaults, which run at its definition."""
        self._names.append(name)
        node.body = [self.visit(statement) for statement in node.body]
        self._names.pop()
        return node


def _arguments(arguments: ast.arguments) -> Iterator[ast.arg]:
    yield from (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    yield from filter(None, (arguments.vararg, arguments.kwarg))


def _is_plain(called: ast.expr) -> bool:
    """Return whether *called* may be passed on: not ``super``, and not what pytest or we inserted."""
    root = called.func if isinstance(called, ast.Call) else called
    while isinstance(root, ast.Attribute):
        root = root.value
    return not (
        isinstance(root, ast.Name) and (root.id in {"super", _WITNESS} or root.id.startswith("@pytest"))
    )
