"""Choosing tests by the names of the API."""

import pytest

from this_tests import this_tests
from this_tests.observations.file import write
from this_tests.observations.observations import Observations
from this_tests.observations.relation import BODY, CALL, RelationBuilder
from this_tests.observations.snapshots import environment_name
from this_tests.pytest_plugin.deselection import Selecting
from this_tests.selection.tests_to_run import choose_by_name

SUITE = """
    @pytest.mark.parametrize("a", [1, 2])
    def test_add(a): this_tests(mylib.add)

    def test_run(): this_tests(mylib.Thing().run)
    def test_both(): this_tests(mylib.Thing, mylib.subtract)
    def test_deep(): this_tests(mylib.sub.deep)
    def test_none(): this_tests("na")
"""


@pytest.fixture
def suite(project):
    """Return the project with tests that have run."""
    project.tests(SUITE)
    project.run()
    return project


def observed(project, **executed):
    """Write a relation: what each test of the suite executed."""
    builder = RelationBuilder(session=1)
    for test, functions in executed.items():
        builder.add(f"tests/test_it.py::{test}", functions, [CALL | BODY] * len(functions), "passed")
    seen = Observations({environment_name(): builder.relation()})
    write(project.root / "test_observations", "part", seen)


def collected(result):
    return [line.partition("::")[2] for line in result.outlines if line.startswith("tests/")]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("asked", "tests"),
    [
        ("mylib.add", ["test_add[1]", "test_add[2]"]),
        ("mylib._impl.add", ["test_add[1]", "test_add[2]"]),
        ("mylib.Thing", ["test_run", "test_both"]),
        ("mylib.Thing.run", ["test_run"]),
        ("mylib.sub", ["test_deep"]),
        ("mylib.sub,mylib.subtract", ["test_both", "test_deep"]),
        ("mylib", ["test_add[1]", "test_add[2]", "test_run", "test_both", "test_deep"]),
    ],
)
def test_a_callable_a_class_a_module_and_an_alias_choose(suite, asked, tests):
    this_tests(choose_by_name)
    result = suite.run("--collect-only", "-q", "--this-tests-for", asked)
    assert collected(result) == tests


def test_the_headline_counts(suite):
    this_tests("this_tests.selection.tests_to_run.Choice.headline")
    result = suite.run("--this-tests-for=mylib.add")
    result.stdout.fnmatch_lines(["this-tests: 2 of 6 tests, for mylib.add"])
    result.assert_outcomes(passed=2, deselected=4)


def test_explain_says_it_per_test(suite):
    this_tests("this_tests.selection.tests_to_run.Choice.explained")
    result = suite.run("--this-tests-for=mylib.sub", "--this-tests-explain")
    result.stdout.fnmatch_lines(["  tests/test_it.py::test_deep: exercises mylib.sub"])


@pytest.mark.parametrize(
    ("asked", "tests"),
    [
        ("mylib.sub", ["test_deep", "test_none"]),
        ("mylib.Thing", ["test_add[1]", "test_run", "test_both"]),
        ("mylib.Thing.size", ["test_add[1]"]),
    ],
)
def test_what_was_only_observed_chooses_too(suite, asked, tests):
    this_tests(choose_by_name)
    observed(suite, test_none=["mylib.sub:deep"], **{"test_add[1]": ["mylib._impl:Thing.size"]})
    assert collected(suite.run("--collect-only", "-q", "--this-tests-for", asked)) == tests


def test_a_name_that_nothing_knows_is_a_usage_error_with_suggestions(suite):
    this_tests("this_tests.selection.tests_to_run.suggestions")
    result = suite.run("--this-tests-for=mylib.subtracts")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*unknown name 'mylib.subtracts'; did you mean mylib.subtract*"])


@pytest.mark.parametrize("nothing", ["", " , "])
def test_no_name_at_all_is_a_usage_error(suite, nothing):
    """As from an empty variable of a script."""
    this_tests("this_tests.pytest_plugin.deselection.Selecting")
    result = suite.run(f"--this-tests-for={nothing}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --this-tests-for: no name is given"])


def test_a_callable_without_evidence_chooses_nothing(suite):
    this_tests(choose_by_name)
    result = suite.run("--this-tests-for=mylib._impl.Base.shared")
    result.stdout.fnmatch_lines(["this-tests: 0 of 6 tests, for mylib._impl.Base.shared"])
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_a_choice_leaves_the_rest_of_the_registry(suite):
    this_tests(choose_by_name)
    before = suite.text
    suite.run("--this-tests-for=mylib.add")
    assert suite.text == before


@pytest.mark.slow
def test_workers_choose_alike(suite):
    this_tests(Selecting)
    result = suite.run_apart("--this-tests-for=mylib.add", "-n", "2")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["this-tests: 2 of 6 tests, for mylib.add"])


@pytest.mark.slow
def test_a_name_that_nothing_knows_is_a_usage_error_with_workers(suite):
    this_tests(Selecting)
    assert suite.run_apart("--this-tests-for=mylib.nope", "-n", "2").ret == pytest.ExitCode.USAGE_ERROR


def test_it_goes_with_other_ways_to_choose(suite):
    this_tests(Selecting)
    result = suite.run("--this-tests-for=mylib.add,mylib.sub", "-k", "deep")
    result.assert_outcomes(passed=1, deselected=5)
