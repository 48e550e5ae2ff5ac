"""Resolves what test files call directly to functions of the library."""

import sys
from collections.abc import Iterator
from types import BuiltinFunctionType, FunctionType, MethodDescriptorType, MethodType, WrapperDescriptorType
from typing import Final

from ..names import torch_wrappers
from ..names.introspection import (
    MISSING,
    attributes,
    has_slot,
    home_of,
    is_class,
    is_module,
    lookup,
    module_of,
    peek,
    peek_str,
)
from .code_objects import Codes
from .code_owner import CodeOwners
from .identity import identity

__all__ = ["Callees"]

_HEAP_TYPE: Final = 1 << 9  # Py_TPFLAGS_HEAPTYPE
_LONGEST_CHAIN: Final = 16
_PLAIN = frozenset({bytearray, bytes, dict, float, frozenset, int, list, set, str, tuple})
_DESCRIPTORS = (MethodDescriptorType, WrapperDescriptorType)


class Callees:
    """A cache from called objects to the functions of the library that run when they are called.

    Called objects are inspected without running their code. Only objects that live as long as their
    module or class are kept: a test may rely on the others being freed.

    Attributes:
        objects: The callees without code of the library, by their ``module:qualname``.
    """

    def __init__(self, code_owners: CodeOwners, codes: Codes) -> None:
        self._code_owners = code_owners
        self._codes = codes
        # Ids of freed objects are reused, so the objects are kept with their keys.
        self._known: dict[int, tuple[object, tuple[str, ...]]] = {}
        self._bound: dict[int, tuple[object, str]] = {}
        self._modules = 0
        self.objects: dict[str, object] = {}

    def keys(self, callee: object) -> tuple[str, ...]:
        """Return the functions of the library that *callee* is or wraps, as ``module:qualname``."""
        if type(callee) is MethodType:
            callee = callee.__func__  # Each access makes a new method of the same function.
        known = self._known.get(identity(callee))
        if known is not None:
            return known[1]
        if type(callee) is BuiltinFunctionType and type(callee.__self__) in _PLAIN:
            return ()  # `[].append`: a new object at each access, never cached.
        found = tuple(dict.fromkeys(self._chain(callee)))
        if self._is_lasting(callee):
            self._known[identity(callee)] = (callee, found)
            if found and self._is_without_code(callee, found[0]):
                self.objects.setdefault(found[0], callee)
        return found

    def holds(self, callee: object) -> bool:
        """Return whether *callee* is cached and kept alive, so that its id is not reused."""
        return identity(callee) in self._known

    def _chain(self, callee: object) -> Iterator[str]:
        current: object = callee
        for _ in range(_LONGEST_CHAIN):
            if current is MISSING:
                return
            if type(current) is MethodType:
                current = current.__func__
            yield from self._own(current)
            current = self._inner(current)

    def _own(self, target: object) -> Iterator[str]:
        if type(target) is FunctionType:
            key = self._codes.library.get(identity(target.__code__))
            if key is not None:
                yield key
        elif is_class(target):
            yield from self._named(home_of(target), target)
        elif type(target) is BuiltinFunctionType:
            yield from self._named(_home_of_builtin(target), target)
        elif type(target) in _DESCRIPTORS:
            owner = peek(target, "__objclass__")
            yield from self._named(home_of(owner) if is_class(owner) else "", target)
        else:
            yield from self._of_instance(target)

    def _named(self, home: str, target: object) -> Iterator[str]:
        qualname = type.__dict__["__qualname__"].__get__(target) if is_class(target) else None
        if self._is_library(home):
            yield f"{home}:{qualname or peek_str(target, '__qualname__') or peek_str(target, '__name__')}"

    def _is_library(self, home: str) -> bool:
        """Return whether a module belongs to the library, and not to the tests that it ships."""
        if not self._code_owners.owns(home):
            return False
        file = attributes(sys.modules.get(home)).get("__file__")
        return type(file) is not str or self._code_owners.owner(file, home) == "library"

    def _of_instance(self, target: object) -> Iterator[str]:
        # A decorator's object stands for the function that it wraps; any other is a callable of its own,
        # such as a partial, also under the name of its function in another module.
        if (place := self._place_of(target)) and not _takes_the_place_of(target, self._inner(target)):
            yield place
        call = lookup(type(target), "__call__")
        if type(call) is FunctionType and (key := self._codes.library.get(identity(call.__code__))):
            yield key
            return
        # A call of a network runs its `forward`, with only torch's code in between.
        forward = torch_wrappers.forward_of(target)
        if type(forward) is FunctionType and (key := self._codes.library.get(identity(forward.__code__))):
            yield key

    def _inner(self, target: object) -> object:
        """Return what *target* wraps; a function counts only if it belongs to the library."""
        if type(target) is FunctionType and not (
            identity(target.__code__) in self._codes.library or self._code_owners.owns(module_of(target))
        ):
            return MISSING
        wrapped = attributes(target).get("__wrapped__", MISSING)
        return wrapped if wrapped is not MISSING else peek(target, "func")

    def _is_without_code(self, target: object, key: str) -> bool:
        """Return whether *key*, the first of *target*'s, is its own, and not that of a function it runs."""
        kind = type(target)
        return (
            is_class(target)
            or kind is BuiltinFunctionType
            or kind in _DESCRIPTORS
            or key == self._place_of(target)
        )

    def _is_lasting(self, target: object) -> bool:
        kind = type(target)
        if kind is FunctionType:
            return "<locals>" not in target.__qualname__  # type: ignore[attr-defined]  # a function
        if is_class(target):
            return "<locals>" not in target.__qualname__ or not target.__flags__ & _HEAP_TYPE
        if kind is BuiltinFunctionType:
            holder = peek(target, "__self__")
            return holder is None or is_module(holder) or is_class(holder)
        return kind in _DESCRIPTORS or bool(self._place_of(target))

    def _place_of(self, target: object) -> str:
        """Return ``module:attribute`` of an object of any type that a module of the library binds."""
        if self._modules != len(sys.modules):
            self._modules = len(sys.modules)
            self._bound = dict(self._bound_callables())
        found = self._bound.get(identity(target))
        return "" if found is None else found[1]

    def _bound_callables(self) -> Iterator[tuple[int, tuple[object, str]]]:
        """Yield the callables that the library's modules bind, except functions and classes."""
        # A module has hundreds of values, of few types.
        callable_types: dict[type, bool] = {FunctionType: False}
        for name, module in list(sys.modules.items()):
            if self._is_library(name):
                for attribute, value in list(attributes(module).items()):
                    kind = type(value)
                    if kind not in callable_types:
                        callable_types[kind] = has_slot(value, "__call__")
                    if callable_types[kind] and not is_class(value):
                        yield identity(value), (value, f"{name}:{attribute}")


def _takes_the_place_of(target: object, inner: object) -> bool:
    """Return whether the module of the function *inner* binds *target* under the name of *inner*."""
    held = attributes(sys.modules.get(module_of(inner))) if type(inner) is FunctionType else {}
    return held.get(peek_str(inner, "__name__")) is target


def _home_of_builtin(target: object) -> str:
    holder = peek(target, "__self__")
    if holder is None or holder is MISSING or is_module(holder):
        return peek_str(target, "__module__") or peek_str(holder, "__name__")
    return home_of(holder if is_class(holder) else type(holder))
