"""Choosing tests by changes: no affected test is left out."""

import shutil
import subprocess
import sys

import pytest
from msgspec.structs import replace

from this_tests import this_tests
from this_tests.observations import snapshots
from this_tests.observations.file import load, write
from this_tests.pytest_plugin.deselection import Selecting
from this_tests.selection.changes import changes_between
from this_tests.selection.impact import impact
from this_tests.selection.tests_to_run import choose_by_change

HEAD = "import pytest\nimport mylib\n\n"
TESTS = {
    "tests/test_it.py": HEAD
    + """
def helper():
    return 1

@pytest.fixture
def thing():
    return mylib.Thing()

@pytest.mark.parametrize("a", [1, 2])
def test_add(a):
    assert mylib.add(a, 1)

def test_run(thing):
    '''Run a thing.'''
    assert thing.run() == 1
""",
    "tests/part/test_part.py": HEAD
    + """
class TestPart:
    def test_deep(self):
        assert mylib.sub.deep()

    def test_nothing(self):
        pass
""",
}
EXECUTED = {
    "tests/test_it.py::test_add[1]": ["mylib._impl:add"],
    "tests/test_it.py::test_add[2]": ["mylib._impl:add", "mylib._impl:subtract.<locals>.inner"],
    "tests/test_it.py::test_run": ["mylib._impl:Thing.run"],
    "tests/part/test_part.py::TestPart::test_deep": ["mylib.sub:deep"],
    "tests/part/test_part.py::TestPart::test_nothing": [],
}
PART = ["TestPart::test_deep", "TestPart::test_nothing"]
IT = ["test_add[1]", "test_add[2]", "test_run"]
ALL = [*PART, *IT]


@pytest.fixture
def observed(suite):
    """Return a committed project whose tests were observed at that commit."""
    suite.write(
        {**TESTS, "README.md": "Read me.", "notes.txt": "1", "tests/data.csv": "1", "mylib/data.csv": "1"}
    )
    suite.commit()
    suite.observe(EXECUTED)
    return suite


# The library.


@pytest.mark.parametrize(
    ("path", "old", "new", "tests"),
    [
        ("mylib/_impl.py", "return a + b", "return b + a", ["test_add[1]", "test_add[2]"]),
        ("mylib/_impl.py", "return a - b", "return b - a", ["test_add[2]"]),
        ("mylib/_impl.py", "return 1", "return 2", ["test_run"]),
        ("mylib/_impl.py", "return 3", "return 4", []),
        ("mylib/_impl.py", "return a + b", "return a + b  # the sum", []),
        ("mylib/sub.py", 'return "deep"', 'return "deeper"', ["TestPart::test_deep"]),
    ],
)
def test_a_changed_function_chooses_the_tests_that_executed_it(observed, path, old, new, tests):
    this_tests(choose_by_change)
    observed.edit(path, old, new)
    assert observed.chosen() == tests


def test_the_headline_names_the_functions(observed):
    this_tests("this_tests.selection.tests_to_run.Choice.headline")
    observed.edit("mylib/_impl.py", "return a + b", "return b + a")
    _, line = observed.collect("--this-tests-changed")
    assert line == "this-tests: 2 of 5 tests, for 1 changed function: mylib._impl.add since HEAD"


@pytest.mark.slow
@pytest.mark.parametrize("options", [["-k", "add and 2"], ["-k", "add and 2", "-n", "1"]], ids=" ".join)
def test_the_headline_counts_what_is_left_by_other_options(observed, options):
    this_tests("this_tests.selection.tests_to_run.Choice.left")
    observed.edit("mylib/_impl.py", "return a + b", "return b + a")
    result = observed.project.run_apart("--this-tests-changed", "--this-tests-explain", *options)
    lines = [line for line in result.outlines if line.startswith(("this-tests: ", "  tests/test_it.py::"))]
    assert lines == [
        "this-tests: 1 of 5 tests, for 1 changed function: mylib._impl.add since HEAD",
        "  tests/test_it.py::test_add[2]: executes mylib._impl.add",
    ]


