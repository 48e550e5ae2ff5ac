"""The floors of the house: imports point down, and the face is a list."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import this_tests as face
from this_tests import this_tests

ROOT = Path(__file__).parents[1]

# From the ground up. A module imports from lower floors only; modules on one floor do not
# know each other. A folder is one floor to the outside.
FLOORS = (
    {"errors", "garbage", "guarding", "printable", "syntax", "unrewritten"},
    {"keeping", "model", "outline", "repository", "settings"},
    {"diagnosis", "kit", "names"},
    {"changes", "discovery", "excerpts", "idioms", "infer", "observe", "origins", "store", "update"},
    {"coverage", "differences", "impact", "recorder", "rewriting", "session", "source", "states"},
    {"checks", "journal", "past", "query", "summary"},
    {
        "baseline",
        "device_numbers",
        "ending",
        "mirror",
        "options",
        "remedies",
        "report",
        "selection",
        "suggesting",
        "view",
    },
    {"notebook", "observations", "terrain"},
    {"kernels", "observing", "selecting"},
    {"cli", "pytest_plugin"},
    {"__main__"},
)


def imports_of(path: Path, package: str) -> Iterator[str]:
    """Yield the first name below *package* of each import of it that *path* makes."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            inside = path.parent.name != package
            if node.level == (2 if inside else 1):
                yield from [node.module.partition(".")[0]] if node.module else (a.name for a in node.names)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
            yield from (name.split(".")[1] for name in names if name.startswith(f"{package}."))


def modules() -> Iterator[tuple[str, Path]]:
    package = ROOT / "registry" / "this_tests"
    for path in sorted(package.rglob("*.py")):
        room = path.relative_to(package).parts[0].removesuffix(".py")
        if room != "__init__":
            yield room, path


def test_each_module_stands_on_a_floor():
    this_tests("na")
    assert {room for room, _ in modules()} == set().union(*FLOORS)


def test_the_docs_show_each_room_on_its_floor():
    this_tests("na")
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    told: dict[int, set[str]] = {}
    floor = 0
    for number, rooms in re.findall(r"^\| (\d*) ?\| (`[^|]+) \|", page, re.MULTILINE):
        floor = int(number or floor)
        told.setdefault(floor, set()).update(re.findall(r"`(\w+)(?:\.py|/)`", rooms))
    assert told == dict(enumerate(FLOORS, start=1))


@pytest.mark.parametrize(("room", "path"), list(modules()), ids=lambda value: getattr(value, "stem", value))
def test_imports_point_down(room, path):
    this_tests("na")
    floor = next(number for number, rooms in enumerate(FLOORS) if room in rooms)
    below = set().union(*FLOORS[:floor], {room})
    assert set(imports_of(path, "this_tests")) <= below


@pytest.mark.parametrize(
    "forbidden", ["pytest", "_pytest", "sphinx", "docutils", "torch", "numpy", "typer", "rich"]
)
def test_importing_the_face_brings_in_no_host(forbidden):
    this_tests("this_tests")
    command = f"import sys, this_tests; sys.exit({forbidden!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", command], check=False).returncode == 0


def test_the_face_is_a_sorted_list():
    this_tests("this_tests")
    assert sorted(face.__all__) == face.__all__
    assert all(hasattr(face, name) for name in face.__all__)
