"""A run observes, the next one chooses tests: end to end, without made-up evidence."""

import pytest

from this_tests import this_tests
from this_tests.pytest_plugin.deselection import Selecting

pytestmark = pytest.mark.slow

TESTS = {
    "tests/test_it.py": """
        import pytest
        import mylib

        MADE = mylib.sub.deep()

        @pytest.fixture(scope="module")
        def shared():
            return mylib.subtract(3, 1)

        @pytest.mark.parametrize("a", [1, 2])
        def test_add(a):
            assert mylib.add(a, 1) == a + 1

        def test_shared(shared):
            assert shared == 2

        def test_shared_too(shared):
            assert shared == 2

        def test_run():
            assert mylib.Thing().run() == 1
    """,
}


@pytest.fixture
def observed(suite):
    """Return a committed project whose tests ran under observation."""
    suite.write(TESTS)
    suite.commit()
    suite.project.run_apart("--this-tests-observe")
    return suite


@pytest.mark.parametrize(
    ("old", "new", "tests"),
    [
        ("return a + b", "return b + a", ["test_add[1]", "test_add[2]"]),
        ("return a - b", "return a - b - 0", ["test_shared", "test_shared_too"]),
        ("return 1", "return 2", ["test_run"]),
        ("return 2", "return 3", []),
    ],
)
def test_a_changed_function_chooses_what_executed_it(observed, old, new, tests):
    this_tests("this_tests.pytest_plugin.observation_finish.Watch")
    observed.edit("mylib/_impl.py", old, new)
    assert observed.chosen() == tests


def test_a_library_of_one_file_is_compared_by_function(suite):
    this_tests(Selecting)
    suite.project.configure('library = ["single"]')
    tests = "import single\ndef test_one(): single.one()\ndef test_two(): single.two()\n"
    suite.write({"single.py": "def one(): return 1\ndef two(): return 2\n", "tests/test_single.py": tests})
    suite.commit()
    suite.project.run_apart("--this-tests-observe")
    suite.edit("single.py", "return 2", "return 3")
    assert suite.chosen() == ["test_two"]


def test_what_ran_while_tests_were_collected_chooses_what_uses_its_result(observed):
    this_tests("this_tests.pytest_plugin.observation_finish.Watch")
    observed.edit("tests/test_it.py", "mylib.Thing().run() == 1", "mylib.Thing().run() and MADE")
    observed.git("commit", "-aqm", "two")
    observed.project.run_apart("--this-tests-observe")
    observed.edit("mylib/sub.py", '"deep"', '"deeper"')
    assert observed.chosen() == ["test_run"]


def test_a_library_that_another_plugin_imports_first_is_seen_at_import_too(suite):
    this_tests("this_tests.observe.observer.Observer.discover_early")
    library = """
def build(): return {"a": 1}
def make(): return [1]
def unused(): return 0
TABLE = build()
"""
    tests = """import single
MADE = single.make()
def test_table(): assert single.TABLE
def test_made(): assert MADE
def test_neither(): pass
"""
    suite.project.configure('library = ["single"]')
    suite.write({"single.py": library, "early.py": "import single", "tests/test_early.py": tests})
    suite.commit()
    suite.project.run_apart("-p", "early", "--this-tests-observe")
    assert "single:make" in suite.at_import
    for old, new, chosen in (
        ('{"a": 1}', '{"b": 1}', ["test_table"]),
        ("[1]", "[2]", ["test_made"]),
        ("return 0", "return 1", []),
    ):
        suite.edit("single.py", old, new)
        assert suite.chosen() == chosen
        suite.edit("single.py", new, old)


def test_a_choice_that_observes_keeps_the_evidence_true(observed):
    this_tests("this_tests.observations.file.add")
    observed.edit("mylib/_impl.py", "return a + b", "return subtract(a, -b)")
    observed.project.run_apart("--this-tests-observe", "--this-tests-changed").assert_outcomes(
        passed=2, deselected=3
    )
    observed.git("commit", "-aqm", "two")
    assert observed.chosen() == []
    observed.edit("mylib/_impl.py", "return a - b", "return a - b - 0")
    assert observed.chosen() == ["test_add[1]", "test_add[2]", "test_shared", "test_shared_too"]


