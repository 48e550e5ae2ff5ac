"""Commands for a shell that run tests."""

import shlex
from collections.abc import Collection, Iterable
from fnmatch import fnmatch
from functools import lru_cache
from pathlib import PurePosixPath

from ..files import is_module_name
from .model import test_file

__all__ = ["argument_for", "doctest_module", "is_text_doctest", "pytest_command", "pytest_for"]

_MODULES = "--doctest-modules"
_GLOB = "--doctest-glob="
# Text files that pytest takes for doctests wherever they are named.
_TEXTS = frozenset({".rst", ".txt"})


def pytest_command(tests: Iterable[str], configured: Collection[str] = ()) -> str:
    """Return the command that runs *tests*, given by their node ids.

    Args:
        configured: The options that the project's configuration gives to pytest; others that are needed are
            in the command.
    """
    found = tuple(dict.fromkeys(tests))
    packages = ["--pyargs"] if any(is_module_name(test_file(test)) for test in found) else []
    examples = filter(None, dict.fromkeys(_doctest_option(test, configured) for test in found))
    arguments = dict.fromkeys(map(argument_for, found))
    return " ".join(["pytest", *map(shlex.quote, (*packages, *examples, *arguments))])


def argument_for(node_id: str) -> str:
    """Return the argument that lets pytest run a test, and that is no option and one line, whatever its name.

    Where a name has line breaks, which end an argument in a file of arguments, it is the nearest of these
    that has none: the test without brackets, its file, the folders above.
    """
    file = test_file(node_id)
    if _is_line(node_id):
        found = node_id
    else:
        names = (node_id.partition("[")[0], file, *map(str, PurePosixPath(file).parents), ".")
        found = next(filter(_is_line, names))
    return f"./{found}" if found.startswith(("-", "@")) else found


def _is_line(name: str) -> bool:
    return name.splitlines() == [name] and "\0" not in name


def doctest_module(node_id: str) -> str:
    """Return the module of a doctest in a docstring, as the node id names it; empty if it is none."""
    file, _, name = node_id.partition("::")
    # A function may be called as its file, but has no dots.
    return next((module for module in _modules(file) if _is_in(name, module)), "")


@lru_cache(maxsize=1024)
def _modules(file: str) -> tuple[str, ...]:
    """Return the names that a Python file may have as a module; none if it is another file."""
    path = PurePosixPath(file)
    if path.suffix != ".py":
        return ()
    parts = path.parent.parts if path.stem == "__init__" else (*path.parent.parts, path.stem)
    return tuple(".".join(parts[start:]) for start in range(len(parts)))


def is_text_doctest(node_id: str) -> bool:
    """Return whether a node id is that of a text file with examples."""
    file, _, name = node_id.partition("::")
    path = PurePosixPath(file)
    return bool(name) and name == path.name and path.suffix != ".py"


def _is_in(name: str, module: str) -> bool:
    is_inside = name.startswith(f"{module}.") and not name.endswith(".")
    return is_inside or (name == module and not name.startswith("test"))


def _doctest_option(test: str, configured: Collection[str]) -> str:
    if doctest_module(test):
        return "" if _MODULES in configured else _MODULES
    name = PurePosixPath(test_file(test)).name
    if not is_text_doctest(test) or PurePosixPath(name).suffix in _TEXTS:
        return ""
    globs = [option.removeprefix(_GLOB) for option in configured if option.startswith(_GLOB)]
    return "" if any(fnmatch(name, glob) for glob in globs) else f"{_GLOB}{name}"


def pytest_for(names: Iterable[str]) -> str:
    """Return the command that runs the tests of the callables, classes or modules called *names*."""
    return f"pytest --this-tests-for {shlex.quote(','.join(names))}"
