"""Reads the pytest marks of tests: ``parametrize`` and ``usefixtures``."""

import ast
from collections.abc import Iterator

from ..source.parsing import dotted
from .definitions import Definition
from .frames import Frame
from .interpreter import Interpreter
from .modules import ParsedModule
from .values import NOTHING, ClassValue, TupleValue, Value, Values, items, united

__all__ = ["Marks", "names_in"]


class Marks:
    """Reads the marks of one file's tests."""

    def __init__(self, interpreter: Interpreter, module: ParsedModule) -> None:
        self._interpreter = interpreter
        self._module = module

    def parametrized(self, node: Definition, cls: ClassValue | None) -> Iterator[tuple[str, Values]]:
        """Yield the parameters of a test that ``parametrize`` fills, with all their values."""
        for mark in self._calls(node, cls, "parametrize"):
            if len(mark.args) > 1:
                frame = Frame(self._module, owner=cls)
                rows = items(self._interpreter.value(mark.args[1], frame))
                names = names_in(mark.args[0])
                for index, name in enumerate(names):
                    column = rows if len(names) == 1 else united(_cell(row, index) for row in rows)
                    yield name, column

    def used_fixtures(self, node: Definition, cls: ClassValue | None) -> Iterator[str]:
        """Yield the fixtures that ``usefixtures`` requests."""
        for mark in self._calls(node, cls, "usefixtures"):
            for argument in mark.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value

    def _calls(self, node: Definition, cls: ClassValue | None, name: str) -> Iterator[ast.Call]:
        for mark in self._all(node, cls):
            if isinstance(mark, ast.Call) and dotted(mark.func).endswith(name):
                yield mark

    def _all(self, node: Definition, cls: ClassValue | None) -> Iterator[ast.expr]:
        """Yield the decorators of a test and of its classes, and the ``pytestmark`` of its module."""
        yield from node.decorator_list
        for ancestor in () if cls is None else self._interpreter.classes.mro(cls):
            definition = self._interpreter.tree.class_node(ancestor)
            yield from definition.decorator_list if definition else ()
        for statement in self._module.tree.body:
            if isinstance(statement, ast.Assign) and dotted(statement.targets[0]) == "pytestmark":
                value = statement.value
                yield from value.elts if isinstance(value, ast.List | ast.Tuple) else [value]


def names_in(node: ast.expr) -> list[str]:
    """Return the names in a text with commas, or in a list or tuple of texts."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [name.strip() for name in node.value.split(",") if name.strip()]
    parts = node.elts if isinstance(node, ast.Tuple | ast.List) else []
    return [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]


def _cell(row: Value, index: int) -> Values:
    return row.items[index] if isinstance(row, TupleValue) and index < len(row.items) else NOTHING