def test_workers_observe_and_choose_alike(observed):
    this_tests(Selecting)
    observed.edit("mylib/_impl.py", "return 1", "return (1)")
    observed.edit("mylib/_impl.py", "return a + b", "return b + a")
    observed.project.run_apart("--this-tests-observe", "-n", "2").assert_outcomes(passed=5)
    observed.git("commit", "-aqm", "two")
    assert observed.chosen() == []
    result = observed.project.run_apart("--this-tests-changed=HEAD~1", "-n", "2")
    result.assert_outcomes(passed=2)


def test_a_skipped_test_is_told_from_a_new_one(suite, monkeypatch):
    this_tests(Selecting)
    tests = """import os, unittest, pytest, mylib
def test_it(): mylib.add(1, 1)
@pytest.mark.skip
def test_marked(): mylib.add(1, 2)
@pytest.mark.parametrize("a", [1, 2])
def test_asked(a):
    mylib.add(a, 1)
    if "MAY_SKIP" in os.environ and a == 2: pytest.skip()
class TestIt(unittest.TestCase):
    def test_old(self): self.skipTest("never")
"""
    suite.write({"tests/test_skipped.py": tests})
    suite.commit()
    suite.project.run_apart("--this-tests-observe", "--deselect=tests/test_skipped.py::test_asked")
    every = ["test_marked", "test_asked[1]", "test_asked[2]", "TestIt::test_old"]
    assert suite.collect("--this-tests-changed") == (
        every,
        "this-tests: 4 of 5 tests, 2 that were never observed; 2 that were skipped when they were last run; "
        "no other is affected since HEAD",
    )
    monkeypatch.setenv("MAY_SKIP", "1")
    suite.project.run_apart("--this-tests-observe", "-n2")
    assert suite.chosen() == ["test_marked", "test_asked[2]", "TestIt::test_old"]
    monkeypatch.delenv("MAY_SKIP")
    suite.project.run_apart("--this-tests-observe")
    # What ran once is known, whether it is skipped later or not.
    monkeypatch.setenv("MAY_SKIP", "1")
    suite.project.run_apart("--this-tests-observe")
    assert suite.chosen() == ["test_marked", "TestIt::test_old"]


def test_a_group_of_tests_is_no_part_of_their_names(suite):
    this_tests(Selecting)
    suite.write(
        {
            "tests/test_it.py": TESTS["tests/test_it.py"].replace(
                "import mylib", "import mylib\n        pytestmark = pytest.mark.xdist_group('one')"
            )
        }
    )
    suite.commit()
    suite.project.run_apart("--this-tests-observe", "-n", "2", "--dist", "loadgroup").assert_outcomes(
        passed=5
    )
    suite.edit("mylib/_impl.py", "return 1", "return 2")
    assert suite.chosen() == ["test_run"]


def test_a_file_that_changes_while_tests_run_proves_nothing(observed):
    this_tests("this_tests.pytest_plugin.observation_finish.Watch")
    source = "import pathlib\ndef test_writes(): pathlib.Path('mylib/_other.py').write_text('x = 1')\n"
    observed.write({"tests/test_writes.py": source})
    observed.project.run_apart("--this-tests-observe")
    (observed.root / "mylib/_other.py").unlink()
    chosen, line = observed.collect("--this-tests-changed")
    assert len(chosen) == 6
    assert "5 observed with code that is not known any more" in line


def test_a_run_without_git_observes_all_the_same(suite):
    this_tests("this_tests.pytest_plugin.observation_finish.Watch")
    suite.write(TESTS)
    result = suite.project.run_apart("--this-tests-observe")
    result.assert_outcomes(passed=5)
    result.stdout.no_fnmatch_line("this-tests: *")
    assert suite.collect("--this-tests-for=mylib._impl.Thing")[0] == ["test_run"]


@pytest.mark.parametrize("name", ["mylib.Thing", "mylib.Thing.run", "mylib._impl"])
def test_an_alias_finds_what_was_observed(observed, name):
    this_tests("this_tests.selection.tests_to_run.choose_by_name")
    assert "test_run" in observed.collect("--this-tests-for", name)[0]
