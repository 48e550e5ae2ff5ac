"""Decides whether a library made a callable, or only re-exports one that another library made."""

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

__all__ = ["is_made_here", "leads_home"]

_LONGEST_CHAIN: Final = 16


def is_made_here(target: object, index: Index) -> bool:
    """Return whether *target*, which is bound somewhere in the library, was made by the library."""
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
    if _is_module_of_library(home, index) or leads_home(target, index) or _wraps_ours(target, index):
        return True
    # The functions that Boost.Python makes name their class as their module.
    return home.partition(".")[0] not in sys.modules and _unnamed_is_ours(target, index)


def _is_module_of_library(home: str, index: Index) -> bool:
    # The C extension of a library may be a top-level module: `_yaml` for `yaml`.
    return index.is_ours(home) or (home.startswith("_") and index.is_ours(home.lstrip("_")))


def _class_is_ours(cls: type, index: Index) -> bool:
    home = home_of(cls)
    if not home:
        return True
    if home == "builtins":
        # The types of a C extension that does not name its module have this `__module__`, too. A type of
        # Python itself is not a heap type, or, as `ExceptionGroup`, is bound in `builtins`.
        return not is_built_in(cls) and vars(builtins).get(class_name_of(cls)) is not cls
    return _is_module_of_library(home, index)


def _function_is_ours(function: FunctionType, index: Index) -> bool:
    home = function.__globals__.get("__name__")
    if type(home) is str and _is_module_of_library(home, index):
        return True
    return leads_home(function, index) or _wraps_ours(function, index) or _is_decorated_elsewhere(function)


def leads_home(target: object, index: Index) -> bool:
    """Return whether ``__module__`` and ``__qualname__`` of *target* lead to it, inside the library."""
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


def _is_decorated_elsewhere(function: FunctionType) -> bool:
    """Return whether another library's decorator made *function*, which only this library binds."""
    if "<locals>" not in function.__qualname__ or "__wrapped__" in function.__dict__:
        return False
    return not _is_bound_in(function.__module__, function)


def _unnamed_is_ours(target: object, index: Index) -> bool:
    if type(target) is BuiltinFunctionType:
        owner = target.__self__
        if is_class(owner):
            return _class_is_ours(owner, index)
        if is_module(owner):
            return _is_module_of_library(peek_str(owner, "__name__"), index)
    kind_home = home_of(type(target))
    # SciPy's ufuncs have NumPy's type; NumPy's own ufuncs are bound in NumPy.
    return not _is_bound_in(kind_home, target)


def _is_bound_in(library: object, target: object) -> bool:
    top = library.partition(".")[0] if type(library) is str else ""
    return any(
        value is target
        for name, module in list(sys.modules.items())
        if (name == top or name.startswith(f"{top}.")) and issubclass(type(module), ModuleType)
        for value in list(attributes(module).values())
    )
