"""Shows a refused target as ``str()`` does, where that runs no code of its author."""

import functools
from importlib.machinery import ModuleSpec
from types import FunctionType, MethodType, ModuleType, WrapperDescriptorType
from typing import Final

from ..text import printable
from .introspection import (
    MISSING,
    class_name_of,
    describe,
    has_c_slot,
    home_of,
    lookup,
    peek,
)

__all__ = ["shown"]

_LONGEST: Final = 500  # The longest name in torch has 60.
_DEEPEST: Final = 3
_MOST_ITEMS: Final = 20

_ATOMS = (str, bytes, int, float, complex, bool, type(None), type(...), type(NotImplemented))
_SEQUENCES = (list, tuple, set, frozenset)
# Kinds of functions of C code that have their name in no slot.
_FUNCTIONS = frozenset({("numpy", "_ArrayFunctionDispatcher")})


def shown(target: object) -> str:
    """Return *target* as ``str()`` gives it: on one line, shortened where it is long.

    ``str()`` is called only where it runs C code that reads and changes nothing else. The text of
    a tensor may wait for its device, and a mock records the call: such objects are described.
    """
    text = _text(target)
    return printable(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…")


def _text(target: object) -> str:
    if type(target) is str:
        return target[: _LONGEST + 1]
    if _is_safe(target, 0):
        try:
            return str(target)
        except Exception:  # noqa: BLE001, S110  # such as that of an integer of more than 4,300 digits
            pass
    return describe(target)


def _is_safe(target: object, depth: int) -> bool:
    """Return whether ``repr(target)`` and ``str(target)`` run no code of Python, at any depth."""
    kind = type(target)
    if any(kind is atom for atom in _ATOMS):
        return True
    parts = _parts(target)
    if parts is not None:
        return depth < _DEEPEST and len(parts) <= _MOST_ITEMS and all(_is_safe(p, depth + 1) for p in parts)
    return _is_loaded(target) if kind is ModuleType else _has_plain_text(kind)


def _parts(target: object) -> list[object] | None:
    """Return what the text of *target* contains the text of; None if its type is no container."""
    kind = type(target)
    if any(kind is sequence for sequence in _SEQUENCES):
        return list(target)  # type: ignore[call-overload, no-any-return]  # one of these types
    if kind is dict:
        return [part for item in target.items() for part in item]  # type: ignore[attr-defined]  # a dict
    if kind is MethodType:
        return [target.__self__] if type(target.__func__) is FunctionType else [MISSING]  # type: ignore[attr-defined]  # a method
    if kind is functools.partial:
        return [peek(target, name) for name in ("func", "args", "keywords")]
    return None


def _is_loaded(module: object) -> bool:
    """Return whether Python found *module* in a file or in itself, so that its text has only names."""
    spec = peek(module, "__spec__")
    return type(spec) is ModuleSpec and type(spec.origin) is str and peek(module, "__loader__") is not MISSING


def _has_plain_text(kind: type) -> bool:
    """Return whether objects of this type have the text of any object, or of a function of C code."""
    of_repr, of_str = lookup(kind, "__repr__"), lookup(kind, "__str__")
    if of_str is object.__str__ and (of_repr is object.__repr__ or of_repr is type.__repr__):
        return True
    if type(of_repr) is not WrapperDescriptorType:
        return False
    owner = of_repr.__objclass__
    if of_str is not object.__str__ and getattr(of_str, "__objclass__", None) is not owner:
        return False
    is_function = any(has_c_slot(owner, name) for name in ("__name__", "__qualname__"))
    return is_function or (home_of(owner), class_name_of(owner)) in _FUNCTIONS
