"""What the collection of an observed session showed, and no source does."""

from collections.abc import Mapping

import msgspec

__all__ = ["Collected", "ImportOfFile", "implied_definition"]


class ImportOfFile(msgspec.Struct, frozen=True):
    """What happened when a test file was collected.

    Attributes:
        files: The project's files that were imported: itself, and others that nobody had imported before.
        functions: The library's functions that ran, as ``module:qualname``.
    """

    files: tuple[str, ...]
    functions: tuple[str, ...]


class Collected(msgspec.Struct, frozen=True):
    """What a session collected and imported before its first test ran. Paths are relative to the project.

    Attributes:
        library: The folders and files that the library was imported from, by name.
        modules: The imported modules of the library.
        files: The imported files of the project that are not installed: conftest files, helpers, the library.
        definitions: By test, without the brackets of a case: the file and the qualified name of its function,
            where they are not those that `implied_definition` returns.
        doctests: The tests that are examples in docstrings or text.
        waiting: The node ids of the tests that were collected and did not run.
        empty: The test files in which nothing was collected, such as those that skip themselves.
        imports: The collections of test files in which functions of the library ran.
        otherwise: The library's functions that ran outside of tests, and not in these collections only.
    """

    library: Mapping[str, tuple[str, ...]]
    modules: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    definitions: Mapping[str, tuple[str, str]] = {}
    doctests: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    imports: tuple[ImportOfFile, ...] = ()
    otherwise: tuple[str, ...] = ()


def implied_definition(test: str) -> tuple[str, str]:
    """Return the file and the qualified name of a test's function, as its node id has them."""
    file, _, name = test.partition("::")
    return file, name.replace("::", ".")
