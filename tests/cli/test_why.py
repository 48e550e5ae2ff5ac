"""`this-tests why`: why a change affects a test, or why it does not."""

import json

import pytest

from this_tests import this_tests
from this_tests.cli.why import why

FILES = {
    "mylib/__init__.py": """
        def add(a, b):
            return _total(a, b)

        def _total(a, b):
            return a + b

        def twice(a):
            return scaled(a, FACTOR)

        def scaled(a, by):
            return a * by

        FACTOR = 2
    """,
    "tests/test_it.py": """
        import pytest
        import mylib

        @pytest.mark.parametrize("text", ["a", "b c"])
        def test_add(text):
            assert text == "a" or mylib.add(text, text)

        def test_twice():
            assert mylib.twice(2) == 4

        def test_nothing(): pass
    """,
    ".gitignore": "__pycache__/\n.pytest_cache/\ntest_observations/\n/runpytest-*\n/std*\n",
}


@pytest.fixture
def observed(project, git):
    """Return a committed project whose tests were observed."""
    project.write(FILES)
    git("init", "-q")
    git.commit()
    project.run_apart("--this-tests-observe").assert_outcomes(passed=4)
    return project


def edit(project, old, new):
    file = project.root / "mylib/__init__.py"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def answer(command, *args):
    done = command("why", "--format", "json", *args)
    assert done.stderr == ""
    assert done.returncode == 0
    return json.loads(done.stdout)


def test_a_test_is_affected_by_what_it_executes(observed, command):
    this_tests(why)
    edit(observed, "a + b", "b + a")
    found = answer(command, "test_add")
    assert found == {
        "summary": "1 of 4 tests, for 1 changed function: mylib._total since HEAD",
        "tests": {
            "tests/test_it.py::test_add": {
                "affected": True,
                "cases": 2,
                "reasons": {"executes mylib._total": ["tests/test_it.py::test_add[b c]"]},
                "executed": 2,
                "changed": ["mylib._total"],
                "reached": {},
            }
        },
        "suggestions": [],
    }
    assert command("why", "test_add").stdout.splitlines() == [
        "tests/test_it.py::test_add  is affected, 1 of 2 cases",
        "  executes mylib._total  [b c]",
        "  executes, and changed: mylib._total",
        "",
        "1 of 4 tests, for 1 changed function: mylib._total since HEAD",
    ]


def test_a_test_is_affected_by_what_may_use_what_changed(observed, command):
    this_tests(why)
    edit(observed, "FACTOR = 2", "FACTOR = 3 - 1")
    (found,) = answer(command, "test_twice")["tests"].values()
    assert found["reasons"] == {
        "executes mylib.twice, which may use mylib.FACTOR": ["tests/test_it.py::test_twice"]
    }
    assert found["reached"] == {"mylib.twice": "mylib.FACTOR"}
    lines = command("why", "test_twice").stdout.splitlines()
    assert "  executes, and may use what changed: mylib.twice (mylib.FACTOR)" in lines


def test_a_test_is_not_affected(observed, command):
    this_tests(why)
    edit(observed, "a + b", "b + a")
    assert command("why", "test_twice").stdout.splitlines() == [
        "tests/test_it.py::test_twice  is not affected",
        "  none of the 2 functions that it executes may use what changed",
        "",
        "1 of 4 tests, for 1 changed function: mylib._total since HEAD",
    ]


def test_one_case_is_asked_for(observed, command):
    this_tests(why)
    edit(observed, "a + b", "b + a")
    (found,) = answer(command, "test_it.py::test_add[a]")["tests"].values()
    assert (found["affected"], found["cases"], found["executed"]) == (False, 1, 0)
    (found,) = answer(command, "test_add[b c]")["tests"].values()
    assert (found["affected"], found["cases"]) == (True, 1)


def test_a_commit_is_compared_with(observed, command, git):
    this_tests(why)
    edit(observed, "a + b", "b + a")
    git.commit("second")
    observed.run_apart("--this-tests-observe")
    assert not answer(command, "test_add")["tests"]["tests/test_it.py::test_add"]["affected"]
    assert answer(command, "test_add", "--since", "HEAD~1")["tests"]["tests/test_it.py::test_add"]["affected"]


def test_no_such_test(observed, command):
    this_tests(why)
    done = command("why", "test_ad")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "No test called test_ad is known.",
        "Did you mean:",
        "  tests/test_it.py::test_add",
    ]
    assert command("why", "test_add[no]").returncode == 1
