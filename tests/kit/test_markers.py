"""Markers select tests, and the reason of a skip names the option that runs the test."""

import pytest

from this_tests import this_tests
from this_tests.kit.markers import MARKERS, Markers, chosen_by_expression
from this_tests.kit.options import OPTIONS, OptionConflicts, declare

SUITE = """
    def test_fast(): pass

    @pytest.mark.slow
    def test_slow(): pass

    @pytest.mark.cpp
    def test_cpp(): pass

    @pytest.mark.integration
    def test_integration(): pass
"""


def passed(result):
    """Return the names of the tests that passed, as ``-rA`` lists them."""
    lines = [line for line in result.stdout.lines if line.startswith("PASSED ")]
    return {line.partition("::test_")[2] for line in lines}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ([], {"fast", "integration"}),
        (["--runslow"], {"fast", "slow", "integration"}),
        (["--runcpp"], {"fast", "cpp", "integration"}),
        (["--skipint"], {"fast"}),
        (["-m", "slow"], {"slow"}),
        (["-m", "not slow"], {"fast", "integration"}),
        (["-m", ""], {"fast", "slow", "cpp", "integration"}),
        (["-n", "2", "--runslow"], {"fast", "slow", "integration"}),
        (["-n", "2", "-m", "slow"], {"slow"}),
    ],
)
def test_options_choose(kit, arguments, names):
    this_tests(Markers)
    kit.tests(SUITE)
    # xdist's workers import only what a separate process imports.
    run = kit.run_apart if "-n" in arguments else kit.run
    assert passed(run("-rA", *arguments)) == names


@pytest.mark.slow
def test_a_projects_default_expression_is_taken_back_by_an_empty_one(kit):
    this_tests(chosen_by_expression)
    kit.configure(rest='addopts = ["-p", "this_tests.kit", "-m", "not slow"]')
    kit.tests(SUITE)
    assert "slow" not in passed(kit.run("-rA"))
    assert "slow" in passed(kit.run("-rA", "-m", "slow"))
    assert passed(kit.run("-rA", "-m", "")) == {"fast", "slow", "cpp", "integration"}


def test_each_skip_names_the_option_that_runs_the_test(kit):
    this_tests(Markers)
    kit.tests(SUITE)
    output = kit.run("--skipint").stdout.str()
    assert "slow: runs with --runslow" in output
    assert "cpp: runs with --runcpp" in output
    assert "integration: skipped by --skipint" in output


def test_a_whole_module_may_be_marked(kit):
    this_tests(Markers)
    kit.tests("pytestmark = pytest.mark.integration\ndef test_a(): pass\ndef test_b(): pass")
    kit.run("--skipint").assert_outcomes(skipped=2)


def test_the_markers_are_registered(kit):
    this_tests("this_tests.kit.markers")
    output = kit.run("--markers").stdout.str()
    assert all(f"@pytest.mark.{name}: " in output for name in MARKERS)


def test_the_kit_is_never_loaded_by_itself(project):
    this_tests("this_tests.kit")
    assert "--runslow" not in project.run("--help").stdout.str()
    assert "--runslow" in project.run("--help", "-p", "this_tests.kit").stdout.str()


THEIRS = """
    import pytest

    def pytest_addoption(parser):
        parser.addoption("--runslow", action="store_true", help="theirs")
"""
NOTE = "this_tests.kit: the project declares --runslow itself; the kit uses its value"


@pytest.mark.slow
@pytest.mark.parametrize("by", ["-p", "pytest_plugins"])
def test_a_project_keeps_an_option_that_it_has_declared(project, by):
    this_tests(declare, OptionConflicts)
    arguments = ["-p", "this_tests.kit"] if by == "-p" else []
    plugins = "" if by == "-p" else "\n    pytest_plugins = ['this_tests.kit']\n"
    project.write({"conftest.py": plugins + THEIRS})
    project.tests(SUITE)
    result = project.run(*arguments)
    assert NOTE in result.stdout.str()
    result.assert_outcomes(passed=2, skipped=2)
    project.run("--runslow", *arguments).assert_outcomes(passed=3, skipped=1)
    project.run_apart("--runslow", "-n1", *arguments).assert_outcomes(passed=3, skipped=1)


def test_nothing_is_said_where_the_options_are_ours(kit):
    this_tests(OptionConflicts)
    assert "itself" not in kit.run().stdout.str()


@pytest.mark.slow
def test_a_conftest_may_import_from_the_kit_before_it_names_it_a_plugin(project):
    this_tests("this_tests.kit")
    project.write(
        {"conftest.py": "from this_tests.kit import find_device\npytest_plugins = ['this_tests.kit']\n"}
    )
    project.tests("@pytest.mark.slow\ndef test_it(): pass")
    result = project.run_apart("-W", "error", "-rs")
    result.assert_outcomes(skipped=1)


def test_each_option_is_in_the_help(kit):
    this_tests("this_tests.kit.options")
    output = kit.run("--help").stdout.str()
    assert all(option.flag in output for option in OPTIONS)
