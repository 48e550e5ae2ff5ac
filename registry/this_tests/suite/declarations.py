"""Recognizes fixtures and declarations of ``this_tests`` in a syntax tree."""

import ast
from collections.abc import Iterable, Iterator
from typing import Literal

from ..source.parsing import last_name, statements

__all__ = [
    "NAME",
    "Declares",
    "Definition",
    "bare_markers",
    "declared_by",
    "declared_by_decorators",
    "declared_by_pytestmark",
    "is_autouse",
    "is_fixture",
    "is_marker",
    "uses",
]

NAME = "this_tests"

Definition = ast.FunctionDef | ast.AsyncFunctionDef

# What is declared: targets, "na", both, or nothing.
Declares = frozenset[Literal["target", "na"]]


def is_marker(node: ast.expr) -> bool:
    """Return whether *node* is ``pytest.mark.this_tests``, called or not."""
    call = node.func if isinstance(node, ast.Call) else node
    return (
        isinstance(call, ast.Attribute)
        and call.attr == NAME
        and isinstance(call.value, ast.Attribute)
        and call.value.attr == "mark"
    )


def declared_by(calls: Iterable[ast.Call]) -> Declares:
    """Return the declarations of calls of ``this_tests``."""
    return frozenset("na" if _is_na(call) else "target" for call in calls)


def declared_by_decorators(node: Definition | ast.ClassDef) -> Declares:
    """Return the declarations of the markers of a function or class."""
    return _declared_by_markers(node.decorator_list)


def declared_by_pytestmark(body: Iterable[ast.stmt]) -> Declares:
    """Return the declarations of the ``pytestmark`` of a module or class."""
    return _declared_by_markers(
        marker
        for node in statements(body)
        if isinstance(node, ast.Assign) and any(last_name(target) == "pytestmark" for target in node.targets)
        for marker in (node.value.elts if isinstance(node.value, (ast.List, ast.Tuple)) else [node.value])
    )


def _declared_by_markers(nodes: Iterable[ast.expr]) -> Declares:
    marked = [marker for marker in nodes if is_marker(marker)]
    calls = [marker for marker in marked if isinstance(marker, ast.Call)]
    bare: Declares = frozenset({"target"} if len(calls) < len(marked) else ())
    return bare | declared_by(calls)


def _is_na(call: ast.Call) -> bool:
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return any(isinstance(argument, ast.Constant) and argument.value == "na" for argument in given)


def bare_markers(calls: Iterable[ast.Call]) -> Iterator[int]:
    """Yield the lines of the *calls* of the marker with one bare callable."""
    for node in calls:
        if (
            is_marker(node)
            and not node.keywords
            and [type(argument) for argument in node.args] in ([ast.Name], [ast.Attribute])
        ):
            yield node.lineno


def _decorator_name(node: ast.expr) -> str:
    return last_name(node.func if isinstance(node, ast.Call) else node)


def is_fixture(node: Definition) -> bool:
    """Return whether a function is a fixture."""
    return any(_decorator_name(decorator) == "fixture" for decorator in node.decorator_list)


def is_autouse(node: Definition) -> bool:
    """Return whether a function is a fixture that every test in reach uses."""
    return any(
        keyword.arg == "autouse" and isinstance(keyword.value, ast.Constant) and keyword.value.value is True
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call)
        for keyword in decorator.keywords
    )


def uses(node: Definition, calls: Iterable[ast.Call]) -> Iterator[str]:
    """Yield the names that a function calls, and those of its parameters and used fixtures.

    Args:
        calls: All calls in it.
    """
    yield from (
        parameter.arg for parameter in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
    )
    for call in calls:
        yield last_name(call.func)
        if last_name(call.func) in ("usefixtures", "getfixturevalue"):
            yield from (
                arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
            )