@pytest.mark.parametrize(
    ("edit", "tests", "why"),
    [
        (("mylib/_impl.py", "def add(a, b)", "def add(a, b=1)"), ["test_add[1]", "test_add[2]"], "mylib._impl.add"),
        (("mylib/_impl.py", "def add(a, b)", "def add(a: int, b)"), ["test_add[1]"], "mylib._impl.add"),
        (("mylib/_impl.py", "class Thing(Base)", "class Thing"), ["test_run"], "mylib._impl.Thing"),
        (("mylib/_impl.py", "def _helper():\n    return 3\n", ""), ["test_add[1]"], "mylib._impl._helper"),
        (("mylib/sub.py", "def deep", "def print(*a): return 1\n\ndef deep"), PART[:1], "mylib.sub.print"),
    ],
)  # fmt: skip
def test_what_runs_at_import_chooses_the_tests_that_use_its_names_or_one(observed, edit, tests, why):
    this_tests(impact, choose_by_change)
    observed.edit(*edit)
    chosen, line = observed.collect("--this-tests-changed")
    assert chosen == tests
    assert f"for what uses 1 changed name: {why} since HEAD" in line


@pytest.mark.parametrize(
    ("path", "old", "new", "why"),
    [
        ("mylib/sub.py", "def deep", "import os\nos.environ['A'] = '1'\ndef deep", "os.environ['A'] = '1'"),
        ("mylib/data.csv", "1", "2", "mylib/data.csv changed"),
        ("tests/data.csv", "1", "2", "tests/data.csv changed"),
        (
            "pyproject.toml",
            "[tool.this-tests]",
            "[tool.this-tests]\nprivate = true",
            "pyproject.toml changed",
        ),
    ],
)
def test_what_cannot_be_confined_chooses_everything(observed, path, old, new, why):
    this_tests(impact)
    if path == "tests/data.csv":
        observed.edit("tests/test_it.py", "return 1", "return open('tests/data.csv')")
        observed.git("commit", "-aqm", "two")
        observed.observe(EXECUTED)
    observed.edit(path, old, new)
    chosen, line = observed.collect("--this-tests-changed")
    assert chosen == ALL
    assert why in line


@pytest.mark.parametrize("name", ["src/fast.c", "Cargo.lock", "environment.yml"])
def test_a_new_file_that_may_take_part_chooses_everything(observed, name):
    this_tests(impact)
    observed.write({name: "1"})
    assert observed.chosen() == ALL


@pytest.mark.parametrize("table", ["tool.ruff", "tool.mypy", "dependency-groups"])
def test_tables_of_linters_choose_nothing(observed, table):
    this_tests(impact)
    path = observed.root / "pyproject.toml"
    path.write_text(f'{path.read_text("utf-8")}\n[{table}]\nlint = ["a"]\n', "utf-8")
    chosen, line = observed.collect("--this-tests-changed")
    assert chosen == []
    assert "set aside: pyproject.toml" in line


def test_a_test_that_reads_the_tables_of_linters_is_chosen(observed):
    this_tests(impact)
    observed.edit("tests/test_it.py", "return 1", "return open('pyproject.toml')")
    observed.git("commit", "-aqm", "two")
    observed.observe(EXECUTED)
    path = observed.root / "pyproject.toml"
    path.write_text(f"{path.read_text('utf-8')}\n[tool.ruff]\nline-length = 9\n", "utf-8")
    assert observed.chosen() == ALL


@pytest.mark.parametrize("table", ["tool.pytest_env", "tool.unknown", "build-system", "project.scripts"])
def test_other_tables_choose_everything(observed, table):
    this_tests(impact)
    path = observed.root / "pyproject.toml"
    path.write_text(f"{path.read_text('utf-8')}\n[{table}]\nminversion = '1'\n", "utf-8")
    assert observed.chosen() == ALL


def test_a_module_that_is_gone_chooses_what_used_it(observed):
    this_tests(impact)
    observed.edit("mylib/__init__.py", "from . import sub\n", "sub = _impl\n")
    (observed.root / "mylib/sub.py").unlink()
    assert observed.chosen() == ["TestPart::test_deep"]


def test_a_new_module_chooses_one_test(observed):
    this_tests(choose_by_change)
    observed.write({"mylib/new.py": "A = 1\n"})
    chosen, line = observed.collect("--this-tests-changed")
    assert chosen == ["TestPart::test_deep"]
    assert "for what uses 1 changed name: mylib.new.A since HEAD" in line


@pytest.mark.parametrize(
    "name",
    [
        *("README.md", "notes.txt", "new.txt", "docs/new.md", "tools/new.py"),
        *("requirements.txt", "requirements/dev.in", "constraints.txt", "uv.lock", "poetry.lock", "Pipfile"),
    ],
)
def test_what_nothing_reads_chooses_nothing(observed, name):
    this_tests(impact)
    observed.write({name: "other = 1"})
    assert observed.chosen() == []


def test_a_function_that_ran_at_import_chooses_everything(observed):
    this_tests(impact)
    observed.observe(EXECUTED, at_import=["mylib._impl:_helper"])
    observed.edit("mylib/_impl.py", "return 3", "return 4")
    chosen, line = observed.collect("--this-tests-changed")
    assert chosen == ALL
    assert "ran outside of tests" in line


