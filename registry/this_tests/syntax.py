"""The syntax of a file, without what Python remarks on it."""

import ast
import warnings

__all__ = ["parsed"]


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
