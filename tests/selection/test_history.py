"""The benchmark command that replays a project's history, run on a project of three commits."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from this_tests import this_tests
from this_tests.pytest_plugin.deselection import Selecting

pytestmark = pytest.mark.slow

COMMAND = Path(__file__).parents[2] / "benchmarks" / "history.py"

TESTS = """
import os
import pytest
import mylib

def test_half():
    assert mylib.half(4) == 2

@pytest.mark.parametrize("case", [os.urandom(8).hex()])
def test_named_by_chance(case):
    assert case
"""
# What one test leaves for another in an environment variable is not followed.
KEEPING = """
def test_double():
    os.environ["DOUBLED"] = str(mylib.double(4))
    assert mylib.double(4) == 8

def test_kept():
    assert os.environ["DOUBLED"] == "8"
"""
ODD = """
def test_odd():
    assert mylib.half(5) == 2.5
"""


def library(double, half):
    return f"def double(n):\n    return {double}\n\ndef half(n):\n    return {half}\n"


@pytest.fixture
def checkout(tmp_path):
    """Return a repository: the second commit corrects ``double``, the third one ``half``."""
    folder = tmp_path / "shop"
    (folder / "tests").mkdir(parents=True)
    (folder / "mylib").mkdir()
    git(folder, "init", "-q")
    versions = {
        "Start": (library("n + 2", "n // 2"), TESTS),
        "Correct double": (library("n + n", "n // 2"), TESTS + KEEPING),
        "Correct half": (library("n + n", "n / 2"), TESTS + KEEPING + ODD),
    }
    for subject, (source, tests) in versions.items():
        (folder / "mylib/__init__.py").write_text(source)
        (folder / "pyproject.toml").write_text("[project]\nname = 'mylib'\n")
        (folder / "tests/test_it.py").write_text(tests)
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "-m", subject)
    return folder


def git(folder, *arguments):
    identity = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def replayed(checkout, *arguments):
    """Return the exit code, what is printed, and the verdicts by direction and subject."""
    out = checkout.parent / "verdicts.json"
    command = [sys.executable, str(COMMAND), str(checkout), f"--json={out}", *arguments]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert out.exists(), run.stderr
    verdicts = json.loads(out.read_text())
    return (
        run.returncode,
        run.stdout,
        {(verdict["direction"], verdict["subject"]): verdict for verdict in verdicts},
    )


def test_a_test_that_fails_and_is_not_selected_has_escaped(checkout):
    this_tests(Selecting)
    code, printed, verdicts = replayed(checkout, "--direction=backwards")
    double, half = verdicts["backwards", "Correct double"], verdicts["backwards", "Correct half"]
    assert (double["must"], double["escapes"]) == (2, ["tests/test_it.py::test_kept"])
    assert (half["must"], half["escapes"]) == (1, [])
    assert (code, len(verdicts)) == (1, 2)
    assert f"  escaped: {double['commit'][:9]} tests/test_it.py::test_kept" in printed
    assert "escapes: 1 tests in 1 commits; 2 commits have tests that must be selected, 3 in all" in printed


def test_a_second_run_takes_the_truth_from_the_cache(checkout, tmp_path):
    this_tests(Selecting)
    options = ("--direction=backwards", "--only=HEAD", f"--cache={tmp_path / 'cache'}")
    first = replayed(checkout, *options)
    [truth] = (tmp_path / "cache").glob("*/*-taken-back.json")
    truth.write_text(truth.read_text().replace("failed", "passed"))
    [observed] = (tmp_path / "cache").glob("*/*-test_observations/*.observed")
    observed.write_bytes(b"in a format of another version")
    code, _, verdicts = replayed(checkout, *options)
    before, after = (found["backwards", "Correct half"] for found in (first[2], verdicts))
    assert (before["must"], after["must"], code) == (1, 0, 0)
    assert after["selected"] == before["selected"] < after["tests"]


def test_forwards_a_new_test_must_be_selected(checkout):
    this_tests(Selecting)
    code, printed, verdicts = replayed(checkout, "--direction=forwards", "--only=HEAD")
    half = verdicts["forwards", "Correct half"]
    # Of five tests, the changed function is executed by one, one is new, and one has a name by chance.
    assert (code, half["tests"], half["needed"], half["must"]) == (0, 5, 3, 1)
    assert half["flaky"]
    assert f"  flaky: {half['commit'][:9]} tests/test_it.py::test_named_by_chance" in printed


BEFORE = '''
@cached
def f(a: int = 1) -> int:
    """It is documented."""
    b: int = a
    return b

class A:
    def g(self): return 1
    def gone(self): return 2

@overload
def h(a: int) -> int: ...
def h(a): return a
'''


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("a: int = 1) -> int", "a=1)", []),
        ("It is documented", "It is explained", []),
        ("b: int = a", "b = a", []),
        ("(a: int) -> int: ...", "(a: str) -> str: ...", []),
        ("a: int = 1", "a: int = 2", ["f"]),
        ("@cached", "@held", ["f"]),
        ("return 1", "return (lambda: 1)()", ["A.g"]),
        ("gone", "there", ["A.gone", "A.there"]),
    ],
)
def test_the_bound_counts_what_a_function_does_and_takes(monkeypatch, old, new, changed):
    this_tests("na")
    monkeypatch.syspath_prepend(COMMAND.parent)
    from changed_functions import changed_functions

    assert sorted(changed_functions(BEFORE, BEFORE.replace(old, new))) == changed
