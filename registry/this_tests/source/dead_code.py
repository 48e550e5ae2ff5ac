"""Finds what never runs in a file: blocks under ``TYPE_CHECKING``, stubs of overloads, docstrings."""

import ast
from collections.abc import Iterator

from .parsing import blocks, last_name

__all__ = ["drop_dead_code", "is_dead", "is_main", "is_overload", "take_docstrings"]

_Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def is_dead(test: ast.expr) -> bool | None:
    """Return whether a block under *test* never runs in an import; False where its ``else`` never does."""
    match test:
        case ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"):
            return True
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            dead = is_dead(inner)
            return None if dead is None else not dead
    return True if is_main(test) else None


def is_main(test: ast.expr) -> bool:
    """Return whether a block under *test* runs only where the file is run as a script."""
    match test:
        case ast.Compare(
            left=ast.Name(id="__name__"), ops=[ast.Eq()], comparators=[ast.Constant("__main__")]
        ):
            return True
    return False


def is_overload(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Return whether a definition is a stub under ``@overload``."""
    return any(last_name(decorator) == "overload" for decorator in node.decorator_list)


def take_docstrings(tree: ast.AST) -> Iterator[str]:
    """Take all docstrings out of *tree*, and yield them."""
    for node in ast.walk(tree):
        if isinstance(node, _Documented):
            text = ast.get_docstring(node, clean=False)
            if text is not None:
                yield text
                node.body = node.body[1:] or [ast.Pass()]


def drop_dead_code(body: list[ast.stmt]) -> None:
    """Take out of a function's *body* what never runs: annotations of variables, ``if TYPE_CHECKING``."""
    waiting: list[list[ast.stmt]] = [body]
    while waiting:
        block = waiting.pop()
        block[:] = [new for old in block for new in _living(old)] or [ast.Pass()]
        for node in block:
            # The body of a class inside a function is evaluated, with its annotations.
            if not isinstance(node, ast.ClassDef):
                waiting += [inner for inner in blocks(node) if inner]


def _living(node: ast.stmt) -> Iterator[ast.stmt]:
    match node:
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield ast.copy_location(ast.Assign([target], value), node)
        case ast.AnnAssign():
            node.annotation = ast.Constant(None)
            yield node
        case ast.If(test=test) if (dead := is_dead(test)) is not None:
            yield from node.orelse if dead else node.body
        case _:
            yield node
