"""Mutants of a Python file: one operator, constant, statement, decorator, base or default is changed."""

import ast
import copy
from collections.abc import Callable, Iterator, Sequence
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
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)

Change = tuple[str, ast.AST]


def mutants(source: str) -> Iterator[tuple[str, bool, Callable[[], str]]]:
    """Yield the mutants of a file.

    For each: a name (line, owner, change), whether the change is outside of the bodies of functions, so that
    it happens at import, and a function that returns the mutated source.
    """
    tree = ast.parse(source)
    for place, (node, owner, is_body) in enumerate(_places(tree, "", is_body=False)):
        for number, (what, _) in enumerate(_changes(node)):
            name = f"{getattr(node, 'lineno', 0)}: {owner or 'module level'}: {what}"
            yield name, not is_body, partial(_mutated, source, tree, place, number)


def _mutated(source: str, tree: ast.Module, place: int, number: int) -> str:
    changed = copy.deepcopy(tree)
    node, _, _ = list(_places(changed, "", is_body=False))[place]
    _, new = list(_changes(node))[number]
    for parent in ast.walk(changed):
        for field, value in ast.iter_fields(parent):
            if value is node:
                setattr(parent, field, new)
            elif isinstance(value, list):
                value[:] = [new if item is node else item for item in value]
    whole = ast.unparse(ast.fix_missing_locations(changed))
    if isinstance(node, (ast.expr, ast.stmt)):
        edited = _edited(source, node, ast.unparse(new))
        # Text around a node may belong to it, such as the `el` of `elif`.
        if _parsed(edited) == _parsed(whole):
            return edited
    return whole


def _edited(source: str, node: ast.expr | ast.stmt, new: str) -> str:
    """Return *source* with *new* in the place of a node, so that all other lines stay as they are."""
    lines = source.encode().splitlines(keepends=True)
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    before, after = (
        lines[node.lineno - 1][: node.col_offset],
        lines[node.end_lineno - 1][node.end_col_offset :],
    )
    inside = new.replace("\n", "\n" + " " * (len(before) - len(before.lstrip()))).encode()
    edited = [*lines[: node.lineno - 1], before, inside, after, *lines[node.end_lineno :]]
    return b"".join(edited).decode()


def _parsed(source: str) -> str:
    try:
        return ast.dump(ast.parse(source))
    except SyntaxError:
        return ""


def _places(node: ast.AST, owner: str, *, is_body: bool) -> Iterator[tuple[ast.AST, str, bool]]:
    """Yield the executable nodes, the function or class that each is in, and whether in a function's body."""
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "type_params"):
            continue
        inside = is_body or (field == "body" and isinstance(node, _FUNCTIONS))
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _is_docstring(child):
                name = ".".join(filter(None, (owner, getattr(child, "name", ""))))
                yield child, owner, inside
                yield from _places(child, name if isinstance(child, _DEFINITIONS) else owner, is_body=inside)


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _changes(node: ast.AST) -> Iterator[Change]:
    yield from _of_expressions(node)
    yield from _of_statements(node)


def _of_expressions(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        yield _with(node, "arithmetic", op=_ARITHMETIC[type(node.op)]())
    elif isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARISONS:
        yield _with(node, "comparison", ops=[_COMPARISONS[type(node.ops[0])](), *node.ops[1:]])
    elif isinstance(node, ast.BoolOp):
        yield _with(node, "boolean", op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
    elif isinstance(node, ast.Constant):
        yield from _constants(node)
    elif isinstance(node, ast.arguments):
        yield from _defaults(node)
    elif isinstance(node, ast.arg) and node.annotation is not None:
        yield _with(node, f"annotation of {node.arg}", annotation=ast.Constant("object"))


def _of_statements(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, (ast.If, ast.While, ast.IfExp)):
        yield _with(node, "condition", test=ast.UnaryOp(ast.Not(), node.test))
    elif isinstance(node, ast.Return) and node.value is not None:
        yield _with(node, "return value", value=ast.Constant(None))
    elif isinstance(node, _DEFINITIONS):
        yield from _definitions(node)
    elif isinstance(node, ast.AnnAssign):
        yield _with(node, "annotation", annotation=ast.Constant("object"))
    elif isinstance(node, (ast.Assign, ast.AugAssign, ast.Raise, ast.Expr, ast.Delete)):
        yield f"no {type(node).__name__.lower()}", ast.Pass()


def _definitions(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> Iterator[Change]:
    for number in range(len(node.decorator_list)):
        yield _with(node, f"no decorator {number}", decorator_list=_without(node.decorator_list, number))
    if isinstance(node, ast.ClassDef):
        for number in range(len(node.bases)):
            yield _with(node, f"no base {number}", bases=_without(node.bases, number))
    elif node.returns is not None:
        yield _with(node, "annotation of what is returned", returns=ast.Constant("object"))


def _defaults(node: ast.arguments) -> Iterator[Change]:
    for number, default in enumerate(node.defaults):
        if not (isinstance(default, ast.Constant) and default.value is None):
            others = [*node.defaults[:number], ast.Constant(None), *node.defaults[number + 1 :]]
            yield _with(node, f"default {number}", defaults=others)


def _without(items: Sequence[ast.expr], number: int) -> list[ast.expr]:
    return [*items[:number], *items[number + 1 :]]


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
