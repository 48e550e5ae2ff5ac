"""What a target stands for: the function in a bound method, what a wrapper wraps."""

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

__all__ = ["Sight", "sights"]

_WRAPPED = ("__wrapped__", "func", "_partialmethod", "__partialmethod__")


class Sight(NamedTuple):
    """One thing that a target stands for.

    Attributes:
        key: What the index may know it by.
        holder: The instance or class that it was taken from, if it is bound to one.
    """

    key: object
    found: Found = "reference"
    holder: object = MISSING


def sights(target: object, index: Index) -> Iterator[Sight]:
    """Yield what *target* stands for, from itself to the innermost function that it wraps."""
    # Most targets are known for what they are, so that nobody asks for more than the first. A method is
    # made anew at each access, but for one that a class or a module keeps: `load = Whole.load`.
    if type(target) is not MethodType or index.knows(target):
        yield Sight(normal(target))
    yield from _bound(target, index)
    yield from map(Sight, _made_by(target, index))
    seen = [target]
    while len(seen) < LONGEST_CHAIN:
        inner = _inner(seen[-1], index)
        if inner is MISSING or any(inner is each for each in seen):
            return
        if type(inner) is not MethodType:
            yield Sight(normal(inner), "unwrapped")
        for sight in _bound(inner, index):
            yield Sight(sight.key, "unwrapped", sight.holder)
        for descriptor in _made_by(inner, index):
            yield Sight(descriptor, "unwrapped")
        seen.append(inner)


def _bound(target: object, index: Index) -> Iterator[Sight]:
    """Yield what a method is made of: the function, and what it is bound to."""
    if type(target) is MethodType:
        found, holder = _taken_from(target.__self__), target.__self__
        yield Sight(target.__func__, found, holder)
        yield from (Sight(each, found, holder) for each in _made_by(target.__func__, index))
        return
    target = normal(target)
    kind = type(target)
    if kind is BuiltinFunctionType or kind is MethodWrapperType:
        holder, name = peek(target, "__self__"), peek_str(target, "__name__")
        if holder is not None and holder is not MISSING and not is_module(holder):
            raw = lookup(holder if is_class(holder) else type(holder), name)
            if raw is not MISSING:
                yield Sight(normal(raw), _taken_from(holder), holder)


def _taken_from(holder: object) -> Found:
    return "reference" if is_class(holder) else "receiver"


def _made_by(target: object, index: Index) -> Iterator[object]:
    """Yield the descriptors of the library that made *target*, a function new at each access.

    Such a function is a closure over the descriptor, which lies in the class.
    """
    # What `wraps` changes is the function's own name, not that of its code.
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
        peek_str(each, "__module__") == "functools"
        and peek_str(each, "__name__").startswith(("partial", "cached_"))
        for each in mro(type(target))
    )
