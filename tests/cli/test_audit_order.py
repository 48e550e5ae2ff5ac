"""``this-tests audit --order``, as a user runs it."""

import re
import signal
import subprocess
import sys

import kept_values
import pytest

from this_tests.observations.file import load, write
from this_tests.observations.observations import Observations
from this_tests.observations.snapshots import environment_name
from this_tests.observations.unsteady import Unsteady

pytestmark = [pytest.mark.slow, pytest.mark.this_tests(target="this_tests.cli.audit_order")]

DEPENDENT = {
    "tests/test_dependent.py": """
        import mylib

        made = []

        def test_makes():
            made.append(mylib.add(1, 1))

        def test_uses():
            assert made == [2]

        def test_fails_always():
            assert not mylib.add(1, 1)
    """
}
COMPUTE = {f"mylib.kept.{form}:compute" for form in kept_values.FORMS}


def unsteady(project):
    """Return what is known to depend on the order of tests."""
    return load(project.root / "test_observations").unsteady.get(environment_name(), Unsteady())


def test_it_finds_what_depends_on_the_order_and_the_next_selection_uses_it(project, git, command):
    project.write({**kept_values.files(), **DEPENDENT})
    git.commit()
    stale = Unsteady(frozenset({"mylib:add"}), frozenset({"tests/test_slot.py::test_first"}))
    folder = project.root / "test_observations"
    write(folder, "stale", Observations(unsteady={environment_name(): stale, "elsewhere": stale}))

    result = command("audit", "--order", "--seed", "8", "--", "-q")
    assert result.returncode == 1
    tests = 3 * len(kept_values.FORMS) + 3
    assert [re.sub(r" in [0-9.]+ s$", "", line) for line in result.stdout.splitlines()[:6]] == [
        f"as collected      {tests - 1} passed, 1 failed",
        f"reversed          {tests - 2} passed, 2 failed",
        f"shuffled, seed 8  {tests - 2} passed, 2 failed",
        "",
        "Tests that pass in some runs and fail in others",
        "  tests/test_dependent.py::test_uses",
    ]
    assert "run 2 of 3: reversed" in result.stderr
    found = unsteady(project)
    assert found.functions >= COMPUTE
    assert found.tests == {"tests/test_dependent.py::test_uses"}
    assert load(folder).unsteady["elsewhere"] == stale

    path = project.root / "mylib/kept/closure.py"
    path.write_text(path.read_text().replace("return 1", "return 1 + 0"))
    lines = project.run("--collect-only", "-q", "--this-tests-changed").outlines
    assert lines[0].startswith(f"this-tests: {tests} of {tests} tests, because any test may use what")


@pytest.mark.skipif(sys.platform == "win32", reason="cannot fork")
def test_each_test_alone_shows_it_exactly(project, git, command):
    """Without the value that is kept in a file, which the fork of one test leaves for the next."""
    project.write({**kept_values.files(), **DEPENDENT})
    git.commit()
    result = command("audit", "--isolate", "--", "-q")
    assert result.returncode == 1
    assert "each test alone" in result.stdout.splitlines()[1]
    assert "    failed  each test alone\n" in result.stdout
    found = unsteady(project)
    assert found.functions >= COMPUTE - {"mylib.kept.file:compute"}
    assert found.tests == {"tests/test_dependent.py::test_uses"}

    path = project.root / "mylib/kept/slot.py"
    path.write_text(path.read_text().replace("return 1", "return 1 + 0"))
    lines = project.run("--collect-only", "-q", "--this-tests-changed").outlines
    assert "because any test may use what mylib.kept.slot.compute keeps" in lines[0]


SMALL = {
    "mylib/kept.py": """
        kept = []

        def get():
            return kept[0] if kept else compute()

        def compute():
            kept.append(1)
            return 1
    """,
    "tests/test_a.py": """
        import mylib.kept

        def test_one():
            assert mylib.kept.get()

        def test_two():
            assert mylib.kept.get()
    """,
    "tests/test_b.py": """
        import mylib.kept

        def test_three():
            assert mylib.kept.get()
    """,
}
KNOWN = Unsteady(frozenset({"mylib._impl:add"}), frozenset({"tests/test_b.py::test_three"}))


@pytest.fixture
def small(project, git):
    """Return a project with three tests, of which something is known that is no longer true."""
    project.write(SMALL)
    git.commit()
    project.run("--this-tests-observe").assert_outcomes(passed=3)
    write(project.root / "test_observations", "stale", Observations(unsteady={environment_name(): KNOWN}))
    return project


def test_what_no_longer_depends_on_the_order_is_forgotten(small, command):
    result = command("audit", "--order=0")
    assert result.returncode == 0
    assert result.stdout.splitlines()[2:] == [
        "",
        "Functions that tests executed in some runs and not in others",
        "  mylib.kept.compute",
        "",
        "0 tests depend on the order of tests, and 1 function keeps values for other tests or runs at random.",
    ]
    assert unsteady(small) == Unsteady(frozenset({"mylib.kept:compute"}))


@pytest.mark.parametrize("part", [["tests/test_a.py"], ["-k", "one or two"]])
def test_an_audit_of_a_part_adds_to_what_is_known(small, command, part):
    result = command("audit", "--order", "0", "--", *part)
    assert result.returncode == 0
    assert "what was known before is kept" in result.stderr
    assert unsteady(small) == KNOWN | Unsteady(frozenset({"mylib.kept:compute"}))


@pytest.mark.parametrize(
    ("files", "arguments", "message"),
    [
        ({}, ["--no-such-option"], "the run 'as collected' cannot be used: pytest exited with 4"),
        ({"tests/test_c.py": "import nothing_like_it"}, [], "pytest exited with 2"),
        (
            {"tests/test_c.py": "def test(): __import__('os').kill(__import__('os').getpid(), 9)"},
            [],
            "signal 9",
        ),
        ({"tests/test_c.py": "def test(): open('new.py', 'w').close()"}, [], "the runs cannot be compared"),
        ({}, ["--no-this-tests-observe", "--collect-only"], "observed nothing"),
    ],
    ids=["usage", "collection", "crash", "code that changes", "nothing"],
)
def test_runs_that_cannot_be_used_leave_what_is_known(small, command, files, arguments, message):
    small.write(files)
    result = command("audit", "--order", "--", *arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert message in result.stderr.splitlines()[-1]
    assert unsteady(small) == KNOWN


@pytest.mark.skipif(sys.platform == "win32", reason="has no process groups of this kind")
def test_so_does_an_interrupt(small):
    """As the terminal does it: pytest and the command are interrupted, and both end in order."""
    small.tests(
        """
        import os, signal

        @pytest.fixture
        def thing():
            yield
            print("torn down")

        def test(thing):
            os.killpg(os.getpgrp(), signal.SIGINT)
        """,
        "tests/test_c.py",
    )
    result = subprocess.run(
        [sys.executable, "-m", "this_tests", "audit", "--order", "--", "-s"],
        cwd=small.root,
        start_new_session=True,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 128 + signal.SIGINT
    assert "torn down" in result.stderr
    assert "the audit was interrupted; nothing was stored" in result.stderr
    assert unsteady(small) == KNOWN
