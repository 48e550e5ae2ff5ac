"""`this-tests affected`: the choice of `--this-tests-changed`, without pytest and the library."""

import json
import shutil
import subprocess
import sys

import pytest

from this_tests import this_tests
from this_tests.cli.affected import affected
from this_tests.observations.file import load
from this_tests.selection.known_tests import KnownTests, without_group

pytestmark = pytest.mark.slow

FILES = {
    "conftest.py": """
        import pytest

        @pytest.fixture
        def number():
            return 1
    """,
    "tests/helper.py": "VALUE = 1\n",
    "tests/base.py": """
        class Shared:
            def test_shared(self):
                assert self.thing().run() == 1
    """,
    "tests/test_it.py": """
        import sys, pathlib
        sys.path.insert(0, str(pathlib.Path(__file__).parent))
        import pytest, mylib
        from base import Shared
        from helper import VALUE

        @pytest.mark.parametrize("text", ["a b", "c/d", "e"])
        def test_add(text, number):
            assert mylib.add(text, text)

        def test_subtract():
            assert mylib.subtract(3, 2) == VALUE

        class TestThing(Shared):
            def thing(self):
                return mylib.Thing()

            def test_size(self):
                assert mylib.Thing().size == 2

        def test_data():
            assert (pathlib.Path(__file__).parent / "data.txt").read_text()

        @pytest.mark.skip
        def test_skipped(): pass

        def test_broken():
            assert mylib.sub.deep() != "deep"

        @pytest.mark.deselected
        def test_waiting(): pass
    """,
    "tests/part/test_part.py": """
        import mylib

        def test_deep():
            assert mylib.sub.deep() == "deep"

        def test_nothing(): pass
    """,
    "tests/test_empty.py": """
        import pytest

        pytest.importorskip("nothing_of_that_name")

        def test_never(): pass
    """,
    "tests/data.txt": "1",
    "examples.rst": ">>> 1 + 1\n2\n",
    "README.md": "Read me.",
    ".gitignore": "__pycache__/\n.pytest_cache/\ntest_observations/\n/runpytest-*\n/std*\n",
}
REST = """
    markers = ["deselected"]
    addopts = ["-m", "not deselected", "--doctest-glob=*.rst"]
"""


@pytest.fixture
def observed(project, git):
    """Return a committed project whose tests were observed."""
    project.configure(rest=REST)
    project.write(FILES)
    git("init", "-q")
    git.commit()
    project.run_apart("--this-tests-observe").assert_outcomes(passed=10, failed=1, skipped=2, deselected=1)
    return project


def edit(project, path, old, new):
    text = (project.root / path).read_text(encoding="utf-8")
    assert old in text
    (project.root / path).write_text(text.replace(old, new), encoding="utf-8")


def answer(command, *args):
    """Return the answer of the command."""
    done = command("affected", "--format", "json", *args)
    assert done.stderr == ""
    assert done.returncode == 0
    return json.loads(done.stdout)


def chosen_by_pytest(project, rev="HEAD"):
    """Return the tests that ``--this-tests-changed`` chooses, without `-m`, and the headline."""
    result = project.run_apart(
        "--collect-only",
        "-q",
        "-m",
        "",
        "--override-ini=addopts=--doctest-glob=*.rst",
        f"--this-tests-changed={rev}",
    )
    lines = [line for line in result.outlines if "::" in line and not line.startswith("this-tests:")]
    return set(lines), next(line for line in result.outlines if line.startswith("this-tests:"))


def same(answered, chosen):
    """Return whether an answer, with tests for all of their cases, and pytest name the same tests."""
    named = {test["test"] for test in answered["tests"]}
    found = {case if case in named else case.partition("[")[0] for case in chosen}
    return named == found and answered["affected"] == len(chosen)


