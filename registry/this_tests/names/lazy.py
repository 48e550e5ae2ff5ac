"""What a module offers on demand, told without demanding it.

Modules with a ``__getattr__`` import a name when it is first asked for. Where to they lead
stands in their code or in a table beside it; only what is loaded already is found.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from types import CodeType, FunctionType, ModuleType

from .peek import MISSING, attributes, is_module

__all__ = ["original", "served"]


def original(name: str, module: ModuleType) -> ModuleType | None:
    """Return the module that *module*, an object put in its place, keeps and answers from."""
    if type(module) is ModuleType:
        return None
    for value in attributes(module).values():
        if value is not module and is_module(value) and attributes(value).get("__name__") == name:
            return value
    return None


def served(name: str, module: ModuleType) -> Iterator[tuple[str, object]]:
    """Yield the names that *module* makes on demand, with the objects that are loaded already."""
    held = attributes(module)
    getter = held.get("__getattr__")
    if type(getter) is FunctionType:
        tables: Iterable[object] = [*_cells(getter), *(held.get(each) for each in getter.__code__.co_names)]
        yield from _imported(getter.__code__, held)
    elif type(module) is not ModuleType:
        tables = list(held.values())
    else:
        return
    for table in tables:
        if type(table) is dict and table:
            yield from _tabled(name, table, held)


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


def _imported(code: CodeType, held: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Yield from code such as ``if key == "f": from pkg.mod import f``."""
    texts = {each for each in code.co_consts if type(each) is str}
    modules = [each for each in code.co_names if each in sys.modules]
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
