"""Detects caches and module-level state that tests share.

Of two tests that need the same cached value, the first computes it and is observed to execute the code;
the second reads it, is observed to execute nothing, and depends on that code as well. Functions with
state are found by syntax. What they may call is followed by name alone, which finds too much
rather than too little.
"""

import ast
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from ..source.parsing import parsed, statements

__all__ = ["Facts", "NameIndex", "StateHolder", "Unit", "facts_of", "state_holders", "written"]

_Definition = ast.FunctionDef | ast.AsyncFunctionDef
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_MUTATING = {
    "add", "append", "appendleft", "clear", "discard", "extend", "insert", "pop", "popitem", "popleft",
    "remove", "setdefault", "update",
}  # fmt: skip


class Unit(msgspec.Struct, frozen=True):
    """An outermost function, or the code outside of functions, as read from its syntax.

    Attributes:
        names: All names and attributes in it.
        writes: The names of outside state that it writes.
        cached: Whether a decorator or a wrapper caches its results.
        replaces: Whether it replaces a function's code, which is not observed from then on.
    """

    names: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()
    cached: bool = False
    replaces: bool = False


class Facts(msgspec.Struct, frozen=True):
    """What was read from the syntax of a file.

    Attributes:
        units: By qualified name; ``""`` is the code that runs at import.
        bases: The names of the bases of each class, by the class's qualified name.
    """

    units: Mapping[str, Unit] = {}
    bases: Mapping[str, frozenset[str]] = {}


@dataclass(frozen=True)
class StateHolder:
    """A function that caches results or writes module-level state.

    Attributes:
        unit: As ``module:qualname``.
        names: Code that mentions one of these names may use the state.
        everyone: Whether any code may use it.
    """

    unit: str
    names: frozenset[str]
    everyone: bool


def facts_of(source: bytes) -> Facts:
    """Return what the syntax of a file contains; nothing where it is not Python."""
    try:
        return _StateReader(parsed(source)).facts()
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Facts()


def state_holders(library: Mapping[str, Facts]) -> Iterator[StateHolder]:
    """Yield the functions with shared state in *library*, given the facts of each module."""
    for module, facts in library.items():
        for name, unit in facts.units.items():
            if unit.cached or unit.writes or unit.replaces:
                names = unit.writes | {name.rpartition(".")[2]}
                yield StateHolder(f"{module}:{name}", names, unit.replaces)


class NameIndex:
    """The functions and methods of a library, by name."""

    def __init__(self, library: Mapping[str, Facts]) -> None:
        self._library = library
        self._functions: dict[str, set[str]] = {}
        self._methods: dict[str, dict[str, set[str]]] = {}
        self._bases: dict[str, set[str]] = {}
        self._subclasses: dict[str, set[str]] = {}
        for module, facts in library.items():
            for name in filter(None, facts.units):
                self._add(module, name)
            for name, bases in facts.bases.items():
                self._relate(name.rpartition(".")[2], bases)

    def _add(self, module: str, name: str) -> None:
        owner, _, last = name.rpartition(".")
        index = self._methods.setdefault(owner.rpartition(".")[2], {}) if owner else self._functions
        index.setdefault(last, set()).add(f"{module}:{name}")

    def _relate(self, name: str, bases: Iterable[str]) -> None:
        self._bases.setdefault(name, set()).update(bases)
        for base in bases:
            self._subclasses.setdefault(base, set()).add(name)

    def beneath(self, start: str, considered: Callable[[str], bool]) -> frozenset[str]:
        """Return the functions that *start* may have called, itself included.

        They are followed by name: a method only where its class, or a related one, is mentioned.

        Args:
            start: A function as ``module:qualname``, or ``module:`` for the code that runs at import.
            considered: Returns whether to include a function, given as ``module:qualname``.
        """
        found, names = {start}, set(self._names_of(start))
        while True:
            new = {
                function for function in self._called(names) if function not in found and considered(function)
            }
            if not new:
                return frozenset(found)
            found |= new
            names = names.union(*(self._names_of(function) for function in new))

    def _names_of(self, unit: str) -> frozenset[str]:
        """Return the names in *unit*, with that of its class."""
        module, _, name = unit.partition(":")
        return self._library[module].units[name].names | {name.rpartition(".")[0].rpartition(".")[2]}

    def _called(self, names: Collection[str]) -> set[str]:
        """Return the functions called *names*, and the methods of the classes that *names* mention."""
        found = set().union(*(self._functions.get(name, ()) for name in names))
        for owner in self._classes(names):
            for name, units in self._methods.get(owner, {}).items():
                # Constructors and operators are called without their names.
                if name in names or name.startswith("__"):
                    found |= units
        return found

    def _classes(self, names: Collection[str]) -> set[str]:
        found = {name for name in names if name in self._bases}
        links = [self._bases, self._subclasses] if "__subclasses__" in names else [self._bases]
        for link in links:
            queue = list(found)
            for cls in queue:
                new = link.get(cls, set()) - found
                found |= new
                queue += new
        return found


