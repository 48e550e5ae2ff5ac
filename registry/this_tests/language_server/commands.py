"""The pytest command lines that lenses, hovers and code actions offer."""

from collections.abc import Collection, Sequence

from ..registry.commands import pytest_command, pytest_for
from ..registry.model import test_file

__all__ = ["command_for_callable", "command_for_tests"]

# A longer command line names the files of the tests: no terminal takes thousands of node ids.
_MOST_TESTS = 100


def command_for_callable(
    names: Sequence[str], tests: Collection[str], configured: Collection[str] = ()
) -> str:
    """Return the command that runs the tests of a callable; empty if there are none, or none is safe to type.

    Args:
        names: The names that the registry has for it.
        tests: All of its tests; needed only if there are no names.
        configured: The options that the project gives to pytest.
    """
    if names:
        return _typed(pytest_for(names[:1]))
    return command_for_tests(tests, configured)


def command_for_tests(tests: Collection[str], configured: Collection[str] = ()) -> str:
    """Return the command that runs *tests*; of more than 100, the one that runs their files."""
    if not tests:
        return ""
    chosen = tests if len(tests) <= _MOST_TESTS else dict.fromkeys(map(test_file, tests))
    return _typed(pytest_command(chosen, configured)) if all(map(str.isprintable, chosen)) else ""


def _typed(command: str) -> str:
    """Return *command*, or nothing if a terminal that it is typed into would not take it for one line."""
    # A shell's quotes do not keep the terminal from acting on control characters: they may end a line.
    return command if command.isprintable() else ""
