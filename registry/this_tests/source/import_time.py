"""Splits a Python file into the statements that run when it is imported, and function bodies."""

import ast
import builtins
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

import msgspec
from msgspec.structs import replace

from .dead_code import drop_dead_code, is_dead, is_main, is_overload, take_docstrings
from .parsing import blocks, dotted, last_name, statements
from .syntax_text import digest, syntax_text

__all__ = ["Kind", "Part", "Split", "Statement", "split"]

Kind = Literal[
    "import",
    "star",
    "bind",
    "export",
    "write",
    "effect",
    "def",
    "decorators",
    "annotations",
    "class",
    "future",
    "main",
]

_Definition = ast.FunctionDef | ast.AsyncFunctionDef
_SHOWN = 60
# What a class may inherit from without anything being run for it.
_PLAIN_BASES = frozenset(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
) | {"object"}


class Statement(msgspec.Struct, frozen=True, array_like=True):
    """A statement outside of function bodies, or one part of it.

    Attributes:
        digest: Of its syntax, its scope, and the conditions that it stands under.
        kind: What it does: imports one name or all, binds names, lists a name in ``__all__``, writes into
            an object, has any other effect, is a definition's header, decorators or annotations, or is
            what runs only where the file is run as a script.
        scope: The qualified name of the class that it stands in; empty for the module.
        names: The names that it binds; the one that it writes into, and the attribute. Of a definition, its
            qualified name, then the dotted names of its decorators or bases, with a ``=`` the values of
            keywords, or what a module's ``__getattr__`` may answer to. Of an effect, the roots of what
            is called and of the arguments.
        calls: The dotted names of what it calls.
        text: Its first line, for effects.
        loose: Whether its place among the others does not matter.
    """

    digest: str
    kind: Kind
    scope: str = ""
    names: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    text: str = ""
    loose: bool = False


@dataclass(frozen=True)
class Part:
    """A statement with its syntax, without the bodies of functions."""

    statement: Statement
    nodes: tuple[ast.AST, ...]
    text: str


@dataclass
class Split:
    """A file, split.

    Attributes:
        parts: In the order of the file.
        bodies: The bodies of functions, by qualified name. Definitions of one name (a property's getter and
            setter, the branches of an ``if``) are one.
        docstrings: All docstrings, which are in no part and in no body.
        lazy: Whether annotations are not evaluated.
    """

    parts: list[Part] = field(default_factory=list)
    bodies: dict[str, list[ast.stmt]] = field(default_factory=dict)
    docstrings: tuple[str, ...] = ()
    lazy: bool = False


def split(tree: ast.Module, source: bytes | str = b"") -> Split:
    """Return the parts of *tree*, which is changed by it.

    What never runs is in none: docstrings, blocks under ``if TYPE_CHECKING``, stubs under ``@overload``,
    annotations of local variables.

    Args:
        source: What *tree* was parsed from, for `Statement.text`.
    """
    docstrings = tuple(take_docstrings(tree))
    splitter = _Splitter(source)
    splitter.read_all(tree.body, "", "")
    found = Split(_settled(splitter.parts), splitter.bodies, docstrings)
    found.lazy = any(part.statement.kind == "future" for part in found.parts)
    return found


def _settled(parts: list[Part]) -> list[Part]:
    """Return *parts*, in which what binds a name that another one binds, too, is not loose."""
    kinds = ("import", "bind", "def", "class")
    bound = Counter(
        (part.statement.scope, name)
        for part in parts
        if part.statement.kind in kinds
        for name in (part.statement.names[:1] if part.statement.kind in kinds[2:] else part.statement.names)
    )
    return [
        Part(replace(part.statement, loose=False), part.nodes, part.text)
        if part.statement.kind in kinds
        and part.statement.loose
        and bound[part.statement.scope, part.statement.names[0]] > 1
        else part
        for part in parts
    ]


