"""Unwraps a target: bound methods, decorators, partials and descriptors, down to the function."""

from collections.abc import Iterator
from types import BuiltinFunctionType, FunctionType, MethodType, MethodWrapperType
from typing import NamedTuple

from ..registry.model import Found
from . import torch_wrappers
from .index import Index, normal
from .introspection import (
    LONGEST_CHAIN,
    MISSING,
    attributes,
    is_class,
    is_module,
    lookup,
    mro,
    peek,
    peek_str,
)

__all__ = ["Layer", "layers"]

_WRAPPED = ("__wrapped__", "func", "_partialmethod", "__partialmethod__")


class Layer(NamedTuple):
    """One layer of a target: itself, or an object that it wraps or is bound from.

    Attributes:
        key: The object that the index may have.
        holder: The instance or class that it is bound to, if any.
    """

    key: object
    found: Found = "reference"
    holder: object = MISSING


def layers(target: object, index: Index) -> Iterator[Layer]:
    """Yield the layers of *target*, from itself to the innermost function that it wraps."""
    # Most targets are in the index, so that only the first layer is computed. A method is a new object at
    # each access, except one that a class or a module binds: `load = Whole.load`.
    if type(target) is not MethodType or index.knows(target):
        yield Layer(normal(target))
    yield from _bound(target, index)
    yield from map(Layer, _descriptors(target, index))
    seen = [target]
    while len(seen) < LONGEST_CHAIN:
        inner = _inner(seen[-1], index)
        if inner is MISSING or any(inner is value for value in seen):
            return
        if type(inner) is not MethodType:
            yield Layer(normal(inner), "unwrapped")
        for layer in _bound(inner, index):
            yield Layer(layer.key, "unwrapped", layer.holder)
        for descriptor in _descriptors(inner, index):
            yield Layer(descriptor, "unwrapped")
        seen.append(inner)


def _bound(target: object, index: Index) -> Iterator[Layer]:
    """Yield the function of a bound method, with the object that it is bound to."""
    if type(target) is MethodType:
        found, holder = _taken_from(target.__self__), target.__self__
        yield Layer(target.__func__, found, holder)
        yield from (Layer(descriptor, found, holder) for descriptor in _descriptors(target.__func__, index))
        return
    target = normal(target)
    kind = type(target)
    if kind is BuiltinFunctionType or kind is MethodWrapperType:
        holder, name = peek(target, "__self__"), peek_str(target, "__name__")
        if holder is not None and holder is not MISSING and not is_module(holder):
            raw = lookup(holder if is_class(holder) else type(holder), name)
            if raw is not MISSING:
                yield Layer(normal(raw), _taken_from(holder), holder)


def _taken_from(holder: object) -> Found:
    return "reference" if is_class(holder) else "receiver"


def _descriptors(target: object, index: Index) -> Iterator[object]:
    """Yield the descriptors of the library that made *target*, a function new at each access.

    Such a function is a closure over the descriptor, which the class binds.
    """
    # `wraps` changes the qualified name of the function, not that of its code.
    if type(target) is FunctionType and target.__closure__ and "<locals>" in target.__code__.co_qualname:
        for cell in target.__closure__:
            inside = peek(cell, "cell_contents")
            if type(lookup(type(inside), "__get__")) is FunctionType and index.knows(normal(inside)):
                yield normal(inside)


def _inner(target: object, index: Index) -> object:
    if type(target) is MethodType:
        target = target.__func__
    special = torch_wrappers.inner(target)
    if special is not MISSING:
        return special
    path = torch_wrappers.author_path(target)
    if path:
        return next((normal(raw) for _, _, raw in index.walk(path)), MISSING)
    for name in _WRAPPED:
        found = attributes(target).get(name, MISSING)
        if found is not MISSING and (name != "func" or _is_partial(target)):
            return found
    return peek(target, "func") if _is_partial(target) else MISSING


def _is_partial(target: object) -> bool:
    return any(
        peek_str(cls, "__module__") == "functools"
        and peek_str(cls, "__name__").startswith(("partial", "cached_"))
        for cls in mro(type(target))
    )
