"""Functions and tests that depend on the order of tests: a change of one chooses all tests that may use it."""

import pytest
from kept_values import FORMS, files

from this_tests import Registry, this_tests
from this_tests.observations.file import load, write
from this_tests.observations.observations import Observations
from this_tests.observations.snapshots import environment_name
from this_tests.observations.unsteady import Unsteady
from this_tests.selection.impact import Impact
from this_tests.selection.surroundings import CollectedTest
from this_tests.selection.tests_to_run import Ground, KnownEvidence, choose_by_change

CONFTEST = """
    import os

    def pytest_collection_modifyitems(items):
        if os.environ.get("REVERSED"):
            items.reverse()
"""


@pytest.fixture
def kept(suite, monkeypatch):
    """Return a project that keeps values in each form, with its tests observed once in order and once reversed."""
    suite.write({**files(), "tests/conftest.py": CONFTEST})
    suite.commit()
    for reverse in ("", "1"):
        monkeypatch.setenv("REVERSED", reverse)
        suite.project.run_apart("--this-tests-observe", "-p", "no:randomly").assert_outcomes(
            passed=3 * len(FORMS)
        )
    monkeypatch.delenv("REVERSED")
    return suite


def observed(suite):
    return load(suite.folder)


@pytest.mark.slow
def test_a_change_of_what_computes_a_kept_value_chooses_all_its_readers(kept):
    """However it is kept: no list of the ways to do it takes part."""
    this_tests(choose_by_change)
    found = observed(kept)
    here = environment_name()
    evidence = KnownEvidence(Registry(), found.of(here), unsteady=found.unsteady[here])
    cases = [CollectedTest(test, test) for test in sorted(found.of(here).tests)]
    assert found.unsteady[here].functions >= {f"mylib.kept.{form}:compute" for form in FORMS}
    assert not found.unsteady[here].tests
    for form in FORMS:
        impact = Impact(functions=frozenset({f"mylib.kept.{form}:compute"}))
        choice = choose_by_change(cases, evidence, Ground("HEAD", impact))
        assert choice.reasons.keys() == found.of(here).tests, form
    kept.edit("mylib/kept/closure.py", "return 1", "return 1 + 0")
    chosen, line = kept.collect("--this-tests-changed")
    assert len(chosen) == 3 * len(FORMS)
    assert line.endswith(
        "because any test may use what mylib.kept.closure.compute keeps, "
        "which ran in some orders of tests and not in others, and it changed since HEAD"
    )


TESTS = {
    "tests/test_it.py": """
        import mylib

        def test_add():
            assert mylib.add(1, 1) == 2

        def test_run():
            assert mylib.Thing().run() == 1
    """,
}
EXECUTED = {
    "tests/test_it.py::test_add": ["mylib._impl:add"],
    "tests/test_it.py::test_run": ["mylib._impl:Thing.run"],
}


@pytest.fixture
def known(suite):
    """Return a project with an unsteady function, and a test that depends on the order of tests."""
    suite.write(TESTS)
    suite.commit()
    suite.observe(EXECUTED)
    unsteady = Unsteady(frozenset({"mylib._impl:Thing.run"}), frozenset({"tests/test_it.py::test_add"}))
    write(suite.folder, "unsteady", Observations(unsteady={environment_name(): unsteady}))
    return suite


def test_a_change_of_an_unsteady_function_chooses_all_and_says_why(known):
    this_tests(choose_by_change)
    known.edit("mylib/_impl.py", "return 1", "return 2")
    chosen, line = known.collect("--this-tests-changed")
    assert chosen == ["test_add", "test_run"]
    assert line == (
        "this-tests: 2 of 2 tests, because any test may use what mylib._impl.Thing.run keeps, "
        "which ran in some orders of tests and not in others, and it changed since HEAD"
    )


def test_so_does_a_changed_name_that_an_unsteady_function_uses(known):
    this_tests(choose_by_change)
    known.edit("mylib/_impl.py", "def run(self)", "def run(self, a=1)")
    chosen, line = known.collect("--this-tests-changed")
    assert chosen == ["test_add", "test_run"]
    assert line.endswith("and it may use mylib._impl.Thing.run since HEAD")


def test_a_change_since_the_session_counts_as_well(known):
    this_tests(choose_by_change)
    known.edit("mylib/_impl.py", "return 1", "return 2")
    known.git("commit", "-aqm", "two")
    chosen, line = known.collect("--this-tests-changed")
    assert chosen == ["test_add", "test_run"]
    assert line.endswith(
        "1 that depends on the order of tests; 1 observed with other code; no other is affected since HEAD"
    )


@pytest.mark.parametrize("unsteady", [set(), {"mylib.cached:get"}])
def test_what_an_unsteady_cache_calls_concerns_all_tests(suite, unsteady):
    this_tests(KnownEvidence.with_kept)
    suite.write(TESTS)
    suite.write(
        {
            "mylib/cached.py": "import functools\n@functools.cache\ndef get(): return made()\ndef made(): return 1\n"
        }
    )
    suite.edit("mylib/__init__.py", "from . import sub", "from . import cached, sub")
    suite.commit()
    suite.observe(
        {
            "tests/test_it.py::test_add": ["mylib.cached:get", "mylib.cached:made"],
            "tests/test_it.py::test_run": ["mylib._impl:Thing.run"],
        }
    )
    known = {environment_name(): Unsteady(frozenset(unsteady))} if unsteady else {}
    write(suite.folder, "unsteady", Observations(unsteady=known))
    suite.edit("mylib/cached.py", "return 1", "return 2")
    assert suite.chosen() == (["test_add", "test_run"] if unsteady else ["test_add"])


def test_a_test_that_depends_on_the_order_of_tests_always_runs(known):
    this_tests(choose_by_change)
    result = known.project.run("--collect-only", "-q", "--this-tests-changed", "--this-tests-explain")
    assert result.outlines[:2] == [
        "this-tests: 1 of 2 tests, 1 that depends on the order of tests; no other is affected since HEAD",
        "  tests/test_it.py::test_add: depends on the order of tests",
    ]


def test_what_is_unsteady_elsewhere_is_not_here(suite):
    """As all evidence, it is kept for each Python version and platform."""
    this_tests("this_tests.pytest_plugin.deselection.Selecting")
    suite.write(TESTS)
    suite.commit()
    suite.observe(EXECUTED)
    write(suite.folder, "more", Observations(unsteady={"there": Unsteady(frozenset({"mylib._impl:add"}))}))
    suite.edit("mylib/_impl.py", "return a + b", "return b + a")
    assert suite.chosen() == ["test_add"]
