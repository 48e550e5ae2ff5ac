"""The command ``this-tests``, as a user runs it."""

import json

import pytest

from this_tests import Entry, Link, Registry, this_tests
from this_tests.check.findings import RULES
from this_tests.registry.query import answer
from this_tests.registry.store import encode

pytestmark = [pytest.mark.slow, pytest.mark.this_tests(target="this_tests.cli")]


def test_show_names_the_tests_and_the_command_to_run_them(recorded, command):
    result = command("show", "mylib.add")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == (
        "mylib.add  1 test\n"
        "  declared  tests/test_it.py::test_add  slow\n"
        "\n"
        "$ pytest --this-tests-for mylib.add\n"
    )


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("mylib._impl.add", ["mylib.add"]),
        ("mylib.Thing", ["mylib.Thing", "mylib.Thing.run"]),
        ("mylib", ["mylib.Thing", "mylib.Thing.run", "mylib.add", "mylib.subtract"]),
        ("THING", ["mylib.Thing", "mylib.Thing.run"]),
        ("subtr", ["mylib.subtract"]),
    ],
)
def test_show_takes_aliases_classes_modules_and_parts(recorded, command, name, found):
    result = command("show", name, "--format", "json")
    assert result.returncode == 0
    assert list(json.loads(result.stdout)["callables"]) == found


def test_a_part_that_is_a_whole_name_finds_no_longer_ones():
    this_tests(answer)
    registry = Registry(
        callables={
            name: Entry(declared={"test_it.py::test": Link()})
            for name in ("mylib.Schema.load", "mylib.Schema.loads", "mylib.Loader.load", "mylib.reload")
        }
    )
    assert list(answer(registry, "Schema.load").evidence) == ["mylib.Schema.load"]
    assert list(answer(registry, "load").evidence) == ["mylib.Loader.load", "mylib.Schema.load"]
    assert list(answer(registry, "hema.load").evidence) == ["mylib.Schema.load", "mylib.Schema.loads"]


OBSERVED = """
def test_declared():
    this_tests(mylib.add)
    assert mylib.add(1, 2) == 3
""" + "".join(f"def test_{number}(): assert mylib.add(1, 2) == 3\n" for number in range(14))


def test_all_tests_that_executed_a_callable_are_counted_and_each_is_listed_once(project, command):
    project.configure('library = ["mylib"]\nmissing = "ignore"\nobserve = true')
    project.tests(OBSERVED)
    project.run()
    name, *tests = command("show", "mylib.add").stdout.splitlines()[:-2]
    assert name == f"mylib.add  15 tests, {len(tests)} listed"
    assert tests[0] == "  declared  tests/test_it.py::test_declared"
    assert {line.split()[0] for line in tests[1:]} == {"direct"}
    assert len(tests) == len({line.split()[1] for line in tests}) < 15

    everything = command("show", "mylib.add", "--all").stdout.splitlines()[1:-2]
    assert len(everything) == 15
    assert [line.split()[0] for line in everything] == ["declared", *["direct"] * 14]

    (project.root / "old").mkdir()
    (project.root / "old/test_registry.json").write_bytes(encode(Registry()))
    assert "mylib.add  0 → 15 tests" in command("diff", "old/test_registry.json").stdout
    found = json.loads(command("coverage", "--format", "json").stdout)
    assert found["callables"]["mylib.add"]["tests"] == 15


def test_show_suggests_where_nothing_matches(recorded, command):
    result = command("show", "mylib.ad")
    assert result.returncode == 0  # a part of mylib.add
    result = command("show", "mylib.substract")
    assert result.returncode == 1
    assert result.stdout.splitlines()[:3] == [
        "mylib.substract is not in test_registry.json.",
        "Did you mean:",
        "  mylib.subtract",
    ]


