"""Whether the library made a callable, or only shows one that another library made."""

import builtins
import sys
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Final

from .index import Index, normal
from .introspection import (
    MISSING,
    attributes,
    class_name_of,
    home_of,
    is_built_in,
    is_class,
    is_module,
    peek,
    peek_str,
)

__all__ = ["is_made_here"]

_LONGEST_CHAIN: Final = 16


def is_made_here(target: object, index: Index) -> bool:
    """Return whether *target*, which lies somewhere in the library, is the library's own."""
    if is_class(target):
        return _class_is_ours(target, index)
    if type(target) is MethodType:
        target = target.__func__
    if type(target) is FunctionType:
        return _function_is_ours(target, index)
    owner = peek(target, "__objclass__")
    if is_class(owner):
        return _class_is_ours(owner, index)
    if index.is_ours(home_of(type(target))):
        return True
    home = peek_str(target, "__module__")
    if _names_us(home, index) or leads_home(target, index) or _wraps_ours(target, index):
        return True
    # What Boost.Python makes calls its class a module.
    return home.partition(".")[0] not in sys.modules and _unnamed_is_ours(target, index)


def _names_us(home: str, index: Index) -> bool:
    # The C half of a library may be a module of its own: `_yaml` beside `yaml`.
    return index.is_ours(home) or (home.startswith("_") and index.is_ours(home.lstrip("_")))


def _class_is_ours(cls: type, index: Index) -> bool:
    home = home_of(cls)
    if not home:
        return True
    if home == "builtins":
        # A C extension that does not name its module says so, too; but a type of Python's is no heap type,
        # or, as `ExceptionGroup`, one that lies there.
        return not is_built_in(cls) and vars(builtins).get(class_name_of(cls)) is not cls
    return _names_us(home, index)


def _function_is_ours(function: FunctionType, index: Index) -> bool:
    home = function.__globals__.get("__name__")
    if type(home) is str and _names_us(home, index):
        return True
    return leads_home(function, index) or _wraps_ours(function, index) or _is_made_for_us(function)


def leads_home(target: object, index: Index) -> bool:
    """Return whether *target* lies where its own ``__module__`` and ``__qualname__`` say, in the library."""
    home, name = peek_str(target, "__module__"), peek_str(target, "__qualname__")
    if not (home and name and index.is_ours(home)):
        return False
    return any(normal(raw) is target for _, _, raw in index.walk(f"{home}.{name}"))


def _wraps_ours(target: object, index: Index) -> bool:
    for _ in range(_LONGEST_CHAIN):
        target = attributes(target).get("__wrapped__", MISSING)
        if target is MISSING:
            return False
        if type(target) is FunctionType:
            home = target.__globals__.get("__name__")
            if type(home) is str and index.is_ours(home):
                return True
    return False


def _is_made_for_us(function: FunctionType) -> bool:
    """Return whether *function* came out of another library's decorator and lies with us alone."""
    if "<locals>" not in function.__qualname__ or "__wrapped__" in function.__dict__:
        return False
    return not _is_shown_by(function.__module__, function)


def _unnamed_is_ours(target: object, index: Index) -> bool:
    if type(target) is BuiltinFunctionType:
        owner = target.__self__
        if is_class(owner):
            return _class_is_ours(owner, index)
        if is_module(owner):
            return _names_us(peek_str(owner, "__name__"), index)
    kind_home = home_of(type(target))
    # A ufunc of SciPy's is of NumPy's type, and NumPy's own ufuncs lie in NumPy.
    return not _is_shown_by(kind_home, target)


def _is_shown_by(module: object, target: object) -> bool:
    top = module.partition(".")[0] if type(module) is str else ""
    return any(
        value is target
        for name, each in list(sys.modules.items())
        if (name == top or name.startswith(f"{top}.")) and issubclass(type(each), ModuleType)
        for value in list(attributes(each).values())
    )
