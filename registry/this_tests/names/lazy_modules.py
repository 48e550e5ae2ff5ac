"""What a module offers on demand, told without demanding it.

Modules with a ``__getattr__`` import a name when it is first asked for. Where to they lead
stands in their code or in a table beside it; only what is loaded already is found.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from types import CodeType, FunctionType, ModuleType

from .introspection import MISSING, attributes, is_module

__all__ = ["original", "promises", "served", "texts_in"]


def original(name: str, module: ModuleType) -> ModuleType | None:
    """Return the module that *module*, an object put in its place, keeps and answers from."""
    if type(module) is ModuleType:
        return None
    for value in attributes(module).values():
        if value is not module and is_module(value):
            own = attributes(value).get("__name__")
            if type(own) is str and own == name:
                return value
    return None


def served(name: str, module: ModuleType) -> Iterator[tuple[str, object]]:
    """Yield the names that *module* makes on demand, with the objects that are loaded already."""
    held = attributes(module)
    getter = held.get("__getattr__")
    if type(getter) is FunctionType:
        yield from _imported(name, getter.__code__, held)
    for table in _tables(module):
        yield from _tabled(name, table, held)


def promises(module: ModuleType, attribute: str) -> bool:
    """Return whether *module* says that it makes the name *attribute* on demand."""
    held = attributes(module)
    listed, getter = held.get("__all__"), held.get("__getattr__")
    if type(getter) is FunctionType and attribute in getter.__code__.co_consts:
        return True
    if any(attribute in table for table in _tables(module)):
        return True
    return attribute in texts_in(listed)


def texts_in(listed: object) -> frozenset[str]:
    """Return the names in what a module has as its ``__all__``."""
    if type(listed) is list or type(listed) is tuple:
        return frozenset(each for each in listed if type(each) is str)
    return frozenset()


def _tables(module: ModuleType) -> Iterator[Mapping[object, object]]:
    held = attributes(module)
    getter = held.get("__getattr__")
    kept: Iterable[object] = ()
    if type(getter) is FunctionType:
        kept = [*_cells(getter), *(held.get(each) for each in getter.__code__.co_names)]
    elif type(module) is not ModuleType:
        kept = list(held.values())
    for table in kept:
        if type(table) is dict:
            yield table


def _cells(function: FunctionType) -> Iterator[object]:
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # an empty cell
            continue


def _tabled(
    name: str, table: Mapping[object, object], held: Mapping[str, object]
) -> Iterator[tuple[str, object]]:
    """Yield from a table of names and the modules they lie in, as `lazy_loader` keeps it."""
    for attribute, place in table.items():
        where = place[0] if type(place) is tuple and place else place
        if type(attribute) is not str or type(where) is not str or attribute in held:
            continue
        for module in (f"{name}.{where.lstrip('.')}", where):
            found = _attribute(module, attribute)
            if found is not MISSING:
                yield attribute, found
                break


def _imported(name: str, code: CodeType, held: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Yield from code such as ``if key == "f": from .mod import f``."""
    texts = {each for each in code.co_consts if type(each) is str}
    named = (path for each in code.co_names for path in (f"{name}.{each}", each))
    modules = [each for each in named if each in sys.modules]
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
