"""Whose code is it: the library's, the tests', or somebody else's?"""

import re
import sys
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch, translate
from inspect import CO_NEWLOCALS, CO_OPTIMIZED
from os.path import normcase
from pathlib import Path
from types import CodeType
from typing import Final, Literal

from ..source.packages import is_test_module

__all__ = ["CodeOwners", "Owner", "callers_in", "functions_in"]

Owner = Literal["library", "tests", ""]

_FUNCTION: Final = CO_NEWLOCALS | CO_OPTIMIZED


class CodeOwners:
    """Tells the library's code from the tests'.

    A library may ship its tests, so the file decides before the module's name does: what pytest would
    collect, by its defaults or as it is configured, a ``conftest.py``, and whatever lies in a folder
    ``tests`` are tests; outside of the library, so is every file below the project's root that is not
    installed.

    Args:
        root: pytest's rootdir.
        files: pytest's ``python_files``.
        functions: pytest's ``python_functions``.
    """

    def __init__(
        self, library: Sequence[str], root: Path, *, files: Sequence[str], functions: Sequence[str]
    ) -> None:
        self._library = frozenset(library)
        self._root = f"{root.resolve()}/"
        # A thousand files are judged when a session begins; `fnmatch` would look each pattern up anew.
        self._is_named_as_test = re.compile(
            "|".join(translate(normcase(each)) for each in files) or "(?!)"
        ).match
        self.functions = tuple(functions)
        self._owners: dict[tuple[str, str], Owner] = {}
        self._installed = tuple({f"{sys.prefix}/", f"{sys.base_prefix}/"})

    def owns(self, module: object) -> bool:
        """Tell whether the module of that name belongs to the library."""
        return type(module) is str and module.partition(".")[0] in self._library

    def owner(self, filename: str, module: str) -> Owner:
        """Return whose code a file is, which *module* was loaded from."""
        key = (filename, module if self.owns(module) else "")
        if key not in self._owners:
            self._owners[key] = self._judged(filename.replace("\\", "/"), module)
        return self._owners[key]

    def is_test(self, qualname: str) -> bool:
        """Tell whether code of this name, in a test file, is a test's own body."""
        return any(
            part.startswith(prefix) or fnmatch(part, prefix)
            for part in qualname.split(".")
            for prefix in self.functions
        )

    def _judged(self, filename: str, module: str) -> Owner:
        ours, project = self.owns(module), self._is_of_the_project(filename)
        if filename.endswith(".py") and self._is_test_file(filename, module if ours else ""):
            return "tests"
        if ours:
            return "library"
        return "tests" if project else ""

    def _is_test_file(self, filename: str, module: str) -> bool:
        """Tell whether a file is one of tests; *module* is the library's that was loaded from it."""
        *folders, name = filename.split("/")
        # Where the library itself lies is no matter: only folders below it count.
        below = folders[len(folders) - module.count(".") - (name == "__init__.py") :] if module else []
        if name == "conftest.py" or is_test_module(".".join([*below, name.removesuffix(".py")])):
            return True
        return self._is_named_as_test(normcase(name)) is not None

    def _is_of_the_project(self, filename: str) -> bool:
        return (
            filename.startswith(self._root)
            and filename.endswith(".py")
            and "/site-packages/" not in filename
            and not filename.startswith(self._installed)
        )


def functions_in(code: CodeType) -> Iterator[CodeType]:
    """Yield the code of every function that *code* defines, at any depth, and its own if it is one.

    Comprehensions and generator expressions are parts of the function around them, as from
    Python 3.12 on most of them are anyway.
    """
    if code.co_flags & _FUNCTION == _FUNCTION and (code.co_name[0] != "<" or code.co_name == "<lambda>"):
        yield code
    for each in code.co_consts:
        if type(each) is CodeType:
            yield from functions_in(each)


def callers_in(code: CodeType) -> Iterator[CodeType]:
    """Yield what of *code* calls while a test runs: its functions, and the bodies of classes in these."""
    for function in functions_in(code):
        yield function
        yield from _class_bodies_in(function)


def _class_bodies_in(code: CodeType) -> Iterator[CodeType]:
    for each in code.co_consts:
        if type(each) is CodeType and each.co_flags & _FUNCTION != _FUNCTION:
            yield each
            yield from _class_bodies_in(each)
