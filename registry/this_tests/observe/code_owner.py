"""Decides whether code belongs to the library, to the tests, or to neither."""

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

__all__ = ["CodeOwners", "Owner", "callers_in", "codes_in", "functions_in"]

Owner = Literal["library", "tests", ""]

_FUNCTION: Final = CO_NEWLOCALS | CO_OPTIMIZED


class CodeOwners:
    """The rules that assign code to the library, to the tests, or to neither.

    A library may ship its tests, so the file decides before the module's name does: what pytest would
    collect, by its defaults or as it is configured, a ``conftest.py``, and any file in a folder ``tests``
    are tests; outside the library, so is each file below the project's root that is not installed.

    Args:
        root: pytest's rootdir.
        files: pytest's ``python_files``.
        functions: pytest's ``python_functions``.

    Attributes:
        library: The names of the library's packages.
    """

    def __init__(
        self, library: Sequence[str], root: Path, *, files: Sequence[str], functions: Sequence[str]
    ) -> None:
        self.library = frozenset(library)
        self._root = f"{root.resolve()}/"
        # A session begins with a thousand files; `fnmatch` would look up each pattern again for each.
        self._is_named_as_test = re.compile(
            "|".join(translate(normcase(pattern)) for pattern in files) or "(?!)"
        ).match
        self.functions = tuple(functions)
        self._owners: dict[tuple[str, str], Owner] = {}
        self._installed = tuple({f"{sys.prefix}/", f"{sys.base_prefix}/"})

    def owns(self, module: object) -> bool:
        """Return whether the module of that name belongs to the library."""
        return type(module) is str and module.partition(".")[0] in self.library

    def owner(self, filename: str, module: str) -> Owner:
        """Return whose code a file is, which *module* was loaded from."""
        key = (filename, module if self.owns(module) else "")
        if key not in self._owners:
            self._owners[key] = self._decided(filename.replace("\\", "/"), module)
        return self._owners[key]

    def is_test(self, qualname: str) -> bool:
        """Return whether the code with this qualified name, in a test file, is in a test."""
        return any(
            part.startswith(prefix) or fnmatch(part, prefix)
            for part in qualname.split(".")
            for prefix in self.functions
        )

    def _decided(self, filename: str, module: str) -> Owner:
        ours, project = self.owns(module), self._is_in_project(filename)
        if filename.endswith(".py") and self._is_test_file(filename, module if ours else ""):
            return "tests"
        if ours:
            return "library"
        return "tests" if project else ""

    def _is_test_file(self, filename: str, module: str) -> bool:
        """Return whether a file is one of tests; *module* is the library's that was loaded from it."""
        *folders, name = filename.split("/")
        # Where the library itself lies is no matter: only folders below it count.
        below = folders[len(folders) - module.count(".") - (name == "__init__.py") :] if module else []
        if name == "conftest.py" or is_test_module(".".join([*below, name.removesuffix(".py")])):
            return True
        return self._is_named_as_test(normcase(name)) is not None

    def _is_in_project(self, filename: str) -> bool:
        return (
            filename.startswith(self._root)
            and filename.endswith(".py")
            and "/site-packages/" not in filename
            and not filename.startswith(self._installed)
        )


def functions_in(code: CodeType) -> Iterator[CodeType]:
    """Yield the code of each function that *code* defines, at any depth, and *code* if it is one.

    Comprehensions and generator expressions belong to the function around them, as most of them do
    in Python from 3.12 on.
    """
    if _is_function(code):
        yield code
    for const in code.co_consts:
        if type(const) is CodeType:
            yield from functions_in(const)


def callers_in(code: CodeType) -> Iterator[CodeType]:
    """Yield the code in *code* that runs in tests: functions, and all inside them.

    That is the bodies of classes, generator expressions and, depending on the Python version, other
    comprehensions.
    """
    for function in functions_in(code):
        yield function
        yield from _others_in(function)


def _others_in(code: CodeType) -> Iterator[CodeType]:
    for const in code.co_consts:
        if type(const) is CodeType and not _is_function(const):
            yield const
            yield from _others_in(const)


def codes_in(code: CodeType) -> Iterator[CodeType]:
    """Yield *code*, and all code inside it, at any depth."""
    yield code
    for const in code.co_consts:
        if type(const) is CodeType:
            yield from codes_in(const)


def _is_function(code: CodeType) -> bool:
    return code.co_flags & _FUNCTION == _FUNCTION and (code.co_name[0] != "<" or code.co_name == "<lambda>")