EDITS = {
    "nothing": [],
    "a function": [("mylib/_impl.py", "return a + b", "return b + a")],
    "a method": [("mylib/_impl.py", "return 1", "return 3")],
    "a function that a failed test executed": [("mylib/sub.py", '"deep"', '"deeper"')],
    "a comment": [("mylib/_impl.py", "return a + b", "return a + b  # the sum")],
    "a signature": [("mylib/_impl.py", "def add(a, b)", "def add(a, b=1)")],
    "a constant": [("mylib/sub.py", "def deep", "LIMIT = 1\n\ndef deep")],
    "a base class": [("mylib/_impl.py", "class Thing(Base)", "class Thing")],
    "a test": [("tests/test_it.py", "mylib.subtract(3, 2)", "mylib.subtract(4, 3)")],
    "a test and its name": [("tests/part/test_part.py", "test_deep", "test_deeper")],
    "another test": [("tests/part/test_part.py", "import mylib", "import mylib\n\ndef test_new(): pass\n")],
    "one test less": [("tests/part/test_part.py", "def test_nothing(): pass", "")],
    "a test of a base class": [("tests/base.py", "run() == 1", "run() == 1, 'no'")],
    "a helper": [("tests/helper.py", "VALUE = 1", "VALUE = 2 - 1")],
    "a conftest": [("conftest.py", "return 1", "return 2")],
    "a data file": [("tests/data.txt", "1", "2")],
    "a file that nobody uses": [("README.md", "Read me.", "Read it.")],
    "a file of doctests": [("examples.rst", "1 + 1", "2 + 0")],
    "the configuration": [("pyproject.toml", "[project]", "[project]\nversion = '1'")],
    "two things": [
        ("mylib/_impl.py", "return a - b", "return -b + a"),
        ("tests/part/test_part.py", "def test_nothing(): pass", "def test_nothing(): return None"),
    ],
}


@pytest.mark.parametrize("edits", EDITS.values(), ids=EDITS)
def test_it_names_the_tests_that_pytest_would_select(observed, command, edits):
    this_tests(affected)
    for path, old, new in edits:
        edit(observed, path, old, new)
    found = answer(command)
    chosen, headline = chosen_by_pytest(observed)
    assert same(found, chosen)
    assert headline == f"this-tests: {found['summary']}"


def test_new_and_deleted_files_count(observed, command):
    this_tests(affected)
    observed.write(
        {
            "tests/test_new.py": """
                def test_new(): pass
                def helper(): pass

                class TestMore:
                    def test_more(self): pass
            """,
            "tests/nothing_to_collect.py": "def test_no(): pass\n",
        }
    )
    (observed.root / "tests/part/test_part.py").unlink()
    found = answer(command)
    chosen, _ = chosen_by_pytest(observed)
    assert same(found, chosen)
    assert {"tests/test_new.py::test_new", "tests/test_new.py::TestMore::test_more"} <= chosen
    assert not any("part" in test for test in chosen)


def test_it_compares_with_a_commit_and_with_what_was_observed(observed, command, git):
    this_tests(affected)
    edit(observed, "mylib/_impl.py", "return a + b", "return b + a")
    git.commit("second")
    assert same(answer(command), chosen_by_pytest(observed)[0])
    observed.run_apart("--this-tests-observe", "tests/part")
    for rev in ("HEAD", "HEAD~1"):
        found = answer(command, "--since", rev)
        assert same(found, chosen_by_pytest(observed, rev)[0])
        assert any(test["test"] == "tests/test_it.py::test_add" for test in found["tests"])


def test_files_that_no_session_collected_are_read(observed, command):
    this_tests(affected)
    shutil.rmtree(observed.root / "test_observations")
    observed.run_apart("--this-tests-observe", "tests/part")
    found = answer(command)
    assert {"tests/test_it.py::test_add", "tests/test_it.py::TestThing::test_size"} <= {
        test["test"] for test in found["tests"] if test["reason"] == "was never observed"
    }
    assert not any("part" in test["test"] for test in found["tests"])


def test_the_text_names_tests_with_their_reasons_the_likeliest_first(observed, command):
    this_tests(affected)
    edit(observed, "mylib/_impl.py", "return a + b", "return b + a")
    done = command("affected")
    assert done.stdout.splitlines() == [
        "6 of 13 tests, for 1 changed function: mylib._impl.add since HEAD; 1 that was never observed; 1 that was "
        "skipped when it was last run; 1 that failed when it was last observed",
        "  tests/test_it.py::test_broken  failed when it was last observed",
        "  tests/test_it.py::test_add  executes mylib._impl.add  3 cases",
        "  tests/test_it.py::test_skipped  was skipped when it was last run",
        "  tests/test_it.py::test_waiting  was never observed",
        "",
        "$ pytest $(this-tests affected --since HEAD --format args)",
    ]
    assert command("affected", "--top", "1").stdout.splitlines()[1:3] == [
        "  tests/test_it.py::test_broken  failed when it was last observed",
        "  and 3 more",
    ]


