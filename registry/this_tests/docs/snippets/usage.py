"""Finds the names that the source of a test calls and binds, and where it expects errors."""

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence

from ...source.parsing import child_nodes, last_name, statements, walk

__all__ = ["EXPECTING", "calls_of_helpers", "expecting", "first_line", "leading_to", "words_of_names"]

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


def words_of_names(tree: ast.Module) -> dict[str, frozenset[str]]:
    """Return the last names of what the names in a file may stand for: its imports, aliases and classes."""
    found: dict[str, set[str]] = {}
    for statement in _statements_in_classes(tree):
        for name, values in _standing_for(statement):
            words = found.setdefault(name, set())
            words.update(word for value in values for node in ast.walk(value) if (word := last_name(node)))
        if isinstance(statement, ast.Import | ast.ImportFrom):
            for alias in statement.names:
                if alias.asname:
                    found.setdefault(alias.asname, set()).add(alias.name.rpartition(".")[2])
    return {name: frozenset(words) for name, words in found.items()}


def _statements_in_classes(tree: ast.Module) -> Iterator[ast.stmt]:
    """Yield the statements of a file and of its classes."""
    waiting = [tree.body]
    while waiting:
        for statement in statements(waiting.pop()):
            yield statement
            if isinstance(statement, ast.ClassDef):
                waiting.append(statement.body)


def _standing_for(statement: ast.stmt) -> Iterator[tuple[str, Sequence[ast.AST]]]:
    """Yield the names that a statement binds, each with the expressions that tell what it is."""
    if isinstance(statement, ast.Assign):
        names = (last_name(node) for target in statement.targets for node in ast.walk(target))
        yield from ((name, [statement.value]) for name in names if name)
    elif isinstance(statement, ast.AnnAssign) and statement.value:
        yield last_name(statement.target), [statement.value]
    elif isinstance(statement, ast.ClassDef):
        yield statement.name, statement.bases
    elif isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        inner = [
            node for node in ast.walk(statement) if isinstance(node, ast.Assign | ast.Return | ast.Yield)
        ]
        yield (
            statement.name,
            [node.value for node in inner if not isinstance(node, ast.Assign) and node.value],
        )
        for node in inner:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute):
                yield node.targets[0].attr, [node.value]


def _mentions(node: ast.AST) -> Iterator[tuple[str, int, bool]]:
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
        waiting.extend(child_nodes(current))


def expecting(statement: ast.stmt) -> Iterator[range]:
    """Yield the lines of each ``with pytest.raises(…)``, and of each ``pytest.raises(Error, f, …)``."""
    for node in walk(statement):
        if not isinstance(node, ast.With | ast.Call):
            continue
        contexts = [item.context_expr for item in node.items] if isinstance(node, ast.With) else [node]
        calls = [expression.func for expression in contexts if isinstance(expression, ast.Call)]
        if any(last_name(function) in EXPECTING for function in calls):
            yield range(node.lineno, (node.end_lineno or node.lineno) + 1)


def calls_of_helpers(tree: ast.Module) -> dict[str, frozenset[str]]:
    """Return what each function of a file calls, by last names.

    Tests are left out: a call by the name of a test calls something else.
    """
    return {
        function.name: frozenset(name for name, _, called in _mentions(function) if called)
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
