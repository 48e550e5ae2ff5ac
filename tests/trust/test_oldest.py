"""The oldest pytest in pyproject.toml has every name that the plugin uses."""

import ast
from pathlib import Path

import pytest

from this_tests import this_tests

pytestmark = pytest.mark.slow

SOURCES = Path(__file__).parents[2] / "registry"
OLDEST = frozenset((Path(__file__).parent / "cases" / "pytest-8.0.txt").read_text().split())


def names_of_pytest(source):
    """Yield the names of pytest that a module looks up; an annotation in quotes looks up nothing."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "pytest":
            yield node.attr
        elif isinstance(node, ast.ImportFrom) and node.module == "pytest":
            yield from (alias.name for alias in node.names)


def test_no_name_of_pytest_is_newer_than_8_0():
    this_tests("this_tests.pytest_plugin")
    used = {name for path in SOURCES.rglob("*.py") for name in names_of_pytest(path.read_text("utf-8"))}
    assert used
    assert used <= OLDEST