def run_in_shell(project, line):
    """Run a line in a shell, in which ``this-tests`` and ``pytest`` are those of this Python."""
    bin_folder = project.root / "bin"
    bin_folder.mkdir()
    for name, module in (("this-tests", "this_tests"), ("pytest", "pytest")):
        (bin_folder / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" -m {module} "$@"\n')
        (bin_folder / name).chmod(0o755)
    return subprocess.run(
        ["sh", "-c", f'PATH="{bin_folder}:$PATH"; {line}'],
        cwd=project.root,
        capture_output=True,
        text=True,
        check=False,
    )


def test_pytest_runs_what_a_shell_gives_it_also_ids_with_spaces_and_slashes(observed):
    this_tests(affected)
    edit(observed, "tests/test_it.py", '@pytest.mark.parametrize("text", ["a b", "c/d", "e"])', "CASES = 1")
    edit(observed, "tests/test_it.py", "CASES = 1", '@pytest.mark.parametrize("text", ["a b", "c/d", "e"])')
    edit(observed, "mylib/_impl.py", "return a + b", "return b + a")
    found = run_in_shell(observed, "pytest -v -p no:randomly $(this-tests affected --format args)")
    ran = [line.split(" PASSED")[0] for line in found.stdout.splitlines() if " PASSED" in line]
    assert ran == [f"tests/test_it.py::test_add[{case}]" for case in ("a b", "c/d", "e")]
    assert "1 failed, 3 passed, 1 skipped, 1 deselected" in found.stdout


def test_pytest_runs_some_cases_of_a_test(observed, command, git):
    this_tests(affected)
    observed.tests(
        """
        @pytest.mark.parametrize("text", ["a b", "c"])
        def test_one(text):
            assert text != "a b" or mylib.add(1, 2)
        """,
        "tests/test_one.py",
    )
    observed.run_apart("--this-tests-observe", "tests/test_one.py")
    git.commit("second")
    edit(observed, "mylib/_impl.py", "return a + b", "return b + a")
    assert "tests/test_one.py::test_one[a b]" in {test["test"] for test in answer(command)["tests"]}
    assert command("affected", "--format", "args").stdout == "@test_observations/affected.args\n"
    lines = (observed.root / "test_observations/affected.args").read_text().splitlines()
    assert "tests/test_one.py::test_one[a b]" in lines
    assert "tests/test_one.py::test_one[c]" not in lines


def test_where_nothing_is_affected_pytest_runs_nothing(observed, command, git):
    this_tests(affected)
    edit(observed, "tests/test_it.py", ' != "deep"', ' == "deep"')
    edit(observed, "tests/test_it.py", "@pytest.mark.skip\ndef test_skipped(): pass", "")
    edit(observed, "tests/test_it.py", "@pytest.mark.deselected\ndef test_waiting(): pass", "")
    git.commit()
    observed.run_apart("--this-tests-observe")
    assert answer(command)["tests"] == []
    found = run_in_shell(observed, "pytest $(this-tests affected --format args)")
    assert found.returncode == pytest.ExitCode.NO_TESTS_COLLECTED
    assert "collected 0 items" in found.stdout


def test_where_everything_is_affected_pytest_runs_everything(observed, command):
    this_tests(affected)
    edit(observed, "pyproject.toml", "[project]", "[project]\nversion = '1'")
    assert answer(command)["everything"] == "pyproject.toml changed"
    found = run_in_shell(observed, "pytest $(this-tests affected --format args)")
    assert "1 failed, 10 passed, 2 skipped, 1 deselected" in found.stdout
    assert command("affected", "--format", "args", "--top", "2").returncode == 0
    assert len((observed.root / "test_observations/affected.args").read_text().splitlines()) == 2


def test_the_test_that_speaks_of_the_change_is_first(project, git, command):
    this_tests(affected)
    project.write({"mylib/__init__.py": "def parse(text, strict=False):\n"
                   "    if strict and not text:\n"
                   "        raise ValueError('nothing to parse')\n"
                   "    if text.startswith('#'):\n"
                   "        return None\n"
                   "    return text\n"})  # fmt: skip
    project.tests(
        """
        def test_parse_alone():
            assert mylib.parse("a") == "a"

        def test_parse_what_startswith_a_hash():
            assert mylib.parse("# a") is None

        def test_parse_of_nothing_when_strict():
            with pytest.raises(ValueError):
                mylib.parse("", strict=True)
        """
    )
    git("init", "-q")
    git.commit()
    project.run_apart("--this-tests-observe").assert_outcomes(passed=3)
    edit(project, "mylib/__init__.py", "strict and not text", "strict and text")
    assert answer(command)["tests"][0]["test"] == "tests/test_it.py::test_parse_of_nothing_when_strict"


def test_a_step_of_github_gets_outputs(observed, command):
    this_tests(affected)
    edit(observed, "mylib/_impl.py", "return a + b", "return b + a")
    lines = command("affected", "--format", "github").stdout.splitlines()
    assert lines[:3] == ["affected=6", "total=13", "arguments=@test_observations/affected.args"]
    assert lines[3].startswith("summary=6 of 13 tests, for 1 changed function")


def test_without_observations_it_says_what_to_run(project, command, git):
    this_tests("this_tests.selection.affected.NothingObservedError")
    project.tests("def test_it(): pass")
    git("init", "-q")
    git.commit()
    done = command("affected")
    assert done.returncode == 2
    assert "no tests were observed with" in done.stderr
    assert "pytest --this-tests-observe" in done.stderr


@pytest.mark.parametrize(("rev", "told"), [("nonsense", "nonsense"), ("--output=x", "--output=x")])
def test_an_unknown_commit_is_an_error(observed, command, rev, told):
    this_tests(affected)
    done = command("affected", f"--since={rev}")
    assert done.returncode == 2
    assert told in done.stderr
    assert not (observed.root / "x").exists()


def test_the_library_and_the_tests_are_not_imported(observed, command):
    this_tests(affected)
    edit(observed, "mylib/_impl.py", "def add(a, b):", "raise SystemExit(9)\n\ndef add(a, b):")
    edit(observed, "conftest.py", "import pytest", "raise SystemExit(9)")
    assert answer(command)["affected"] > 0


def test_the_observations_know_what_was_collected(observed):
    this_tests("this_tests.observations.collected.Collected")
    [snapshot] = load(observed.root / "test_observations").snapshots.values()
    collected = snapshot.collected
    assert collected.library == {"mylib": ("mylib",)}
    assert {"mylib", "mylib.sub", "mylib._impl"} <= set(collected.modules)
    assert {"conftest.py", "tests/helper.py", "tests/base.py"} <= set(collected.files)
    assert collected.definitions == {
        "tests/test_it.py::TestThing::test_shared": ("tests/base.py", "Shared.test_shared")
    }
    assert collected.doctests == ("examples.rst::examples.rst",)
    assert collected.empty == ("tests/test_empty.py",)
    assert collected.waiting == ("tests/test_it.py::test_waiting",)


@pytest.mark.parametrize(
    ("node_id", "plain"),
    [
        ("a.py::test_a", "a.py::test_a"),
        ("a.py::test_a@group", "a.py::test_a"),
        ("a.py::test_a[x@y]", "a.py::test_a[x@y]"),
        ("a.py::test_a[x@y]@group", "a.py::test_a[x@y]"),
    ],
)
def test_groups_of_xdist_are_no_part_of_a_node_id(node_id, plain):
    this_tests(without_group)
    assert without_group(node_id) == plain


def test_workers_collect_the_same(observed, command):
    this_tests(KnownTests)
    shutil.rmtree(observed.root / "test_observations")
    observed.run_apart("--this-tests-observe", "-n", "2", "-p", "xdist")
    edit(observed, "mylib/_impl.py", "return a + b", "return b + a")
    assert same(answer(command), chosen_by_pytest(observed)[0])
