"""Writes ``this_tests(...)`` calls into a test file, and leaves every other character as it is."""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import libcst as cst

from ..source.parsing import parsed
from .call_roles import defined_once
from .declarations import NAME, Definition
from .import_order import Order, with_import
from .source_text import SourceText

__all__ = ["declared_in"]


def declared_in(source: bytes, targets: Mapping[str, Sequence[str]], order: Order | None = None) -> bytes:
    """Return *source* with a call in each of the tests that *targets* names.

    The call is the first statement after the docstring. It names the target by the file's
    imports, or as a string if no import leads to it.

    Args:
        source: The content of a test file.
        targets: The dotted name of the target, and others that it has, by the name of the test,
            qualified by its classes with ``::``. Tests that the file defines twice, or inside an
            ``if``, are not changed.
        order: How the project sorts its imports.
    """
    tree = parsed(source)
    imports = _Imports.of(tree)
    recorder = imports.recorder or NAME
    calls = {
        name: f"{recorder}({imports.target(targets[name], _bound_in(node))})"
        for name, node in defined_once(tree).items()
        if name in targets
    }
    module = cst.parse_module(source)
    written = module.with_changes(body=_written(module.body, "", calls)).bytes
    return written if imports.recorder or not calls else _imported(written, order or Order())


def _imported(source: bytes, order: Order) -> bytes:
    text = SourceText(source)
    with_import(text, order)
    return text.encoded()


@dataclass
class _Imports:
    """The names that the file's imports at module level bind.

    Attributes:
        recorder: The expression that calls ``this_tests``; empty if it is not imported.
        names: The dotted name of the imported object, by the bound name.
    """

    recorder: str = ""
    names: dict[str, str] = field(default_factory=dict)

    @staticmethod
    def of(tree: ast.Module) -> "_Imports":
        found = _Imports()
        for node in tree.body:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    bound = alias.asname or alias.name.partition(".")[0]
                    found.names[bound] = alias.name if alias.asname else bound
            elif isinstance(node, ast.ImportFrom) and not node.level:
                for alias in node.names:
                    found.names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        found.recorder = found.expression(f"{NAME}.{NAME}", frozenset())
        return found

    def target(self, names: Sequence[str], hidden: frozenset[str]) -> str:
        """Return how the file writes a target: by the first of its names that an import leads to."""
        ways = (self.expression(name, hidden) for name in names)
        return next(filter(None, ways), f'"{names[0]}"')

    def expression(self, target: str, hidden: frozenset[str]) -> str:
        """Return how the file writes *target*, in the shortest way, without a name that is *hidden*."""
        ways = [
            bound + target[len(name) :]
            for bound, name in self.names.items()
            if bound not in hidden and f"{target}.".startswith(f"{name}.")
        ]
        return min(ways, key=lambda way: (way.count("."), len(way)), default="")


def _bound_in(node: Definition) -> frozenset[str]:
    """Return the names that a function binds, which shadow those of the module."""
    found: set[str] = set()
    for part in ast.walk(node):
        match part:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
                found.add(name)
            case ast.alias(name=name, asname=asname):
                found.add(asname or name.partition(".")[0])
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.ExceptHandler(name=str() as name):
                found.add(name)
    return frozenset(found)


def _written(
    body: Sequence[cst.BaseStatement], scope: str, calls: Mapping[str, str]
) -> list[cst.BaseStatement]:
    return [_with_calls(statement, scope, calls) for statement in body]


def _with_calls(node: cst.BaseStatement, scope: str, calls: Mapping[str, str]) -> cst.BaseStatement:
    if isinstance(node, cst.ClassDef) and isinstance(node.body, cst.IndentedBlock):
        inner = _written(node.body.body, f"{scope}{node.name.value}::", calls)
        return node.with_changes(body=node.body.with_changes(body=inner))
    if isinstance(node, cst.FunctionDef) and (call := calls.get(f"{scope}{node.name.value}")):
        return node.with_changes(body=_with_call(node.body, cst.Expr(cst.parse_expression(call))))
    return node


def _with_call(body: cst.BaseSuite, call: cst.Expr) -> cst.BaseSuite:
    first = 1 if _has_docstring(body) else 0
    # `def test(): f()` has the call on its line.
    new = cst.SimpleStatementLine([call]) if isinstance(body, cst.IndentedBlock) else call
    rest = body.body[first:]
    return body.with_changes(body=[*body.body[:first], new, *(rest if first else _set_apart(rest))])


def _set_apart(rest: Sequence[cst.CSTNode]) -> Sequence[cst.CSTNode]:
    """Return *rest*, with a blank line before it if it begins with a definition, as formatters do.

    Below a docstring they have set it already.
    """
    if not rest or not isinstance(rest[0], cst.FunctionDef | cst.ClassDef):
        return rest
    lines = [cst.EmptyLine(indent=False), *rest[0].leading_lines]
    return [rest[0].with_changes(leading_lines=lines), *rest[1:]]


def _has_docstring(body: cst.BaseSuite) -> bool:
    statement: cst.CSTNode | None = body.body[0] if body.body else None
    if isinstance(statement, cst.SimpleStatementLine):
        statement = statement.body[0]
    return isinstance(statement, cst.Expr) and isinstance(
        statement.value, cst.SimpleString | cst.ConcatenatedString
    )
