"""From observed functions to the names that the library's docs use."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import reduce
from types import FunctionType
from typing import cast

from ..errors import ThisTestsError
from ..names import Names
from ..names.introspection import MISSING, attributes, home_of, is_class, lookup, members, mro, peek
from ..names.paths import is_public
from ..observations.relation import MAKERS, Named
from .code_owner import CodeOwners

__all__ = ["declared_functions", "functions_shown", "object_of", "public_names"]


_INSIDE = ("__wrapped__", "__func__", "fget", "func")
_LONGEST_CHAIN = 16


def public_names(
    executed: Iterable[str],
    names: Names,
    functions: Iterable[tuple[FunctionType, str]],
    objects: Mapping[str, object],
    *,
    private: bool = False,
) -> Named:
    """Return the names of those functions that have a public one.

    Args:
        executed: Functions as ``module:qualname``.
        functions: Those of the library, each with its module.
        objects: What goes by such a name and has no code of the library.
        private: Whether private names are wanted, too.
    """
    listed = {each.rpartition(".")[2] for each in names.inventory.entries}
    wanted = {each for each in executed if private or not _is_private(each) or _last(each) in listed}
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for key, target in _objects(wanted, functions, objects):
        if len(found.get(key, ())) > 1:
            continue  # Of hundreds of functions that one factory made, two tell all.
        try:
            resolution = names.resolve(target)
            if resolution.name.endswith(MAKERS):
                resolution = names.resolve(resolution.name.rpartition(".")[0])
        except ThisTestsError:
            continue  # Nothing of the API.
        if private or resolution.documented or is_public(resolution.name):
            found.setdefault(key, {})[resolution.name] = resolution.aliases
    # One code may serve several callables, made by one factory: which of them ran is not known.
    return {key: next(iter(named.items())) for key, named in found.items() if len(named) == 1}


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


def declared_functions(declared: Iterable[str], scope: CodeOwners) -> dict[str, list[str]]:
    """Return for each declared name the functions of which one at least runs when the name is used.

    Names of which that cannot be told, those of modules and of C callables, are left out.
    """
    found = {name: sorted(_functions_behind(name, scope)) for name in declared}
    return {name: functions for name, functions in found.items() if functions}


def _functions_behind(name: str, scope: CodeOwners) -> Iterator[str]:
    target = _find(name)
    if is_class(target):
        found = {each for cls in mro(target) if scope.owns(home_of(cls)) for each in _methods(cls)}
        # A class that makes its instances in C, or in another library, leaves no trace of it.
        if any(each.endswith(MAKERS) for each in found):
            yield from found
            # What calls it is seen even where it makes nothing, for it is abstract.
            yield f"{home_of(target)}:{type.__dict__['__qualname__'].__get__(target)}"
    else:
        yield from _keys(target)


def _methods(cls: type) -> Iterator[str]:
    for value in list(members(cls).values()):
        yield from _keys(value)


def _keys(target: object) -> Iterator[str]:
    yield from map(_key, _functions_inside(target))


def _key(function: FunctionType) -> str:
    return f"{function.__globals__.get('__name__')}:{function.__code__.co_qualname}"


def _functions_inside(target: object) -> Iterator[FunctionType]:
    for _ in range(_LONGEST_CHAIN):
        if type(target) is FunctionType:
            yield target
        target = next((each for name in _INSIDE if (each := peek(target, name)) is not MISSING), MISSING)


def functions_shown(modules: AbstractSet[str]) -> Iterator[tuple[FunctionType, str]]:
    """Yield the functions that lie in *modules* and their classes, or inside of what lies there.

    Each comes with the module whose globals it has, which need not be one of *modules*.
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
        for each in _functions_inside(value):
            if type(module := each.__globals__.get("__name__")) is str:
                yield each, module


def object_of(key: str) -> object:
    """Return what goes by *key*, as ``module:qualname``, among the loaded modules, or `MISSING`."""
    return _find(key.replace(":", "."))


def _find(name: str) -> object:
    """Return what *name* stands for among the loaded modules, or `MISSING`."""
    parts = name.split(".")
    for number in range(len(parts), 0, -1):
        if (found := sys.modules.get(".".join(parts[:number]))) is not None:
            return reduce(_member, parts[number:], cast("object", found))
    return MISSING


def _member(holder: object, name: str) -> object:
    return lookup(holder, name) if is_class(holder) else attributes(holder).get(name, MISSING)
