"""A function that ran while test files were imported concerns those files, and what they imported first."""

import pytest

from this_tests import this_tests
from this_tests.observations.collected import Collected, ImportOfFile
from this_tests.observations.file import load
from this_tests.selection.imports_of_files import ImportsOfFiles

FILES = {
    "mylib/__init__.py": """
        def made(cls):
            if hasattr(cls, "slots"): _slotted(cls)
            if hasattr(cls, "frozen"): _frozen(cls)
            if hasattr(cls, "own"): _own(cls)
            return cls

        def _slotted(cls): setattr(cls, "a", 1)
        def _frozen(cls): setattr(cls, "b", 1)
        def _own(cls): setattr(cls, "c", 1)

        @made
        class Owned:
            own = 1
    """,
    "conftest.py": "import mylib\n",
    "tests/helper.py": """
        import mylib

        @mylib.made
        class Helped:
            frozen = True
    """,
    "tests/test_a.py": """
        import mylib

        @mylib.made
        class Slotted:
            slots = True

        @mylib.made
        class Plain: pass

        def test_slotted(): assert Slotted.a == 1
        def test_plain(): assert Plain
        def test_nothing(): pass
    """,
    "tests/test_b.py": """
        import sys, pathlib
        sys.path.insert(0, str(pathlib.Path(__file__).parent))
        import mylib
        from helper import Helped

        @mylib.made
        class Other: pass

        def test_other(): assert Other
        def test_helped(): assert Helped.b == 1
    """,
    "tests/test_c.py": """
        import mylib
        from helper import Helped

        def test_same(): assert Helped.b == 1
        def test_late():
            @mylib.made
            class Late:
                slots = True
            assert Late.a == 1
        def test_owned(): assert mylib.Owned.c == 1
        def test_far(): pass
    """,
    ".gitignore": "__pycache__/\n.pytest_cache/\ntest_observations/\n/runpytest-*\n/std*\n",
}


@pytest.fixture
def observed(suite):
    """Return a committed project whose tests were observed."""
    suite.write(FILES)
    suite.git("init", "-q")
    suite.git("add", "-A")
    suite.git("commit", "-qm", "one")
    return suite


@pytest.mark.slow
@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "workers"])
@pytest.mark.parametrize(
    ("old", "new", "chosen"),
    [
        ('"a", 1', '"a", 2 - 1', ["test_slotted", "test_plain", "test_late"]),
        ('"b", 1', '"b", 2 - 1', ["test_other", "test_helped", "test_same"]),
        ('"c", 1', '"c", 2 - 1', ["test_owned"]),
    ],
)
def test_a_function_that_ran_in_the_import_of_a_file_concerns_it(observed, workers, old, new, chosen):
    this_tests(ImportsOfFiles)
    observed.project.run_apart("--this-tests-observe", *workers).assert_outcomes(passed=9)
    observed.edit("mylib/__init__.py", old, new)
    assert observed.chosen() == chosen


def test_what_each_file_imported_is_kept(observed):
    this_tests("this_tests.observations.collected.ImportOfFile")
    observed.project.run_apart("--this-tests-observe").assert_outcomes(passed=9)
    [snapshot] = load(observed.folder).snapshots.values()
    found = {collection.files: set(collection.functions) for collection in snapshot.collected.imports}
    assert found == {
        ("tests/test_a.py",): {"mylib:made", "mylib:_slotted"},
        ("tests/helper.py", "tests/test_b.py"): {"mylib:made", "mylib:_frozen"},
    }
    assert set(snapshot.collected.otherwise) == {"mylib:made", "mylib:_own"}
    assert set(snapshot.at_import) == {"mylib:made", "mylib:_own", "mylib:_slotted", "mylib:_frozen"}


A = ImportOfFile(("tests/a.py", "lib/late.py"), ("lib:f", "lib:g.<locals>.inner"))
B = ImportOfFile(("tests/b.py",), ("lib:f",))


@pytest.mark.parametrize(
    ("function", "files"),
    [
        ("lib:f", {"tests/a.py", "lib/late.py", "tests/b.py"}),
        ("lib:g", {"tests/a.py", "lib/late.py"}),
        ("lib:h", {"conftest.py", "lib/early.py"}),
        ("lib:unknown", set()),
    ],
)
def test_where_a_function_may_have_run(function, files):
    this_tests(ImportsOfFiles.may_have_run)
    sessions = [Collected({}, imports=(A,), otherwise=("lib:h",)), Collected({}, imports=(B,))]
    found = ImportsOfFiles(sessions)
    every = ["tests/a.py", "tests/b.py", "lib/late.py", "conftest.py", "lib/early.py"]
    assert {file for file in every if found.may_have_run(function, file)} == files
