"""Functions that keep what they computed for whoever comes next: caches, and writers of module-level state.

Of two tests that need the same value, the first computes it and is seen to execute the code; the
second finds it ready, is seen to execute nothing, and depends on that code all the same. What keeps
is found in the syntax. What it may call is followed by name alone, which finds rather too much.
"""

import ast
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

import msgspec

from ..source.parsing import parsed, statements

__all__ = ["Facts", "StateHolder", "Unit", "beneath", "facts_of", "state_holders"]

_Definition = ast.FunctionDef | ast.AsyncFunctionDef
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_MUTATING = {
    "add", "append", "appendleft", "clear", "discard", "extend", "insert", "pop", "popitem", "popleft",
    "remove", "setdefault", "update",
}  # fmt: skip


class Unit(msgspec.Struct, frozen=True):
    """What the syntax of an outermost function, or of the code around functions, tells.

    Attributes:
        names: All names and attributes that it speaks of.
        writes: The names of state outside of it that it writes.
        cached: Whether a decorator or a wrapper keeps its results.
        replaces: Whether it replaces a function's code, so that nothing is seen of it later.
    """

    names: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()
    cached: bool = False
    replaces: bool = False


class Facts(msgspec.Struct, frozen=True):
    """What a file tells.

    Attributes:
        units: By qualified name; ``""`` is what runs at import.
        bases: The names of the bases of each class, by the class's qualified name.
    """

    units: Mapping[str, Unit] = {}
    bases: Mapping[str, frozenset[str]] = {}


@dataclass(frozen=True)
class StateHolder:
    """A function that keeps something.

    Attributes:
        unit: As ``module:qualname``.
        signs: Whoever speaks of one of these names may use what it keeps.
        everyone: Whether anyone may, without a sign.
    """

    unit: str
    signs: frozenset[str]
    everyone: bool


def facts_of(source: bytes) -> Facts:
    """Return what the syntax of a file tells; nothing where it is no Python."""
    try:
        return _StateReader(parsed(source)).facts()
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Facts()


def state_holders(library: Mapping[str, Facts]) -> Iterator[StateHolder]:
    """Yield what keeps something in *library*: facts by the module's name."""
    for module, facts in library.items():
        for name, unit in facts.units.items():
            if unit.cached or unit.writes or unit.replaces:
                signs = unit.writes | {name.rpartition(".")[2]}
                yield StateHolder(f"{module}:{name}", signs, unit.replaces)


def beneath(start: str, library: Mapping[str, Facts], among: Callable[[str], bool]) -> frozenset[str]:
    """Return the functions that *start* may have called, itself included.

    They are followed by name: a method only where its class, or one related to it, is spoken of.

    Args:
        start: A function as ``module:qualname``, or ``module:`` for what runs at import.
        among: Tells whether a function, as ``module:qualname``, comes into question.
    """
    index = _Index(library)
    found, names = {start}, set(index.names_of(start))
    while True:
        new = {each for each in index.called(names) if each not in found and among(each)}
        if not new:
            return frozenset(found)
        found |= new
        names = names.union(*(index.names_of(each) for each in new))


class _Index:
    """Who answers to a name."""

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

    def names_of(self, unit: str) -> frozenset[str]:
        """Return what *unit* speaks of, its own class included."""
        module, _, name = unit.partition(":")
        return self._library[module].units[name].names | {name.rpartition(".")[0].rpartition(".")[2]}

    def called(self, names: Collection[str]) -> set[str]:
        """Return the functions that go by *names*, and the methods of the classes among them."""
        found = set().union(*(self._functions.get(each, ()) for each in names))
        for owner in self._classes(names):
            for name, units in self._methods.get(owner, {}).items():
                # Making an object, and operators, speak of no method.
                if name in names or name.startswith("__"):
                    found |= units
        return found

    def _classes(self, names: Collection[str]) -> set[str]:
        found = {each for each in names if each in self._bases}
        links = [self._bases, self._subclasses] if "__subclasses__" in names else [self._bases]
        for link in links:
            waiting = list(found)
            for each in waiting:
                new = link.get(each, set()) - found
                found |= new
                waiting += new
        return found


class _StateReader:
    """Walks one file's tree."""

    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self._units: dict[str, Unit] = {}
        self._bases: dict[str, frozenset[str]] = {}
        # In `f = cache(g)`, both names stand for what is kept.
        self._wrapped = {
            name: frozenset(each for target in node.targets for each in _spoken(target))
            for node in statements(tree.body)
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and _keeps(node.value.func)
            for argument in node.value.args
            for name in _spoken(argument)
        }

    def facts(self) -> Facts:
        self._read()
        self._units[""] = Unit(frozenset(_spoken_at_import(self._tree)))
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
                    self._bases[name] = frozenset(part for base in child.bases for part in _spoken(base))
                    waiting.append((child, f"{name}."))
                else:
                    waiting.append((child, scope))

    def _add(self, name: str, node: _Definition) -> None:
        old = self._units.get(name, Unit())  # A getter and a setter are one.
        self._units[name] = Unit(
            names=old.names | frozenset(_spoken(node)),
            writes=old.writes | frozenset(_written(node)) | self._wrapped.get(node.name, frozenset()),
            cached=old.cached or any(map(_keeps, node.decorator_list)),
            replaces=old.replaces or any(map(_replaces, ast.walk(node))),
        )


def _spoken(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        yield from _spoken_here(each)


def _spoken_at_import(node: ast.AST) -> Iterator[str]:
    waiting = [node]
    while waiting:
        for child in ast.iter_child_nodes(waiting.pop()):
            if isinstance(child, _Definition):
                for part in (*child.decorator_list, child.args):
                    yield from _spoken(part)
            else:
                yield from _spoken_here(child)
                waiting.append(child)


def _spoken_here(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Attribute):
        yield node.attr


def _keeps(node: ast.expr) -> bool:
    """Tell whether an expression wraps something in a cache, by its name."""
    # A cached property is kept by its object, and objects seldom outlive their test.
    return any(
        ("cache" in name.lower() or "memo" in name.lower()) and name != "cached_property"
        for name in _spoken(node)
    )


def _replaces(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and node.attr == "__code__"


def _written(function: _Definition) -> Iterator[str]:
    """Yield the names of what lies outside of *function* and is written by it."""
    own = {each.arg for each in ast.walk(function) if isinstance(each, ast.arg)} - {"cls"}
    shared = {name for each in ast.walk(function) if isinstance(each, ast.Global) for name in each.names}
    own |= {name for each in ast.walk(function) for name in _bound(each)} - shared
    yield from shared
    for node in ast.walk(function):
        target = _target(node)
        root = target
        while isinstance(root, (ast.Attribute, ast.Subscript)):
            root = root.value
        if isinstance(root, ast.Name) and root.id not in own:
            yield root.id if isinstance(target, ast.Name) or root.id != "cls" else _last(target)


def _bound(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, ast.alias):
        yield (node.asname or node.name).partition(".")[0]
    elif isinstance(node, (ast.ExceptHandler, ast.ClassDef, *_DEFINITIONS)) and node.name:
        yield node.name


def _target(node: ast.AST) -> ast.expr | None:
    """Return what *node* writes into."""
    if isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, (ast.Store, ast.Del)):
        return node
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _MUTATING:
        return node.func.value
    return None


def _last(node: ast.expr | None) -> str:
    while isinstance(node, ast.Subscript):
        node = node.value
    return node.attr if isinstance(node, ast.Attribute) else "cls"
