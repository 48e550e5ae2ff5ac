"""Notebooks run by pytest: the declarations of their cells are recorded."""

import nbformat
import pytest

from this_tests import this_tests
from this_tests.pytest_plugin.notebooks import NotebookPlugin
from this_tests.recorder import record_reported

pytestmark = pytest.mark.slow


@pytest.fixture
def notebooks(project):
    """Return a function that writes a notebook of cells."""
    pytest.importorskip("nbmake")

    def write(name, *cells):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        (project.root / name).parent.mkdir(exist_ok=True)
        nbformat.write(notebook, project.root / name)

    return write


HEAD = "import mylib\nfrom this_tests import this_tests"


@pytest.mark.parametrize("workers", [[], ["-n", "1"]])
def test_the_calls_in_the_cells_are_recorded(project, notebooks, workers):
    this_tests(NotebookPlugin, record_reported)
    notebooks("docs/guide.ipynb", HEAD, "this_tests(mylib.add, mylib.Thing().run)", "this_tests(mylib.add)")
    notebooks("docs/other.ipynb", HEAD, "this_tests('na')")
    project.tests("def test_it(): this_tests(mylib.add)")
    project.run_apart("--nbmake", *workers, "docs", "tests").assert_outcomes(passed=3)
    declared = {name: sorted(entry.declared) for name, entry in project.registry.callables.items()}
    guide = "docs/guide.ipynb::guide.ipynb"
    assert declared == {"mylib.Thing.run": [guide], "mylib.add": [guide, "tests/test_it.py::test_it"]}


def test_a_notebook_that_fails_is_no_evidence(project, notebooks):
    this_tests(NotebookPlugin)
    notebooks("guide.ipynb", HEAD, "this_tests(mylib.add)", "1 / 0")
    project.run_apart("--nbmake", "guide.ipynb").assert_outcomes(failed=1)
    assert not project.path.exists()


def test_a_wrong_target_fails_the_cell_in_our_words(project, notebooks):
    this_tests(NotebookPlugin)
    notebooks("guide.ipynb", HEAD, "this_tests('mylib.ad')")
    result = project.run_apart("--nbmake", "guide.ipynb")
    result.assert_outcomes(failed=1)
    assert "'mylib.ad' is not a function" in result.stdout.str()
