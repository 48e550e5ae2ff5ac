"""What the source of a test says: which names it uses and calls, renames, and expects errors of."""

import ast
from collections.abc import Iterator

__all__ = ["expecting", "mentions", "renames"]

_EXPECTING = frozenset(
    {"raises", "warns", "assertRaises", "assertRaisesRegex", "assertWarns", "deprecated_call"}
)


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
        name = _last_name(named)
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
        if isinstance(node, ast.stmt | ast.expr) and any(_last_name(each) in _EXPECTING for each in calls):
            yield range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _last_name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _line_of_name(node: ast.AST) -> int:
    # In a chain over several lines, the attribute stands where the expression ends.
    return getattr(node, "end_lineno", 0) or 1
