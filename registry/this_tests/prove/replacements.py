"""Decides what to put in the place of a function's body, by what it is and what it returned. Pure."""

from collections.abc import Collection, Mapping
from types import CodeType

from .bodies import is_already

__all__ = ["FIRST", "YIELDED", "kind_of", "replacements", "value_of"]

_GENERATORS = 0x20 | 0x200
# More would tell little, and cost as much.
_MOST = 3
# The kind of a returned value that is the first argument itself.
FIRST = "first"
YIELDED = "yielded"
# What stands for values of a kind: the empty one, which none of the kind is (see `kind_of`).
_BY_KIND: Mapping[str, str] = {
    "True": "False",
    "False": "True",
    "int": "0",
    "float": "0.0",
    "str": "''",
    "bytes": "b''",
    "list": "[]",
    "tuple": "()",
    "dict": "{}",
    "set": "set()",
    "frozenset": "frozenset()",
    FIRST: FIRST,
}
_ENTERS, _YIELDS, _FIRST = "only enters and leaves", "yields nothing", "returns its first argument"


def replacements(code: CodeType, kinds: Collection[str], *, context_manager: bool) -> list[str]:
    """Return what to put in the place of a function's body, in words, the plainest first.

    What the function does as it is is left out, so that there may be nothing.

    Args:
        kinds: The kinds of the values that it returned (`kind_of`), and `YIELDED` if it yielded any.
        context_manager: Whether it is a generator that a decorator makes a context manager of.
    """
    if code.co_flags & _GENERATORS:
        found = [_ENTERS] if context_manager else [_YIELDS] if YIELDED in kinds else []
    else:
        found = ["returns None"]
        found += [_label(value) for kind, value in _BY_KIND.items() if kind in kinds]
    return [label for label in found[:_MOST] if not is_already(code, value_of(label))]


def _label(value: str) -> str:
    return _FIRST if value == FIRST else f"returns {value}"


def value_of(replacement: str) -> str:
    """Return what `emptied` is to be given for one of `replacements`."""
    others = {_ENTERS: "yield", _YIELDS: "None", _FIRST: FIRST}
    return others.get(replacement) or replacement.removeprefix("returns ")


def kind_of(value: object, first: object) -> str:
    """Return the kind of a returned value, for which there may be another one to be returned.

    It is the value of a truth value, the name of another plain type, or `FIRST`; empty for what is empty
    itself: to return that in its place would change nothing.
    """
    if type(value) is bool:
        return str(value)
    if type(value).__module__ == "builtins" and type(value).__name__ in _BY_KIND:
        return type(value).__name__ if value else ""
    return FIRST if value is first and value is not None else ""
