"""Resolves observed functions to the public names that the library's docs use."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import reduce
from itertools import chain
from types import FunctionType
from typing import cast

from ..errors import ThisTestsError
from ..names import Names
from ..names.introspection import MISSING, attributes, home_of, is_class, lookup, members, mro, peek
from ..names.paths import is_public
from ..observations.relation import MAKERS, Named
from .code_owner import CodeOwners

__all__ = ["declared_functions", "module_functions", "object_of", "public_names"]


_WRAPPED = ("__wrapped__", "__func__", "fget", "func")
_LONGEST_CHAIN = 16


def public_names(
    executed: Iterable[str],
    names: Names,
    functions: Iterable[tuple[FunctionType, str]],
    objects: Mapping[str, object],
    *,
    private: bool = False,
) -> Named:
    """Return the names of the executed functions that have a public name.

    Args:
        executed: Functions as ``module:qualname``.
        functions: The functions of the library, each with its module.
        objects: The executed callables without code of the library, by ``module:qualname``.
        private: Whether private names are included.
    """
    listed = {name.rpartition(".")[2] for name in names.inventory.entries}
    wanted = set(executed)
    found: dict[str, set[str]] = {}
    for key, target in _objects(wanted, functions, objects):
        # To find out that a function has no name takes longest, and most of them are private.
        if not (private or not _is_private(key) or _last(key) in listed or names.is_offered(target)):
            continue
        if len(found.get(key, ())) > 1:
            continue  # Ambiguous with two names; one factory may have made hundreds of functions.
        try:
            resolution = names.resolve(target)
            if resolution.name.endswith(MAKERS):
                resolution = names.resolve(resolution.name.rpartition(".")[0])
        except ThisTestsError:
            continue  # Not in the API.
        if private or resolution.documented or is_public(resolution.name):
            found.setdefault(key, set()).add(resolution.name)
    # Several callables, made by one factory, may share one code object: which of them ran is unknown.
    return {key: name for key, (name, *others) in found.items() if not others}


def _objects(
    wanted: set[str], functions: Iterable[tuple[FunctionType, str]], objects: Mapping[str, object]
) -> Iterator[tuple[str, object]]:
    yield from ((key, objects[key]) for key in wanted & objects.keys())
    for function, module in functions:
        if (key := f"{module}:{function.__code__.co_qualname}") in wanted:
            yield key, function


def _last(key: str) -> str:
    return key.rpartition(":")[2].rpartition(".")[2]


def _is_private(key: str) -> bool:
    last = _last(key)
    return last.startswith("_") and not (last.startswith("__") and last.endswith("__"))


Watches = Callable[[FunctionType], bool]


def declared_functions(
    declared: Iterable[str], code_owners: CodeOwners, watches: Watches
) -> dict[str, list[str]]:
    """Return for each declared name its functions: at least one of them runs when the name is used.

    Names without such functions are left out: those of modules, of C callables, and of classes whose
    instances are made unseen.

    Args:
        watches: Whether the start of a function is seen. Those that ``exec`` makes, as for dataclasses, may
            not be watched.
    """
    found = {name: sorted(_functions_of_name(name, code_owners, watches)) for name in declared}
    return {name: functions for name, functions in found.items() if functions}


def _functions_of_name(name: str, code_owners: CodeOwners, watches: Watches) -> Iterator[str]:
    target = _find(name)
    if not is_class(target):
        yield from _keys(target, watches)
    elif _is_seen_made(target, watches):
        for cls in mro(target):
            if code_owners.owns(home_of(cls)):
                for value in list(members(cls).values()):
                    yield from _keys(value, watches)
        # A call of the class is seen even where no constructor runs, because it is abstract.
        yield f"{home_of(target)}:{type.__dict__['__qualname__'].__get__(target)}"


def _is_seen_made(cls: type, watches: Watches) -> bool:
    """Return whether each new instance of *cls* runs a function that is watched."""
    # The class of an enumeration, or of singletons, answers a call with an instance that it has.
    if lookup(type(cls), "__call__") is not lookup(type, "__call__"):
        return False
    makers = (lookup(cls, maker.removeprefix(".")) for maker in MAKERS)
    return any(map(watches, chain.from_iterable(map(_functions_inside, makers))))


def _keys(target: object, watches: Watches) -> Iterator[str]:
    yield from map(_key, filter(watches, _functions_inside(target)))


def _key(function: FunctionType) -> str:
    return f"{function.__globals__.get('__name__')}:{function.__code__.co_qualname}"


def _functions_inside(target: object) -> Iterator[FunctionType]:
    for _ in range(_LONGEST_CHAIN):
        if type(target) is FunctionType:
            yield target
        target = next((inner for name in _WRAPPED if (inner := peek(target, name)) is not MISSING), MISSING)


def module_functions(modules: AbstractSet[str]) -> Iterator[tuple[FunctionType, str]]:
    """Yield the functions that *modules* and their classes bind, and those wrapped by what they bind.

    Each is paired with the module whose globals it has, which may be none of *modules*.
    """
    seen: dict[int, object] = {}
    waiting = [value for name in modules for value in attributes(sys.modules.get(name)).values()]
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen[id(value)] = value
        if is_class(value) and home_of(value) in modules:
            waiting += members(value).values()
        for function in _functions_inside(value):
            if type(module := function.__globals__.get("__name__")) is str:
                yield function, module


def object_of(key: str) -> object:
    """Return the object at *key*, ``module:qualname``, in the loaded modules, or `MISSING`."""
    return _find(key.replace(":", "."))


def _find(name: str) -> object:
    """Return the object at the dotted *name* in the loaded modules, or `MISSING`."""
    parts = name.split(".")
    for number in range(len(parts), 0, -1):
        if (found := sys.modules.get(".".join(parts[:number]))) is not None:
            return reduce(_member, parts[number:], cast("object", found))
    return MISSING


def _member(holder: object, name: str) -> object:
    return lookup(holder, name) if is_class(holder) else attributes(holder).get(name, MISSING)
