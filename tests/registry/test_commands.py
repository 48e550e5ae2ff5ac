"""Commands for a shell that run tests."""

import pytest

from this_tests import this_tests
from this_tests.registry.commands import pytest_command, pytest_for


@pytest.mark.parametrize(
    ("tests", "command"),
    [
        (["tests/test_a.py::test_b"], "pytest tests/test_a.py::test_b"),
        (["test_a.py::test_b"], "pytest test_a.py::test_b"),
        (["specs/case::one"], "pytest specs/case::one"),
        (["t.py::a b", "t.py::a b"], "pytest 't.py::a b'"),
        (["t.py::a", "pkg.tests.test_b::c"], "pytest --pyargs t.py::a pkg.tests.test_b::c"),
    ],
)
def test_tests_are_run_by_their_ids(tests, command):
    this_tests(pytest_command)
    assert pytest_command(tests) == command


def test_the_tests_of_names_are_run_by_these():
    this_tests(pytest_for)
    assert pytest_for(["pkg.f"]) == "pytest --this-tests-for pkg.f"
    assert pytest_for(["pkg.f", "pkg.C d"]) == "pytest --this-tests-for 'pkg.f,pkg.C d'"