def test_a_function_that_something_may_have_transformed_chooses_everything(observed):
    this_tests(impact)
    observed.edit("mylib/_impl.py", "def _helper", "@compiled\ndef _helper")
    observed.edit("mylib/_impl.py", "def add", "compiled = lambda f: f\n\ndef add")
    observed.git("commit", "-aqm", "two")
    observed.observe(EXECUTED)
    observed.edit("mylib/_impl.py", "return 3", "return 4")
    assert observed.chosen() == ALL


# Tests.


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "old", "new", "tests"),
    [
        ("tests/test_it.py", "thing.run() == 1", "thing.run() in [1]", ["test_run"]),
        ("tests/test_it.py", "def helper():\n    return 1", "def helper():\n    return 2", IT),
        ("tests/test_it.py", "return mylib.Thing()", "return mylib._impl.Thing()", IT),
        ("tests/test_it.py", "[1, 2]", "[2, 1]", ["test_add[2]", "test_add[1]"]),
        ("tests/test_it.py", "def test_run", "def test_new(): pass\n\ndef test_run", ["test_new"]),
        ("tests/test_it.py", "def test_run", "def setup_module(): pass\n\ndef test_run", IT),
        ("tests/test_it.py", "'''Run a thing.'''", "'''Run it.'''", []),
        ("tests/part/test_part.py", "pass", "assert 1", ["TestPart::test_nothing"]),
        ("tests/part/test_part.py", "class TestPart:", "class TestPart:\n    size = 1", PART),
    ],
)
def test_a_changed_test_chooses_itself_and_other_test_code_its_file(observed, path, old, new, tests):
    this_tests(choose_by_change)
    observed.edit(path, old, new)
    assert observed.chosen() == tests


def test_a_test_file_that_is_imported_reaches_who_imports_it(observed):
    this_tests(impact)
    source = "from test_it import helper\ndef test_other(): helper()\n"
    observed.write({"tests/test_other.py": source})
    observed.git("add", "-A")
    observed.git("commit", "-qm", "two")
    observed.observe({**EXECUTED, "tests/test_other.py::test_other": []})
    observed.edit("tests/test_it.py", "def helper():\n    return 1", "def helper():\n    return 2")
    assert observed.chosen() == [*IT, "test_other"]


def test_an_inherited_test_is_chosen_with_its_definition(observed):
    this_tests(choose_by_change)
    observed.write(
        {"tests/test_sub.py": "from test_part import TestPart as Base\nclass TestSub(Base): pass\n"}
    )
    observed.write({"conftest.py": "import sys; sys.path.insert(0, 'tests/part')"})
    observed.git("add", "-A")
    observed.git("commit", "-qm", "two")
    inherited = [
        f"tests/test_sub.py::{name}::{test}"
        for name in ("Base", "TestSub")
        for test in ("test_deep", "test_nothing")
    ]
    observed.observe(EXECUTED | {test: [] for test in inherited})
    observed.edit("tests/part/test_part.py", "pass", "assert 1")
    assert {test.rpartition("::")[0] for test in observed.chosen()} == {"TestPart", "TestSub"}


@pytest.mark.parametrize(("path", "tests"), [("conftest.py", ALL), ("tests/part/conftest.py", PART)])
def test_a_conftest_chooses_all_tests_below(observed, path, tests):
    this_tests(impact)
    observed.write({path: "import pytest\n\n@pytest.fixture\ndef other():\n    return 1\n"})
    assert observed.chosen() == tests


def test_a_helper_module_that_was_imported_chooses_everything(observed):
    this_tests(impact)
    observed.write({"tests/support.py": "def f(): return 1\n"})
    observed.edit("tests/test_it.py", "import mylib", "import mylib, support")
    observed.git("add", "-A")
    observed.git("commit", "-qm", "two")
    observed.observe(EXECUTED)
    observed.edit("tests/support.py", "return 1", "return 1  # one")
    assert observed.chosen() == []
    observed.edit("tests/support.py", "return 1", "return 2")
    assert observed.chosen() == ALL


def test_a_decorator_of_the_library_that_hides_a_test_is_the_librarys(observed):
    this_tests(impact)
    observed.edit("mylib/sub.py", "def deep", "def hide(f):\n    def run(): f()\n    return run\n\ndef deep")
    observed.edit(
        "tests/part/test_part.py",
        "class TestPart",
        "@mylib.sub.hide\ndef test_hidden(): pass\n\nclass TestPart",
    )
    observed.git("commit", "-aqm", "two")
    observed.observe(EXECUTED | {"tests/part/test_part.py::test_hidden": ["mylib.sub:hide.<locals>.run"]})
    observed.edit("mylib/sub.py", "f()", "f(), f()")
    assert observed.chosen() == ["test_hidden"]


