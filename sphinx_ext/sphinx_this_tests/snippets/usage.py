"""Finds the names that the source of a test uses, calls and renames, and where it expects errors."""

import ast
from collections.abc import Collection, Iterator, Mapping

from this_tests.support import last_name, statements

__all__ = ["EXPECTING", "calls_of_helpers", "expecting", "first_line", "leading_to", "mentions", "renames"]

# The functions of pytest and unittest that expect errors and warnings.
EXPECTING = frozenset(
    {
        "raises",
        "RaisesExc",
        "RaisesGroup",
        "warns",
        "deprecated_call",
        "assertRaises",
        "assertRaisesRegex",
        "assertWarns",
        "assertWarnsRegex",
    }
)


def first_line(statement: ast.stmt) -> int:
    """Return the first line of a statement, including its decorators."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


def renames(statement: ast.stmt) -> Iterator[tuple[str, str]]:
    """Yield the new name, and the last part of the old one, of each ``import … as``."""
    if isinstance(statement, ast.Import | ast.ImportFrom):
        for alias in statement.names:
            if alias.asname:
                yield alias.asname, alias.name.rpartition(".")[2]


def mentions(node: ast.AST) -> Iterator[tuple[str, int, bool]]:
    """Yield each name that is used in *node*: its last part, its line, and whether it is called."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        called = isinstance(current, ast.Call)
        named = current.func if isinstance(current, ast.Call) else current
        name = last_name(named)
        if called and name == "this_tests":
            continue
        if name:
            yield name, _line_of_name(named), called
        waiting.extend(ast.iter_child_nodes(current))


def expecting(statement: ast.stmt) -> Iterator[range]:
    """Yield the lines of each ``with pytest.raises(…)``, and of each ``pytest.raises(Error, f, …)``."""
    for node in ast.walk(statement):
        contexts = [item.context_expr for item in node.items] if isinstance(node, ast.With) else [node]
        calls = [expression.func for expression in contexts if isinstance(expression, ast.Call)]
        if isinstance(node, ast.stmt | ast.expr) and any(
            last_name(function) in EXPECTING for function in calls
        ):
            yield range(node.lineno, (node.end_lineno or node.lineno) + 1)


def calls_of_helpers(tree: ast.Module) -> dict[str, frozenset[str]]:
    """Return what each function of a file calls, by last names.

    Tests are left out: a call by the name of a test calls something else.
    """
    return {
        function.name: frozenset(name for name, _, called in mentions(function) if called)
        for function in _functions(tree)
        if not function.name.startswith("test")
    }


def leading_to(names: Collection[str], calls: Mapping[str, frozenset[str]]) -> set[str]:
    """Return the functions that call one of *names*, directly or through other functions.

    Args:
        calls: What each function calls.
    """
    leading: set[str] = set()
    sought = set(names)
    while more := {
        name for name, called in calls.items() if name not in leading and not called.isdisjoint(sought)
    }:
        leading |= more
        sought |= more
    return leading


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield the functions of a file, and the methods of its classes."""
    for statement in statements(tree.body):
        inside = statements(statement.body) if isinstance(statement, ast.ClassDef) else [statement]
        yield from (inner for inner in inside if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef))


def _line_of_name(node: ast.AST) -> int:
    # In a chain over several lines, the attribute is where the expression ends.
    return getattr(node, "end_lineno", 0) or 1
