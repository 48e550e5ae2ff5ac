"""Which tests a changed, new or deleted data file concerns: what they were observed to read."""

import pytest

from this_tests import this_tests
from this_tests.observe.inputs import InputWatch
from this_tests.selection.impact import impact
from this_tests.selection.inputs import Inputs

pytestmark = pytest.mark.slow

LIBRARY = {
    "mylib/files.py": """
        import json
        from functools import cache
        from pathlib import Path

        HERE = Path(__file__).parent

        def load(path):
            return Path(path).read_text()

        @cache
        def settings(path):
            return load(path)

        _seen = {}

        def remembered(path):
            if path not in _seen:
                _seen[path] = load(path)
            return _seen[path]

        def table():
            return json.loads((HERE / "table.json").read_text())

        def plugins(folder):
            return sorted(path.stem for path in Path(folder).glob("*.toml"))
    """,
    "mylib/table.json": "{}",
}
DATA = {
    "tests/data/one.txt": "1",
    "tests/data/two.txt": "2",
    "tests/data/deep/three.ini": "3",
    "tests/plugins/a.toml": "",
    "scenarios/first.feature": "given",
}
TESTS = {
    "tests/test_files.py": """
        import inspect
        import os
        from functools import cache
        from pathlib import Path

        import pytest
        from mylib import files

        HERE = Path(__file__).parent

        @cache
        def expected(name):
            return (HERE / "data" / name).read_text()

        @pytest.fixture(scope="module")
        def one():
            return files.load(HERE / "data" / "one.txt")

        def test_fixture(one):
            assert one

        def test_fixture_too(one):
            assert one

        def test_suffix():
            assert files.load((HERE / "data" / "two").with_suffix(".txt"))

        def test_walk():
            assert sum(len(names) for _, _, names in os.walk(HERE / "data")) > 2

        def test_list():
            assert files.plugins(HERE / "plugins")

        def test_missing():
            with pytest.raises(OSError):
                files.load(HERE / "data" / "none.txt")

        def test_table():
            assert files.table() == {}

        def test_source():
            assert "read_text" in inspect.getsource(files.load)

        def test_source_too():
            assert inspect.getsource(files.load)

        def test_without():
            assert files.HERE
    """,
    "tests/test_kept.py": """
        from pathlib import Path

        from mylib import files

        THREE = Path(__file__).parent / "data" / "deep" / "three.ini"

        def test_first():
            assert files.settings(THREE)

        def test_second():
            assert files.settings(THREE)

        def test_third():
            assert files.remembered(THREE)

        def test_fourth():
            assert files.remembered(THREE)

        def test_fifth():
            assert THREE
    """,
    "tests/test_scenarios.py": """
        from pathlib import Path

        import pytest

        TEXTS = [path.read_text() for path in sorted(Path("scenarios").iterdir())]

        @pytest.mark.parametrize("text", TEXTS)
        def test_scenario(text):
            assert text

        def test_other():
            pass
    """,
}


@pytest.fixture(scope="module")
def files():
    return {**LIBRARY, **DATA, **TESTS, "docs/guide.md": "tests data files", "README.md": "mylib"}


@pytest.fixture
def observed(suite, files):
    """Return a committed project whose tests ran under observation."""
    suite.write(files)
    suite.commit()
    suite.project.run_apart("--this-tests-observe").assert_outcomes(passed=17)
    return suite


# One observed session for all that does not change the code: it is put back after each.
CHANGES = [
    ("tests/data/one.txt", "changed", ["test_fixture", "test_fixture_too"]),
    ("tests/data/two.txt", "changed", ["test_suffix"]),
    ("tests/data/two.txt", None, ["test_suffix", "test_walk"]),
    ("tests/data/deep/three.ini", "4", ["test_first", "test_second", "test_third", "test_fourth"]),
    ("tests/data/new.txt", "new", ["test_walk"]),
    ("tests/data/deep/new.txt", "new", ["test_walk"]),
    ("tests/data/new/new.txt", "new", ["test_walk"]),
    ("tests/data/none.txt", "new", ["test_walk", "test_missing"]),
    ("tests/plugins/b.toml", "", ["test_list"]),
    ("tests/plugins/a.toml", None, ["test_list"]),
    ("tests/plugins/a.toml", "[a]", []),
    ("mylib/table.json", "{ }", ["test_table"]),
    ("scenarios/first.feature", "when", ["test_scenario[when]", "test_other"]),
    ("scenarios/second.feature", "when", ["test_scenario[given]", "test_scenario[when]", "test_other"]),
    ("docs/guide.md", "data of tests", []),
    ("docs/plugins/new.md", "new", []),
    ("README.md", "files", []),
]


def test_a_changed_file_chooses_what_used_it(observed):
    this_tests(impact, Inputs.tests, Inputs.files, Inputs.readers, InputWatch)
    found = {}
    for path, text, _ in CHANGES:
        file = observed.root / path
        before = file.read_text() if file.exists() else None
        if text is None:
            file.unlink()
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        found[path, text] = sorted(observed.chosen())
        if before is None:
            file.unlink()
        else:
            file.write_text(before)
    assert found == {(path, text): sorted(tests) for path, text, tests in CHANGES}


def test_a_comment_chooses_what_reads_the_source(observed):
    this_tests(impact)
    observed.edit("mylib/files.py", "_seen = {}", "_seen = {}  # by path")
    assert observed.chosen() == ["test_source", "test_source_too"]


def test_the_reasons_are_told(observed):
    this_tests(impact)
    observed.edit("tests/data/two.txt", "2", "3")
    observed.edit("README.md", "mylib", "files")
    lines = observed.project.run(
        "--collect-only", "-q", "--this-tests-changed", "--this-tests-explain"
    ).outlines
    assert [line for line in lines if "this-tests:" in line or ": " in line][:2] == [
        "this-tests: 1 of 17 tests, for what reads tests/data/two.txt since HEAD; "
        "set aside: README.md (no test uses it)",
        "  tests/test_files.py::test_suffix: reads tests/data/two.txt",
    ]


