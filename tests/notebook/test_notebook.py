"""Displaying a callable's tests: in a notebook with a real kernel, and in a terminal."""

import os
import subprocess
import sys

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbclient import NotebookClient
from timeouts import PROCESS_TIMEOUT

from this_tests import (
    NotAFunctionError,
    NotInApiError,
    RegistryNotFoundError,
    SettingsError,
    doctest,
    show,
    show_test,
    this_tests,
)

SUITE = '''
@pytest.mark.slow
def test_add():
    """Adds <two> & more."""
    this_tests(mylib.add)
    assert "<script>alert(1)</script>" and mylib.add(1, 2) == 3

class TestThing:
    @pytest.mark.parametrize("n", [1, 2])
    def test_run(self, n):
        this_tests(mylib.Thing().run)

    def test_both(self):
        this_tests(mylib.Thing, mylib.Thing.run)
'''


@pytest.fixture
def recorded(project, monkeypatch):
    project.configure(rest='markers = ["slow"]')
    project.tests(SUITE)
    project.run()
    monkeypatch.chdir(project.root)
    return project


@pytest.fixture
def mylib(recorded):
    import mylib

    yield mylib
    for name in [module for module in sys.modules if module.partition(".")[0] == "mylib"]:
        del sys.modules[name]


@pytest.fixture
def printed(capsys):
    """Return a function that returns what a call prints."""

    def call(function, *args):
        capsys.readouterr()
        assert function(*args) is None
        return capsys.readouterr().out

    return call


def run_cells(folder, *cells):
    """Return the outputs of each cell, run by a kernel of this Python in *folder*."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    client = NotebookClient(
        notebook,
        timeout=int(PROCESS_TIMEOUT),
        startup_timeout=int(PROCESS_TIMEOUT),
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute()
    return [cell.outputs for cell in notebook.cells]


@pytest.fixture
def kernel(recorded, monkeypatch, tmp_path):
    """Return a function that runs a cell in the project, after one with the imports."""
    monkeypatch.setenv("PYTHONPATH", str(recorded.root))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    return lambda cell: run_cells(recorded.root, "import mylib, this_tests", cell)[1]


ADD = """\
mylib.add  1 test
  declared  tests/test_it.py::test_add  slow
            Adds <two> & more.