class _Splitter:
    """The reader of one syntax tree."""

    def __init__(self, source: bytes | str) -> None:
        self._lines = (source.decode(errors="replace") if isinstance(source, bytes) else source).split("\n")
        self.parts: list[Part] = []
        self.bodies: dict[str, list[ast.stmt]] = {}
        self._plain: set[str] = set(_PLAIN_BASES)

    def read_all(self, body: Iterable[ast.stmt], scope: str, guard: str) -> None:
        # A chain of `elif` is as deep as it is long, so that nothing on its way may call itself.
        waiting = [(node, scope, guard) for node in body][::-1]
        while waiting:
            waiting += list(self._read(*waiting.pop()))[::-1]

    def _read(self, node: ast.stmt, scope: str, guard: str) -> Iterator[tuple[ast.stmt, str, str]]:
        """Add the parts of *node*, and yield the statements in it."""
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._read_function(node, scope, guard)
            case ast.ClassDef():
                self._read_class(node, scope, guard)
                yield from ((member, _inside(scope, node.name), guard) for member in node.body)
            case ast.If(test=test):
                if is_main(test):
                    self._add("main", node.body, scope, guard)
                yield from (
                    self._read_if(node, scope, guard)
                    if is_dead(test) is None
                    else ((inner, scope, guard) for inner in (node.orelse if is_dead(test) else node.body))
                )
            case ast.For() | ast.AsyncFor() | ast.While() | ast.With() | ast.AsyncWith() | ast.Match():
                yield from self._read_block(node, scope, guard)
            case ast.Try() | ast.TryStar():
                self._read_try(node, scope, guard)
            case _:
                self._read_simple(node, scope, guard)

    def _add(  # noqa: PLR0913  # the parts of a statement
        self,
        kind: Kind,
        nodes: Iterable[ast.AST],
        scope: str,
        guard: str,
        *,
        names: Iterable[str] = (),
        key: str = "",
        at: ast.stmt | None = None,
        loose: bool = False,
    ) -> None:
        nodes = tuple(nodes)
        text = key + "".join(map(syntax_text, nodes))
        shown = self._lines[at.lineno - 1].strip()[:_SHOWN] if at and at.lineno <= len(self._lines) else ""
        statement = Statement(
            digest=digest(f"{guard}\0{scope}\0{kind}\0{text}"),
            kind=kind,
            scope=scope,
            names=tuple(names),
            calls=tuple(dict.fromkeys(_called(nodes))) if kind != "annotations" else (),
            text=shown,
            loose=loose,
        )
        self.parts.append(Part(statement, nodes, text))

    # Definitions.

    def _read_function(self, node: _Definition, scope: str, guard: str) -> None:
        if is_overload(node):
            return
        name = _inside(scope, node.name)
        drop_dead_code(node.body)
        self.bodies.setdefault(name, []).extend(node.body)
        annotations = list(_take_annotations(node))
        defaults = [value for value in (*node.args.defaults, *node.args.kw_defaults) if value is not None]
        served = _words(node.body) if name == "__getattr__" else ()
        fixed = all(isinstance(value, ast.Constant) for value in defaults)
        self._add(
            "def",
            [node.args, *getattr(node, "type_params", ())],
            scope,
            guard,
            names=[name, *served],
            key=f"{type(node).__name__} {name}",
            loose=fixed and not node.decorator_list,
        )
        self._add_decorators(node, name, scope, guard)
        if annotations:
            self._add("annotations", annotations, scope, guard, names=[name], key=name, loose=True)

    def _read_class(self, node: ast.ClassDef, scope: str, guard: str) -> None:
        name = _inside(scope, node.name)
        plain = self._is_plain(node)
        if plain and not scope:
            self._plain.add(node.name)
        header = [*node.bases, *node.keywords, *getattr(node, "type_params", ())]
        bases = [*map(_base, node.bases), *(f"={_base(keyword.value)}" for keyword in node.keywords)]
        self._add("class", header, scope, guard, names=[name, *bases], key=f"class {name}", loose=plain)
        self._add_decorators(node, name, scope, guard)

    def _add_decorators(self, node: _Definition | ast.ClassDef, name: str, scope: str, guard: str) -> None:
        if node.decorator_list:
            roots = [
                dotted(part.func if isinstance(part, ast.Call) else part) for part in node.decorator_list
            ]
            self._add(
                "decorators", node.decorator_list, scope, guard, names=[name, *roots], key=name, at=node
            )

    def _is_plain(self, node: ast.ClassDef) -> bool:
        return (
            not (node.decorator_list or node.keywords)
            and all(isinstance(base, ast.Name) and base.id in self._plain for base in node.bases)
            and not any(
                getattr(member, "name", "") == "__init_subclass__" for member in statements(node.body)
            )
        )

    # Blocks.

    def _read_if(self, node: ast.If, scope: str, guard: str) -> Iterator[tuple[ast.stmt, str, str]]:
        self._read_header([node.test], [], scope, guard)
        deeper = digest(f"{guard} if {syntax_text(node.test)}")
        yield from ((inner, scope, deeper) for inner in node.body)
        yield from ((inner, scope, f"{deeper} else") for inner in node.orelse)

    def _read_block(self, node: ast.stmt, scope: str, guard: str) -> Iterator[tuple[ast.stmt, str, str]]:
        targets: list[ast.expr] = []
        match node:
            case ast.For(target=target, iter=value) | ast.AsyncFor(target=target, iter=value):
                header: list[ast.AST] = [value, target]
                targets = [target]
            case ast.With(items=items) | ast.AsyncWith(items=items):
                header = [*items]
                targets = [item.optional_vars for item in items if item.optional_vars is not None]
            case ast.Match(subject=subject, cases=cases):
                header = [
                    subject,
                    *(case.pattern for case in cases),
                    *(case.guard for case in cases if case.guard),
                ]
            case _:
                assert isinstance(node, ast.While)
                header = [node.test]
        self._read_header(header, targets, scope, guard)
        deeper = digest(f"{guard} {type(node).__name__} {''.join(map(syntax_text, header))}")
        for number, block in enumerate(blocks(node)):
            yield from ((inner, scope, f"{deeper} {number}") for inner in block)

    def _read_header(self, header: list[ast.AST], targets: list[ast.expr], scope: str, guard: str) -> None:
        names = [*_bound(targets), *_named(header)]
        if names or any(_called(header)):
            self._add("bind", header, scope, guard, names=names)

    def _read_try(self, node: "ast.Try | ast.TryStar", scope: str, guard: str) -> None:
        """Add the parts of a ``try``: what changes in one of them, changes all."""
        start = len(self.parts)
        for number, block in enumerate(blocks(node)):
            self.read_all(block, scope, f"{guard} try {number}")
        for handler in node.handlers:
            if handler.type is not None or handler.name:
                names = [handler.name] if handler.name else []
                types = [handler.type] if handler.type is not None else []
                self._add("bind", types, scope, guard, names=names, key="except")
        together = digest("".join(part.statement.digest for part in self.parts[start:]))
        self.parts[start:] = [
            Part(
                replace(part.statement, digest=digest(together + part.statement.digest), loose=False),
                part.nodes,
                part.text,
            )
            for part in self.parts[start:]
        ]

    # Simple statements.

    def _read_simple(  # noqa: C901, PLR0912  # one case for each kind
        self, node: ast.stmt, scope: str, guard: str
    ) -> None:
        match node:
            case ast.Import(names=aliases):
                for alias in aliases:
                    bound = alias.asname or alias.name.partition(".")[0]
                    self._add("import", [alias], scope, guard, names=[bound], loose=True)
            case ast.ImportFrom():
                self._read_import_from(node, scope, guard)
            case ast.Assign(targets=targets, value=value):
                self._read_assignment(node, targets, value, scope, guard)
            case ast.AugAssign(target=target, value=value):
                self._read_assignment(node, [target], value, scope, guard)
                if isinstance(target, ast.Name) and target.id != "__all__" and not scope:
                    # What it is bound to may be a list of another module, which gets longer.
                    self._add("write", [node], scope, guard, names=[target.id], at=node)
            case ast.AnnAssign(target=target, annotation=annotation, value=value):
                if isinstance(target, ast.Name):
                    name = _inside(scope, target.id)
                    # In a class, their order may be that of fields.
                    self._add(
                        "annotations", [annotation], scope, guard, names=[name], key=name, loose=not scope
                    )
                if value is not None:
                    plain = ast.copy_location(ast.Assign([target], value), node)
                    self._read_assignment(plain, [target], value, scope, guard)
            case ast.Delete(targets=targets):
                self._read_assignment(node, targets, None, scope, guard)
            case ast.Expr(value=value):
                self._read_expression(node, value, scope, guard)
            case ast.Pass() | ast.Assert() | ast.Global() | ast.Nonlocal():
                # An assertion that fails is an import that fails, which any test of the module sees.
                pass
            case _ if type(node).__name__ == "TypeAlias":
                self._add("bind", [node], scope, guard, names=_bound([node.name]))  # type: ignore[attr-defined]  # Python 3.12
            case _:
                self._add("effect", [node], scope, guard, at=node)

    def _read_import_from(self, node: ast.ImportFrom, scope: str, guard: str) -> None:
        module = "." * node.level + (node.module or "")
        if module == "__future__":
            for alias in node.names:
                if alias.name == "annotations":
                    self._add("future", [alias], scope, guard)
            return
        for alias in node.names:
            if alias.name == "*":
                self._add("star", [], scope, guard, names=[module], key=module, at=node)
            else:
                names = [alias.asname or alias.name]
                self._add("import", [alias], scope, guard, names=names, key=f"{module} ", loose=True)

    def _read_assignment(
        self, node: ast.stmt, targets: list[ast.expr], value: ast.expr | None, scope: str, guard: str
    ) -> None:
        names, written = list(_bound(targets)), list(_written(targets))
        if "__all__" in names and value is not None and not scope:
            self._add_exports(value, guard)
        else:
            if names or not written:
                self._add("bind", [node], scope, guard, names=[*names, *_named([node])])
            for target in written:
                self._add("write", [node], scope, guard, names=target, at=node)

    def _add_exports(self, value: ast.expr, guard: str) -> None:
        listed = [part for part in ast.walk(value) if isinstance(part, ast.Constant)]
        for part in listed:
            if isinstance(part.value, str):
                self._add("export", [part], "", guard, names=[part.value], loose=True)
        others = [part for part in ast.walk(value) if isinstance(part, ast.Name | ast.Attribute | ast.Call)]
        if others:
            self._add("bind", [value], "", guard, names=["__all__"])

    def _read_expression(self, node: ast.Expr, value: ast.expr, scope: str, guard: str) -> None:
        match value:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="__all__")), args=[argument]):
                self._add_exports(argument, guard)
            case ast.Call(func=function, args=arguments, keywords=keywords):
                values = [*arguments, *(keyword.value for keyword in keywords)]
                names = [_root(function), *filter(None, map(_root, values))]
                self._add("effect", [value], scope, guard, names=names, at=node)
            case _ if any(_called([value])) or any(_named([value])):
                self._add("effect", [value], scope, guard, at=node)