# Doctests.


def test_a_docstring_chooses_the_doctests_of_its_file(observed):
    this_tests(impact)
    example = 'def deep():\n    """Go deep.\n\n    >>> deep()\n    \'deep\'\n    """'
    observed.edit("mylib/sub.py", "def deep():", example)
    observed.git("commit", "-aqm", "two")
    observed.observe({**EXECUTED, "mylib/sub.py::mylib.sub.deep": ["mylib.sub:deep"]})
    observed.edit("mylib/sub.py", "Go deep.", "Go deeper.")
    assert observed.chosen() == []
    assert observed.chosen("--doctest-modules") == ["mylib.sub.deep"]


# Tests without evidence.


def test_without_a_cache_everything_runs_and_it_says_so(observed):
    this_tests(choose_by_change)
    (observed.folder / "part1.observed").unlink()
    chosen, line = observed.collect("--this-tests-changed")
    assert chosen == ALL
    assert "because nothing was observed yet" in line


def test_tests_without_evidence_and_failed_ones_run(observed):
    this_tests(choose_by_change)
    observed.observe({"tests/test_it.py::test_run": []}, failed=["tests/test_it.py::test_run"])
    observed.edit("tests/test_it.py", "def test_run", "def test_new(): pass\n\ndef test_run")
    chosen, line = observed.collect("--this-tests-changed")
    assert chosen == ["test_new", "test_run"]
    assert "1 that failed when it was last observed" in line


def test_what_was_observed_with_other_code_is_compared_with_that(observed):
    this_tests(choose_by_change)
    observed.edit("mylib/_impl.py", "return 1", "return add(1, 0)")
    observed.observe({**EXECUTED, "tests/test_it.py::test_run": ["mylib._impl:add", "mylib._impl:Thing.run"]})
    observed.edit("mylib/_impl.py", "return add(1, 0)", "return 1")
    chosen, line = observed.collect("--this-tests-changed")
    assert chosen == ["test_run"]
    assert "1 observed with other code" in line


def test_each_test_is_compared_with_the_session_that_observed_it(observed):
    this_tests(choose_by_change)
    observed.edit("mylib/sub.py", '"deep"', '"deeper"')
    observed.observe({"tests/test_it.py::test_run": ["mylib._impl:Thing.run"]})
    observed.git("commit", "-aqm", "two")
    assert observed.chosen() == ["TestPart::test_deep"]


def test_a_shallow_clone_with_the_file_of_observations_chooses_the_same(observed, tmp_path, monkeypatch):
    """As a job of CI that gets it as an artifact: the commit that was observed is not there."""
    this_tests(Selecting, changes_between)
    observed.edit("mylib/_impl.py", "return 1", "return 2")
    observed.git("commit", "-aqm", "two")
    observed.edit("mylib/_impl.py", "return a - b", "return a - b - 0")
    observed.git("commit", "-aqm", "three")
    here = observed.collect("--this-tests-changed")
    clone = tmp_path / "clone"
    observed.git("clone", "-q", "--depth", "1", f"file://{observed.root}", str(clone))
    shutil.copytree(observed.folder, clone / "test_observations")
    arguments = ["-m", "pytest", "-p", "no:randomly", "--collect-only", "-q", "--this-tests-changed"]
    done = subprocess.run(
        [sys.executable, *arguments], cwd=clone, capture_output=True, text=True, check=False
    )
    chosen = [line.partition("::")[2] for line in done.stdout.splitlines() if line.startswith("tests/")]
    assert chosen == here[0] != []
    assert here[1] in done.stdout


@pytest.mark.parametrize("loss", ["snapshot", "environment"])
def test_evidence_whose_code_is_not_known_counts_for_nothing(observed, loss):
    this_tests("this_tests.observations.observations.Observations.snapshots")
    found = load(observed.folder)
    ((session, snapshot),) = found.snapshots.items()
    unknown = {
        "snapshot": {},
        "environment": {session: replace(snapshot, environment="another")},
    }
    (path,) = observed.folder.glob("*.observed")
    path.unlink()
    write(observed.folder, "part", replace(found, snapshots=unknown[loss]))
    chosen, line = observed.collect("--this-tests-changed")
    assert chosen == ALL
    assert "5 observed with code that is not known any more" in line


