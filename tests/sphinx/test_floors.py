"""The floors of the Sphinx extension: imports point down, and it sees this_tests' public face only."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import sphinx_this_tests
from this_tests import this_tests

PACKAGE = Path(sphinx_this_tests.__file__).parent

# From the ground up; modules on one floor do not know each other.
FLOORS = (
    {
        "directives",
        "folder",
        "garbage",
        "lexing",
        "links",
        "mentions",
        "messages",
        "nodes",
        "ranking",
        "rebuild",
        "shell",
        "suite",
        "walking",
        "warnings",
    },
    {"cutting", "documented", "domain", "finding", "inject", "overview", "settings", "templating"},
    {"inputs", "joining", "snippets"},
    {"section"},
    {"filepage", "pages", "render"},
    {"output"},
    {"ownpages", "placing"},
    {"build"},
    {"extension"},
    {"__init__"},
)
# Besides the face itself.
PUBLIC = {"errors", "origins", "printable", "settings", "syntax"}
MODULES = sorted(path.stem for path in PACKAGE.glob("*.py"))


def imports(module: str) -> Iterator[tuple[str, str]]:
    """Yield what a module imports: the package, and the module in it; empty for our own package."""
    for node in ast.walk(ast.parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield from [("", node.module)] if node.module else [("", each.name) for each in node.names]
        elif isinstance(node, ast.ImportFrom):
            package, _, inside = (node.module or "").partition(".")
            yield package, inside
        elif isinstance(node, ast.Import):
            yield from ((each.name, "") for each in node.names)


def test_each_module_stands_on_one_floor():
    this_tests("na")
    assert sorted(room for floor in FLOORS for room in floor) == MODULES


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_down(module: str):
    this_tests("na")
    floor = next(number for number, rooms in enumerate(FLOORS) if module in rooms)
    below = set().union(*FLOORS[:floor])
    assert {inside for package, inside in imports(module) if not package} <= below


@pytest.mark.parametrize("module", MODULES)
def test_only_the_public_face_of_this_tests_is_seen(module: str):
    this_tests("na")
    assert {inside for package, inside in imports(module) if package == "this_tests" and inside} <= PUBLIC