def test_show_distinguishes_a_callable_without_tests_from_an_unknown_name(recorded, command):
    result = command("show", "mylib.sub.deep")
    assert result.returncode == 1
    assert result.stdout.startswith("mylib.sub.deep exists, but no test in test_registry.json exercises it.")


def test_show_without_a_registry_could_not_run(project, command):
    result = command("show", "mylib.add")
    assert result.returncode == 2
    assert result.stderr == (
        f"this-tests: {project.root}/test_registry.json: no such file; pytest writes it once a test declares something, or with --this-tests-observe\n"
    )


def test_check_is_content_with_a_good_suite(recorded, command):
    result = command("check")
    assert (result.returncode, result.stdout) == (0, "3 tests in 1 file: no findings.\n")


BAD = """
    def test_missing(): pass
    async def test_async(): pass
    def test_suppressed(): pass  # this-tests: off (nothing of ours runs here)
    def test_no_reason(): pass  # this-tests: off
    @pytest.mark.this_tests(mylib.add)
    def test_bare(): this_tests("mylib.nonsense")
    class TestIt:
        def test_missing(self): pass
        def helper(self): pass
"""


def test_check_finds_what_is_wrong_without_importing_the_tests(project, command):
    project.tests(BAD + "\n    raise RuntimeError('imported')\n")
    result = command("check")
    assert result.returncode == 1
    assert result.stdout.splitlines() == [
        "tests/test_it.py:6: missing test_missing: add this_tests(<what it exercises>), "
        "or this_tests('na') if it exercises nothing",
        "tests/test_it.py:7: missing test_async: add this_tests(<what it exercises>), "
        "or this_tests('na') if it exercises nothing",
        "tests/test_it.py:9: no-reason test_no_reason: give a reason: # this-tests: off (reason)",
        "tests/test_it.py:10: bare-marker this_tests: write pytest.mark.this_tests(target=…)",
        "tests/test_it.py:11: unknown-name mylib.nonsense: the library has no such name",
        "tests/test_it.py:13: missing TestIt::test_missing: add this_tests(<what it exercises>), "
        "or this_tests('na') if it exercises nothing",
        "6 tests in 1 file: 6 findings.",
    ]


def test_check_in_json_has_the_same_findings(project, command):
    project.tests("def test_missing(): pass")
    result = command("check", "--format", "json")
    assert result.returncode == 1
    assert json.loads(result.stdout) == [
        {
            "file": "tests/test_it.py",
            "line": 5,
            "rule": "missing",
            "subject": "test_missing",
            "message": "add this_tests(<what it exercises>), or this_tests('na') if it exercises nothing",
        }
    ]


def test_check_agrees_with_the_run_on_who_declares(project, command):
    project.write(
        {
            "tests/helper.py": """
                import mylib
                from this_tests import this_tests
                def indeed(): this_tests(mylib.add)
            """,
            "tests/conftest.py": """
                import pytest, mylib
                from this_tests import this_tests as declare
                @pytest.fixture
                def declared(): declare(mylib.add)
                @pytest.fixture
                def through(declared): pass
            """,
            "tests/auto/conftest.py": """
                import pytest, mylib
                from this_tests import this_tests
                @pytest.fixture(autouse=True)
                def declared(): this_tests(mylib.add)
            """,
            "tests/auto/test_auto.py": "def test_it(): pass",
        }
    )
    project.tests(
        """
        import sys, os, unittest
        sys.path.insert(0, os.path.dirname(__file__))
        from helper import indeed
        import this_tests as package

        def local(): indeed()
        def test_helper(): local()
        def test_fixture(through): pass
        @pytest.mark.usefixtures("declared")
        def test_used(): pass
        @pytest.mark.this_tests(target="mylib.add")
        def test_marked(): pass
        def test_attribute(): package.this_tests(mylib.add)
        def test_nested():
            def inner(): this_tests(mylib.add)
            inner()
        @pytest.mark.this_tests(target=mylib.add)
        class TestMarked:
            def test_it(self): pass
        class It(unittest.TestCase):
            def setUp(self): this_tests(mylib.add)
            def test_it(self): pass
        def test_not(): pass
        """
    )
    run = project.run()
    printed = [line.split()[-1] for line in run.stdout.lines if line.startswith("  tests/")]
    found = [finding["subject"] for finding in json.loads(command("check", "--format", "json").stdout)]
    assert printed == found == ["test_not"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda text: text.replace("def test_add", "def test_plus"),
            "test_registry.json:0: stale tests/test_it.py::test_add: tests/test_it.py has no such test; "
            "run pytest on it once",
        ),
        (
            lambda text: text.replace("def test_run", "def test_walk"),
            "test_registry.json:0: stale tests/test_it.py::TestThing::test_run: tests/test_it.py has no such test; "
            "run pytest on it once",
        ),
    ],
)
def test_check_finds_stale_entries(recorded, command, change, message):
    path = recorded.root / "tests/test_it.py"
    path.write_text(change(path.read_text()))
    result = command("check")
    assert result.returncode == 1
    assert message in result.stdout


