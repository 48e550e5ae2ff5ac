"""The command lines that an editor types into a terminal."""

import pytest

from this_tests import this_tests
from this_tests.language_server.commands import command_for_callable, command_for_tests


def test_a_callable_is_run_by_its_name_and_a_private_one_by_its_tests():
    this_tests(command_for_callable)
    assert command_for_callable(["a.b", "a.c"], ["t.py::x"]) == "pytest --this-tests-for a.b"
    assert command_for_callable([], ["t.py::x", "t.py::y z"]) == "pytest t.py::x 't.py::y z'"
    assert command_for_callable([], []) == ""


def test_many_tests_are_run_by_their_files():
    this_tests(command_for_tests)
    tests = [f"{name}.py::test_{number}" for name in "ab" for number in range(99)]
    assert command_for_tests(tests) == "pytest a.py b.py"


@pytest.mark.parametrize("character", ["\n", "\r", "\x03", "\x15", "\x1b", "\x7f", "\x85", "\u202e"])
def test_what_a_terminal_would_act_on_is_no_command(character):
    this_tests(command_for_callable, command_for_tests)
    assert command_for_callable([f"a{character}b"], ["t.py::x"]) == ""
    assert command_for_callable([], [f"t.py::x{character}"]) == ""
    assert command_for_tests([f"t.py::x{character}rm -rf ~"]) == ""
