"""Reads which names each function of a Python file speaks of, and each statement around the functions."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

from ..source.import_time import Part, Split, Statement, split
from ..source.parsing import dotted, last_name, parsed
from ..source.scopes import absolute
from .shared_state import written

__all__ = ["ClassHeader", "Place", "SourceFile", "read_source"]

_SELVES = frozenset({"self", "cls", "mcs", "mcls", "klass", "metacls"})
# Of a string that is a name.
_LONGEST = 250
_COMPUTED = frozenset({"getattr", "setattr", "delattr", "hasattr", "attrgetter", "methodcaller"})
# What finds an object by its name.
_LOOKING_UP = _COMPUTED | {"vars", "globals", "locals", "import_module", "__import__", "getfixturevalue"}
# Of a name that is put together, with at least two letters of it.
_PATTERN = re.compile(r"[\w*]+")
_TELLING = re.compile(r"[^\W\d_]{2}")
_PLACEHOLDER = re.compile(r"%(?:\(\w*\))?[-#0 +]*[\d.]*[sdri]|\{[^{}]*\}")


@dataclass(frozen=True, eq=False)
class Place:
    """A function, or a statement outside of functions, and what it speaks of.

    Attributes:
        file: The path of the file.
        unit: The qualified name of the function; empty for a statement.
        statement: The statement; None for a function.
        names: Names, arguments among them.
        attributes: Attributes of anything but `own`, and what is not known to belong to a module.
        own: Attributes of ``self`` and ``cls``.
        strings: Words in strings that are a name, or a dotted one.
        imported: What it imports from modules or reads off imported modules, as (module, name).
        called: The last names of what it calls; with ``()`` as well where it gives no arguments.
        writes: The names of outside state that a function writes.
        computed: Whether it reads attributes by names that it computes.
        patterns: What such names look like, with ``*`` for what is not known of them: ``on_*``.
        autouse: Whether it is a decorator that makes a fixture which tests need not name.
    """

    file: str
    unit: str = ""
    statement: Statement | None = None
    names: frozenset[str] = frozenset()
    attributes: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()
    strings: frozenset[str] = frozenset()
    imported: frozenset[tuple[str, str]] = frozenset()
    called: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()
    computed: bool = False
    patterns: frozenset[str] = frozenset()
    autouse: bool = False

    @property
    def owner(self) -> str:
        """The qualified name of the class that it stands in; empty for the module."""
        return self.statement.scope if self.statement else self.unit.rpartition(".")[0]

    @property
    def name(self) -> str:
        """The last part of the function's name."""
        return self.unit.rpartition(".")[2]

    @property
    def imported_names(self) -> frozenset[str]:
        """The last parts of what it imports or reads off modules."""
        return frozenset(path.rpartition(".")[2] for _, path in self.imported)


@dataclass(frozen=True)
class ClassHeader:
    """The header of a class: its file, its name, and its dotted bases, keywords' values and decorators."""

    file: str
    name: str
    bases: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    decorators: tuple[str, ...] = ()

    @property
    def last(self) -> str:
        """The last part of its name."""
        return self.name.rpartition(".")[2]


@dataclass
class SourceFile:
    """A Python file of the project.

    Attributes:
        names: The names of its module, or what tests may import it as; the full one is first.
        places: Its functions and statements.
        stars: The modules that it imports all names of.
        bound: The names that it binds at module level.
        exports: The names in its ``__all__``.
        imports: What its names at module level are imported from, as (module, name); for
            a module itself, the name is empty.
    """

    path: str
    names: tuple[str, ...]
    places: list[Place] = field(default_factory=list)
    stars: list[str] = field(default_factory=list)
    bound: set[str] = field(default_factory=set)
    exports: set[str] = field(default_factory=set)
    imports: dict[str, tuple[str, str]] = field(default_factory=dict)
    classes: dict[str, ClassHeader] = field(default_factory=dict)

    @property
    def package(self) -> str:
        """The package that its relative imports start from."""
        name = self.names[0]
        return name if PurePosixPath(self.path).name == "__init__.py" else name.rpartition(".")[0]

    @cached_property
    def by_unit(self) -> Mapping[str, Place]:
        """Its functions, by qualified name."""
        return {place.unit: place for place in self.places if place.unit}

    def headers(self, name: str) -> Iterator[Place]:
        """Yield the statements that make the header of the function or class *name*."""
        for place in self.places:
            statement = place.statement
            if statement and statement.kind in ("def", "decorators", "class") and statement.names[0] == name:
                yield place

    def decorators(self, name: str) -> tuple[str, ...]:
        """Return the dotted names of the decorators of the function or class *name*."""
        return tuple(
            root
            for place in self.headers(name)
            if place.statement and place.statement.kind == "decorators"
            for root in place.statement.names[1:]
        )


