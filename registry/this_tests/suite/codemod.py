"""Writes ``this_tests(...)`` calls into a test file, and leaves every other character as it is."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import libcst as cst
from libcst.helpers import get_full_name_for_node

from ..source.parsing import parsed
from .declarations import NAME, Definition

__all__ = ["declared_in"]


def declared_in(source: bytes, targets: Mapping[str, str]) -> bytes:
    """Return *source* with a call in each of the tests that *targets* names.

    The call is the first statement after the docstring. It names the target by the file's
    imports, or as a string if no import leads to it.

    Args:
        source: The content of a test file.
        targets: The dotted name of the target, by the name of the test, qualified by its classes
            with ``::``. Tests that the file defines twice, or inside an ``if``, are not changed.
    """
    tree = parsed(source)
    imports = _Imports.of(tree)
    recorder = imports.recorder or NAME
    calls = {
        name: f"{recorder}({imports.expression(targets[name], _bound_in(node))})"
        for name, node in _defined_once(tree).items()
        if name in targets
    }
    module = cst.parse_module(source)
    body = _written(module.body, "", calls)
    if calls and not imports.recorder:
        body = _with_import(body)
    return module.with_changes(body=body).bytes


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
        found.recorder = found.expression(f"{NAME}.{NAME}", frozenset(), default="")
        return found

    def expression(self, target: str, hidden: frozenset[str], default: str | None = None) -> str:
        """Return how the file writes *target*: in the shortest way, without a name that is *hidden*."""
        ways = [
            bound + target[len(name) :]
            for bound, name in self.names.items()
            if bound not in hidden and f"{target}.".startswith(f"{name}.")
        ]
        otherwise = f'"{target}"' if default is None else default
        return min(ways, key=lambda way: (way.count("."), len(way)), default=otherwise)


def _defined_once(tree: ast.Module) -> Mapping[str, Definition]:
    found: dict[str, list[Definition]] = {}
    for name, node in _definitions(tree.body, ""):
        found.setdefault(name, []).append(node)
    return {name: nodes[0] for name, nodes in found.items() if len(nodes) == 1}


def _definitions(body: Sequence[ast.stmt], scope: str) -> Iterator[tuple[str, Definition]]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _definitions(node.body, f"{scope}{node.name}::")
        elif isinstance(node, Definition):
            yield f"{scope}{node.name}", node


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
    return body.with_changes(body=[*body.body[:first], new, *_set_apart(body.body[first:])])


def _set_apart(rest: Sequence[cst.CSTNode]) -> Iterator[cst.CSTNode]:
    """Yield *rest*, with a blank line before it if it begins with a definition, as formatters do."""
    for number, statement in enumerate(rest):
        if number or not isinstance(statement, cst.FunctionDef | cst.ClassDef) or _is_apart(statement):
            yield statement
        else:
            yield statement.with_changes(
                leading_lines=[cst.EmptyLine(indent=False), *statement.leading_lines]
            )


def _is_apart(node: cst.FunctionDef | cst.ClassDef) -> bool:
    return bool(node.leading_lines) and node.leading_lines[0].comment is None


def _has_docstring(body: cst.BaseSuite) -> bool:
    statement: cst.CSTNode | None = body.body[0] if body.body else None
    if isinstance(statement, cst.SimpleStatementLine):
        statement = statement.body[0]
    return isinstance(statement, cst.Expr) and isinstance(
        statement.value, cst.SimpleString | cst.ConcatenatedString
    )


def _with_import(body: Sequence[cst.BaseStatement]) -> list[cst.BaseStatement]:
    """Return *body* with an import of ``this_tests``: next to pytest's, else after the others."""
    new = cst.parse_statement(f"from {NAME} import {NAME}\n")
    places = [number for number, statement in enumerate(body) if _module(statement)]
    docstring = bool(body) and _has_docstring(cst.IndentedBlock([body[0]]))
    behind = _beside_pytest(body) or (places[-1] + 1 if places else int(docstring))
    return [*body[:behind], new, *body[behind:]]


def _beside_pytest(body: Sequence[cst.BaseStatement]) -> int:
    """Return the sorted position of ``this_tests`` in the section of imports that has pytest's, or 0."""
    start = next((number for number, statement in enumerate(body) if _module(statement) == "pytest"), None)
    if start is None:
        return 0
    behind = start + 1
    while behind < len(body) and _module(body[behind]) and not _leading(body[behind]):
        if _is_from(body[behind]) and _module(body[behind]).lower() > NAME:
            break
        behind += 1
    return behind


def _module(node: cst.BaseStatement) -> str:
    """Return the module, or the first of several, that a statement imports or imports from."""
    statement = node.body[0] if isinstance(node, cst.SimpleStatementLine) else None
    if isinstance(statement, cst.Import):
        return get_full_name_for_node(statement.names[0].name) or ""
    if isinstance(statement, cst.ImportFrom):
        name = get_full_name_for_node(statement.module) if statement.module else None
        return "." * len(statement.relative) + (name or "")
    return ""


def _is_from(node: cst.BaseStatement) -> bool:
    return isinstance(node, cst.SimpleStatementLine) and isinstance(node.body[0], cst.ImportFrom)


def _leading(node: cst.BaseStatement) -> Sequence[cst.EmptyLine]:
    return node.leading_lines if isinstance(node, cst.SimpleStatementLine) else ()