def _inside(scope: str, name: str) -> str:
    return f"{scope}.{name}" if scope else name


def _words(body: Iterable[ast.stmt]) -> Iterator[str]:
    """Yield the strings in a function's *body* that are names."""
    for part in (part for node in body for part in ast.walk(node)):
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value.isidentifier():
            yield part.value


def _base(node: ast.expr) -> str:
    return dotted(node.value if isinstance(node, ast.Subscript) else node)


def _root(node: ast.expr) -> str:
    """Return the name that an expression such as ``a.b[0].c`` begins with; empty for any other."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _bound(targets: Iterable[ast.expr]) -> Iterator[str]:
    waiting = list(targets)
    while waiting:
        target = waiting.pop(0)
        if isinstance(target, ast.Name):
            yield target.id
        elif isinstance(target, ast.Tuple | ast.List):
            waiting = [*target.elts, *waiting]
        elif isinstance(target, ast.Starred):
            waiting = [target.value, *waiting]


def _written(targets: Iterable[ast.expr]) -> Iterator[tuple[str, ...]]:
    """Yield the roots of the objects that an assignment to *targets* writes into, each with the attribute."""
    for target in targets:
        for part in ast.walk(target):
            stored = isinstance(part, ast.Attribute | ast.Subscript) and not isinstance(part.ctx, ast.Load)
            if stored and isinstance(part, ast.Attribute | ast.Subscript):
                yield (_root(part), part.attr) if isinstance(part, ast.Attribute) else (_root(part),)


def _named(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield the names that ``:=`` and patterns bind."""
    for node in nodes:
        for part in ast.walk(node):
            if isinstance(part, ast.NamedExpr):
                yield part.target.id
            elif isinstance(part, ast.MatchAs | ast.MatchStar) and part.name:
                yield part.name


def _called(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield the dotted names of what *nodes* call, except in lambdas."""
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Call):
            yield dotted(node.func) or f".{last_name(node.func)}"
        if not isinstance(node, ast.Lambda):
            waiting += ast.iter_child_nodes(node)


def _take_annotations(node: _Definition) -> Iterator[ast.expr]:
    given = node.args
    every = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    for argument in every:
        if argument is not None and argument.annotation is not None:
            yield argument.annotation
            argument.annotation = None
    if node.returns is not None:
        yield node.returns
        node.returns = None