def read_source(path: str, names: tuple[str, ...], source: bytes) -> SourceFile:
    """Return what the file at *path* contains; nothing where it is no Python.

    Args:
        names: As in `SourceFile.names`.
    """
    found = SourceFile(path, names)
    try:
        parts = split(parsed(source), source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return found
    _read_imports(parts, found)
    for part in parts.parts:
        sources = {source for _, source in _imports_of(part, found)}
        if part.statement.kind == "import" and " alias(" not in part.text:
            # `import a.b` binds `a`, and imports `a.b`.
            sources.update((node.name, "") for node in part.nodes if isinstance(node, ast.alias))
        found.places.append(_place(part.nodes, found, statement=part.statement, sources=sources))
        _note(part.statement, found)
    arguments: dict[str, list[ast.AST]] = defaultdict(list)
    for part in parts.parts:
        if part.statement.kind == "def":
            arguments[part.statement.names[0]] += part.nodes
    for unit, body in parts.bodies.items():
        found.places.append(_place([*arguments[unit], *body], found, unit=unit))
    for place in found.places:
        if place.statement and place.statement.kind == "class":
            name, *others = place.statement.names
            bases = tuple(base for base in others if base[:1] != "=")
            keywords = tuple(base[1:] for base in others if base[:1] == "=")
            found.classes[name] = ClassHeader(path, name, bases, keywords, found.decorators(name))
    return found


def _read_imports(parts: Split, found: SourceFile) -> None:
    # An import binds its name for the whole file, wherever it stands in it.
    for part in parts.parts:
        found.imports.update(_imports_of(part, found))
        if part.statement.kind == "star":
            found.stars.append(_absolute(part.statement.names[0], found))


def _imports_of(part: Part, found: SourceFile) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield what a statement imports, by the name that it binds: another one may bind the same name."""
    if part.statement.kind == "import" and isinstance(part.nodes[0], ast.alias):
        module = part.text.partition(" ")[0] if " alias(" in part.text else None
        yield _imported(part.nodes[0], module, found)


def _absolute(module: str, found: SourceFile) -> str:
    bare = module.lstrip(".")
    return absolute(bare, len(module) - len(bare), found.package)


def _imported(alias: ast.alias, module: str | None, found: SourceFile) -> tuple[str, tuple[str, str]]:
    if module is not None:
        return alias.asname or alias.name, (_absolute(module, found), alias.name)
    top = alias.name.partition(".")[0]
    return alias.asname or top, (alias.name if alias.asname else top, "")


def _note(statement: Statement, found: SourceFile) -> None:
    if statement.scope:
        return
    if statement.kind in ("import", "bind"):
        found.bound.update(statement.names)
    elif statement.kind in ("def", "class"):
        found.bound.add(statement.names[0])
    elif statement.kind == "export":
        found.exports.update(statement.names)


def _place(
    nodes: Sequence[ast.AST],
    found: SourceFile,
    *,
    unit: str = "",
    statement: Statement | None = None,
    sources: Iterable[tuple[str, str]] = (),
) -> Place:
    words = _Words(found)
    words.read(nodes)
    if statement and statement.kind == "star":
        words.imported.add((_absolute(statement.names[0], found), "*"))
    if statement and statement.kind == "import":
        # What it is bound to, by a name that is read in other statements.
        words.imported.update(sources)
        words.names.clear()
    return Place(
        file=found.path,
        unit=unit,
        statement=statement,
        names=frozenset(words.names),
        attributes=frozenset(words.attributes),
        own=frozenset(words.own),
        strings=frozenset(words.strings),
        imported=frozenset(words.imported),
        called=frozenset(words.called),
        writes=frozenset(written(nodes)) if unit else frozenset(),
        computed=words.computed,
        patterns=frozenset(words.patterns) if words.looks_up else frozenset(),
        autouse=words.autouse,
    )


class _Words:
    """The reader of what some syntax speaks of."""

    def __init__(self, found: SourceFile) -> None:
        self._file = found
        self._imports = dict(found.imports)
        self._locals: set[str] = set()
        self._chains: set[str] = set()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.own: set[str] = set()
        self.strings: set[str] = set()
        self.imported: set[tuple[str, str]] = set()
        self.called: set[str] = set()
        self.patterns: set[str] = set()
        self.computed = False
        self.looks_up = False
        self.autouse = False

    def read(self, nodes: Iterable[ast.AST]) -> None:
        waiting = list(nodes)
        while waiting:
            node = waiting.pop()
            inner = self._read(node)
            waiting += ast.iter_child_nodes(node) if inner is None else inner
        for chain in self._chains:
            self._read_chain(chain)

    def _read(self, node: ast.AST) -> Iterable[ast.AST] | None:  # noqa: C901, PLR0912  # one case for each node
        """Note the words of *node* and return what to read in it; None for all."""
        match node:
            case ast.Name(id=name, ctx=context):
                self.names.add(name)
                if not isinstance(context, ast.Load):
                    self._locals.add(name)
            case ast.arg(arg=name):
                self.names.add(name)
                self._locals.add(name)
            case ast.Attribute(attr=name, value=value):
                path = dotted(node)
                self.looks_up = self.looks_up or name == "__dict__"
                if path:
                    self._chains.add(path)
                    self.names.add(path.partition(".")[0])
                    return ()
                self.attributes.add(name)
                return [value]
            case ast.Constant(value=str(text)):
                if len(text) <= _LONGEST and all(part.isidentifier() for part in text.split(".")):
                    self.strings.update(text.split("."))
            case ast.BinOp(op=ast.Add()):
                operands = _operands(node)
                self._read_text(operands)
                return operands
            case ast.JoinedStr() | ast.BinOp(op=ast.Mod()):
                self._read_text([node])
            case ast.Import(names=aliases):
                for alias in aliases:
                    self._import(alias, None)
            case ast.ImportFrom(names=aliases):
                for alias in aliases:
                    self._import(alias, "." * node.level + (node.module or ""))
            case ast.Call(func=function, args=arguments):
                self._read_call(function, arguments)
                self._read_text([node])
            case ast.keyword(arg="autouse", value=value):
                self.autouse = self.autouse or not (isinstance(value, ast.Constant) and not value.value)
            case ast.MatchClass(kwd_attrs=attributes):
                self.attributes.update(attributes)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                self.names.update(names)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                self.names.add(name)
        return None

    def _read_text(self, parts: Iterable[ast.expr]) -> None:
        """Note what a text that is put together of *parts* looks like, if it may be a name."""
        patterns = list(map(_pattern, parts))
        if not any(patterns):
            return
        for part in "".join(pattern or "*" for pattern in patterns).split("."):
            if "*" not in part:
                self.strings.update([part] if part.isidentifier() else ())
            elif _PATTERN.fullmatch(part) and _TELLING.search(part):
                self.patterns.add(part)

    def _import(self, alias: ast.alias, module: str | None) -> None:
        name, source = _imported(alias, module, self._file)
        self._imports[name] = source
        self.imported.add(source)

    def _read_call(self, function: ast.expr, arguments: list[ast.expr]) -> None:
        name = last_name(function)
        # `vars()` is the names here, `vars(a)` those of an object.
        if arguments and name in ("vars", "dir") and last_name(arguments[0]) in _SELVES:
            self.called.add(f"{name}(self)")
        else:
            self.called.update([name] if arguments else [name, f"{name}()"])
        self.looks_up = self.looks_up or name in _LOOKING_UP
        if name in _COMPUTED:
            key = arguments[1:2] if name.endswith("attr") else arguments[:1]
            self.computed = self.computed or any(not isinstance(part, ast.Constant) for part in key)

    def _read_chain(self, path: str) -> None:
        root, *rest = path.split(".")
        if root in _SELVES:
            self.own.add(rest[0])
            self.attributes.update(rest[1:])
        elif root in self._imports and root not in self._locals:
            self.imported.add((".".join(filter(None, self._imports[root])), ".".join(rest)))
        else:
            self.attributes.update(rest)


def _operands(node: ast.expr) -> list[ast.expr]:
    """Return the terms of a sum, however long it is."""
    found = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        found.append(node.right)
        node = node.left
    return [node, *reversed(found)]


def _pattern(node: ast.expr) -> str | None:
    """Return a text with ``*`` for its unknown parts; None where *node* may be no text."""
    match node:
        case ast.Constant(value=str(text)):
            return text.replace("*", " ")
        case ast.JoinedStr(values=values):
            return "".join(
                "*" if isinstance(value, ast.FormattedValue) else _pattern(value) or "" for value in values
            )
        case ast.BinOp(left=ast.Constant(value=str(text)), op=ast.Mod()):
            return _PLACEHOLDER.sub("*", text)
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format")):
            return _PLACEHOLDER.sub("*", text)
    return None
