"""Syntax trees with flags: functions that tell when they start, tests that tell what they call."""

import ast
from collections.abc import Callable
from types import CodeType
from typing import Final, TypeVar, cast

from ..source.parsing import last_name, with_deep_stack
from .flags import Flag

__all__ = ["VERSION", "with_flags", "with_flags_in_place", "with_witnesses"]

# Changes with what the transformation makes, so that files cached by another version are not used.
VERSION: Final = 2

# Stands for a function's flag until the code is loaded: a syntax tree and a cached file hold plain
# values only.
_PLACEHOLDER: Final = "@this_tests.flag"
_WITNESS: Final = "@this_tests"
_WITNESSES: Final = "this_tests.observe.flags"
# Compilers of functions read the bytecode, and would stumble over a flag.
_COMPILERS: Final = frozenset({"cfunc", "guvectorize", "jit", "njit", "stencil", "vectorize"})

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Node = TypeVar("_Node", ast.If, ast.IfExp)


def with_flags(tree: ast.Module) -> ast.Module:
    """Return *tree* with a place for a flag at the head of each function."""
    return cast("ast.Module", _Flagging().visit(tree))


def with_flags_in_place(code: CodeType, flag: Callable[[CodeType], Flag]) -> CodeType:
    """Return compiled *code* with the flags that *flag* makes of each function in their places."""
    consts = tuple(_placed(each, code, flag) for each in code.co_consts)
    return code.replace(co_consts=consts)


def _placed(const: object, code: CodeType, flag: Callable[[CodeType], Flag]) -> object:
    if type(const) is CodeType:
        return with_flags_in_place(const, flag)
    return flag(code) if type(const) is str and const == _PLACEHOLDER else const


class _Flagging(ast.NodeTransformer):
    """Puts ``if flag.armed: flag.hit()`` before the first statement, on its line.

    On its line, so that whoever traces lines sees those that he would see without us.
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
    return ast.Attribute(ast.Constant(_PLACEHOLDER), name, ast.Load())


def _hit() -> ast.expr:
    return ast.Call(_attribute("hit"), [], [])


def _located(node: _Node, at: ast.stmt | ast.expr) -> _Node:
    """Give *node*, and what in it has no place yet, the place where *at* begins."""
    decorators: list[ast.expr] = getattr(at, "decorator_list", [])
    line, column = (decorators[0] if decorators else at).lineno, at.col_offset
    for each in ast.walk(node):
        if "lineno" in each._attributes and not hasattr(each, "lineno"):
            place = {"lineno": line, "end_lineno": line, "col_offset": column, "end_col_offset": column}
            for name, value in place.items():
                setattr(each, name, value)
    return node


def _makes_code(statement: ast.stmt) -> bool:
    """Tell whether the line of *statement* is one that a tracer ever sees."""
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
    """Return *tree*, of a test file, with each call in a function telling what it calls.

    ``f(x)`` becomes ``witness.body(f)(x)``, or ``witness.helper(f)(x)`` outside of tests. What
    is called, when, and from which frame stays the same.

    Args:
        is_test: Tells of a function's qualified name whether it is a test's own body.
    """
    tree = cast("ast.Module", with_deep_stack(lambda: _Witnessing(is_test).visit(tree)))
    place = {"lineno": 1, "end_lineno": 1, "col_offset": 0, "end_col_offset": 0}
    head = ast.Import([ast.alias(_WITNESSES, _WITNESS, **place)], **place)
    tree.body.insert(_after_future_imports(tree.body), head)
    return tree


def _after_future_imports(body: list[ast.stmt]) -> int:
    places = (
        number
        for number, each in enumerate(body, 1)
        if (number == 1 and _is_docstring(each))
        or (isinstance(each, ast.ImportFrom) and each.module == "__future__")
    )
    return max(places, default=0)


class _Witnessing(ast.NodeTransformer):
    """Passes what is called through a function of ours."""

    def __init__(self, is_test: Callable[[str], bool]) -> None:
        self._is_test = is_test
        self._names: list[str] = []
        self._depth = 0

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        if self._depth:
            self._decorated(node)
            node.bases = [self.visit(each) for each in node.bases]
            node.keywords = [self.visit(each) for each in node.keywords]
        return self._inside(node, node.name)

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        self._depth += 1
        node.body = self.visit(node.body)
        self._depth -= 1
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if self._depth and _is_plain(node.func):
            node.func = self._witnessed(node.func)
        return node

    def _witnessed(self, called: ast.expr) -> ast.expr:
        witness = "body" if self._is_test(".".join(self._names)) else "helper"
        through = ast.Attribute(ast.Name(_WITNESS, ast.Load()), witness, ast.Load())
        call = ast.Call(through, [called], [])
        for each in (through.value, through, call):
            ast.copy_location(each, called)
        return call

    def _decorated(self, node: _Function | ast.ClassDef) -> None:
        visited: list[ast.expr] = [self.visit(each) for each in node.decorator_list]
        node.decorator_list = [self._witnessed(each) if _is_plain(each) else each for each in visited]

    def _function(self, node: _Function) -> ast.AST:
        if self._depth:
            # Inside of a function, it is made when that runs.
            self._decorated(node)
            node.args.defaults = [self.visit(each) for each in node.args.defaults]
            node.args.kw_defaults = [each and self.visit(each) for each in node.args.kw_defaults]
        self._depth += 1
        self._inside(node, node.name)
        self._depth -= 1
        return node

    def _inside(self, node: _Function | ast.ClassDef, name: str) -> ast.AST:
        """Visit what *node* does when it runs, and not how it is made: its decorators, its defaults."""
        self._names.append(name)
        node.body = [self.visit(each) for each in node.body]
        self._names.pop()
        return node


def _is_plain(called: ast.expr) -> bool:
    """Tell whether *called* may be passed along: not ``super``, nor what pytest or we put into the tree."""
    root = called.func if isinstance(called, ast.Call) else called
    while isinstance(root, ast.Attribute):
        root = root.value
    return not (
        isinstance(root, ast.Name) and (root.id in {"super", _WITNESS} or root.id.startswith("@pytest"))
    )
