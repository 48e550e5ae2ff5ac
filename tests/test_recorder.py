"""``this_tests()`` in every kind of test, and the targets that it refuses."""

import os
import subprocess
import sys

import pytest

from this_tests import this_tests

EVERY_KIND = {
    "function": ("def test_it(): this_tests(mylib.add)", "test_it"),
    "class": ("class TestIt:\n    def test_it(self): this_tests(mylib.add)", "TestIt::test_it"),
    "parametrised": (
        "@pytest.mark.parametrize('a', [1, 'x[y]::z'])\ndef test_it(a): this_tests(mylib.add)",
        "test_it",
    ),
    "asyncio": ("@pytest.mark.asyncio\nasync def test_it(): this_tests(mylib.add)", "test_it"),
    "asyncio, one loop for all": (
        "@pytest.mark.asyncio(loop_scope='module')\nasync def test_first(): this_tests('na')\n"
        "@pytest.mark.asyncio(loop_scope='module')\nasync def test_it(): this_tests(mylib.add)",
        "test_it",
    ),
    "anyio": ("@pytest.mark.anyio\nasync def test_it(anyio_backend): this_tests(mylib.add)", "test_it"),
    "unittest": (
        "import unittest\nclass It(unittest.TestCase):\n    def test_it(self): this_tests(mylib.add)",
        "It::test_it",
    ),
    "unittest setUp": (
        "import unittest\nclass It(unittest.TestCase):\n    def setUp(self): this_tests(mylib.add)\n"
        "    def test_it(self): pass",
        "It::test_it",
    ),
    "subtest": (
        "def test_it(subtests):\n    with subtests.test('one'): this_tests(mylib.add)",
        "test_it",
    ),
    "fixture": ("@pytest.fixture\ndef f(): this_tests(mylib.add)\ndef test_it(f): pass", "test_it"),
    "fixture by name": (
        "@pytest.fixture\ndef f(): this_tests(mylib.add)\ndef test_it(request): request.getfixturevalue('f')",
        "test_it",
    ),
    "fixture of a fixture": (
        "@pytest.fixture\ndef f(): this_tests(mylib.add)\n@pytest.fixture\ndef g(f): pass\ndef test_it(g): pass",
        "test_it",
    ),
    "teardown": (
        "@pytest.fixture\ndef f():\n    yield\n    this_tests(mylib.add)\ndef test_it(f): pass",
        "test_it",
    ),
    "lambda": ("def test_it(): (lambda: this_tests(mylib.add))()", "test_it"),
    "nested function": ("def test_it():\n    def inner(): this_tests(mylib.add)\n    inner()", "test_it"),
    "thread": (
        "import threading\ndef test_it():\n    t = threading.Thread(target=this_tests, args=[mylib.add])\n"
        "    t.start(); t.join()",
        "test_it",
    ),
    "marker": ("@pytest.mark.this_tests(target=mylib.add)\ndef test_it(): pass", "test_it"),
    "marker with a string": ("@pytest.mark.this_tests(target='mylib.add')\ndef test_it(): pass", "test_it"),
    "marker with a list": ("@pytest.mark.this_tests(target=[mylib.add])\ndef test_it(): pass", "test_it"),
    "marker of a class": (
        "@pytest.mark.this_tests(target=mylib.add)\nclass TestIt:\n    def test_it(self): pass",
        "TestIt::test_it",
    ),
    "marker of a module": (
        "pytestmark = pytest.mark.this_tests(target=mylib.add)\ndef test_it(): pass",
        "test_it",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize(("source", "test"), EVERY_KIND.values(), ids=EVERY_KIND)
def test_a_declaration_is_attributed_to_the_test(project, source, test):
    this_tests(this_tests)
    project.tests(source)
    result = project.run("-W", "error", "--this-tests-missing=error")
    assert result.ret == 0
    assert project.links == {"mylib.add": [test]}


def test_a_helper_in_another_file_books_on_the_test(project):
    this_tests(this_tests)
    project.write(
        {
            "tests/helper.py": """
                import mylib
                from this_tests import this_tests
                def helper():
                    this_tests(mylib.add)
            """
        }
    )
    project.tests("from helper import helper\ndef test_it(): helper()")
    project.run()
    assert project.links == {"mylib.add": ["test_it"]}


def test_a_doctest_books_on_its_item(project):
    this_tests(this_tests)
    project.write(
        {
            "mylib/documented.py": '''
                def twice(a):
                    """
                    >>> from this_tests import this_tests
                    >>> from mylib.documented import twice
                    >>> this_tests(twice)
                    """
            '''
        }
    )
    result = project.run("--doctest-modules", "mylib", "--this-tests-missing=error")
    assert result.ret == 0
    assert project.links == {"mylib.documented.twice": ["mylib.documented.twice"]}


def test_a_fixture_of_wider_scope_counts_for_each_test_that_uses_it(project):
    this_tests(this_tests)
    project.tests(
        """
        @pytest.fixture(scope="module")
        def shared():
            this_tests(mylib.Thing)

        def test_first(shared): pass
        def test_second(shared): pass
        def test_other(): this_tests("na")
        """
    )
    project.run()
    assert project.links == {"mylib.Thing": ["test_first", "test_second"]}


def test_several_targets_the_same_twice_and_na(project):
    this_tests(this_tests)
    project.tests(
        """
        def test_it():
            this_tests(mylib.add, "mylib.subtract", mylib.add, "na")
            this_tests("mylib.add")
        """
    )
    project.run()
    assert project.links == {"mylib.add": ["test_it"], "mylib.subtract": ["test_it"]}


def test_a_bound_method_and_its_class_spell_one_name(project):
    this_tests(this_tests)
    project.tests(
        """
        def test_bound(): this_tests(mylib.Thing().run)
        def test_unbound(): this_tests(mylib.Thing.run)
        def test_string(): this_tests("mylib.Thing.run")
        """
    )
    project.run()
    assert project.links == {"mylib.Thing.run": ["test_bound", "test_string", "test_unbound"]}


def test_an_inherited_method_is_named_after_the_class_that_the_test_used(project):
    this_tests(this_tests)
    project.tests("def test_it(): this_tests(mylib.Thing().shared)")
    project.run()
    assert project.links == {"mylib.Thing.shared": ["test_it"]}


REFUSED = {
    "a string that is no function": ("'nonsense'", "'nonsense' is not a function"),
    "a string that looks right": ("'mylib.nonsense'", "'mylib.nonsense' is not a function"),
    "a number": ("5", "'5' is not a function"),
    "a callable of another library": (
        "__import__('json').dumps",
        "'<function dumps at 0x*>' is not in the mylib API",
    ),
    "a builtin": ("len", "'<built-in function len>' is not in the mylib API"),
}


@pytest.mark.parametrize(("target", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_refused_target_fails_the_test_with_the_sentence(project, target, sentence):
    this_tests(this_tests)
    project.tests(f"def test_it(): this_tests({target})")
    result = project.run()
    assert result.parseoutcomes() == {"failed": 1}
    result.stdout.fnmatch_lines([f"E *{sentence}"])


def test_a_suite_that_formats_the_target_into_the_expected_sentence_keeps_passing(project):
    """As suites do that were written for fastai's function of the same name."""
    this_tests(this_tests)
    project.write(
        {
            "mylib/doctest.py": """
                import this_tests as ours

                def this_tests(*funcs):
                    ours.this_tests(*funcs)
            """
        }
    )
    project.tests(
        """
        import json
        import numpy as np
        import mylib.doctest
        from mylib.doctest import this_tests as declare

        def test_declared():
            declare(declare)
            declare(declare, declare)
            declare(mylib.doctest.this_tests)
            declare("mylib.doctest.this_tests")
            declare("na")

        @pytest.mark.parametrize(
            ("func", "problem"),
            [
                ("foo bar", "is not a function"),
                ("mylib.doctest.doesntexistreally", "is not a function"),
                (np.any, "is not in the mylib API"),
                (np.add, "is not in the mylib API"),
                (json, "is not in the mylib API"),
                (json.dumps, "is not in the mylib API"),
                (json.JSONDecoder, "is not in the mylib API"),
                (json.JSONDecoder().decode, "is not in the mylib API"),
                (len, "is not in the mylib API"),
            ],
        )
        def test_refused(func, problem):
            declare("na")
            with pytest.raises(Exception) as refused:
                declare(func)
            assert f"'{func}' {problem}" in str(refused.value)
        """
    )
    assert project.run().parseoutcomes() == {"passed": 10}
    assert project.links == {"mylib.doctest.this_tests": ["test_declared"]}


def test_what_pytest_shows_of_a_refused_target_is_the_tests_own_line(project):
    this_tests(this_tests)
    project.tests("def test_it():\n    this_tests('mylib.ad')")
    result = project.run("--tb=short")
    start = next(number for number, line in enumerate(result.outlines) if " test_it " in line)
    assert result.outlines[start + 1 : start + 5] == [
        "tests/test_it.py:6: in test_it",
        "    this_tests('mylib.ad')",
        "E   this_tests.errors.NotAFunctionError: 'mylib.ad' is not a function",
        "E   did you mean 'mylib.add'?",
    ]


def test_a_target_that_a_marker_gives_is_refused_as_such(project):
    this_tests(this_tests)
    project.tests("@pytest.mark.this_tests(target='mylib.ad')\ndef test_it(): pass")
    result = project.run()
    assert result.parseoutcomes() == {"errors": 1}
    start = next(number for number, line in enumerate(result.outlines) if "setup of test_it" in line)
    assert result.outlines[start + 1 : start + 3] == [
        "tests/test_it.py:5: this_tests(target=…), a marker of test_it: 'mylib.ad' is not a function",
        "did you mean 'mylib.add'?",
    ]


def test_one_refused_target_keeps_the_whole_call_out(project):
    this_tests(this_tests)
    project.tests(
        """
        def test_it():
            with pytest.raises(Exception, match="is not a function"):
                this_tests(mylib.add, 5)
            this_tests(mylib.subtract)
        """
    )
    project.run()
    assert project.links == {"mylib.subtract": ["test_it"]}


def test_no_target_is_a_type_error():
    this_tests(this_tests)
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        this_tests()


def run_python(project, source):
    (project.root / "script.py").write_text(source)
    return subprocess.run(
        [sys.executable, "script.py"], cwd=project.root, capture_output=True, text=True, check=False
    )


def test_outside_pytest_it_checks_and_records_nothing(project):
    this_tests(this_tests)
    good = run_python(project, "import mylib\nfrom this_tests import this_tests\nthis_tests(mylib.add, 'na')")
    bad = run_python(project, "from this_tests import this_tests\nthis_tests('mylib.nonsense')")
    assert (good.returncode, good.stderr) == (0, "")
    assert "'mylib.nonsense' is not a function" in bad.stderr
    assert not project.path.exists()


def test_a_call_outside_of_any_test_records_nothing(project):
    this_tests(this_tests)
    project.tests("this_tests(mylib.add)\ndef test_it(): this_tests('na')")
    assert project.run().ret == 0
    assert not project.path.exists()


@pytest.mark.slow
def test_without_a_library_it_warns_once_and_records_nothing(project):
    this_tests(this_tests)
    (project.root / "pyproject.toml").unlink()
    project.tests("def test_it(): this_tests(mylib.add)")
    result = project.run_apart()
    result.stdout.fnmatch_lines(
        ["*test_it.py:5: UnknownLibraryWarning: this_tests: no library is configured*[[]tool.this-tests[]]*"]
    )
    assert result.ret == 0
    assert not project.path.exists()
    silenced = project.run_apart("-W", "ignore::this_tests.UnknownLibraryWarning")
    silenced.stdout.no_fnmatch_line("*UnknownLibraryWarning*")


WAYS = {
    "a call": "def test_it():\n    pass\n    this_tests(mylib.add)\n",
    "a call with two targets": "def test_it():\n    pass\n    this_tests(mylib.add, mylib.sub)\n",
    "a fixture": "@pytest.fixture\ndef f():\n    this_tests(mylib.add)\ndef test_it(f): pass\n",
    "a marker": "\n\n@pytest.mark.this_tests(target=mylib.add)\ndef test_it(): pass\n",
}


@pytest.mark.parametrize("way", WAYS)
def test_in_a_session_the_warning_names_the_line_that_declares(project, way):
    this_tests(this_tests)
    (project.root / "pyproject.toml").unlink()
    project.tests(WAYS[way])
    result = project.run("-W", "always", "-p", "no:asyncio")
    result.stdout.fnmatch_lines(["*test_it.py:7: UnknownLibraryWarning: *"])
    assert result.ret == 0


@pytest.mark.parametrize("report", [False, True], ids=["script", "kernel"])
def test_outside_of_pytest_the_warning_names_the_line_that_declares(project, report):
    """A kernel that runs a notebook for pytest reports what it declares."""
    this_tests(this_tests)
    (project.root / "pyproject.toml").unlink()
    source = "from this_tests import this_tests\ndef f():\n    this_tests(f)\nf()\nthis_tests(f, f)\n"
    project.write({"script.py": source})
    environment = {**os.environ, **({"THIS_TESTS_REPORT": "report"} if report else {})}
    command = [sys.executable, "script.py"]
    done = subprocess.run(
        command, cwd=project.root, env=environment, capture_output=True, text=True, check=True
    )
    places = [line.partition(": this_tests: ")[0] for line in done.stderr.splitlines() if "Warning" in line]
    assert [line.rpartition("/")[2] for line in places] == [
        "script.py:3: UnknownLibraryWarning",
        "script.py:5: UnknownLibraryWarning",
    ]


@pytest.mark.slow
def test_observing_without_a_library_is_warned_of(project):
    this_tests("this_tests.pytest_plugin.observation")
    (project.root / "pyproject.toml").unlink()
    project.tests("def test_it(): assert mylib.add(1, 2) == 3")
    result = project.run_apart("--this-tests-observe")
    result.stdout.fnmatch_lines(["*UnknownLibraryWarning: this_tests: no library is configured*"])
    assert result.ret == 0


@pytest.mark.slow
def test_a_library_that_cannot_be_found_is_warned_of(project):
    this_tests(this_tests)
    project.configure('library = ["mylob"]')
    project.tests("def test_it(): this_tests('na')")
    project.run_apart().stdout.fnmatch_lines(
        ["*LibraryNotFoundWarning: this_tests: no library named mylob can be found*"]
    )
    silenced = project.run_apart("-W", "ignore::this_tests.LibraryNotFoundWarning")
    silenced.stdout.no_fnmatch_line("*LibraryNotFoundWarning*")


def test_a_session_inside_a_test_keeps_to_itself(project):
    this_tests(this_tests)
    project.tests(
        """
        pytest_plugins = ["pytester"]

        def test_outer(pytester):
            pytester.makepyprojecttoml("[tool.this-tests]\\nlibrary = ['mylib']")
            pytester.makepyfile("from this_tests import this_tests\\ndef test_inner(): this_tests('mylib.add')")
            assert pytester.inline_run("-p", "no:randomly").ret == 0
            this_tests(mylib.subtract)
        """
    )
    project.run()
    assert project.links == {"mylib.subtract": ["test_outer"]}
