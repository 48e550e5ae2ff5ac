"""`this-tests diff --api`: which public callables are new or gone, and whether tests exercise them."""

import json
import shutil

import pytest

from this_tests import this_tests
from this_tests.cli.diff import diff
from this_tests.registry.api_diff import api_difference
from this_tests.report.badge import badge_address

pytestmark = pytest.mark.slow

BEFORE = {
    "mylib/__init__.py": "from ._impl import add, old, kept\n",
    "mylib/_impl.py": "def add(a, b): return a + b\n\ndef old(): return 1\n\ndef kept(): return 2\n",
    "mylib/sub.py": "",
    "tests/test_it.py": """
        import mylib
        from this_tests import this_tests

        def test_add():
            this_tests(mylib.add)
            assert mylib.add(1, 2) == 3

        def test_old():
            assert mylib.old() + mylib.kept() == 3
    """,
}
AFTER = {
    "mylib/__init__.py": "from ._impl import add, fresh, lost, kept\n",
    "mylib/_impl.py": "def add(a, b): return a + b\n\ndef fresh(): return 1\n\ndef lost(): return 1\n\n"
    "def kept(): return 2\n",
    "tests/test_it.py": """
        import mylib
        from this_tests import this_tests

        def test_add():
            this_tests(mylib.add)
            assert mylib.add(1, 2) == 3

        def test_fresh():
            assert mylib.fresh() == 1
    """,
}


@pytest.fixture
def two(project, git, tmp_path_factory):
    """Return a project with a commit, and a change since; and what a run of the commit observed."""
    project.write(BEFORE)
    project.run_apart("--this-tests-observe").assert_outcomes(passed=2)
    git.commit()
    then = tmp_path_factory.mktemp("then") / "test_observations"
    shutil.move(project.root / "test_observations", then)
    project.write(AFTER)
    project.run_apart("--this-tests-observe").assert_outcomes(passed=2)
    return project, then


def test_new_and_gone_callables_are_named(two, command):
    this_tests(diff, api_difference)
    _, then = two
    done = command("diff", "HEAD", "--api", "--observed", str(then))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "new",
        "  mylib.fresh  1 test",
        "  mylib.lost  no test",
        "gone",
        "  mylib.old",
        "50% of 4 public callables with tests, before 100%.",
        "lost their last test",
        "  mylib.kept  1 → 0 tests",
        "    - tests/test_it.py::test_old",
        "  mylib.old  1 → 0 tests",
        "    - tests/test_it.py::test_old",
        "have their first tests",
        "  mylib.fresh  0 → 1 test",
        "    + tests/test_it.py::test_fresh",
        "2 callables lost their last test, 1 callable has its first tests.",
    ]


def test_without_observations_of_then_declarations_are_compared(two, command, tmp_path):
    this_tests(diff)
    done = command("diff", "HEAD", "--api", "--observed", str(tmp_path / "none"), "--format", "json")
    assert (
        done.stderr == f"this-tests: {tmp_path / 'none'}: no such folder, so only declarations are compared\n"
    )
    assert json.loads(done.stdout) == {
        "lost": [],
        "gained": [],
        "changed": [],
        "other": [],
        "api": {
            "new": {
                "mylib.fresh": {"state": "direct", "tests": 1},
                "mylib.lost": {"state": "none", "tests": 0},
            },
            "gone": ["mylib.old"],
            "share": 0.5,
            "share before": None,
        },
    }


def test_a_comment_has_a_badge_and_names_what_no_test_executes(two, command):
    this_tests(diff, badge_address)
    _, then = two
    lines = command(
        "diff", "HEAD", "--api", "--observed", str(then), "--format", "markdown"
    ).stdout.splitlines()
    assert lines[:12] == [
        "### Tests of the API",
        "",
        "![API tested: 50%](https://img.shields.io/badge/API%20tested-50%25-b26a00)",
        "",
        "50% of 4 public callables with tests, before 100%.",
        "",
        "| 2 new callables | tests |",
        "| --- | ---: |",
        "| `mylib.lost` | **none** |",
        "| `mylib.fresh` | 1 |",
        "",
        "1 callable gone: `mylib.old`.",
    ]


def test_a_callable_that_moved_is_neither_new_nor_gone(project, git, command):
    this_tests(api_difference)
    project.write(BEFORE)
    project.run_apart().assert_outcomes(passed=2)
    git.commit()
    project.write({"mylib/__init__.py": "from ._more import add, old, kept\n"})
    (project.root / "mylib/_impl.py").rename(project.root / "mylib/_more.py")
    found = json.loads(command("diff", "HEAD", "--api", "--format", "json").stdout)
    assert (found["api"]["new"], found["api"]["gone"]) == ({}, [])


@pytest.mark.parametrize("arguments", [("test_registry.json",), ("HEAD", "HEAD")])
def test_the_api_is_that_of_a_commit(two, command, arguments):
    this_tests(diff)
    done = command("diff", *arguments, "--api")
    assert done.returncode == 2
    assert "this-tests diff --api OLD" in done.stderr
