"""Finds in the syntax of test files what pytest's fixtures and ``parametrize`` are."""

import ast
from collections.abc import Iterable, Iterator

from ...source.parsing import last_name

__all__ = ["PYTEST_FIXTURES", "is_fixture", "values_of_parameter"]

# The fixtures of pytest, which are nothing of the library.
PYTEST_FIXTURES = frozenset(
    {
        "cache",
        "capfd",
        "capfdbinary",
        "caplog",
        "capsys",
        "capsysbinary",
        "capteesys",
        "doctest_namespace",
        "monkeypatch",
        "pytestconfig",
        "pytester",
        "record_property",
        "record_testsuite_property",
        "record_xml_attribute",
        "recwarn",
        "subtests",
        "testdir",
        "tmp_path",
        "tmp_path_factory",
        "tmpdir",
        "tmpdir_factory",
    }
)


def is_fixture(node: ast.AST | None) -> bool:
    """Return whether a function is decorated as a fixture."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return any(
        last_name(decorator.func if isinstance(decorator, ast.Call) else decorator) == "fixture"
        for decorator in decorators
    )


def values_of_parameter(first: ast.expr, rows: Iterable[ast.expr], name: str) -> Iterator[ast.expr]:
    """Yield the values that ``parametrize(first, rows)`` gives for the parameter *name*."""
    if isinstance(first, ast.Constant) and isinstance(first.value, str):
        names = [part.strip() for part in first.value.split(",")]
    elif isinstance(first, ast.List | ast.Tuple):
        names = [str(part.value) if isinstance(part, ast.Constant) else "" for part in first.elts]
    else:
        return
    if name not in names:
        return
    index, is_alone = names.index(name), len(names) == 1 and isinstance(first, ast.Constant)
    for value in rows:
        parts: list[ast.expr] | None = None
        if isinstance(value, ast.Call) and last_name(value.func) == "param":
            parts = value.args
        elif is_alone:
            parts = [value]
        elif isinstance(value, ast.Tuple | ast.List):
            parts = value.elts
        if parts and index < len(parts):
            yield parts[index]
