"""Parses Python source and walks its statements, however long or deeply nested they are."""

import ast
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

__all__ = [
    "blocks",
    "child_nodes",
    "dotted",
    "is_dunder",
    "last_name",
    "last_parts",
    "parsed",
    "statements",
    "walk",
    "why_unread",
    "with_deep_stack",
]

_T = TypeVar("_T")

# A visitor takes three frames for each level of a tree: this is room for chains of 10,000 `elif`.
_FRAMES: Final = 40_000
# What C code takes for so many levels on Python 3.11, which counts them together with Python's frames.
_STACK: Final = 256 * 2**20
_one_at_a_time = threading.Lock()


def parsed(source: bytes | str) -> ast.Module:
    """Return the tree of *source*, without Python's warnings about invalid escapes.

    Python would print the line with its control characters, and would refuse the file if warnings
    are errors.

    Raises:
        SyntaxError: It is not valid Python.
        ValueError: It has a null character, or an unknown encoding.
        RecursionError: It is nested more deeply than this Python can parse, as for `MemoryError`.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return with_deep_stack(lambda: ast.parse(source))


def why_unread(error: Exception) -> tuple[int, str]:
    """Return the line and the reason of an *error* in reading or parsing a source file."""
    if isinstance(error, SyntaxError):
        return error.lineno or 1, f"cannot be parsed: {error.msg}"
    if isinstance(error, RecursionError | MemoryError):
        major, minor, *_ = sys.version_info
        return 1, f"cannot be parsed: nested too deeply for Python {major}.{minor}"
    reason = error.strerror if isinstance(error, OSError) else None
    return 1, f"cannot be read: {reason or error}"


def statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of a scope in order, including those in ``if``, ``try`` and other blocks.

    All branches are included. Functions and classes are scopes of their own and are not entered.
    """
    # A chain of `elif` is as deep as it is long, so that nothing here may call itself.
    waiting = list(body)[::-1]
    while waiting:
        statement = waiting.pop()
        yield statement
        if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            waiting += [inner for block in blocks(statement) for inner in block][::-1]


def blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """Yield the bodies of a statement in order; some of a compound one and all of a simple one are empty."""
    yield getattr(statement, "body", [])
    # Of `match`, and of `try`.
    for clause in (*getattr(statement, "cases", ()), *getattr(statement, "handlers", ())):
        yield clause.body
    yield getattr(statement, "orelse", [])
    yield getattr(statement, "finalbody", [])


def child_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes directly in *node*, as `ast.iter_child_nodes` does, except for those without fields.

    Those, such as `ast.Load` and `ast.Add`, hold nothing, and are half of a tree.
    """
    for name in node._fields:
        value = getattr(node, name, None)
        if isinstance(value, list):
            for item in value:
                if isinstance(item, ast.AST) and item._fields:
                    yield item
        elif isinstance(value, ast.AST) and value._fields:
            yield value


def walk(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and all nodes in it that have fields, in no order."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(child_nodes(current))


def dotted(node: ast.expr) -> str:
    """Return ``a.b.c`` for an expression of that form, and an empty string for any other."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join((node.id, *reversed(parts))) if isinstance(node, ast.Name) else ""


def last_name(node: ast.AST) -> str:
    """Return the last part of a name or of an attribute, and an empty string for any other expression."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def last_parts(paths: Iterable[str]) -> frozenset[str]:
    """Return the last parts of dotted names."""
    return frozenset(path.rpartition(".")[2] for path in paths)


def is_dunder(name: str) -> bool:
    """Return whether *name* begins and ends with two underscores, such as ``__init__``."""
    return name.startswith("__") and name.endswith("__")


def with_deep_stack(call: Callable[[], _T]) -> _T:
    """Return the result of *call*; if it recurses too deeply, call it again with a larger stack.

    For functions that recurse over a syntax tree: Python's parser and compiler, ``ast.dump``, visitors.

    Args:
        call: May be called twice.

    Raises:
        RecursionError: It recurses too deeply for the larger stack, too.
    """
    try:
        return call()
    except RecursionError:
        if isinstance(threading.current_thread(), _DeepThread):
            raise
        return _DeepThread.result_of(call)


class _DeepThread(threading.Thread):
    """A thread with a stack that is large enough for deep recursion."""

    def __init__(self, call: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self._call = call
        self.result: object = None
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.result = self._call()
        except BaseException as error:  # noqa: BLE001  # it is raised where the call was made
            self.error = error

    @staticmethod
    def result_of(call: Callable[[], _T]) -> _T:
        # Both numbers are the process's: a second thread would restore what the first one set.
        with _one_at_a_time:
            limit, size = sys.getrecursionlimit(), threading.stack_size(_STACK)
            thread = _DeepThread(call)
            sys.setrecursionlimit(max(limit, _FRAMES))
            try:
                thread.start()
                thread.join()
            finally:
                sys.setrecursionlimit(limit)
                threading.stack_size(size)
        if thread.error is not None:
            raise thread.error
        return thread.result  # type: ignore[return-value]  # it is what the call returned
