"""Doctests: which lines of an example are shown and marked, and that the commands run exactly it."""

import subprocess
import sys
from pathlib import Path

import pytest

from this_tests import this_tests
from this_tests.docs.snippets.doctests import doctest
from this_tests.docs.snippets.folder import Folder
from this_tests.docs.snippets.snippet import Sources
from this_tests.registry.commands import pytest_command
from this_tests.suite.conventions import configured_options

MODULE = '''"""A module.

>>> twice(1)
2
"""

def twice(x):
    r"""Return twice x.

    >>> a = 1
    >>> twice(a)
    2

    Words between examples are left out.

    >>> for b in [1]:
    ...     print(twice(
    ...         b))
    2
    """
    return 2 * x

class Number:
    def add(self):
        \'\'\'
        >>> Number().add()
        3\'\'\'
        return 3

    def other(self):
        """Without an example."""

def test_it():
    """
    >>> test_it()
    """
'''
TEXT = "Guide\n=====\n\n>>> from pkg.mod import twice as f\n>>> f(2)\n4\n"
NODE_IDS = {
    "src/pkg/mod.py::pkg.mod": ([">>> twice(1)", "2"], [1]),
    "src/pkg/mod.py::pkg.mod.twice": (
        [
            ">>> a = 1", ">>> twice(a)", "2", ">>> for b in [1]:", "...     print(twice(", "...         b))", "2",
        ],
        [2, 5],
    ),
    "src/pkg/mod.py::pkg.mod.Number.add": ([">>> Number().add()", "3"], [1]),
    "docs/guide.rst::guide.rst": ([">>> from pkg.mod import twice as f", ">>> f(2)", "4"], [2]),
    "docs/guide.md::guide.md": ([">>> from pkg.mod import twice as f", ">>> f(2)", "4"], [2]),
}  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for path, text in {
        "src/pkg/__init__.py": "",
        "src/pkg/mod.py": MODULE,
        "docs/guide.rst": TEXT,
        "docs/guide.md": TEXT,
        "pytest.ini": "[pytest]\npythonpath = src\n",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("node_id", NODE_IDS)
def test_a_doctest_shows_its_examples_with_the_calls_marked(project: Path, node_id: str):
    this_tests(doctest, "this_tests.docs.snippets.doctests.Doctest.shown", Sources.test)
    source = Sources(Folder(project)).test(node_id)

    assert source
    name = "pkg.mod.Number.add" if "Number" in node_id else "pkg.mod.twice"
    snippet = source.snippet(name)
    text, marked = NODE_IDS[node_id]
    assert snippet.text.split("\n") == text
    assert list(snippet.calls) == marked
    assert source.doc == ""
    assert source.checks_values


def test_of_many_examples_those_with_the_call_are_shown(project: Path):
    this_tests("this_tests.docs.snippets.doctests.Doctest.shown")
    examples = [f">>> a{number} = {number}" for number in range(30)]
    examples[20] = ">>> twice(a19)"
    text = "\n\n".join([">>> from pkg.mod import twice", *examples])
    (project / "docs/long.txt").write_text(text, encoding="utf-8")

    source = Sources(Folder(project)).test("docs/long.txt::long.txt")

    assert source
    snippet = source.snippet("pkg.mod.twice", limit=5)
    assert snippet.text.split("\n") == ["# …", ">>> a18 = 18", ">>> a19 = 19", ">>> twice(a19)", "# …"]
    assert snippet.calls == (4,)


@pytest.mark.parametrize(
    "node_id",
    [
        "src/pkg/mod.py::pkg.mod.Number.other",
        "src/pkg/mod.py::pkg.mod.gone",
        "src/pkg/mod.py::pkg.mod.",
        "src/pkg/mod.py::",
        "docs/gone.rst::gone.rst",
        "docs/guide.rst::line:4",
        "../out.rst::out.rst",
        "::",
    ],
)
def test_what_has_no_example_has_no_source(project: Path, node_id: str):
    this_tests(Sources.test)
    (project.parent / "out.rst").write_text(TEXT, encoding="utf-8")
    assert Sources(Folder(project)).test(node_id) is None


def test_examples_that_are_no_python_are_shown_without_marks(project: Path):
    this_tests(doctest)
    bad = ">>> twice(\n>>> \0\n>>> " + "(" * 5000 + "\n>>> twice(1)\n"
    (project / "docs/bad.rst").write_text(bad, encoding="utf-8")
    source = Sources(Folder(project)).test("docs/bad.rst::bad.rst")
    assert source
    assert source.snippet("pkg.mod.twice").text.startswith(">>> twice(\n")


@pytest.mark.slow
@pytest.mark.parametrize("addopts", ["", "--doctest-modules --doctest-glob='*.md' -q"])
@pytest.mark.parametrize("node_id", NODE_IDS)
def test_the_command_runs_exactly_the_doctest(project: Path, node_id: str, addopts: str):
    this_tests(pytest_command, configured_options)
    (project / "pytest.ini").write_text(
        f"[pytest]\npythonpath = src\naddopts = {addopts}\n", encoding="utf-8"
    )

    command = pytest_command([node_id], configured_options(project))

    assert ("--doctest" in command) == (not addopts and not node_id.endswith(".rst"))
    arguments = [*command.split()[1:], "-p", "no:this_tests", "-p", "no:cacheprovider", "-rA"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments], cwd=project, capture_output=True, text=True, check=False
    )
    passed = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("PASSED")]
    assert passed == [node_id]