class _StateReader:
    """The reader of one file's syntax tree."""

    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self._units: dict[str, Unit] = {}
        self._bases: dict[str, frozenset[str]] = {}
        # In `f = cache(g)`, both names refer to the cache.
        self._wrapped = {
            name: frozenset(word for target in node.targets for word in _words(target))
            for node in statements(tree.body)
            if isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Call)
            and _is_cache(node.value.func)
            for argument in node.value.args
            for name in _words(argument)
        }

    def facts(self) -> Facts:
        self._read()
        self._units[""] = Unit(frozenset(_words_at_import(self._tree)))
        return Facts(self._units, self._bases)

    def _read(self) -> None:
        waiting: list[tuple[ast.AST, str]] = [(self._tree, "")]
        while waiting:
            node, scope = waiting.pop()
            for child in ast.iter_child_nodes(node):
                if isinstance(child, _Definition):
                    self._add(scope + child.name, child)
                elif isinstance(child, ast.ClassDef):
                    name = scope + child.name
                    self._bases[name] = frozenset(word for base in child.bases for word in _words(base))
                    waiting.append((child, f"{name}."))
                else:
                    waiting.append((child, scope))

    def _add(self, name: str, node: _Definition) -> None:
        old = self._units.get(name, Unit())  # A getter and a setter are one unit.
        self._units[name] = Unit(
            names=old.names | frozenset(_words(node)),
            writes=old.writes | frozenset(written([node])) | self._wrapped.get(node.name, frozenset()),
            cached=old.cached or any(map(_is_cache, node.decorator_list)),
            replaces=old.replaces or any(map(_replaces, ast.walk(node))),
        )


def _words(node: ast.AST) -> Iterator[str]:
    for child in ast.walk(node):
        yield from _words_here(child)


def _words_at_import(node: ast.AST) -> Iterator[str]:
    waiting = [node]
    while waiting:
        for child in ast.iter_child_nodes(waiting.pop()):
            if isinstance(child, _Definition):
                for part in (*child.decorator_list, child.args):
                    yield from _words(part)
            else:
                yield from _words_here(child)
                waiting.append(child)


def _words_here(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Attribute):
        yield node.attr


def _is_cache(node: ast.expr) -> bool:
    """Return whether an expression wraps a function in a cache, by its name."""
    # A cached property is stored in its object, and objects rarely outlive their test.
    return any(
        ("cache" in name.lower() or "memo" in name.lower()) and name != "cached_property"
        for name in _words(node)
    )


def _replaces(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and node.attr == "__code__"


def written(function: Sequence[ast.AST]) -> Iterator[str]:
    """Yield the names of the outside state that a function writes, given the syntax of it or of its parts."""
    nodes = [node for part in function for node in ast.walk(part)]
    local = {node.arg for node in nodes if isinstance(node, ast.arg)} - {"cls"}
    shared = {name for node in nodes if isinstance(node, ast.Global) for name in node.names}
    local |= {name for node in nodes for name in _bound(node)} - shared
    yield from shared
    for node in nodes:
        target = _target(node)
        root = target
        while isinstance(root, (ast.Attribute, ast.Subscript)):
            root = root.value
        if isinstance(root, ast.Name) and root.id not in local:
            yield root.id if isinstance(target, ast.Name) or root.id != "cls" else _last(target)


def _bound(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, ast.alias):
        yield (node.asname or node.name).partition(".")[0]
    elif isinstance(node, (ast.ExceptHandler, ast.ClassDef, *_DEFINITIONS)) and node.name:
        yield node.name


def _target(node: ast.AST) -> ast.expr | None:
    """Return the object that *node* writes into."""
    if isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, (ast.Store, ast.Del)):
        return node
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _MUTATING:
        return node.func.value
    return None


def _last(node: ast.expr | None) -> str:
    while isinstance(node, ast.Subscript):
        node = node.value
    return node.attr if isinstance(node, ast.Attribute) else "cls"
