"""The modules and files that Python source names: in imports, and in strings that may be paths."""

import ast
import re
from collections.abc import Iterator

from .parsing import parsed

__all__ = ["named_modules"]

_WORD = re.compile(r"\w+")
# A name of a module or a file: a string with a space or a line break is neither.
_NAME = re.compile(r"[\w./\\:-]+")


def named_modules(text: str) -> frozenset[str]:
    """Return the parts of the names of all modules that *text* imports, and of the names in its strings.

    Of text that is no Python, all words are returned.
    """
    try:
        tree = parsed(text.encode())
        return frozenset(part for name in _names(tree) for part in _WORD.findall(name))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset(_WORD.findall(text))


def _names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _NAME.fullmatch(node.value):
            yield node.value