$ pytest tests/test_it.py::test_add
"""


@pytest.mark.slow
@pytest.mark.parametrize("function", [show, show_test, doctest])
def test_in_a_terminal_it_is_plain_text(mylib, printed, function):
    this_tests(show, show_test, doctest)
    assert printed(function, mylib.add) == ADD


@pytest.mark.parametrize("expression", ["mylib.add", "mylib._impl.add", "'mylib.add'", "'mylib._impl.add'"])
def test_the_object_and_each_of_its_names_give_the_same(mylib, printed, expression):
    this_tests(show)
    assert printed(show, eval(expression, {"mylib": mylib})) == ADD


def test_a_class_stands_for_its_methods_too(mylib, printed):
    this_tests(show)
    lines = printed(show, mylib.Thing).splitlines()
    assert [line for line in lines if line.startswith("mylib")] == [
        "mylib.Thing  1 test",
        "mylib.Thing.run  2 tests",
    ]
    assert (
        lines[-1] == "$ pytest tests/test_it.py::TestThing::test_both tests/test_it.py::TestThing::test_run"
    )


def test_a_callable_without_tests_invites_to_write_one(mylib, printed):
    this_tests(show)
    assert printed(show, mylib.subtract) == (
        "mylib.subtract: no tests found. Write one, and begin it with this_tests(…).\n"
    )


def test_a_long_list_is_cut_and_says_so(project, printed, monkeypatch):
    this_tests(show)
    project.tests("\n".join(f"def test_{n:02}(): this_tests(mylib.add)" for n in range(30)))
    project.run()
    monkeypatch.chdir(project.root)
    text = printed(show, "mylib.add")
    assert text.count("  declared  ") == 25
    assert "… and 5 more tests: this-tests show mylib.add" in text


def test_tests_that_the_registry_does_not_name_are_counted(project, printed, monkeypatch):
    this_tests(show)
    project.configure('library = ["mylib"]\nmissing = "ignore"\nobserve = true')
    project.tests("\n".join(f"def test_{n}(): assert mylib.add(1, 2) == 3" for n in range(15)))
    project.run()
    monkeypatch.chdir(project.root)
    assert "mylib.add  15 tests, 12 listed" in printed(show, "mylib.add")


def test_unknown_targets_are_refused_as_everywhere(mylib):
    this_tests(show)
    with pytest.raises(NotAFunctionError, match=r"'mylib\.nonsense' is not a function"):
        show("mylib.nonsense")
    with pytest.raises(NotInApiError, match=r"'os\.path\.join' is not in the mylib API"):
        show("os.path.join")


def test_without_a_registry_it_says_how_to_get_one(project, monkeypatch):
    this_tests(show)
    monkeypatch.chdir(project.root)
    with pytest.raises(
        RegistryNotFoundError,
        match="pytest writes it once a test declares something, or with --this-tests-observe",
    ):
        show("mylib.add")


def test_without_a_library_it_says_what_to_set(recorded):
    this_tests(show)
    (recorded.root / "pyproject.toml").write_text("")
    with pytest.raises(SettingsError, match="set library"):
        show(os.path.join)


@pytest.mark.slow
def test_a_notebook_gets_folded_html_and_the_text(kernel):
    this_tests(show)
    (output,) = kernel("this_tests.show(mylib.add)")
    assert output["data"]["text/plain"] == ADD.rstrip("\n")
    section = BeautifulSoup(output["data"]["text/html"], "html.parser").select_one("div.this-tests")
    assert section["data-api"] == "mylib.add"
    (test,) = section.select("details.this-tests-test")
    assert (test["data-test"], test["data-evidence"]) == ("tests/test_it.py::test_add", "declared")
    assert not test.has_attr("open")
    assert test.summary.get_text() == "test_add declared slow Adds <two> & more."
    source, command = (block.get_text() for block in test.select("pre"))
    assert source.startswith("@pytest.mark.slow\ndef test_add():\n")
    assert command == "$ pytest tests/test_it.py::test_add"


@pytest.mark.slow
def test_nothing_from_a_test_reaches_the_page_unescaped(kernel):
    this_tests(show)
    (output,) = kernel("this_tests.show_test(mylib.add)")
    page = BeautifulSoup(output["data"]["text/html"], "html.parser")
    assert page.find("script") is None
    assert "<script>alert(1)</script>" in page.get_text()


@pytest.mark.slow
def test_the_popup_is_a_dialog_that_closes_without_scripts(kernel):
    this_tests(doctest)
    (output,) = kernel("this_tests.doctest(mylib.Thing)")
    page = BeautifulSoup(output["data"]["text/html"], "html.parser")
    dialog = page.dialog
    assert dialog.has_attr("open")
    assert dialog.find("form", method="dialog").button.get_text() == "Close"
    assert len(dialog.select("details.this-tests-test")) == 3
    assert page.find("script") is None
    assert output["data"]["text/plain"].startswith("mylib.Thing  1 test\n")


@pytest.mark.slow
def test_in_the_middle_of_a_cell_it_is_displayed_too(kernel):
    this_tests(show)
    outputs = kernel("for target in (mylib.add, mylib.subtract):\n    this_tests.show(target)\n'last'")
    assert [output.output_type for output in outputs] == ["display_data", "display_data", "execute_result"]


def test_a_path_that_leads_out_of_the_project_is_not_read(recorded, printed, tmp_path_factory):
    this_tests(show)
    outside = tmp_path_factory.mktemp("outside") / "test_secret.py"
    outside.write_text('def test_secret():\n    """Secret."""\n')
    (recorded.root / "tests/test_link.py").symlink_to(outside)
    recorded.path.write_text(
        '{"format": 1, "callables": {"mylib.add": {"declared": '
        f'{{"tests/test_link.py::test_secret": {{}}, "{outside}::test_secret": {{}}}}}}}}}}'
    )
    assert "Secret." not in printed(show, "mylib.add")


def test_importing_it_does_not_import_ipython():
    this_tests("this_tests.notebook")
    command = "import sys, this_tests; sys.exit('IPython' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", command], check=False).returncode == 0
