"""Commands for a shell that run tests."""

import shlex
from collections.abc import Iterable

from ..files import is_module_name
from .model import test_file

__all__ = ["pytest_command", "pytest_for"]


def pytest_command(tests: Iterable[str]) -> str:
    """Return the command that runs *tests*, given by their node ids."""
    found = tuple(dict.fromkeys(tests))
    option = ["--pyargs"] if any(is_module_name(test_file(test)) for test in found) else []
    return " ".join(["pytest", *option, *map(shlex.quote, found)])


def pytest_for(names: Iterable[str]) -> str:
    """Return the command that runs the tests of the callables, classes or modules called *names*."""
    return f"pytest --this-tests-for {shlex.quote(','.join(names))}"
