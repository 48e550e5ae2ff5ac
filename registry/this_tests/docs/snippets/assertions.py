"""Finds assertions with a value that the test writes out."""

import ast

from ...source.parsing import last_name, walk

__all__ = ["checks_value"]

_COLLECTIONS = ast.List | ast.Tuple | ast.Dict | ast.Set


def checks_value(statement: ast.stmt) -> bool:
    """Return whether an ``assert``, or a call such as ``self.assertEqual(…)``, in it has a value written out.

    ``None`` and booleans do not count: they tell little of what a callable returns.
    """
    return any(_is_assertion(node) and any(map(_is_value, walk(node))) for node in walk(statement))


def _is_assertion(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Attribute) and last_name(node.func).startswith("assert")
    return isinstance(node, ast.Assert)


def _is_value(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return not (node.value is None or isinstance(node.value, bool))
    return isinstance(node, _COLLECTIONS)
