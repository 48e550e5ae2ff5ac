"""`this-tests tests-of` and `this-tests callables-of`: from code to tests, and from tests to code."""

import json

import pytest

from this_tests import this_tests
from this_tests.cli.lookup import list_callables, list_tests
from this_tests.observations.lookup import callables_of, evidence_of_definition
from this_tests.source.enclosing import Enclosing, enclosing

LIBRARY = {
    "mylib/__init__.py": "from ._impl import Thing, add, kept\n",
    "mylib/_impl.py": """
        import functools

        def add(a, b):
            return _inner(a) + b

        def _inner(a):
            return a

        def kept(function):
            @functools.wraps(function)
            def wrapper(*args):
                return function(*args)
            return wrapper

        class Thing:
            size = 1

            def run(self):
                return add(1, 2)

            @property
            def wide(self):
                return 2

        @kept
        def unused():
            return 1
    """,
    "tests/test_it.py": """
        import pytest
        import mylib
        from this_tests import this_tests

        @pytest.mark.parametrize("b", [1, 2])
        def test_add(b):
            this_tests(mylib.add)
            assert mylib.add(1, b)

        class TestThing:
            def test_run(self):
                assert mylib.Thing().run() == 3

            def test_wide(self):
                assert mylib.Thing().wide == 2

        def test_kept():
            assert mylib.kept(len)("a") == 1
    """,
}
LINES = {
    "add": 4,
    "_inner": 7,
    "wrapper": 12,
    "Thing": 16,
    "Thing.run": 19,
    "wide": 21,
    "unused": 26,
    "head": 1,
}


@pytest.fixture
def observed(project):
    """Return a project whose tests were observed."""
    project.write(LIBRARY)
    project.run("--this-tests-observe").assert_outcomes(passed=5)
    return project


def listed(lines):
    """Return the tests that lines of text name, with their standing."""
    return [tuple(line.split()[:2]) for line in lines if line.startswith("  ")]


@pytest.mark.parametrize(
    ("place", "tests"),
    [
        ("add", ["declared test_add", "indirect TestThing::test_run"]),
        ("_inner", ["indirect test_add", "indirect TestThing::test_run"]),
        ("wrapper", ["direct test_kept"]),
        ("Thing.run", ["direct TestThing::test_run"]),
        ("Thing", 2 * ["direct TestThing::test_run", "direct TestThing::test_wide"]),  # With its methods.
        ("wide", ["direct TestThing::test_wide"]),
    ],
)
def test_the_tests_of_a_line_are_listed(observed, command, place, tests):
    this_tests(list_tests, evidence_of_definition)
    done = command("tests-of", f"mylib/_impl.py:{LINES[place]}")
    assert done.stderr == ""
    assert done.returncode == 0
    found = [f"{standing} {test.partition('::')[2]}" for standing, test in listed(done.stdout.splitlines())]
    assert sorted(found) == sorted(tests)


def test_a_name_lists_all_tests(observed, command):
    this_tests(list_tests)
    found = json.loads(command("tests-of", "mylib.add", "--format", "json").stdout)
    assert [(link["standing"], link["test"]) for link in found["callables"]["mylib.add"]] == [
        ("declared", "tests/test_it.py::test_add"),
        ("direct", "tests/test_it.py::test_add"),
        ("indirect", "tests/test_it.py::TestThing::test_run"),
    ]
    by_place = json.loads(command("tests-of", "mylib/_impl.py:4", "--format", "json").stdout)
    assert [link["test"] for link in by_place["callables"]["mylib._impl.add"]] == [
        "tests/test_it.py::test_add",
        "tests/test_it.py::TestThing::test_run",
    ]


def test_they_can_be_arguments_of_pytest(observed, command):
    this_tests(list_tests)
    done = command("tests-of", "mylib._impl.add", "--format", "args")
    assert done.stdout == "@test_observations/tests-of.args\n"
    result = observed.run_apart(done.stdout.strip())
    result.assert_outcomes(passed=3)


@pytest.mark.parametrize(
    ("target", "code", "told"),
    [
        (
            "mylib/_impl.py:26",
            1,
            "mylib._impl.unused exists, but no test in test_registry.json exercises it.",
        ),
        ("mylib.nonsense", 1, "mylib.nonsense is not in test_registry.json."),
        ("mylib/_impl.py:1", 2, "mylib/_impl.py:1 is in no function and no class"),
        ("mylib/gone.py:1", 2, "mylib/gone.py: cannot be read"),
        ("tests/test_it.py:6", 2, "tests/test_it.py is not in mylib; what a test exercises is told by"),
    ],
)
def test_what_has_no_tests_is_told(observed, command, target, code, told):
    this_tests(list_tests)
    done = command("tests-of", target)
    assert done.returncode == code
    assert told in " ".join((done.stdout + done.stderr).split())


@pytest.mark.parametrize(
    "name",
    ["tests/test_it.py::test_add", "tests/test_it.py::test_add[1]", "test_add", "test_it.py::test_add"],
)
def test_the_callables_of_a_test_are_listed(observed, command, name):
    this_tests(list_callables, callables_of)
    done = command("callables-of", name)
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "tests/test_it.py::test_add  2 callables",
        "  declared  mylib.add",
        "  indirect  mylib._impl._inner",
    ]


def test_the_callables_of_a_test_are_data_too(observed, command):
    this_tests(list_callables)
    found = json.loads(command("callables-of", "TestThing::test_run", "--format", "json").stdout)
    assert found == {
        "tests": {
            "tests/test_it.py::TestThing::test_run": [
                {"callable": "mylib.Thing", "standing": "direct"},
                {"callable": "mylib.Thing.run", "standing": "direct"},
                {"callable": "mylib._impl._inner", "standing": "indirect"},
                {"callable": "mylib.add", "standing": "indirect"},
            ]
        },
        "suggestions": [],
    }


def test_an_unknown_test_gets_suggestions(observed, command):
    this_tests(list_callables)
    done = command("callables-of", "test_ad")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "No test called test_ad is known.",
        "Did you mean:",
        "  tests/test_it.py::test_add",
    ]


SOURCE = b"""
@decorated(
    1,
)
def plain():
    def inner():
        pass
    return inner

if True:
    class Outer:
        x = 1

        class Inner:
            async def method(self): pass

    try:
        def tried(): pass
    except E:
        def tried(): return 1
"""


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (1, None),
        (2, Enclosing("plain")),
        (3, Enclosing("plain")),
        (7, Enclosing("plain")),
        (10, None),
        (12, Enclosing("Outer", is_class=True)),
        (14, Enclosing("Outer.Inner", is_class=True)),
        (15, Enclosing("Outer.Inner.method")),
        (18, Enclosing("tried")),
        (20, Enclosing("tried")),
        (99, None),
    ],
)
def test_a_line_is_in_the_function_or_class_around_it(line, found):
    this_tests(enclosing)
    assert enclosing(SOURCE, line) == found
