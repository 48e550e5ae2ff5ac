"""Looking at objects without running a line of their code.

Attributes are read from dictionaries and C slots alone, so that no ``__getattr__``, property,
``__eq__`` or forged ``__class__`` has a say, and nothing lazy is loaded.
"""

from collections.abc import Callable, Mapping
from types import (
    BuiltinFunctionType,
    FunctionType,
    GetSetDescriptorType,
    MappingProxyType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
)
from typing import Final, TypeGuard, cast

__all__ = [
    "MISSING",
    "attributes",
    "describe",
    "has_slot",
    "home_of",
    "is_class",
    "is_mock",
    "is_module",
    "lookup",
    "members",
    "module_of",
    "mro",
    "name_of",
    "peek",
    "peek_str",
]


class _Missing:
    """The type of `MISSING`."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()

# The slots of `type` itself: a metaclass may redefine what `cls.__mro__` answers.
mro = cast("Callable[[type], tuple[type, ...]]", type.__dict__["__mro__"].__get__)
members = cast("Callable[[type], Mapping[str, object]]", type.__dict__["__dict__"].__get__)

_module_of = cast("Callable[[type], object]", type.__dict__["__module__"].__get__)

_DICTIONARIES = (dict, MappingProxyType)
_C_SLOTS = (GetSetDescriptorType, MemberDescriptorType)
_PLAIN = (int, float, complex, bool, bytes, type(None), type(...), type(NotImplemented))
_FUNCTIONS = frozenset({FunctionType, BuiltinFunctionType})
_LONGEST = 80


def is_class(target: object) -> TypeGuard[type]:
    """Return whether *target* is a class indeed, whatever its ``__class__`` says."""
    return issubclass(type(target), type)


def is_module(target: object) -> TypeGuard[ModuleType]:
    """Return whether *target* is a module indeed."""
    return issubclass(type(target), ModuleType)


def home_of(cls: type) -> str:
    """Return the module that *cls* says it was made in, nothing where it says something else."""
    found = members(cls).get("__module__", MISSING)
    if found is MISSING:
        found = _module_of(cls)
    return found if type(found) is str else ""


def is_mock(target: object) -> bool:
    """Return whether *target* is a mock, or a function that a mock answers for."""
    if any(home_of(each) == "unittest.mock" for each in mro(type(target))):
        return True
    behind = attributes(target).get("mock", MISSING)
    return behind is not MISSING and is_mock(behind)


def lookup(cls: type, name: str) -> object:
    """Return what *name* is bound to in *cls* or its bases, as it lies there, or `MISSING`."""
    for each in mro(cls):
        found = members(each).get(name, MISSING)
        if found is not MISSING:
            return found
    return MISSING


def has_slot(target: object, name: str) -> bool:
    """Return whether the type of *target* defines the special method *name*."""
    return lookup(type(target), name) not in (MISSING, None)


def attributes(target: object) -> Mapping[str, object]:
    """Return the instance dictionary of *target*, empty where it has none of the plain sort."""
    slot = lookup(type(target), "__dict__")
    if type(slot) not in _C_SLOTS:
        return {}
    try:
        found = cast("GetSetDescriptorType", slot).__get__(target, type(target))
    except Exception:  # noqa: BLE001  # C code of any library answers here
        return {}
    return found if type(found) in _DICTIONARIES else {}


def peek(target: object, name: str) -> object:
    """Return an attribute of *target*'s own, not of its class, or `MISSING`."""
    slot = lookup(type(target), name)
    if type(slot) in _C_SLOTS:
        try:
            return cast("GetSetDescriptorType", slot).__get__(target, type(target))
        except Exception:  # noqa: BLE001  # C code of any library answers here
            return MISSING
    return attributes(target).get(name, MISSING)


def peek_str(target: object, name: str) -> str:
    """Return an attribute of *target*'s own that is text, else nothing."""
    found = peek(target, name)
    return found if type(found) is str else ""


def name_of(target: object) -> str:
    """Return the ``__name__`` of a function or class, nothing where it has none."""
    if type(target) in _FUNCTIONS:
        name = target.__name__  # type: ignore[attr-defined]  # a function, whose slot answers
        return name if type(name) is str else ""
    return peek_str(target, "__name__")


def module_of(target: object) -> str:
    """Return the ``__module__`` of a function or class, nothing where it has none."""
    if type(target) in _FUNCTIONS:
        name = target.__module__
        return name if type(name) is str else ""
    return home_of(target) if is_class(target) else peek_str(target, "__module__")


def describe(target: object) -> str:
    """Return what an error message calls *target*, without asking it."""
    if type(target) is str:
        return target
    if type(target) in _PLAIN:
        text = repr(target)
        return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    if type(target) is MethodType:
        return describe(target.__func__)
    name = peek_str(target, "__qualname__") or peek_str(target, "__name__")
    if not name:
        return f"<{describe(type(target))} object>"
    module = peek_str(target, "__module__")
    return f"{module}.{name}" if module and module != "builtins" else name