def test_check_reports_nothing_that_the_source_leaves_open(recorded, command):
    recorded.write({"tests/base.py": "class Base:\n    def test_inherited(self): pass\n"})
    recorded.tests(
        """
        from base import Base
        class TestThing(Base):
            @pytest.mark.this_tests(target="na")
            def test_run(self): pass
        from base import *
        """
    )
    result = command("check")
    assert "stale" not in result.stdout


def test_check_finds_names_that_the_library_lost(recorded, command):
    recorded.write({"mylib/_impl.py": "def add(a, b): ...\nclass Thing:\n    def run(self): ...\n"})
    recorded.write({"mylib/__init__.py": "from ._impl import Thing, add\n"})
    result = command("check")
    assert result.returncode == 1
    assert "unknown-name mylib.subtract: the library no longer has it" in result.stdout


def test_check_of_a_file_that_cannot_be_parsed_could_not_run(project, command):
    project.tests("def (")
    result = command("check")
    assert result.returncode == 2
    assert result.stderr.startswith(f"this-tests: {project.root}/tests/test_it.py:5: cannot be parsed: ")


@pytest.mark.parametrize(
    ("rest", "name"),
    [
        ('python_files = ["check_*.py"]\npython_functions = ["check_*"]', "tests/check_it.py"),
        ('testpaths = ["elsewhere"]\npython_functions = ["check"]', "elsewhere/test_it.py"),
    ],
)
def test_check_keeps_to_the_projects_conventions(project, command, rest, name):
    project.configure(rest=rest)
    project.tests("def check_it(): pass\ndef test_it(): pass", name)
    result = command("check", "--format", "json")
    assert [finding["subject"] for finding in json.loads(result.stdout)] == ["check_it"]


def test_check_takes_files_and_folders(project, command):
    project.tests("def test_one(): pass", "tests/test_one.py")
    project.tests("def test_two(): pass", "tests/test_two.py")
    result = command("check", "tests/test_two.py", "--format", "json")
    assert [finding["subject"] for finding in json.loads(result.stdout)] == ["test_two"]


def test_colour_is_for_terminals_and_respects_no_color(recorded, command):
    assert "\x1b[" not in command("show", "mylib.add").stdout
    assert "\x1b[" in command("show", "mylib.add", FORCE_COLOR="1", TERM="xterm").stdout
    assert "\x1b[3" not in command("show", "mylib.add", FORCE_COLOR="1", NO_COLOR="1", TERM="xterm").stdout


def test_help_and_version(command):
    assert "this-tests show einops.rearrange" in command("show", "--help").stdout
    assert command("--version").stdout.startswith("this-tests 0.")
    assert command("nonsense").returncode == 2


def test_each_rule_is_explained():
    assert all(text.endswith(".") for text in RULES.values())
