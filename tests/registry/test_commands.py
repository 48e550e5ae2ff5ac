"""Commands for a shell that run tests."""

import pytest

from this_tests import this_tests
from this_tests.registry.commands import argument_for, pytest_command, pytest_for


@pytest.mark.parametrize(
    ("tests", "command"),
    [
        (["tests/test_a.py::test_b"], "pytest tests/test_a.py::test_b"),
        (["test_a.py::test_b"], "pytest test_a.py::test_b"),
        (["specs/case::one"], "pytest specs/case::one"),
        (["t.py::a b", "t.py::a b"], "pytest 't.py::a b'"),
        (["t.py::a", "pkg.tests.test_b::c"], "pytest --pyargs t.py::a pkg.tests.test_b::c"),
        (["-p evil::a", "@more.py::b"], "pytest './-p evil::a' ./@more.py::b"),
    ],
)
def test_tests_are_run_by_their_ids(tests, command):
    this_tests(pytest_command)
    assert pytest_command(tests) == command


def test_the_tests_of_names_are_run_by_these():
    this_tests(pytest_for)
    assert pytest_for(["pkg.f"]) == "pytest --this-tests-for pkg.f"
    assert pytest_for(["pkg.f", "pkg.C d"]) == "pytest --this-tests-for 'pkg.f,pkg.C d'"


@pytest.mark.parametrize(
    ("test", "argument"),
    [
        ("tests/test_a.py::test_b[a b]", "tests/test_a.py::test_b[a b]"),
        ("--pdbcls=evil:Evil", "./--pdbcls=evil:Evil"),
        ("@/etc/passwd", "./@/etc/passwd"),
        ("t.py::a[b\n-pevil]", "t.py::a"),
        ("t.py::a\u2028-pevil", "t.py"),
        ("tests/x\n/t.py::a", "tests"),
        ("x\r-pevil.py::a", "."),
        ("\0::a", "."),
    ],
)
def test_no_node_id_is_an_option_or_several_arguments(test, argument):
    this_tests(argument_for)
    assert argument_for(test) == argument
