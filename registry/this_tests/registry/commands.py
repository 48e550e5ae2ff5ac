"""Commands for a shell that run tests."""

import shlex
from collections.abc import Iterable

from .model import test_file

__all__ = ["pytest_command", "pytest_for"]


def pytest_command(tests: Iterable[str]) -> str:
    """Return the command that runs *tests*, given by their node ids."""
    found = tuple(dict.fromkeys(tests))
    # Tests outside of pytest's rootdir are named by module.
    option = [] if all("." in _suffix(test_file(test)) for test in found) else ["--pyargs"]
    return " ".join(["pytest", *option, *map(shlex.quote, found)])


def pytest_for(names: Iterable[str]) -> str:
    """Return the command that runs the tests of the callables, classes or modules called *names*."""
    return f"pytest --this-tests-for {shlex.quote(','.join(names))}"


def _suffix(file: str) -> str:
    return file if "/" in file or file.endswith((".py", ".txt", ".rst", ".md", ".ipynb")) else ""
