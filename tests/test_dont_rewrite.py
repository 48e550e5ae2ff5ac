"""The modules of this_tests load without assertion rewriting, also in pytest."""

import subprocess
import sys

import pytest

from this_tests import this_tests

LOADERS = """
    import sys

    def test_it():
        this_tests("na")
        loaders = {
            name: type(module.__spec__.loader).__name__
            for name, module in sys.modules.items()
            if name.startswith("this_tests.") and name != "this_tests.dont_rewrite"
        }
        assert "this_tests.names.index" in loaders
        assert set(loaders.values()) == {"SourceFileLoader"}
"""


@pytest.mark.slow
def test_no_module_of_this_tests_is_rewritten(project):
    this_tests("this_tests.dont_rewrite.find_spec")
    project.tests(LOADERS)
    assert project.run_apart().ret == 0


@pytest.mark.slow
def test_other_modules_are_rewritten(project):
    this_tests("this_tests.dont_rewrite.find_spec")
    project.write({"this_tests_of_mine.py": "def same(a, b): assert a == b"})
    project.tests("""
        pytest.register_assert_rewrite("this_tests_of_mine")
        import this_tests_of_mine

        def test_it():
            this_tests("na")
            this_tests_of_mine.same([1], [2])
    """)
    project.run_apart().stdout.fnmatch_lines(["E * At index 0 diff: 1 != 2"])


def test_a_later_session_takes_the_plugin_by_its_name_without_a_warning(project, monkeypatch):
    this_tests("this_tests.pytest_plugin")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    project.tests("def test_it(): this_tests(mylib.add)")
    rewriting = "error::pytest.PytestAssertRewriteWarning"
    assert project.run("-p", "this_tests.pytest_plugin", "-W", rewriting).ret == 0


def test_outside_of_pytest_no_finder_is_installed():
    this_tests("this_tests.dont_rewrite.find_spec")
    command = "import sys; before = list(sys.meta_path); import this_tests; sys.exit(sys.meta_path != before)"
    assert subprocess.run([sys.executable, "-c", command], check=False).returncode == 0
