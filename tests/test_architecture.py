"""Architecture: imports have one direction and no cycle, and the public API is a list."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import this_tests as face
from this_tests import this_tests

ROOT = Path(__file__).parents[1]
SOURCES = {
    "this_tests": ROOT / "registry",
    "sphinx_this_tests": ROOT / "sphinx_ext",
    "griffe_this_tests": ROOT / "griffe_ext",
}
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")

# From the lowest level up. A package, or a module beside the packages, imports from lower levels only.
LEVELS: Mapping[str, tuple[set[str], ...]] = {
    "this_tests": (
        {"dont_rewrite", "errors", "files", "gc_pause", "text"},
        {"git", "kit", "settings", "source"},
        {"registry", "suite"},
        {"names", "observations", "scaffold"},
        {"check", "docs", "infer", "notebook", "observe", "prove", "recorder", "selection"},
        {"html_site", "mcp_server", "pytest_plugin", "report", "support"},
        {"language_server"},
        {"cli"},
        {"__main__"},
    ),
    "this_tests.docs": (
        {
            "api_objects",
            "assets",
            "checkout",
            "hosts",
            "inline_markup",
            "messages",
            "monorepo",
            "node_ids",
            "settings",
            "snippets",
            "source_links",
        },
        {"built_commit", "content", "template_loader"},
        {"render"},
    ),
    "sphinx_this_tests": (
        {
            "gc_freeze",
            "incremental",
            "build_warnings",
        },
        {"config", "doctree"},
        {"inputs"},
        {"render"},
        {"build"},
        {"extension"},
    ),
    "griffe_this_tests": (
        {"assets", "notices", "options", "placeholders"},
        {"inputs", "site_pages"},
        {"output"},
        {"plugin", "standalone"},
        {"griffe_extension", "markdown_extension"},
    ),
}
# The packages for tools that write docs: none of them is known to any other package.
RIMS = ("sphinx_this_tests", "griffe_this_tests")
# All modules of this_tests that they may import, besides what is below this_tests.docs.
DOOR = {"this_tests", "this_tests.support"}
# What the content of docs must not know, so that it serves any tool that writes docs.
TOOLS = {"docutils", "griffe", "markdown", "mkdocs", "mkdocstrings", "sphinx"}
# What only comes with an extra for docs.
TEMPLATES = {"jinja2", "markupsafe"}


def module_of(path: Path, root: Path) -> str:
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


MODULES = {
    module_of(path, root): path
    for top, root in SOURCES.items()
    for path in sorted((root / top).rglob("*.py"))
}


def imports_of(module: str) -> Iterator[str]:
    """Yield the modules of our packages that *module* imports, at its top and inside functions."""
    yield from (name for name in all_imports_of(module) if top_of(name) in SOURCES)


def all_imports_of(module: str) -> Iterator[str]:
    path = MODULES[module]
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.rsplit(".", node.level - 1)[0] if node.level else ""
            source = ".".join(filter(None, (above, node.module)))
            names = [f"{source}.{alias.name}" for alias in node.names]
            yield from (name if name in MODULES else source for name in names)


def top_of(module: str) -> str:
    return module.partition(".")[0]


def room_of(module: str, top: str) -> str:
    """Return the package below *top*, or the module beside the packages, that *module* belongs to."""
    return module.removeprefix(f"{top}.").split(".")[0] if module.startswith(f"{top}.") else ""


INNER = [(top, module) for top in LEVELS for module in MODULES if room_of(module, top)]


@pytest.mark.parametrize("top", LEVELS)
def test_each_package_has_a_level(top):
    this_tests("na")
    rooms = {room_of(module, top) for module in MODULES} - {""}
    assert sorted(room for level in LEVELS[top] for room in level) == sorted(rooms)


@pytest.mark.parametrize(("top", "module"), INNER)
def test_imports_have_one_direction(top, module):
    this_tests("na")
    room = room_of(module, top)
    level = next(number for number, rooms in enumerate(LEVELS[top]) if room in rooms)
    below = set().union(*LEVELS[top][:level], {room})
    inside = {room_of(name, top) for name in imports_of(module) if name == top or name.startswith(f"{top}.")}
    assert inside <= below


@pytest.mark.slow
@pytest.mark.parametrize("package", sorted({module.rpartition(".")[0] for _, module in INNER}))
def test_no_package_has_a_circle_inside(package):
    this_tests("na")
    graph = {
        module: {name for name in imports_of(module) if name.startswith(f"{package}.")}
        for module in MODULES
        if module.startswith(f"{package}.")
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"imports run in a circle: {' -> '.join(error.args[1])}")


@pytest.mark.parametrize("module", [name for name in MODULES if name.startswith(RIMS)])
def test_what_serves_a_tool_comes_through_the_door(module):
    this_tests("na")
    inside = {name for name in imports_of(module) if top_of(name) == "this_tests"}
    assert {name for name in inside if not name.startswith("this_tests.docs.")} <= DOOR


@pytest.mark.parametrize("module", [name for name in MODULES if name.startswith("this_tests.docs")])
def test_the_content_of_docs_knows_no_tool_that_writes_docs(module):
    this_tests("na")
    assert TOOLS.isdisjoint(map(top_of, all_imports_of(module)))


@pytest.mark.parametrize("module", [name for name in MODULES if top_of(name) == "this_tests"])
def test_without_an_extra_for_docs_only_their_content_lacks_something(module):
    this_tests("na")
    needed = set(map(top_of, all_imports_of(module)))
    assert module.startswith("this_tests.docs.") or TEMPLATES.isdisjoint(needed)


@pytest.mark.parametrize("module", MODULES)
def test_nothing_else_imports_what_serves_a_tool(module):
    this_tests("na")
    assert {top_of(name) for name in imports_of(module)} <= {"this_tests", top_of(module)}


@pytest.mark.parametrize("module", [name for name in MODULES if not name.startswith("griffe_this_tests")])
def test_only_one_package_knows_griffe_and_mkdocs(module):
    this_tests("na")
    assert {"griffe", "mkdocs", "mkdocstrings"}.isdisjoint(map(top_of, all_imports_of(module)))


def test_the_docs_show_each_package_on_its_level():
    this_tests("na")
    for top, levels in LEVELS.items():
        section = PAGE.partition(f"### `{top}`")[2].partition("\n##")[0]
        shown: dict[int, set[str]] = {}
        number = 0
        for level, rooms in re.findall(r"^\| (\d*) ?\| (`[^|]+) \|", section, re.MULTILINE):
            number = int(level or number)
            shown.setdefault(number, set()).update(re.findall(r"`(\w+)(?:\.py|/)`", rooms))
        assert shown == dict(enumerate(levels, start=1))


def test_the_files_that_answer_a_newcomers_questions_are_there():
    this_tests("na")
    answers = PAGE.partition("## Where is it?")[2].partition("\n## ")[0]
    files = re.findall(r"`((?:registry|sphinx_ext|griffe_ext)/[\w/]+\.py)`", answers)
    assert len(re.findall(r"^\| [A-Z]", answers, re.MULTILINE)) >= 15
    assert [file for file in files if not (ROOT / file).is_file()] == []


@pytest.mark.parametrize(
    "forbidden",
    [
        "pytest",
        "_pytest",
        "sphinx",
        "docutils",
        "griffe",
        "mkdocs",
        "torch",
        "numpy",
        "typer",
        "rich",
        "jinja2",
    ],
)
def test_importing_the_face_brings_in_no_host(forbidden):
    this_tests("this_tests")
    command = f"import sys, this_tests; sys.exit({forbidden!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", command], check=False).returncode == 0


def test_the_face_is_a_sorted_list():
    this_tests("this_tests")
    assert sorted(face.__all__) == face.__all__
    assert all(hasattr(face, name) for name in face.__all__)
