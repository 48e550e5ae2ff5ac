"""Reads how a test uses the results of its calls: checks them, or only needs them for something else."""

import ast
import builtins
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ..source.parsing import last_name, parsed
from .declarations import Definition

__all__ = ["CallRoles", "Role", "defined_once", "read_calls"]

# The result is asserted on, or the call is expected to raise or warn; it is an argument of
# another call; or anything else: a context, a condition, a decorator, a statement of its own.
Role = Literal["checked", "argument", "other"]

_Block = ast.With | ast.AsyncWith
_CHECKS = re.compile(r"raises|warns|deprecated_call|assert.*|expect.*", re.IGNORECASE)
_BUILT_IN = frozenset(dir(builtins))


@dataclass(frozen=True)
class CallRoles:
    """The calls in the source of a test.

    Attributes:
        roles: What the test does with the results, by the last name of what it calls.
        docstring: The first paragraph of its docstring.
    """

    roles: Mapping[str, frozenset[Role]]
    docstring: str = ""


def read_calls(source: bytes) -> Mapping[str, CallRoles]:
    """Return the calls of each function or method that *source* defines once, outside of any ``if``.

    The names are qualified by classes with ``::``.
    """
    tree = parsed(source)
    imports = _Imports.of(tree)
    return {name: _read(node, imports) for name, node in defined_once(tree).items()}


def defined_once(tree: ast.Module) -> Mapping[str, Definition]:
    """Return the functions and methods that a module defines once, and outside of any ``if``."""
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


@dataclass
class _Imports:
    """What a file's imports bind.

    Attributes:
        original: The imported names, by the names that they are bound to.
        stdlib: The names that come from the standard library.
    """

    original: dict[str, str] = field(default_factory=dict)
    stdlib: set[str] = field(default_factory=set)

    @staticmethod
    def of(tree: ast.Module) -> "_Imports":
        found = _Imports()
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                found.original.update((alias.asname, alias.name) for alias in node.names if alias.asname)
                if not node.level and _is_stdlib(node.module or ""):
                    found.stdlib.update(alias.asname or alias.name for alias in node.names)
            elif isinstance(node, ast.Import):
                found.stdlib.update(
                    alias.asname or alias.name.partition(".")[0]
                    for alias in node.names
                    if _is_stdlib(alias.name)
                )
        return found


def _is_stdlib(module: str) -> bool:
    return module.partition(".")[0] in sys.stdlib_module_names


def _read(node: Definition, imports: _Imports) -> CallRoles:
    reader = _RoleReader(node, imports)
    roles: dict[str, set[Role]] = {}
    for statement in node.body:
        for part in ast.walk(statement):
            if isinstance(part, ast.Call) and (name := last_name(part.func)):
                roles.setdefault(imports.original.get(name, name), set()).add(reader.role(part))
    docstring = (ast.get_docstring(node) or "").partition("\n\n")[0]
    return CallRoles({name: frozenset(found) for name, found in roles.items()}, docstring)


class _RoleReader:
    """Follows the results of calls through one function."""

    def __init__(self, node: Definition, imports: _Imports) -> None:
        self._imports = imports
        self._parents = {child: part for part in ast.walk(node) for child in ast.iter_child_nodes(part)}
        self._checked = self._checked_names(node)

    def role(self, call: ast.Call) -> Role:
        """Return what becomes of the result of *call*."""
        node: ast.AST = call
        while (parent := self._parents.get(node)) is not None:
            if (found := self._role_in(parent, node)) is not None:
                return found
            node = parent
        return "other"

    def _role_in(self, parent: ast.AST, node: ast.AST) -> Role | None:
        """Return what *parent* does with *node*, a part of it; None if its result is that of *node*."""
        match parent:
            case ast.Call(func=func) if node is not func and not _is_check(parent):
                return None if self._passes_on(parent) else "argument"
            case ast.Assign(targets=targets):
                is_checked = self._any_checked(targets)
            case ast.Expr():
                is_checked = self._is_expected_to_fail(parent)
            case ast.Assert():
                is_checked = True
            case ast.Call(func=func):
                if node is func:
                    return None
                is_checked = True
            case ast.stmt() | ast.withitem():
                is_checked = False
            case _:
                return None
        return "checked" if is_checked else "other"

    def _any_checked(self, targets: Sequence[ast.expr]) -> bool:
        return not self._checked.isdisjoint(name for target in targets for name in _names(target))

    def _passes_on(self, call: ast.Call) -> bool:
        """Return whether a call only looks at its arguments, as those of Python's own functions."""
        root: ast.AST = call.func
        while isinstance(root, ast.Attribute):
            root = root.value
        if isinstance(root, ast.Name):
            return root.id in self._imports.stdlib or (
                isinstance(call.func, ast.Name) and root.id in _BUILT_IN
            )
        return isinstance(root, ast.Constant)

    def _is_expected_to_fail(self, node: ast.AST) -> bool:
        """Return whether a statement is directly in a ``with pytest.raises(...)`` or its like."""
        parent = self._parents.get(node)
        return isinstance(parent, _Block) and any(
            isinstance(item.context_expr, ast.Call) and _is_check(item.context_expr) for item in parent.items
        )

    def _checked_names(self, node: Definition) -> frozenset[str]:
        """Return the variables that asserts are about, and those that these were made of."""
        found = {
            name
            for part in ast.walk(node)
            if isinstance(part, ast.Assert) or (isinstance(part, ast.Call) and _is_check(part))
            for name in _names(part)
        }
        assigned = [part for part in ast.walk(node) if isinstance(part, ast.Assign)]
        for part in reversed(assigned):
            if not found.isdisjoint(name for target in part.targets for name in _names(target)):
                found.update(_names(part.value))
        return frozenset(found)


def _is_check(call: ast.Call) -> bool:
    return _CHECKS.fullmatch(last_name(call.func)) is not None


def _names(node: ast.AST) -> Iterator[str]:
    yield from (part.id for part in ast.walk(node) if isinstance(part, ast.Name))
