"""Reads attributes and types of objects without running their code.

Attributes are read from dictionaries and C slots alone: no ``__getattr__``, property, ``__eq__`` or
forged ``__class__`` takes effect, and nothing lazy is loaded.
"""

from collections.abc import Callable, Mapping
from types import (
    BuiltinFunctionType,
    FunctionType,
    GetSetDescriptorType,
    MappingProxyType,
    MemberDescriptorType,
    MethodDescriptorType,
    MethodType,
    ModuleType,
)
from typing import Final, TypeGuard, cast

__all__ = [
    "LONGEST_CHAIN",
    "MISSING",
    "attributes",
    "class_name_of",
    "describe",
    "has_c_slot",
    "has_slot",
    "home_of",
    "is_built_in",
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

# The slots of `type` itself: a metaclass may override `cls.__mro__`.
mro = cast("Callable[[type], tuple[type, ...]]", type.__dict__["__mro__"].__get__)
members = cast("Callable[[type], MappingProxyType[str, object]]", type.__dict__["__dict__"].__get__)

class_name_of = cast("Callable[[type], str]", type.__dict__["__name__"].__get__)
_flags_of = cast("Callable[[type], int]", type.__dict__["__flags__"].__get__)
_module_of = cast("Callable[[type], object]", type.__dict__["__module__"].__get__)

_PLAIN = (int, float, complex, bool, bytes, type(None), type(...), type(NotImplemented))
# Longer than any real chain of wrappers; a chain may be circular.
LONGEST_CHAIN: Final = 16
_LONGEST = 80
_HEAP_TYPE: Final = 1 << 9  # Py_TPFLAGS_HEAPTYPE
_LONGEST_TEXT = 500  # The longest name in torch has 60.


# Types are compared by identity alone: a metaclass may override `==` and `hash`.


def _is_c_slot(raw: object) -> bool:
    kind = type(raw)
    return kind is GetSetDescriptorType or kind is MemberDescriptorType


def is_class(target: object) -> TypeGuard[type]:
    """Return whether *target* is a class by its type, whatever its ``__class__`` is."""
    return issubclass(type(target), type)


def is_module(target: object) -> TypeGuard[ModuleType]:
    """Return whether *target* is a module by its type."""
    return issubclass(type(target), ModuleType)


def is_built_in(cls: type) -> bool:
    """Return whether *cls* is a static type of C code, such as ``int``, and no heap type."""
    return not _flags_of(cls) & _HEAP_TYPE


def home_of(cls: type) -> str:
    """Return the ``__module__`` of *cls*, else that of its first method, else an empty string."""
    found = members(cls).get("__module__")
    if type(found) is not str:
        # `__module__` may be a property for instances; a class of C code has it in a slot.
        found = _module_of(cls)
    if type(found) is not str:
        methods = (method for method in members(cls).copy().values() if type(method) is FunctionType)
        found = next((method.__module__ for method in methods), "")
    return found if type(found) is str else ""


def is_mock(target: object) -> bool:
    """Return whether *target* is a mock, or a function made by ``create_autospec``."""
    for _ in range(LONGEST_CHAIN):
        if target is MISSING:
            return False
        if any(home_of(cls) == "unittest.mock" for cls in mro(type(target))):
            return True
        target = attributes(target).get("mock", MISSING)
    return False


def lookup(cls: type, name: str) -> object:
    """Return what *cls* or a base of it binds to *name*, without calling ``__get__``, or `MISSING`."""
    for base in mro(cls):
        found = members(base).get(name, MISSING)
        if found is not MISSING:
            return found
    return MISSING


def has_c_slot(cls: type, name: str) -> bool:
    """Return whether objects of *cls* have the attribute *name* in a slot of C code."""
    return _is_c_slot(lookup(cls, name))


def has_slot(target: object, name: str) -> bool:
    """Return whether the type of *target* defines the special method *name*."""
    found = lookup(type(target), name)
    return found is not MISSING and found is not None


def attributes(target: object) -> Mapping[str, object]:
    """Return the instance dictionary of *target*, empty where it has no plain one."""
    if type(target) is ModuleType or type(target) is FunctionType:
        return target.__dict__
    slot = lookup(type(target), "__dict__")
    if not _is_c_slot(slot):
        return {}
    try:
        found = cast("GetSetDescriptorType", slot).__get__(target, type(target))
    except Exception:  # noqa: BLE001  # runs C code of any library
        return {}
    kind = type(found)
    return found if kind is dict or kind is MappingProxyType else {}


def peek(target: object, name: str) -> object:
    """Return an attribute of the object *target*, not of its class, or `MISSING`."""
    slot = lookup(type(target), name)
    if _is_c_slot(slot):
        try:
            return cast("GetSetDescriptorType", slot).__get__(target, type(target))
        except Exception:  # noqa: BLE001  # runs C code of any library
            return MISSING
    return attributes(target).get(name, MISSING)


def peek_str(target: object, name: str) -> str:
    """Return an attribute of the object *target* that is text, else an empty string."""
    found = peek(target, name)
    return found if type(found) is str else ""


def name_of(target: object) -> str:
    """Return the ``__name__`` of a function or class, an empty string where it has none."""
    kind = type(target)
    if kind is FunctionType or kind is MethodDescriptorType or kind is BuiltinFunctionType:
        name = target.__name__  # type: ignore[attr-defined]  # a C slot of functions
        return name if type(name) is str else ""
    return class_name_of(target) if is_class(target) else peek_str(target, "__name__")


def module_of(target: object) -> str:
    """Return the ``__module__`` of a function or class, an empty string where it has none."""
    kind = type(target)
    if kind is FunctionType or kind is BuiltinFunctionType:
        name = target.__module__
        return name if type(name) is str else ""
    return home_of(target) if is_class(target) else peek_str(target, "__module__")


def describe(target: object) -> str:
    """Return *target* as error messages show it: without running its code, shortened where it is long."""
    target = _inside(target)
    if type(target) is str:
        return _shortened(target, _LONGEST_TEXT)
    if any(type(target) is plain for plain in _PLAIN):
        return _shortened(_repr(target), _LONGEST)
    name = _own_name(target)
    if not name:
        return f"<{describe(type(target))} object>"
    module = module_of(target)
    return _shortened(f"{module}.{name}" if module and module != "builtins" else name, _LONGEST_TEXT)


def _inside(target: object) -> object:
    """Return the function in a method or a property."""
    for _ in range(LONGEST_CHAIN):
        if type(target) is MethodType:
            target = target.__func__
        elif type(target) is property and target.fget is not None:
            target = target.fget
        else:
            break
    return target


def _repr(plain: object) -> str:
    try:
        return repr(plain)
    except ValueError:  # An integer with more digits than Python converts.
        return f"<{class_name_of(type(plain))} object>"


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _own_name(target: object) -> str:
    """Return the name of a function, class or module; of other objects, a ``__name__`` proves nothing."""
    is_named = any(_is_c_slot(lookup(type(target), name)) for name in ("__qualname__", "__name__"))
    if is_named or is_module(target) or "__wrapped__" in attributes(target):
        return peek_str(target, "__qualname__") or peek_str(target, "__name__")
    return ""
