"""What the source of a test says: which names it uses and calls, renames, and expects errors of."""

import ast
from collections.abc import Collection, Iterator, Mapping

from this_tests.support import last_name, statements

__all__ = ["EXPECTING", "calls_of_helpers", "expecting", "first_line", "leading_to", "mentions", "renames"]

# What pytest and unittest expect errors and warnings with.
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
    """Return the line that a statement begins with, its decorators included."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(each.lineno for each in decorators)])


def renames(statement: ast.stmt) -> Iterator[tuple[str, str]]:
    """Yield the new and the old last name of what ``import … as`` renames."""
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
        contexts = [each.context_expr for each in node.items] if isinstance(node, ast.With) else [node]
        calls = [each.func for each in contexts if isinstance(each, ast.Call)]
        if isinstance(node, ast.stmt | ast.expr) and any(last_name(each) in EXPECTING for each in calls):
            yield range(node.lineno, (node.end_lineno or node.lineno) + 1)


def calls_of_helpers(tree: ast.Module) -> dict[str, frozenset[str]]:
    """Return what each function of a file calls, by last names.

    Tests are none of them: what is called by the name of a test is something else.
    """
    return {
        each.name: frozenset(name for name, _, called in mentions(each) if called)
        for each in _functions(tree)
        if not each.name.startswith("test")
    }


def leading_to(names: Collection[str], calls: Mapping[str, frozenset[str]]) -> set[str]:
    """Return which functions call one of *names*, or another function that leads there.

    Args:
        calls: What each function calls.
    """
    leading: set[str] = set()
    sought = set(names)
    while more := {
        each for each, called in calls.items() if each not in leading and not called.isdisjoint(sought)
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
    # In a chain over several lines, the attribute stands where the expression ends.
    return getattr(node, "end_lineno", 0) or 1
