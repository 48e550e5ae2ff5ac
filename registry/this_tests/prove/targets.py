"""Finds the functions of a process that are to be replaced."""

import gc
from collections.abc import Iterable
from types import FunctionType

__all__ = ["Found", "context_managers", "find_functions"]

# By function, as ``module:qualname``, all its objects: a getter and its setter have one name.
Found = dict[str, list[FunctionType]]


def find_functions(wanted: Iterable[str]) -> Found:
    """Return the functions called *wanted*, as ``module:qualname``, under whatever name they are held.

    What is frozen (`gc.freeze`) is not found.
    """
    by_name: dict[str, set[str]] = {}
    for function in wanted:
        home, _, qualname = function.partition(":")
        by_name.setdefault(qualname, set()).add(home)
    found: Found = {}
    for value in gc.get_objects():
        if type(value) is FunctionType and (modules := by_name.get(value.__code__.co_qualname)):
            module = value.__globals__.get("__name__")
            if module in modules:
                found.setdefault(f"{module}:{value.__code__.co_qualname}", []).append(value)
    return found


def context_managers(found: Found) -> frozenset[str]:
    """Return those of the functions of which :mod:`contextlib` made context managers."""
    names = {id(function): name for name, functions in found.items() for function in functions}
    return frozenset(
        names[wrapped]
        for value in gc.get_objects()
        if type(value) is FunctionType
        and (wrapped := id(value.__dict__.get("__wrapped__"))) in names
        and value.__globals__.get("__name__") == "contextlib"
    )