@pytest.mark.parametrize(
    "place", ["other-{}.dist-info/METADATA", "other-{}.egg-info", "other.egg-info/PKG-INFO"]
)
def test_another_version_of_what_is_installed_makes_another_environment(tmp_path, monkeypatch, place):
    this_tests("this_tests.observations.snapshots.environment")
    found = []
    for version in ("1.0", "1.0", "2.0"):
        folder = tmp_path / f"{len(found)}/site-packages"
        path = folder / place.format(version)
        path.parent.mkdir(parents=True)
        path.write_text(f"Metadata-Version: 2.1\nName: other\nVersion: {version}\n")
        with monkeypatch.context() as patched:
            patched.syspath_prepend(folder)
            found.append((snapshots.environment(["mylib"]), snapshots.environment(["other"])))
    (first, own), (again, own_again), (later, own_later) = found
    assert first == again != later
    assert own == own_again == own_later


def test_metadata_beside_sources_is_no_part_of_the_environment(tmp_path, monkeypatch):
    this_tests("this_tests.observations.snapshots.environment")
    before = snapshots.environment(["mylib"])
    (tmp_path / "other.egg-info").mkdir()
    (tmp_path / "other.egg-info/PKG-INFO").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert snapshots.environment(["mylib"]) == before


@pytest.mark.slow
def test_a_declaration_chooses_too(observed):
    this_tests(choose_by_change)
    observed.edit(
        "tests/part/test_part.py", "pass", "from this_tests import this_tests; this_tests(mylib.add)"
    )
    observed.project.run()
    observed.git("commit", "-aqm", "two")
    observed.observe(EXECUTED)
    observed.edit("mylib/_impl.py", "return a + b", "return b + a")
    assert observed.chosen() == ["TestPart::test_nothing", "test_add[1]", "test_add[2]"]


@pytest.mark.slow
@pytest.mark.parametrize("path", ["tests/part/test_part.py", "tests/part/conftest.py"])
def test_what_may_run_in_another_process_is_chosen_with_any_function(observed, path):
    this_tests(choose_by_change)
    text = TESTS.get(path, "") + "\nimport subprocess\n"
    observed.write({path: text})
    observed.git("add", "-A")
    observed.git("commit", "-qm", "two")
    observed.observe(EXECUTED)
    assert observed.chosen() == []
    observed.edit("mylib/_impl.py", "return 1", "return 2")
    assert observed.chosen() == [*PART, "test_run"]


# In a session.


def test_a_session_in_which_nothing_changed_is_a_good_one(observed):
    this_tests(Selecting)
    result = observed.project.run("--this-tests-changed")
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["this-tests: 0 of 5 tests, nothing changed since HEAD"])


def test_a_session_in_which_nothing_was_chosen_ends_as_pytest_ends_it(observed):
    this_tests(Selecting)
    observed.edit("mylib/_impl.py", "return 3", "return 4")
    result = observed.project.run("--this-tests-changed")
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED


@pytest.mark.slow
def test_a_commit_can_be_named(observed):
    this_tests(Selecting)
    observed.edit("mylib/_impl.py", "return a + b", "return b + a")
    observed.git("commit", "-aqm", "two")
    observed.observe(EXECUTED)
    assert observed.chosen() == []
    assert observed.collect("--this-tests-changed=HEAD~1")[0] == ["test_add[1]", "test_add[2]"]


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
def test_workers_choose_alike(observed, workers):
    this_tests(Selecting)
    observed.edit("mylib/_impl.py", "return a + b", "return b + a")
    result = observed.project.run_apart("--this-tests-changed", "-n", workers)
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["this-tests: 2 of 5 tests, for 1 changed function*"])


def test_explain_says_it_per_test(observed):
    this_tests("this_tests.selection.tests_to_run.Choice.explained")
    observed.edit("mylib/_impl.py", "return a - b", "return b - a")
    result = observed.project.run("--this-tests-changed", "--this-tests-explain")
    result.stdout.fnmatch_lines(["  tests/test_it.py::test_add?2?: executes mylib._impl.subtract"])


@pytest.mark.parametrize("rev", ["nowhere", "-v", "HEAD:README.md"])
def test_what_is_no_commit_is_a_usage_error(observed, rev):
    this_tests(Selecting)
    result = observed.project.run(f"--this-tests-changed={rev}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*--this-tests-changed: {rev!r} is no commit*"])


def test_a_folder_without_git_is_a_usage_error(project):
    this_tests(Selecting)
    result = project.run("--this-tests-changed")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--this-tests-changed: git rev-parse failed*"])
