"""Finds where the source of a test expects an error or a warning, in each form."""

import ast
from collections.abc import Iterator

from ...source.parsing import dotted, last_name, statements, walk
from .usage import EXPECTING, expecting

__all__ = ["MARKS", "refusing"]

# Words without one of which no source expects an error.
MARKS = (*sorted(EXPECTING), "xfail", "except")

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def refusing(test: _Function) -> Iterator[range]:
    """Yield the lines of a test in which it expects an error or a warning.

    These are the blocks of ``with pytest.raises(…)``; the calls of ``assertRaises(Error, f)`` and the
    functions of the test that are given to them; the bodies of ``try`` whose ``except`` checks the error; and
    all lines of a test with ``xfail(raises=…)``.
    """
    if any(_is_expected(decorator) for decorator in test.decorator_list):
        yield range(test.lineno, (test.end_lineno or test.lineno) + 1)
    given: set[str] = set()
    for statement in test.body:
        yield from expecting(statement)
        for node in walk(statement):
            if isinstance(node, ast.Call) and last_name(node.func) in EXPECTING:
                given.update(argument.id for argument in node.args if isinstance(argument, ast.Name))
            elif isinstance(node, ast.Try) and _checks_error(node):
                yield range(node.lineno, (node.body[-1].end_lineno or node.lineno) + 1)
    for statement in statements(test.body):
        if isinstance(statement, _Function) and statement.name in given:
            yield range(statement.lineno, (statement.end_lineno or statement.lineno) + 1)


def _is_expected(decorator: ast.expr) -> bool:
    """Return whether a decorator is ``pytest.mark.xfail(raises=…)``."""
    return (
        isinstance(decorator, ast.Call)
        and dotted(decorator.func).endswith("mark.xfail")
        and any(keyword.arg == "raises" for keyword in decorator.keywords)
    )


def _checks_error(node: ast.Try) -> bool:
    """Return whether an ``except`` asserts something of the error, as of ``str(error) == snapshot``.

    A test that does not expect the error lets it pass on, or skips.
    """
    return any(
        isinstance(inner, ast.Assert)
        and handler.name is not None
        and any(isinstance(name, ast.Name) and name.id == handler.name for name in walk(inner))
        for handler in node.handlers
        for inner in statements(handler.body)
    )