def test_what_a_session_makes_is_no_change(suite):
    this_tests("this_tests.pytest_plugin.observation_finish.Watch")
    suite.write(
        {
            "tests/test_it.py": """
                import os
                import subprocess

                def test_log():
                    open_by_another_process = ["touch", "made.log"]
                    subprocess.run(open_by_another_process)
                    assert os.listdir()

                def test_look():
                    assert "made.log" != ""
            """
        }
    )
    suite.commit()
    suite.project.run_apart("--this-tests-observe").assert_outcomes(passed=2)
    assert suite.chosen() == []
    (suite.root / "made.log").write_text("another")
    assert suite.chosen() == ["test_log", "test_look"]


def test_what_a_process_reads_and_runs_is_its_tests(suite):
    this_tests(impact, Inputs.tests, "this_tests.observe.children")
    suite.write(
        {
            "tests/helpers.py": """
                import subprocess
                import sys

                def run(code, **options):
                    subprocess.run([sys.executable, "-c", code], check=True, **options)
            """,
            "tests/data/one.txt": "1",
            "tests/data/two.txt": "2",
            "tests/test_it.py": """
                import os
                import mylib
                from helpers import run

                def test_read():
                    run("open('tests/data/one.txt').read()")

                def test_list():
                    run("import os; os.listdir('tests/data')")

                def test_add():
                    run("import mylib; mylib.add(1, 2)")

                def test_apart():
                    run("pass", env={})

                def test_fork():
                    process = os.fork()
                    if not process:
                        mylib.subtract(2, 1)
                        open("tests/data/two.txt").read()
                        os._exit(0)
                    os.waitpid(process, 0)

                def test_other():
                    pass
            """,
        }
    )
    suite.commit()
    suite.project.run_apart("--this-tests-observe").assert_outcomes(passed=6)
    suite.edit("tests/data/one.txt", "1", "one")
    assert suite.chosen() == ["test_read", "test_apart"]
    suite.edit("tests/data/one.txt", "one", "1")
    (suite.root / "tests/data/two.txt").unlink()
    assert suite.chosen() == ["test_list", "test_apart", "test_fork"]
    suite.git("checkout", "-q", ".")
    suite.edit("mylib/_impl.py", "return a + b", "return b + a")
    assert suite.chosen() == ["test_add", "test_apart"]
    suite.git("checkout", "-q", ".")
    suite.edit("mylib/_impl.py", "return a - b", "return a - b - 0")
    assert suite.chosen() == ["test_apart", "test_fork"]


def test_the_settings_say_what_cannot_be_seen(suite):
    this_tests("this_tests.settings.Settings", impact)
    suite.project.configure(
        'library = ["mylib"]\nmissing = "ignore"\n\n[tool.this-tests.depends]\n'
        '"data/*.h5" = ["tests/io/", "tests/test_it.py::test_one"]\n'
        '"mylib.subtract" = ["tests/test_it.py::test_two"]\n'
        '"mylib._impl.subtract" = ["tests/test_it.py::test_two"]\n'
    )
    tests = "import mylib\ndef test_one(): mylib.add(1, 2)\ndef test_two(): pass\n"
    suite.write({"data/a.h5": "1", "tests/test_it.py": tests, "tests/io/test_io.py": "def test_io(): pass"})
    suite.commit()
    suite.project.run_apart("--this-tests-observe").assert_outcomes(passed=3)
    suite.edit("data/a.h5", "1", "2")
    assert suite.chosen() == ["test_io", "test_one"]
    suite.git("checkout", "-q", ".")
    suite.edit("mylib/_impl.py", "return a - b", "return a - b - 0")
    lines = suite.project.run("--collect-only", "-q", "--this-tests-changed", "--this-tests-explain").outlines
    assert (
        "  tests/test_it.py::test_two: depends on mylib._impl.subtract by [tool.this-tests.depends]" in lines
    )


def test_what_reads_or_lists_the_source(suite):
    this_tests(impact, Inputs.tests)
    suite.write(
        {
            "tests/helpers.py": "from conftest import LIMIT\n",
            "tests/conftest.py": "LIMIT = 3\n",
            "tests/late.py": "VALUE = 1\n",
            "tests/test_it.py": """
                from pathlib import Path
                import mylib

                FOLDER = Path(mylib.__file__).parent

                def test_all():
                    assert all(path.read_text() is not None for path in FOLDER.rglob("*.py"))

                def test_names():
                    assert sorted(path.name for path in FOLDER.iterdir())

                def test_late():
                    import late
                    assert late.VALUE

                def test_add():
                    assert mylib.add(1, 2) == 3
            """,
            "tests/test_other.py": """
                import helpers
                def test_limit(): assert helpers.LIMIT
            """,
        }
    )
    suite.commit()
    suite.project.run_apart("--this-tests-observe").assert_outcomes(passed=5)
    suite.edit("mylib/_impl.py", "return a + b", "return a + b  # the sum")
    assert suite.chosen() == ["test_all"]
    suite.git("checkout", "-q", ".")
    (suite.root / "mylib/extra.py").write_text("VALUE = 1\n")
    assert {"test_all", "test_names"} <= set(suite.chosen())
    (suite.root / "mylib/extra.py").unlink()
    suite.edit("tests/conftest.py", "3", "4")
    assert "test_limit" in suite.chosen()
    suite.git("checkout", "-q", ".")
    suite.edit("tests/late.py", "1", "2")
    assert "test_late" in suite.chosen()
