"""Finds the attributes that a module loads lazily, without loading them.

Modules with a ``__getattr__`` import a name at its first access. The modules to import from are
in the function's code or in a table that it uses; only objects that are already loaded are found.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from types import CodeType, FunctionType, ModuleType
from typing import cast

from .introspection import MISSING, attributes, is_module

__all__ = ["declares", "has_list", "lazy_attributes", "names_in", "replaced_module"]


def replaced_module(name: str, module: ModuleType) -> ModuleType | None:
    """Return the module that *module*, an object that replaced it in ``sys.modules``, holds."""
    if type(module) is ModuleType:
        return None
    for value in attributes(module).values():
        if value is not module and is_module(value):
            own = attributes(value).get("__name__")
            if type(own) is str and own == name:
                return value
    return None


def lazy_attributes(name: str, module: ModuleType) -> Iterator[tuple[str, object]]:
    """Yield the lazy attributes of *module* whose objects are already loaded, with these objects."""
    held = attributes(module)
    getter = held.get("__getattr__")
    if type(getter) is FunctionType:
        yield from _from_code(name, getter.__code__, held)
    for table in _tables(module):
        yield from _from_table(name, table, held)


def declares(module: ModuleType, attribute: str) -> bool:
    """Return whether *module* declares the lazy attribute *attribute*."""
    held = attributes(module)
    listed, getter = held.get("__all__"), held.get("__getattr__")
    if type(getter) is FunctionType and attribute in getter.__code__.co_consts:
        return True
    if any(attribute in table for table in _tables(module)):
        return True
    return attribute in names_in(listed)


def names_in(listed: object) -> frozenset[str]:
    """Return the names in *listed*, the ``__all__`` of a module, whatever it is."""
    if has_list(listed):
        return frozenset(text for text in cast("list[object]", listed) if type(text) is str)
    return frozenset()


def has_list(listed: object) -> bool:
    """Return whether *listed*, the ``__all__`` of a module, is a list of names."""
    return type(listed) is list or type(listed) is tuple


def _tables(module: ModuleType) -> Iterator[Mapping[object, object]]:
    held = attributes(module)
    getter = held.get("__getattr__")
    values: Iterable[object] = ()
    if type(getter) is FunctionType:
        values = [*_cells(getter), *(held.get(name) for name in getter.__code__.co_names)]
    elif type(module) is not ModuleType:
        values = list(held.values())
    for table in values:
        if type(table) is dict:
            yield table


def _cells(function: FunctionType) -> Iterator[object]:
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # an empty cell
            continue


def _from_table(
    name: str, table: Mapping[object, object], held: Mapping[str, object]
) -> Iterator[tuple[str, object]]:
    """Yield from a table of names and their modules, as `lazy_loader` has."""
    for attribute, place in table.items():
        where = place[0] if type(place) is tuple and place else place
        if type(attribute) is not str or type(where) is not str or attribute in held:
            continue
        for module in (f"{name}.{where.lstrip('.')}", where):
            found = _attribute(module, attribute)
            if found is not MISSING:
                yield attribute, found
                break


def _from_code(name: str, code: CodeType, held: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Yield from code such as ``if key == "f": from .mod import f``."""
    texts = {text for text in code.co_consts if type(text) is str}
    named = (path for part in code.co_names for path in (f"{name}.{part}", part))
    modules = [path for path in named if path in sys.modules]
    for attribute in code.co_names:
        if attribute in texts and attribute not in held:
            for module in modules:
                found = _attribute(module, attribute)
                if found is not MISSING:
                    yield attribute, found
                    break


def _attribute(module: str, attribute: str) -> object:
    loaded = sys.modules.get(module)
    return attributes(loaded).get(attribute, MISSING) if is_module(loaded) else MISSING
