"""A stranger's file: read as far as a source file goes, and parsed without what Python remarks on it."""

import ast
import warnings
from collections.abc import Iterable, Iterator

__all__ = ["flat", "parsed"]


def parsed(source: bytes | str) -> ast.Module:
    """Return the tree of *source*; an odd escape is the concern of who imports the file.

    Python would print the line of which it warns, with whatever a terminal obeys, and would refuse the
    file where warnings are errors.

    Raises:
        SyntaxError: It is no Python.
        ValueError: It has a null, or is in no known encoding.
        RecursionError: It is too deep, as for `MemoryError`.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source)


def flat(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of a scope in their order, those under ``if``, ``try`` and the like included.

    Whatever an ``if`` decides is defined may be defined.
    """
    # A chain of `elif` is as deep as it is long, so that nothing here may call itself.
    waiting = list(body)[::-1]
    while waiting:
        statement = waiting.pop()
        yield statement
        if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            waiting += [each for block in _blocks(statement) for each in block][::-1]


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    yield getattr(statement, "body", [])
    # Of `match`, and of `try`.
    for each in (*getattr(statement, "cases", ()), *getattr(statement, "handlers", ())):
        yield each.body
    yield getattr(statement, "orelse", [])
    yield getattr(statement, "finalbody", [])
