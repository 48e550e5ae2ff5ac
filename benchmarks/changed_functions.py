"""Which functions differ between two versions of a file: in body, signature or decorators.

Read apart from the selection that is measured with it. Docstrings, annotations and ``@overload`` stubs do
not count, as they do not change what runs.
"""

import ast
from collections.abc import Iterator
from typing import TypeVar

__all__ = ["changed_functions"]

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Node = TypeVar("_Node", bound=ast.AST)


def changed_functions(old: str, new: str) -> frozenset[str]:
    """Return the qualified names of the functions that differ, exist no longer, or are new.

    Raises:
        SyntaxError: This Python cannot parse a version.
    """
    before, after = _functions(old), _functions(new)
    return frozenset(
        name for name in before.keys() | after.keys() if before.get(name, "") != after.get(name, "")
    )


def _functions(source: str) -> dict[str, str]:
    """Return the syntax of the outermost functions by name; definitions of one name are one."""
    found: dict[str, str] = {}
    for name, node in _outermost(ast.parse(source), ""):
        if not any(_is_overload(decorator) for decorator in node.decorator_list):
            found[name] = found.get(name, "") + ast.dump(_Bare().visit(node))
    return found


def _outermost(node: ast.AST, scope: str) -> Iterator[tuple[str, _Function]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _Function):
            yield scope + child.name, child
        else:
            yield from _outermost(
                child, f"{scope}{child.name}." if isinstance(child, ast.ClassDef) else scope
            )


def _is_overload(decorator: ast.expr) -> bool:
    return ast.unparse(decorator).rpartition(".")[2] == "overload"


class _Bare(ast.NodeTransformer):
    """Removes docstrings and annotations."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return self.generic_visit(_without_docstring(node))

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        if node.value is None:
            return None
        return self.generic_visit(ast.Assign(targets=[node.target], value=node.value))

    def _function(self, node: _Function) -> ast.AST:
        node.returns = None
        return self.generic_visit(_without_docstring(node))


def _without_docstring(node: _Node) -> _Node:
    assert isinstance(node, _Function | ast.ClassDef)
    if ast.get_docstring(node, clean=False) is not None:
        node.body = node.body[1:]
    return node
