"""Mutants of a Python file: one operator, constant, condition or statement is changed."""

import ast
import copy
from collections.abc import Callable, Iterator
from functools import partial

__all__ = ["mutants"]

_ARITHMETIC = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Div,
    ast.Mod: ast.Mult, ast.Pow: ast.Mult,
}  # fmt: skip
_COMPARISONS = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)

Change = tuple[str, ast.AST]


def mutants(source: str) -> Iterator[tuple[str, Callable[[], str]]]:
    """Yield a name for each mutant (line, owner, change) and a function that returns the mutated source."""
    tree = ast.parse(source)
    for place, (node, owner) in enumerate(_places(tree, "")):
        for number, (what, _) in enumerate(_changes(node)):
            name = f"{getattr(node, 'lineno', 0)}: {owner or 'module level'}: {what}"
            yield name, partial(_mutated, tree, place, number)


def _mutated(tree: ast.Module, place: int, number: int) -> str:
    changed = copy.deepcopy(tree)
    node, _ = list(_places(changed, ""))[place]
    _, new = list(_changes(node))[number]
    for parent in ast.walk(changed):
        for field, value in ast.iter_fields(parent):
            if value is node:
                setattr(parent, field, new)
            elif isinstance(value, list):
                value[:] = [new if item is node else item for item in value]
    return ast.unparse(ast.fix_missing_locations(changed))


def _places(node: ast.AST, owner: str) -> Iterator[tuple[ast.AST, str]]:
    """Yield the executable nodes, each with the function or class it is in."""
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "type_params"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _is_docstring(child):
                inside = ".".join(filter(None, (owner, getattr(child, "name", ""))))
                yield child, owner
                yield from _places(child, inside if isinstance(child, _DEFINITIONS) else owner)


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _changes(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        yield _with(node, "arithmetic", op=_ARITHMETIC[type(node.op)]())
    elif isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARISONS:
        yield _with(node, "comparison", ops=[_COMPARISONS[type(node.ops[0])](), *node.ops[1:]])
    elif isinstance(node, ast.BoolOp):
        yield _with(node, "boolean", op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
    elif isinstance(node, (ast.If, ast.While, ast.IfExp)):
        yield _with(node, "condition", test=ast.UnaryOp(ast.Not(), node.test))
    elif isinstance(node, ast.Return) and node.value is not None:
        yield _with(node, "return value", value=ast.Constant(None))
    elif isinstance(node, ast.Constant):
        yield from _constants(node)
    elif isinstance(node, (ast.Assign, ast.AugAssign, ast.Raise, ast.Expr, ast.Delete)):
        yield f"no {type(node).__name__.lower()}", ast.Pass()


def _constants(node: ast.Constant) -> Iterator[Change]:
    if isinstance(node.value, bool):
        yield "constant", ast.Constant(not node.value)
    elif isinstance(node.value, (int, float)):
        yield "constant", ast.Constant(node.value + 1)


def _with(node: ast.AST, what: str, **fields: object) -> Change:
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return what, new
